//! What an observation means in OpenTelemetry terms (docs/platforms/langfuse.md#8-meaning, docs/ARCHITECTURE.md#ids-names-and-times).
//!
//! Langfuse's fields go under its own official names, attributes that it collected go back under theirs; what the
//! GenAI conventions and Coval's metrics call it is added, and never replaces a name that the source set itself.

mod captured;
mod content;
mod json;
mod messages;
mod originals;
mod parameters;
mod role;
mod usage;

use std::sync::Arc;

use spanlift_conventions::{Failure, tells_of_control_flow, tells_of_tool_failure};
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, Span, SpanId, SpanKind, StatusCode, TraceId};

pub use self::captured::is_content;
use crate::names as langfuse;
use crate::record::Observation;

/// The span as the trace store keeps it, less its resource, which the engine sets.
#[must_use]
pub fn normalize(observation: &Observation) -> Span {
    let trace_id = observation.trace_id.as_str();
    let mut attributes = originals::attributes(observation);
    let role = role::role(observation, &attributes);
    let span_id = SpanId::from_source(trace_id, &observation.id);
    let parent = observation.parent_id.as_deref().map(|parent| SpanId::from_source(trace_id, parent));
    let stated = observation.status_message.as_deref().unwrap_or_default();
    let is_control_flow = tells_of_control_flow(stated);
    if is_control_flow {
        attributes.remove(langfuse::OBSERVATION_STATUS_MESSAGE);
    }
    let failure = (observation.level == "ERROR" && !is_control_flow).then(|| Failure::read(stated));
    let is_error = failure.is_some() || (role == Role::ToolCall && tells_of_tool_failure(&attributes));
    derive(role, observation, &mut attributes);
    if is_error {
        let own = failure.filter(|failure| failure.stack.is_some()).and_then(|failure| failure.kind);
        attributes.derive(names::ERROR_TYPE, own.or_else(|| error_type(stated)).unwrap_or("_OTHER"));
    }
    attributes.set(names::IMPORT_SOURCE_NAME, observation.name.as_str());
    attributes.set(names::IMPORT_SOURCE_TRACE_ID, trace_id);
    attributes.set(names::IMPORT_SOURCE_SPAN_ID, observation.id.as_str());
    Span {
        trace_id: TraceId::from_source(trace_id),
        span_id,
        parent_span_id: parent.filter(|parent| *parent != span_id),
        name: role.span_name().unwrap_or(&observation.name).to_owned(),
        kind: match observation.kind.as_str() {
            "GENERATION" | "EMBEDDING" => SpanKind::Client,
            _ => SpanKind::Internal,
        },
        started_at: observation.started_at,
        ended_at: observation.ended_at,
        status: if is_error { StatusCode::Error } else { StatusCode::Unset },
        status_message: failure.map(|failure| message(stated, &failure).to_owned()).unwrap_or_default(),
        attributes,
        events: Vec::new(),
        resource: Arc::default(),
    }
}

fn derive(role: Role, observation: &Observation, attributes: &mut Attributes) {
    content::derive_known_metadata(&observation.metadata, attributes);
    attributes.derive_some(gen_ai::OPERATION_NAME, role.operation());
    attributes.derive_some(gen_ai::REQUEST_MODEL, observation.model.as_deref());
    attributes.derive_some(gen_ai::CONVERSATION_ID, observation.trace.session_id.as_deref());
    attributes.derive_some(gen_ai::PROMPT_NAME, observation.prompt_name.as_deref());
    attributes.derive_some(names::INPUT, observation.input.as_deref());
    attributes.derive_some(names::OUTPUT, observation.output.as_deref());
    parameters::derive(&observation.model_parameters, attributes);
    parameters::derive_provider(attributes);
    if role.calls_a_model() {
        usage::derive(&observation.usage, attributes);
    }
    if role.streams() {
        content::derive_first_byte(observation, attributes);
    }
    match role {
        Role::ModelCall => {
            messages::derive(observation, attributes);
            content::derive_finish_reason(observation, attributes);
        }
        Role::ToolCall | Role::ToolResult => content::derive_tool_call(role, observation, attributes),
        Role::SpeechToText | Role::Speech => content::derive_transcript(role, observation, attributes),
        Role::Retrieval => content::derive_query(observation, attributes),
        Role::Agent => attributes.derive_some(gen_ai::AGENT_NAME, name_of(observation)),
        Role::Workflow => attributes.derive_some(gen_ai::WORKFLOW_NAME, name_of(observation)),
        _ => {}
    }
}

fn name_of(observation: &Observation) -> Option<&str> {
    Some(observation.name.as_str()).filter(|name| !name.is_empty())
}

/// The message without its stack; a text without one stays whole.
fn message<'a>(stated: &'a str, failure: &Failure<'a>) -> &'a str {
    if failure.stack.is_some() { failure.message } else { stated }
}

/// The exception that a message ends with: `openai.APITimeoutError: Request timed out.`
fn error_type(message: &str) -> Option<&str> {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
    let is_exception =
        |word: &&str| ["Error", "Exception"].iter().any(|end| word.ends_with(end) && word.len() > end.len());
    message.split(|character: char| !is_part(character)).rfind(is_exception)
}
