//! What was said, asked and found, from every vocabulary and from every platform's payloads.

#![expect(clippy::unwrap_used, reason = "clippy's test exemptions do not reach helpers in integration tests")]

mod answers;
mod apis;
mod cases;
mod events;
mod exploded;
mod handlers;
mod json_text;
mod media;
mod payloads;
mod properties;
mod retrieval;
mod speech;
mod tables;
mod tools;

use serde_json::{Value, json};
use spanlift_conventions::{Payload, PlatformWords, SentEvent, SentSpan, attributes};
use spanlift_model::json::into_text;
use spanlift_model::{Attributes, Role, SpanId, SpanKind, StatusCode, Timestamp, TraceId};

const START: Timestamp = Timestamp::EPOCH;

fn texts(members: Option<&Value>) -> Attributes {
    let members = members.and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), into_text(value.clone().into())?))).collect()
}

/// A payload: text as a platform tells it, or JSON.
fn payload(value: Option<&Value>) -> Option<Payload> {
    match value? {
        Value::String(text) => Some(Payload::of_text(text.clone())),
        value => Payload::of_json(value.clone().into()),
    }
}

/// A span of `{name, scope, attributes, events, input, output, parameters, prefix, inherited}`; whatever is absent is empty.
pub(crate) fn sent(fields: &Value) -> SentSpan {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let events = fields.get("events").and_then(Value::as_array).into_iter().flatten();
    let event = |event: &Value| SentEvent {
        name: event["name"].as_str().unwrap().to_owned(),
        at: START,
        attributes: texts(event.get("attributes")),
    };
    SentSpan {
        trace_id: TraceId::from_source("1"),
        span_id: SpanId::from_source("1", "1"),
        parent_span_id: None,
        source_trace_id: "1".to_owned(),
        source_span_id: "1".to_owned(),
        name: text("name").unwrap_or("step").to_owned(),
        scope: text("scope").map(str::to_owned),
        kind: SpanKind::Internal,
        started_at: START,
        ended_at: None,
        status: StatusCode::Unset,
        status_message: String::new(),
        attributes: texts(fields.get("attributes")),
        prefix: if fields.get("inherited").is_some() { "langsmith.metadata." } else { "" },
        is_inherited: fields.get("inherited").is_some(),
        events: events.map(event).collect(),
        platform: PlatformWords {
            input: payload(fields.get("input")),
            output: payload(fields.get("output")),
            parameters: fields.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default().into(),
            ..PlatformWords::default()
        },
    }
}

/// What is stored of it.
pub(crate) fn derived(role: Role, fields: &Value) -> Attributes {
    attributes(role, sent(fields))
}

/// Each expected attribute has that value; null: there is none.
#[track_caller]
pub(crate) fn assert_derived(role: Role, fields: &Value, expected: &Value) {
    let attributes = derived(role, fields);
    for (name, value) in expected.as_object().unwrap() {
        let value = into_text(value.clone().into());
        assert_eq!(attributes.get(name), value.as_deref(), "{name} of {fields}");
    }
}

/// The messages that a payload is read as, of a model's call.
#[track_caller]
pub(crate) fn assert_messages(input: &Value, messages: &Value) {
    let expected = if messages.is_null() { Value::Null } else { Value::from(messages.to_string()) };
    assert_derived(Role::ModelCall, &json!({"input": input}), &json!({"gen_ai.input.messages": expected}));
}
