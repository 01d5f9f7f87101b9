//! Attributes whose value is JSON text, and JSON that a platform took apart, put together again.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use spanlift_model::json::{Sorted, Value, to_text};

/// Attributes whose value is the JSON text of an object or a list, and who writes them; `*` is one segment of a name.
pub const JSON_ATTRIBUTES: &[(&str, &str)] = &[
    ("function.arguments", "Coval"),
    ("tool.result", "Coval"),
    ("tool.arguments", "Pipecat"),
    ("tools", "Pipecat"),
    ("gen_ai.input.messages", "OpenTelemetry GenAI"),
    ("gen_ai.output.messages", "OpenTelemetry GenAI"),
    ("gen_ai.system_instructions", "OpenTelemetry GenAI"),
    ("gen_ai.tool.definitions", "OpenTelemetry GenAI"),
    ("gen_ai.tool.call.arguments", "OpenTelemetry GenAI"),
    ("gen_ai.tool.call.result", "OpenTelemetry GenAI"),
    ("gen_ai.retrieval.documents", "OpenTelemetry GenAI"),
    ("gen_ai.response.finish_reasons", "OpenTelemetry GenAI"),
    ("gen_ai.request.stop_sequences", "OpenTelemetry GenAI"),
    ("gen_ai.prompt.*.tool_calls.*.arguments", "OpenLLMetry"),
    ("gen_ai.prompt.*.content", "OpenLLMetry"),
    ("gen_ai.completion.*.tool_calls.*.arguments", "OpenLLMetry"),
    ("gen_ai.completion.*.function_call.arguments", "OpenLLMetry"),
    ("gen_ai.completion.*.content", "OpenLLMetry"),
    ("llm.request.functions.*.parameters", "OpenLLMetry"),
    ("traceloop.entity.input", "OpenLLMetry"),
    ("traceloop.entity.output", "OpenLLMetry"),
    ("ai.prompt", "AI SDK"),
    ("ai.prompt.messages", "AI SDK"),
    ("ai.prompt.tools", "AI SDK"),
    ("ai.prompt.toolChoice", "AI SDK"),
    ("ai.response.toolCalls", "AI SDK"),
    ("ai.response.object", "AI SDK"),
    ("ai.response.providerMetadata", "AI SDK"),
    ("ai.toolCall.args", "AI SDK"),
    ("ai.toolCall.result", "AI SDK"),
    ("ai.schema", "AI SDK"),
    ("lk.pii.chat_ctx", "LiveKit 1.7"),
    ("lk.chat_ctx", "LiveKit before 1.7"),
    ("lk.pii.response.function_calls", "LiveKit 1.7"),
    ("lk.response.function_calls", "LiveKit before 1.7"),
    ("lk.pii.function_tool.arguments", "LiveKit 1.7"),
    ("lk.pii.function_tool.output", "LiveKit 1.7"),
    ("lk.function_tool.arguments", "LiveKit before 1.7"),
    ("lk.function_tool.output", "LiveKit before 1.7"),
    ("lk.llm_metrics", "LiveKit"),
    ("lk.stt_metrics", "LiveKit"),
    ("lk.tts_metrics", "LiveKit"),
    ("lk.realtime_model_metrics", "LiveKit"),
    ("lk.stt.events", "LiveKit 1.8"),
    ("input.value", "OpenInference"),
    ("output.value", "OpenInference"),
    ("llm.invocation_parameters", "OpenInference"),
    ("embedding.invocation_parameters", "OpenInference"),
    ("llm.prompt_template.variables", "OpenInference"),
    ("llm.function_call", "OpenInference"),
    ("llm.tools.*.tool.json_schema", "OpenInference"),
    ("llm.input_messages.*.message.tool_calls.*.tool_call.function.arguments", "OpenInference"),
    ("llm.input_messages.*.message.function_call_arguments_json", "OpenInference"),
    ("llm.input_messages.*.message.content", "OpenInference"),
    ("llm.output_messages.*.message.tool_calls.*.tool_call.function.arguments", "OpenInference"),
    ("llm.output_messages.*.message.function_call_arguments_json", "OpenInference"),
    ("llm.output_messages.*.message.content", "OpenInference"),
    ("retrieval.documents.*.document.metadata", "OpenInference"),
    ("tool.parameters", "OpenInference"),
    ("tool.json_schema", "OpenInference"),
    ("tool_call.function.arguments", "OpenInference"),
    ("gcp.vertex.agent.llm_request", "Google ADK"),
    ("gcp.vertex.agent.llm_response", "Google ADK"),
    ("gcp.vertex.agent.tool_call_args", "Google ADK"),
    ("gcp.vertex.agent.tool_response", "Google ADK"),
    ("gcp.vertex.agent.data", "Google ADK"),
    ("model_request_parameters", "Pydantic AI"),
    ("pydantic_ai.all_messages", "Pydantic AI"),
    ("all_messages_events", "Pydantic AI"),
    ("events", "Pydantic AI"),
    ("final_result", "Pydantic AI"),
    ("tool_arguments", "Pydantic AI"),
    ("tool_response", "Pydantic AI"),
    ("logfire.json_schema", "Pydantic AI"),
];

