//! The two forms in which a span is told; each breaks on other spans.

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::attributes::KIND;
use crate::relay;
use crate::scenario::{Breaks, Event, Span, StatusCode};

/// Texts in place of which JSON is told that no JSON library takes: a number, half of a surrogate pair, 200 levels.
pub const RAW: [&str; 3] = ["raw: 1e400", "raw: a surrogate", "raw: 200 levels"];

fn with_raw(row: String) -> String {
    if !row.contains("\"raw: ") {
        return row;
    }
    let levels = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let told = ["1e400", "\"\\ud83d\"", &levels];
    RAW.iter().zip(told).fold(row, |row, (name, told)| row.replace(&format!("\"{name}\""), told))
}

/// An exception's event keeps these.
const EXCEPTION: [&str; 4] = ["exception.type", "exception.message", "exception.escaped", "exception.stacktrace"];

/// What `…/spans` tells; `None` where it breaks.
pub(crate) fn plain(id: i64, span: &Span, flat: &Map<String, Value>) -> Option<String> {
    if matches!(span.breaks, Breaks::Plain | Breaks::Both) {
        return None;
    }
    if span.raw.is_some() {
        return span.raw.clone();
    }
    let mut attributes = flat.clone();
    let kind = attributes.remove(KIND).unwrap_or_else(|| json!("UNKNOWN"));
    let events = span.events.iter().map(|event| {
        let attributes = event_attributes(event);
        json!({"name": event.name, "timestamp": plain_time(event.timestamp), "attributes": attributes})
    });
    let told = json!({
        "id": relay::id("Span", id),
        "name": span.name,
        "context": {"trace_id": span.trace_id, "span_id": span.span_id},
        "span_kind": kind,
        "parent_id": span.parent_id,
        "start_time": span.start_told_as.clone().unwrap_or_else(|| plain_time(span.start_time)),
        "end_time": plain_time(span.end_time.unwrap_or(Timestamp::EPOCH)),
        "status_code": span.status_code.as_str(),
        "status_message": span.status_message,
        "attributes": attributes,
        "events": events.collect::<Vec<_>>(),
    });
    kind.is_string().then(|| with_raw(told.to_string()))
}

/// What `…/spans/otlpv1` tells; `None` where it breaks.
pub(crate) fn otlp(span: &Span, flat: &Map<String, Value>) -> Option<String> {
    if matches!(span.breaks, Breaks::Otlp | Breaks::Both) {
        return None;
    }
    if span.raw.is_some() {
        return span.raw.clone();
    }
    // Larger than 64 bits with a sign.
    let is_too_large = |value: &Value| value.is_u64() && !value.is_i64();
    if flat.values().any(is_too_large) {
        return None;
    }
    let events = span.events.iter().map(|event| {
        json!({"name": event.name, "time_unix_nano": otlp_time(event.timestamp), "dropped_attributes_count": null,
            "attributes": otlp_attributes(&event_attributes(event))})
    });
    let events: Vec<Value> = events.collect();
    let start = span.start_told_as.as_ref().map_or_else(|| json!(otlp_time(span.start_time)), |told| json!(told));
    let code = match span.status_code {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
    };
    let message = Some(&span.status_message).filter(|message| !message.is_empty());
    let told = json!({
        "attributes": otlp_attributes(flat),
        "dropped_attributes_count": null, "dropped_events_count": null, "dropped_links_count": null,
        "start_time_unix_nano": start,
        "end_time_unix_nano": otlp_time(span.end_time.unwrap_or(Timestamp::EPOCH)),
        "events": Some(events).filter(|events| !events.is_empty()),
        "flags": null, "links": null, "trace_state": null,
        "kind": "SPAN_KIND_INTERNAL",
        "name": span.name,
        "trace_id": span.trace_id, "span_id": span.span_id, "parent_span_id": span.parent_id,
        "status": {"code": code, "message": message},
    });
    Some(with_raw(told.to_string()))
}

/// Six digits of a second, or none when they are zero; always `+00:00`.
pub(crate) fn plain_time(moment: Timestamp) -> String {
    moment.to_micros_text().replace(".000000Z", "Z").replace('Z', "+00:00")
}

/// Times of this form go through floating point.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "that is what Phoenix does")]
fn otlp_time(moment: Timestamp) -> i64 {
    moment.nanos() as f64 as i64
}

fn event_attributes(event: &Event) -> Map<String, Value> {
    let mut attributes = event.attributes.clone();
    if event.name == "exception" {
        attributes.retain(|name, _| EXCEPTION.contains(&name.as_str()));
    }
    attributes
}

fn otlp_attributes(flat: &Map<String, Value>) -> Vec<Value> {
    flat.iter().map(|(name, value)| json!({"key": name, "value": otlp_value(value)})).collect()
}

/// All seven members, one of them set.
fn otlp_value(value: &Value) -> Value {
    let (member, value) = match value {
        Value::Null => ("", Value::Null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => (scalar(value), value.clone()),
        Value::Array(elements) => ("array_value", json!({"values": otlp_elements(elements)})),
        Value::Object(members) => ("kvlist_value", json!({"values": otlp_attributes(members)})),
    };
    let members =
        ["array_value", "bool_value", "bytes_value", "double_value", "int_value", "kvlist_value", "string_value"];
    let told = members.map(|name| (name.to_owned(), if name == member { value.clone() } else { Value::Null }));
    Value::Object(told.into_iter().collect())
}

fn scalar(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool_value",
        Value::Number(number) if number.is_f64() => "double_value",
        Value::Number(_) => "int_value",
        _ => "string_value",
    }
}

/// Elements of several kinds become texts, as Python writes them.
fn otlp_elements(elements: &[Value]) -> Vec<Value> {
    let is_scalar = |value: &Value| !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    let is_uniform = elements.iter().all(is_scalar)
        && elements.iter().zip(elements.iter().skip(1)).all(|(one, next)| scalar(one) == scalar(next));
    let as_text = |value: &Value| match value {
        Value::String(text) => json!(text),
        Value::Null => json!("None"),
        Value::Bool(true) => json!("True"),
        Value::Bool(false) => json!("False"),
        other => json!(other.to_string()),
    };
    let told = |value: &Value| if is_uniform { otlp_value(value) } else { otlp_value(&as_text(value)) };
    elements.iter().map(told).collect()
}
