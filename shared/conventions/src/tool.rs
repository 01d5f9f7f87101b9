//! Calls of tools: name, id, arguments and result.

use std::borrow::Cow;

use spanlift_model::Role;
use spanlift_model::json::{Map, Value};
use spanlift_model::names::{self, gen_ai};

use crate::derived::Derived;
use crate::first_byte::EventView;
use crate::tool_payload::{Inside, arguments_as_told, arguments_in, in_json, result_in, shows_an_object};
use crate::view::{SpanView, Words};

/// Where each of them stands, the first that is there counts, and who writes it.
pub const NAMES: &[(&str, &str)] = &[
    (names::FUNCTION_NAME, "Coval"),
    (gen_ai::TOOL_NAME, "OpenTelemetry GenAI"),
    ("tool.name", "OpenInference"),
    ("tool_call.function.name", "OpenInference"),
    ("tool.function_name", "Pipecat"),
    ("ai.toolCall.name", "AI SDK"),
    ("lk.function_tool.name", "LiveKit"),
    ("lk_function_tool_name", "LiveKit, by LangSmith's processor"),
    ("tool_name", "LangSmith's processors"),
    ("traceloop.entity.name", "OpenLLMetry"),
];
/// See [`NAMES`].
pub const IDS: &[(&str, &str)] = &[
    (names::TOOL_CALL_ID, "Coval"),
    (gen_ai::TOOL_CALL_ID, "OpenTelemetry GenAI"),
    ("tool.id", "OpenInference"),
    ("tool_call.id", "OpenInference"),
    ("tool.call_id", "Pipecat, Coval's alias"),
    ("ai.toolCall.id", "AI SDK"),
    ("lk.function_tool.id", "LiveKit"),
    ("lk_function_tool_id", "LiveKit, by LangSmith's processor"),
];
/// Some of `OpenInference`'s instrumentors write arguments there, and some their schema.
const SCHEMA_TOO: &str = "tool.parameters";
/// See [`NAMES`].
pub const ARGUMENTS: &[(&str, &str)] = &[
    (names::FUNCTION_ARGUMENTS, "Coval"),
    (gen_ai::TOOL_CALL_ARGUMENTS, "OpenTelemetry GenAI"),
    (SCHEMA_TOO, "OpenInference"),
    ("tool_call.function.arguments", "OpenInference"),
    ("tool.arguments", "Pipecat, Coval's alias"),
    ("tool_arguments", "Pydantic AI"),
    ("ai.toolCall.args", "AI SDK"),
    ("lk.pii.function_tool.arguments", "LiveKit 1.7"),
    ("lk.function_tool.arguments", "LiveKit before 1.7"),
    ("gcp.vertex.agent.tool_call_args", "Google ADK"),
    ("traceloop.entity.input", "OpenLLMetry"),
];
/// See [`NAMES`].
pub const RESULTS: &[(&str, &str)] = &[
    (names::TOOL_RESULT, "Coval"),
    (gen_ai::TOOL_CALL_RESULT, "OpenTelemetry GenAI"),
    ("output.value", "OpenInference"),
    ("tool_response", "Pydantic AI"),
    ("ai.toolCall.result", "AI SDK"),
    ("lk.pii.function_tool.output", "LiveKit 1.7"),
    ("lk.function_tool.output", "LiveKit before 1.7"),
    ("gcp.vertex.agent.tool_response", "Google ADK"),
    ("traceloop.entity.output", "OpenLLMetry"),
    ("anthropic.tool_result.content", "Anthropic's client"),
];

/// What the name of a span begins with before the tool's own.
pub const NAME_PREFIXES: &[(&str, &str)] = &[
    ("execute_tool ", "OpenTelemetry GenAI"),
    ("pipecat.tool.", "openinference-instrumentation-pipecat"),
    ("running tool: ", "Pydantic AI"),
    ("tool_call [", "Google ADK 1.0"),
    ("tool_response [", "Google ADK 1.0"),
];
/// Names of spans that say "a tool call" and not which tool's.
pub const NAMELESS: &[&str] = &[
    "",
    names::span::TOOL_CALL,
    "llm_tool_result",
    "tool_call",
    "function_tool",
    "execute_tool",
    "ai.toolCall",
    "running tool",
    "ToolCall",
];

/// A call of a tool.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool's name.
    pub name: Option<String>,
    /// The id by which a model asked for it.
    pub id: Option<String>,
    /// JSON, where they can be that.
    pub arguments: Option<String>,
    /// What came back.
    pub result: Option<String>,
}

impl std::fmt::Debug for ToolCall {
    /// Without arguments and result: they hold what was said.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ToolCall").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}

impl ToolCall {
    /// The call of a span: by its attributes, else by its events, else by what the platform says went in and came out.
    #[must_use]
    pub fn of<'a>(
        view: &SpanView<'_>,
        events: impl IntoIterator<Item = EventView<'a>>,
        input: Option<&Value>,
        output: Option<&Value>,
    ) -> Self {
        let mut call = Self { name: first(NAMES, view.words), ..Self::default() };
        if !view.words_are_inherited {
            call.add_words(view.words);
        }
        for event in events {
            call.add_event(&event);
        }
        if let Some(input) = input {
            call.add_arguments(arguments_in(input));
        }
        if let Some(output) = output {
            call.add_result(output);
        }
        if view.words_are_inherited {
            // They may be those of a call above.
            call.add_words(view.words);
        }
        call.name = call.name.or_else(|| name_of_span(view.name).map(str::to_owned));
        call
    }