/// Names below one of [`JSON_ATTRIBUTES`] that are attributes of their own, of which the value is no JSON.
const OWN: &[&str] =
    &["ai.prompt.format", "ai.schema.name", "ai.schema.description", "tools.count", "tools.available", "tools.names"];

/// Names are put together again to this depth; what is deeper stays one dotted name. JSON that platforms take in is no deeper, and
/// the depth of a name must not become the depth of a recursion.
const DEEPEST: usize = 64;

/// The attribute of JSON text that `name` is or lies below, as the beginning of `name`: of several the longest.
#[must_use]
pub fn json_attribute(name: &str) -> Option<&str> {
    let rows = ROWS.get(name.split('.').next()?)?;
    let longest = rows.iter().filter_map(|(beginning, row)| within(name, beginning, row)).max()?;
    name.get(..longest).filter(|_| !OWN.contains(&name))
}

/// JSON text of an object or list whose members a platform made attributes of: their names without what stands before them, and
/// their values. `None` where there are none.
#[must_use]
pub fn put_together<'a>(members: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Option<String> {
    Nested::collect(members).map(|nested| to_text(&nested))
}

/// [`JSON_ATTRIBUTES`] by their first segment, each behind what comes before its first `*`. Every attribute of a row of Langfuse is
/// looked up here, and most are in none.
static ROWS: LazyLock<HashMap<&str, Vec<(&str, &str)>>> = LazyLock::new(|| {
    let mut rows: HashMap<_, Vec<_>> = HashMap::new();
    for (row, _) in JSON_ATTRIBUTES {
        let first = row.split('.').next().unwrap_or_default();
        let beginning = row.split('*').next().unwrap_or_default();
        rows.entry(first).or_default().push((beginning, *row));
    }
    rows
});

/// How much of `name` a row is, where the name lies within it.
fn within(name: &str, beginning: &str, row: &str) -> Option<usize> {
    if !name.starts_with(beginning) {
        return None;
    }
    let mut segments = name.split('.');
    let mut taken = 0;
    for wanted in row.split('.') {
        let own = segments.next().filter(|own| *own == wanted || (wanted == "*" && !own.is_empty()))?;
        taken += own.len() + 1;
    }
    Some(taken - 1)
}

/// JSON that was taken apart to dotted names.
#[derive(Default)]
pub(crate) struct Nested<'a> {
    value: Option<&'a Value>,
    members: BTreeMap<&'a str, Nested<'a>>,
}

impl<'a> Nested<'a> {
    /// From the names below what was taken apart; `None` where there are none.
    pub(crate) fn collect(entries: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Option<Self> {
        let mut whole = Self::default();
        for (path, value) in entries {
            let steps = path.splitn(DEEPEST, '.');
            steps.fold(&mut whole, |at, step| at.members.entry(step).or_default()).value = Some(value);
        }
        (!whole.members.is_empty()).then_some(whole)
    }

    /// Were the members a list's? Then there are all of 0 to n − 1.
    fn items(&self) -> Option<Vec<&Self>> {
        (0..self.members.len()).map(|index| self.members.get(index.to_string().as_str())).collect()
    }
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.members.is_empty() {
            self.value.map(Sorted).serialize(serializer)
        } else if let Some(items) = self.items() {
            let mut list = serializer.serialize_seq(Some(items.len()))?;
            items.into_iter().try_for_each(|item| list.serialize_element(item))?;
            list.end()
        } else {
            let mut object = serializer.serialize_map(Some(self.members.len()))?;
            self.members.iter().try_for_each(|(name, member)| object.serialize_entry(name, member))?;
            object.end()
        }
    }
}
