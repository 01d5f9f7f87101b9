//! A run as the agent's SDK sent it (docs/platforms/langsmith.md#7-meaning). What LangSmith says of it goes under `langsmith.*`;
//! what [`crate::attribution`] decided tells which counts and times are the run's own.

use spanlift_conventions::{
    Failure, Payload, PlatformWords, SentEvent, SentSpan, SpanView, Told, measured_first_byte, role_of, speech_of_name,
};
use spanlift_model::correlation::Key;
use spanlift_model::json::{Map, Value, text_of, to_text};
use spanlift_model::names::exception;
use spanlift_model::{Attributes, Role, SpanId, SpanKind, StatusCode, canonical_text};

use crate::own::Usage;
use crate::record::LangSmithRun;

/// What metadata is stored behind.
const METADATA: &str = "langsmith.metadata.";

/// The span as it was sent. Attributes of OpenTelemetry end up in metadata, which is handed down to the runs below.
#[must_use]
pub fn unwrap(run: LangSmithRun) -> SentSpan {
    let stored = stored(&run);
    let role = role_of(&view(&run));
    let failure = run.error.as_deref().map(Failure::read);
    let at = run.ended_at.unwrap_or(run.started_at);
    let name = if run.name.is_empty() { &run.run_type } else { &run.name };
    let id = span_id(&run.trace_id, &run.id);
    let sent = SentSpan::with_id(id, &run.trace_id, &run.id, name, run.started_at);
    SentSpan {
        parent_span_id: run.parent_id.as_deref().map(|parent| span_id(&run.trace_id, parent)),
        kind: match role {
            Role::ModelCall | Role::Embedding | Role::Retrieval => SpanKind::Client,
            _ => SpanKind::Internal,
        },
        ended_at: run.ended_at,
        status: match (&run.error, run.status.as_str()) {
            (Some(_), _) | (None, "error") => StatusCode::Error,
            (None, "success") => StatusCode::Ok,
            _ => StatusCode::Unset,
        },
        status_message: failure.map(|failure| failure.message.to_owned()).unwrap_or_default(),
        attributes: texts(&run.metadata),
        prefix: METADATA,
        is_inherited: true,
        events: failure
            .map(|failure| SentEvent { name: exception::EVENT.to_owned(), at, attributes: exception(failure) })
            .into_iter()
            .collect(),
        platform: PlatformWords {
            told: told(&run),
            parameters: parameters(&run),
            usage: run.own.usage.map(|usage| usage.tokens),
            conversation_id: run.thread_id,
            first_byte: run.own.stated_first_byte.or_else(|| {
                let at = run.first_token_at.filter(|_| run.own.has_first_token)?;
                measured_first_byte(run.started_at, at)
            }),
            input: Payload::of_json(run.inputs),
            output: Payload::of_json(run.outputs),
            model: None,
            stored,
        },
        ..sent
    }
}

/// What decides what a run stands for.
pub(crate) fn view(run: &LangSmithRun) -> SpanView<'_> {
    SpanView {
        name: &run.name,
        scope: None,
        words: &run.metadata,
        words_are_inherited: true,
        told: told(run),
        has_counts: run.own.has_usage,
    }
}

/// Is it speech by its name, whatever it counts?
pub(crate) fn is_named_as_speech(run: &LangSmithRun) -> bool {
    run.run_type == "llm" && speech_of_name(&run.name).is_some()
}

/// SDKs set the type of every run; `chain` is what they set where there is nothing to say.
fn told(run: &LangSmithRun) -> Told {
    match run.run_type.as_str() {
        "llm" if is_hidden(run) && !run.own.has_usage => Told::BySdk(Role::Speech),
        "llm" => Told::BySdk(Role::ModelCall),
        "tool" => Told::BySdk(Role::ToolCall),
        "embedding" => Told::BySdk(Role::Embedding),
        "retriever" => Told::BySdk(Role::Retrieval),
        _ => Told::ByAgent(Role::Other),
    }
}

/// The flag means no more than "not among the messages", and is inherited: a model call below a flagged run has it
/// too, and has counts.
fn is_hidden(run: &LangSmithRun) -> bool {
    run.metadata.get("ls_message_view_exclude") == Some(&Value::Bool(true))
}

/// The last 8 bytes: the random ones of a UUID, and the original id of a span that came over OTLP. The first 8 are a
/// clock's, or zeros (docs/platforms/langsmith.md#54-ids-and-parents).
fn span_id(raw_trace_id: &str, raw: &str) -> SpanId {
    let is_uuid = raw.len() == 36 && raw.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let digits: String = raw.chars().filter(|digit| is_uuid && *digit != '-').collect();
    let last = digits.get(16..).and_then(SpanId::from_hex);
    last.unwrap_or_else(|| SpanId::from_source(raw_trace_id, raw))
}

/// The parameters of all places; of two of the same name the first counts.
fn parameters(run: &LangSmithRun) -> Map {
    let mut parameters = Map::new();
    for told in run.invocation_params() {
        parameters.add_missing(told.clone());
    }
    // `LangChain` tells by which id a model asked for a tool, whatever became of the call.
    if let Some(id) = run.extra.get("tool_call_id").filter(|_| run.run_type == "tool") {
        parameters.insert("tool_call_id", id.clone());
    }
    parameters
}

fn exception(failure: Failure<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.set(exception::MESSAGE, failure.message);
    attributes.derive_some(exception::TYPE, failure.kind);
    attributes.derive_some(exception::STACKTRACE, failure.stack);
    attributes
}

fn texts(metadata: &Map) -> Attributes {
    metadata.iter().filter_map(|(name, value)| Some((name.clone(), text_of(value)?.into_owned()))).collect()
}

/// What LangSmith says, under names that nobody else uses, and the keys of the simulation.
fn stored(run: &LangSmithRun) -> Attributes {
    let mut attributes = Attributes::default();
    for key in Key::ALL {
        let value = run.metadata.get(key.as_str()).and_then(canonical_text);
        attributes.derive_some(key.as_str(), value.filter(|value| !value.trim().is_empty()));
    }
    if !run.tags.is_empty() {
        attributes.set("langsmith.tags", to_text(&run.tags));
    }
    let own = [
        ("langsmith.run_id", Some(run.id.as_str())),
        ("langsmith.trace_id", Some(&run.trace_id)),
        ("langsmith.parent_run_id", run.parent_id.as_deref()),
        ("langsmith.session_id", run.project_id.as_deref()),
        ("langsmith.dotted_order", Some(&run.dotted_order)),
        ("langsmith.run_type", Some(&run.run_type)),
        ("langsmith.run_name", Some(&run.name)),
        ("langsmith.status", Some(&run.status)),
        ("langsmith.app_path", run.app_path.as_deref()),
        ("langsmith.inputs_offloaded", run.offloaded.inputs.as_ref().map(|_| "true")),
        ("langsmith.outputs_offloaded", run.offloaded.outputs.as_ref().map(|_| "true")),
    ];
    for (name, value) in own {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            attributes.set(name, value);
        }
    }
    if let Some(usage) = run.own.usage {
        set_costs(usage, &mut attributes);
    }
    attributes
}

fn set_costs(usage: Usage, attributes: &mut Attributes) {
    let costs = ["langsmith.prompt_cost", "langsmith.completion_cost", "langsmith.total_cost"];
    for (name, cost) in costs.into_iter().zip(usage.costs) {
        attributes.derive_some(name, cost.map(|cost| cost.to_string()));
    }
    if usage.is_estimate {
        attributes.set("langsmith.usage_estimated", "true");
    }
}