    /// Derives it, in Coval's words and in the conventions'. The end of a call has no arguments.
    pub(crate) fn derive(self, role: Role, derived: &mut Derived<'_>) {
        let arguments = self.arguments.filter(|_| role == Role::ToolCall).map(in_json);
        let pairs = [
            (names::FUNCTION_NAME, gen_ai::TOOL_NAME, self.name),
            (names::TOOL_CALL_ID, gen_ai::TOOL_CALL_ID, self.id),
            (names::FUNCTION_ARGUMENTS, gen_ai::TOOL_CALL_ARGUMENTS, arguments),
            (names::TOOL_RESULT, gen_ai::TOOL_CALL_RESULT, self.result),
        ];
        for (ours, theirs, value) in pairs {
            derived.derive_some(ours, value);
            let value = derived.get(ours).map(str::to_owned);
            derived.derive_some(theirs, value);
        }
        if derived.get(gen_ai::TOOL_NAME).is_some() {
            derived.derive(gen_ai::TOOL_TYPE, "function");
        }
    }

    fn add_words(&mut self, words: &dyn Words) {
        self.id = self.id.take().or_else(|| first(IDS, words));
        let told = |row: &(&str, &str)| {
            first(std::slice::from_ref(row), words).filter(|text| row.0 != SCHEMA_TOO || !is_schema(text))
        };
        if let Some(text) = ARGUMENTS.iter().find_map(told) {
            self.add_arguments(arguments_as_told(&text));
        }
        if let Some(text) = first(RESULTS, words) {
            self.add_result(&Value::String(text));
        }
    }

    /// Of the older GenAI conventions, as Strands writes them: what goes into a tool is a message to it, and its answer a choice.
    fn add_event(&mut self, event: &EventView<'_>) {
        let word = |name| event.words.word(name).map(|text| Value::String(text.into_owned()));
        match event.name {
            "gen_ai.tool.message" => {
                if let Some(content) = word("content") {
                    self.add_arguments(arguments_in(&content));
                }
            }
            "gen_ai.choice" => {
                if let Some(message) = word("message") {
                    self.add_result(&message);
                }
            }
            _ => return,
        }
        self.id = self.id.take().or_else(|| event.words.word("id").map(Cow::into_owned));
    }

    fn add_arguments(&mut self, (arguments, id): (Option<String>, Option<String>)) {
        if self.arguments.is_none() {
            (self.arguments, self.id) = (arguments, self.id.take().or(id));
        }
    }

    fn add_result(&mut self, output: &Value) {
        if self.result.is_none() {
            let (result, id) = result_in(output, Inside::Nothing);
            (self.result, self.id) = (result, self.id.take().or(id));
        }
    }
}

/// The tool's name in that of its span: instrumentors name one after the other.
#[must_use]
pub fn name_of_span(name: &str) -> Option<&str> {
    let own = |(prefix, _): &(&str, &str)| {
        let own = name.strip_prefix(prefix)?;
        Some(if prefix.ends_with('[') { own.strip_suffix(']').unwrap_or(own) } else { own })
    };
    let name = NAME_PREFIXES.iter().find_map(own).unwrap_or(name).trim();
    (!NAMELESS.contains(&name)).then_some(name)
}

/// The attribute of arguments or of a result that `name` is, or lies below: platforms take the JSON text of one apart.
#[must_use]
pub fn payload_attribute(name: &str) -> Option<&'static str> {
    let mut known = ARGUMENTS.iter().chain(RESULTS).map(|(known, _)| *known);
    known.find(|known| names::is_within(name, known))
}

/// Is a text an object, in JSON or as Python shows one?
#[must_use]
pub fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && shows_an_object(text)
}

fn first(table: &[(&str, &str)], words: &dyn Words) -> Option<String> {
    let said = |(name, _): &(&str, &str)| words.word(name).filter(|text| !text.trim().is_empty());
    table.iter().find_map(said).map(Cow::into_owned)
}

/// Is it a schema of arguments, as `OpenInference`'s instrumentors write into `tool.parameters`, and no arguments? That of smolagents has each
/// argument's type and description alone.
fn is_schema(text: &str) -> bool {
    if !text.contains("\"type\"") {
        return false;
    }
    let Ok(json) = serde_json::from_str::<Map>(text) else { return false };
    let is_typed = |argument: &Value| argument.get("type").is_some() && argument.get("description").is_some();
    let is_whole =
        json.get("type").is_some_and(|kind| kind == "object") && json.get("properties").is_some_and(Value::is_object);
    is_whole || (!json.is_empty() && json.values().all(is_typed))
}
