//! A span of Phoenix as the agent's SDK sent it: what ingest changed is undone, as far as it can be
//! (docs/platforms/phoenix.md#53-what-ingest-changes, docs/platforms/phoenix.md#75-genai-spans).

use spanlift_conventions::vocabularies::openinference;
use spanlift_conventions::{self as conventions, PlatformWords, SentEvent, SentSpan, Told, Words as _};
use spanlift_model::json::{Map, Value, into_text};
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role};

use crate::record::{KIND, PhoenixEvent, PhoenixSpan};

const OUTPUT: &str = "output.value";

/// JSON texts that ingest takes apart, beside metadata: that is told by the names below it.
const TAKEN_APART: [&str; 2] = ["tool.parameters", "llm.prompt_template.variables"];

/// The span as it was sent. Phoenix forgets its scope and the kind of OpenTelemetry that it had.
#[must_use]
pub fn unwrap(span: PhoenixSpan) -> SentSpan {
    let told = told(&span);
    let mut attributes = texts(put_together(span.attributes));
    let mut stored: Attributes = [(KIND, span.kind.unwrap_or_else(|| "UNKNOWN".to_owned()))].into_iter().collect();
    if is_output_made_up(&attributes) {
        stored.derive_some(OUTPUT, attributes.remove(OUTPUT));
    }
    if is_reason_copied(&attributes) {
        attributes.remove(names::LLM_FINISH_REASON);
    }
    let sent = SentSpan::new(&span.trace_id, &span.span_id, span.parent_id.as_deref(), &span.name, span.started_at);
    SentSpan {
        ended_at: span.ended_at,
        status: span.status,
        status_message: span.status_message,
        platform: PlatformWords { told, stored, ..PlatformWords::default() },
        attributes,
        events: span.events.into_iter().map(event).collect(),
        ..sent
    }
}

/// Phoenix makes a kind up for a span of the GenAI conventions that has none, from its attributes
/// (docs/platforms/phoenix.md#75-genai-spans).
fn told(span: &PhoenixSpan) -> Told {
    let kind = span.kind.as_deref().unwrap_or_default();
    match openinference::role_of_kind(kind) {
        Some(role @ (Role::ModelCall | Role::ToolCall | Role::Embedding | Role::Retrieval))
            if span.attributes.has_below("gen_ai.") =>
        {
            Told::Guess(role)
        }
        Some(role) => Told::BySdk(role),
        None if kind.trim().eq_ignore_ascii_case("CHAIN") => Told::ByAgent(Role::Other),
        None => Told::Nothing,
    }
}

/// Did Phoenix make the output up? Since 15.10.0 it writes the native response's id and model there, and no more.
fn is_output_made_up(attributes: &Attributes) -> bool {
    let (id, model) = (attributes.get(gen_ai::RESPONSE_ID), attributes.get(gen_ai::RESPONSE_MODEL));
    if id.is_none() && model.is_none() {
        return false;
    }
    let is_json = attributes.get("output.mime_type") == Some("application/json");
    let output = attributes.get(OUTPUT).filter(|_| is_json);
    let Some(members) = output.and_then(|output| serde_json::from_str::<Map>(output).ok()) else {
        return false;
    };
    let is_native = |(name, value): (&String, &Value)| {
        let native = match name.as_str() {
            "id" => id,
            "model" => model,
            _ => None,
        };
        native.is_some() && native == value.as_str()
    };
    !members.is_empty() && members.iter().all(is_native)
}

/// Did Phoenix copy why a model stopped from the conventions' list, its first item or, of JSON as text, all of it? An agent says that of its last call: it
/// stands on calls alone, where it is derived from the list.
fn is_reason_copied(attributes: &Attributes) -> bool {
    let told = attributes.get(names::LLM_FINISH_REASON).zip(attributes.get(gen_ai::RESPONSE_FINISH_REASONS));
    told.is_some_and(|(copy, list)| {
        let first = || serde_json::from_str::<Vec<String>>(list).ok()?.into_iter().next();
        copy == list || first().is_some_and(|first| copy == first)
    })
}

/// The texts of JSON that was taken apart, in place of its parts.
fn put_together(mut attributes: Map) -> Map {
    for name in TAKEN_APART {
        let is_part = |part: &str| part.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        if attributes.keys().any(|part| is_part(part)) {
            let (parts, rest): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|(part, _)| is_part(part));
            attributes = rest.into_iter().collect();
            let below = parts.iter().filter_map(|(part, value)| Some((part.get(name.len() + 1..)?, value)));
            if let Some(whole) = conventions::put_together(below) {
                attributes.add_missing([(name.to_owned(), Value::from(whole))]);
            }
        }
    }
    attributes
}

fn event(event: PhoenixEvent) -> SentEvent {
    SentEvent { name: event.name, at: event.at, attributes: texts(event.attributes) }
}

fn texts(source: Map) -> Attributes {
    source.into_iter().filter_map(|(name, value)| Some((name, into_text(value)?))).collect()
}
