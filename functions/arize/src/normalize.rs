//! What a Phoenix span means in OpenTelemetry terms (docs/platforms/phoenix.md#7-meaning, docs/ARCHITECTURE.md#ids-names-and-times).
//!
//! Everything that the source wrote stays under its own name; what the GenAI conventions and Coval's metrics call it
//! is added, and never replaces a name that the source set itself. A span is understood from itself alone.

mod aliases;
mod content;
mod json;
mod messages;
mod outcome;
mod parameters;
mod provider;
mod role;
mod speech;
mod tools;

use std::sync::Arc;

use serde_json::{Map, Value};
use spanlift_model::json::text_of;
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, Span, SpanEvent, SpanId, SpanKind, TraceId};

pub use self::aliases::{ALIASES, CONTENT_ALIASES, USAGE_ALIASES};
use self::outcome::Outcome;
use crate::record::{KIND, PhoenixSpan, Rejection};

/// The span as the trace store keeps it, less its resource, which the engine sets: a span attribute `service.name`
/// stays a span attribute (docs/platforms/phoenix.md#71-kinds-and-speech).
///
/// # Errors
/// None: whatever has the ids and the start of a [`PhoenixSpan`] can be told.
pub fn normalize(span: &PhoenixSpan) -> Result<Span, Rejection> {
    let role = role::role(span);
    let outcome = Outcome::of(role, span);
    let span_id = SpanId::from_source(&span.trace_id, &span.span_id);
    let parent = span.parent_id.as_deref().map(|parent| SpanId::from_source(&span.trace_id, parent));
    Ok(Span {
        trace_id: TraceId::from_source(&span.trace_id),
        span_id,
        parent_span_id: parent.filter(|parent| *parent != span_id),
        name: role.span_name().unwrap_or(&span.name).to_owned(),
        // Phoenix forgets the kind that a span was sent with (docs/platforms/phoenix.md#54-what-ingest-loses).
        kind: SpanKind::Internal,
        started_at: span.started_at,
        ended_at: span.ended_at,
        status: outcome.status,
        status_message: outcome.message.to_owned(),
        attributes: attributes(role, span, outcome.error_type),
        events: span
            .events
            .iter()
            .filter(|event| !outcome::is_control_flow(event))
            .map(|event| SpanEvent { name: event.name.clone(), at: event.at, attributes: texts(&event.attributes) })
            .collect(),
        resource: Arc::default(),
    })
}

fn attributes(role: Role, span: &PhoenixSpan, error_type: Option<&str>) -> Attributes {
    let source = &span.attributes;
    let mut attributes = texts(source);
    attributes.set(KIND, span.kind.as_deref().unwrap_or("UNKNOWN"));
    drop_vectors(source, &mut attributes);
    attributes.derive_some(gen_ai::OPERATION_NAME, operation(role, source));
    derive_plain(role, source, &mut attributes);
    provider::derive(&mut attributes);
    parameters::derive(&mut attributes);
    messages::derive(source, &mut attributes);
    tools::derive_definitions(source, &mut attributes);
    content::derive_documents(source, &mut attributes);
    speech::derive(role, span, &mut attributes);
    match role {
        Role::ModelCall => content::derive_answer(source, &mut attributes),
        Role::ToolCall | Role::ToolResult => tools::derive_call(role, span, &mut attributes),
        Role::Retrieval => content::derive_query(source, &mut attributes),
        _ => {}
    }
    aliases::apply(CONTENT_ALIASES, &mut attributes);
    attributes.derive_some(names::ERROR_TYPE, error_type);
    attributes.set(names::IMPORT_SOURCE_NAME, span.name.as_str());
    attributes.set(names::IMPORT_SOURCE_TRACE_ID, span.trace_id.as_str());
    attributes.set(names::IMPORT_SOURCE_SPAN_ID, span.span_id.as_str());
    attributes
}

fn operation(role: Role, source: &Map<String, Value>) -> Option<&'static str> {
    let completes_text = role == Role::ModelCall && messages::completes_text(source);
    if completes_text { Some("text_completion") } else { role.operation() }
}

fn derive_plain(role: Role, source: &Map<String, Value>, attributes: &mut Attributes) {
    let is_made_up = content::is_output_made_up(source);
    aliases::apply(ALIASES.iter().filter(|(name, _)| !(is_made_up && *name == "output.value")), attributes);
    if role.calls_a_model() {
        aliases::apply_usage(attributes);
    }
}

fn drop_vectors(source: &Map<String, Value>, attributes: &mut Attributes) {
    let vectors = source.iter().filter_map(|(name, value)| Some((name, content::vector_length(name, value)?)));
    let vectors: Vec<(&String, usize)> = vectors.collect();
    for (name, _) in &vectors {
        attributes.remove(name);
    }
    let length = vectors.iter().min().map(|(_, length)| length.to_string());
    attributes.derive_some(gen_ai::EMBEDDINGS_DIMENSION_COUNT, length);
}

fn texts(source: &Map<String, Value>) -> Attributes {
    let pair = |(name, value): (&String, &Value)| Some((name.clone(), text_of(value)?.into_owned()));
    source.iter().filter_map(pair).collect()
}
