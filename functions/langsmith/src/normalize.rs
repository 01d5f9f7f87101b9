//! What a LangSmith run means in OpenTelemetry terms.
//!
//! Everything that the source says stays under `langsmith.*`; what the GenAI conventions and Coval's metrics call it is
//! added. A run is understood from itself and from what [`crate::attribution`] decided of it.

mod answer;
mod captured;
mod content;
mod json;
mod model;
mod parameters;
mod role;
mod tool;

use std::sync::Arc;

use serde_json::Value;
use spanlift_conventions::{Failure, tells_of_control_flow, tells_of_tool_failure};
use spanlift_model::names::{self, exception, gen_ai};
use spanlift_model::{Attributes, Role, Span, SpanEvent, SpanId, SpanKind, StatusCode, Timestamp, TraceId};

pub use self::captured::is_content;
pub(crate) use self::role::{is_named_as_speech, view};
use crate::own::Usage;
use crate::record::{LangSmithRun, Rejection};

/// The span as the trace store keeps it, less its resource, which the engine sets.
///
/// # Errors
/// None: whatever has the ids and the start of a [`LangSmithRun`] can be told.
pub fn normalize(run: &LangSmithRun) -> Result<Span, Rejection> {
    let role = role::role(run);
    let span_id = span_id(&run.trace_id, &run.id);
    let parent = run.parent_id.as_deref().map(|parent| self::span_id(&run.trace_id, parent));
    let error = run.error.as_deref().filter(|error| !tells_of_control_flow(error));
    let failure = error.map(Failure::read);
    let is_failed_tool = role == Role::ToolCall && tells_of_tool_failure(&run.metadata);
    let own_name = if run.name.is_empty() { &run.run_type } else { &run.name };
    Ok(Span {
        trace_id: TraceId::from_source(&run.trace_id),
        span_id,
        parent_span_id: parent.filter(|parent| *parent != span_id),
        name: role.span_name().unwrap_or(own_name).to_owned(),
        kind: kind(role),
        started_at: run.started_at,
        ended_at: run.ended_at,
        status: if is_failed_tool { StatusCode::Error } else { status(run) },
        status_message: failure.map(|failure| failure.message.to_owned()).unwrap_or_default(),
        attributes: attributes(
            role,
            run,
            failure.and_then(|failure| failure.kind).or(is_failed_tool.then_some("_OTHER")),
        ),
        events: failure
            .map(|failure| exception_event(failure, run.ended_at.unwrap_or(run.started_at)))
            .into_iter()
            .collect(),
        resource: Arc::default(),
    })
}

/// The last 8 bytes: the random ones of a UUID, and the original id of a span that came over OTLP. The first 8 are a
/// clock's, or zeros (docs/platforms/langsmith.md#54-ids-and-parents).
fn span_id(raw_trace_id: &str, raw: &str) -> SpanId {
    let is_uuid = raw.len() == 36 && raw.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let digits: String = raw.chars().filter(|digit| is_uuid && *digit != '-').collect();
    let last = digits.get(16..).and_then(SpanId::from_hex);
    last.unwrap_or_else(|| SpanId::from_source(raw_trace_id, raw))
}

/// The control flow of a framework is no error, whatever the status says.
fn status(run: &LangSmithRun) -> StatusCode {
    match (run.error.as_deref(), run.status.as_str()) {
        (Some(error), _) if tells_of_control_flow(error) => StatusCode::Unset,
        (Some(_), _) | (None, "error") => StatusCode::Error,
        (None, "success") => StatusCode::Ok,
        _ => StatusCode::Unset,
    }
}

fn exception_event(failure: Failure<'_>, at: Timestamp) -> SpanEvent {
    let mut attributes = Attributes::default();
    attributes.set(exception::MESSAGE, failure.message);
    attributes.derive_some(exception::TYPE, failure.kind);
    attributes.derive_some(exception::STACKTRACE, failure.stack);
    SpanEvent { name: exception::EVENT.to_owned(), at, attributes }
}

const fn kind(role: Role) -> SpanKind {
    match role {
        Role::ModelCall | Role::Embedding | Role::Retrieval => SpanKind::Client,
        _ => SpanKind::Internal,
    }
}

fn operation(role: Role, run: &LangSmithRun) -> Option<&'static str> {
    let is_of_text = run.metadata.get("ls_model_type").and_then(Value::as_str) == Some("llm");
    if role == Role::ModelCall && is_of_text { Some("text_completion") } else { role.operation() }
}

fn attributes(role: Role, run: &LangSmithRun, error_type: Option<&str>) -> Attributes {
    let mut attributes = content::originals(run);
    attributes.derive_some(gen_ai::OPERATION_NAME, operation(role, run));
    attributes.derive_some(gen_ai::CONVERSATION_ID, run.thread_id.as_deref());
    attributes.derive_some(names::ERROR_TYPE, error_type);
    if role.calls_a_model() {
        model::derive(role, run, &mut attributes);
        parameters::derive(run, &mut attributes);
    }
    if let Some(usage) = run.own.usage.filter(|_| role.calls_a_model()) {
        derive_usage(usage, &mut attributes);
    }
    if role.streams() {
        content::derive_first_byte(run, &mut attributes);
    }
    match role {
        Role::ModelCall => answer::derive(run, &mut attributes),
        Role::ToolCall | Role::ToolResult => tool::derive(role, run, &mut attributes),
        Role::SpeechToText | Role::Speech => content::derive_transcript(role, run, &mut attributes),
        Role::Retrieval => content::derive_retrieval(run, &mut attributes),
        _ => {}
    }
    content::derive_payloads(run, &mut attributes);
    attributes
}

fn derive_usage(usage: Usage, attributes: &mut Attributes) {
    let counts = [
        (gen_ai::USAGE_INPUT_TOKENS, usage.input),
        (gen_ai::USAGE_OUTPUT_TOKENS, usage.output),
        (gen_ai::USAGE_TOTAL_TOKENS, usage.total),
        (gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read),
        (gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS, usage.cache_creation),
        (gen_ai::USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning),
    ];
    for (name, count) in counts {
        attributes.derive_some(name, count.map(|count| count.to_string()));
    }
    let costs = ["langsmith.prompt_cost", "langsmith.completion_cost", "langsmith.total_cost"];
    for (name, cost) in costs.into_iter().zip(usage.costs) {
        attributes.derive_some(name, cost.map(|cost| cost.to_string()));
    }
    if usage.is_estimate {
        attributes.set("langsmith.usage_estimated", "true");
    }
}
