//! Spans as an agent sends them and as Phoenix tells them (contract phoenix §2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;
use std::time::Duration;

use crate::reader::window;

/// A span as an agent sends it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_id: Option<String>,
    pub(crate) started_at: Timestamp,
    pub(crate) kind: Value,
    pub(crate) attributes: Map<String, Value>,
    /// Told as this, whatever the form: a row that is no span.
    pub(crate) raw: Option<String>,
}

/// A row of Phoenix's table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) project: usize,
    pub(crate) sent: Sent,
    /// What `…/spans` tells; `None` where it breaks.
    pub(crate) plain: Option<String>,
}

/// A root that starts a minute into the call. Traces and spans are named by numbers.
pub(crate) fn span(trace: u64, span: u64) -> Sent {
    Sent {
        trace_id: trace_id(trace),
        span_id: format!("{:016x}", (trace << 32) + span),
        parent_id: None,
        started_at: window().from.plus(Duration::from_micros(60_304_819)),
        kind: json!("CHAIN"),
        attributes: Map::new(),
        raw: None,
    }
}

pub(crate) fn trace_id(trace: u64) -> String {
    format!("{trace:032x}")
}

impl Sent {
    pub(crate) fn under(mut self, parent: u64) -> Self {
        let trace = u64::from_str_radix(&self.trace_id, 16).unwrap();
        self.parent_id = Some(format!("{:016x}", (trace << 32) + parent));
        self
    }

    pub(crate) fn at(mut self, started_at: Timestamp) -> Self {
        self.started_at = started_at;
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn kind(mut self, kind: impl Into<Value>) -> Self {
        self.kind = kind.into();
        self
    }

    /// A row that is told as this text.
    pub(crate) fn raw(mut self, text: &str) -> Self {
        self.raw = Some(text.to_owned());
        self
    }

    /// Stores the span as the row `id`.
    pub(crate) fn into_row(mut self, id: i64, project: usize) -> Row {
        explode_metadata(&mut self.attributes);
        Row { id, project, plain: self.kind.is_string().then(|| self.plain(id)), sent: self }
    }

    fn ended_at(&self) -> Timestamp {
        self.started_at.plus(Duration::from_millis(1_500))
    }

    fn plain(&self, id: i64) -> String {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let span = json!({
            "id": STANDARD.encode(format!("Span:{id}")),
            "name": "turn",
            "context": {"trace_id": self.trace_id, "span_id": self.span_id},
            "span_kind": self.kind,
            "parent_id": self.parent_id,
            "start_time": plain_time(self.started_at),
            "end_time": plain_time(self.ended_at()),
            "status_code": "ERROR",
            "status_message": "überlastet",
            "attributes": self.attributes,
            "events": [{"name": "interruption", "timestamp": plain_time(self.started_at), "attributes": {"n": 1}}],
        });
        span.to_string()
    }

    /// What `…/spans/otlpv1` tells; `None` where it breaks.
    pub(crate) fn otlp(&self) -> Option<String> {
        if self.raw.is_some() {
            return self.raw.clone();
        }
        let is_too_big =
            |(name, value): (&String, &Value)| name.starts_with("metadata.") && value.is_u64() && !value.is_i64();
        if self.attributes.iter().any(is_too_big) {
            return None;
        }
        let mut attributes: Vec<Value> =
            self.attributes.iter().map(|(name, value)| otlp_attribute(name, value)).collect();
        attributes.push(otlp_attribute("openinference.span.kind", &self.kind));
        let span = json!({
            "attributes": attributes,
            "dropped_attributes_count": null, "dropped_events_count": null, "dropped_links_count": null,
            "start_time_unix_nano": otlp_time(self.started_at),
            "end_time_unix_nano": otlp_time(self.ended_at()),
            "events": [{"name": "interruption", "time_unix_nano": otlp_time(self.started_at), "dropped_attributes_count": null,
                        "attributes": [otlp_attribute("n", &json!(1))]}],
            "flags": null, "links": null, "trace_state": null,
            "kind": "SPAN_KIND_INTERNAL",
            "name": "turn",
            "trace_id": self.trace_id, "span_id": self.span_id, "parent_span_id": self.parent_id,
            "status": {"code": 2, "message": "überlastet"},
        });
        Some(span.to_string())
    }
}

/// A `metadata` that is a JSON object is flattened at ingest; any other text stays (contract phoenix §2.1).
fn explode_metadata(attributes: &mut Map<String, Value>) {
    let Some(Value::String(text)) = attributes.get("metadata") else { return };
    if let Ok(Value::Object(metadata)) = serde_json::from_str(text) {
        attributes.remove("metadata");
        flatten("metadata", metadata, attributes);
    }
}

fn flatten(prefix: &str, object: Map<String, Value>, into: &mut Map<String, Value>) {
    for (name, value) in object {
        let path = format!("{prefix}.{name}");
        match value {
            Value::Object(inner) => flatten(&path, inner, into),
            Value::Null => {}
            value => {
                into.insert(path, value);
            }
        }
    }
}

/// Six digits of a second, or none when they are zero; always `+00:00`.
fn plain_time(moment: Timestamp) -> String {
    moment.to_micros_text().replace(".000000Z", "Z").replace('Z', "+00:00")
}

/// Times of this form go through floating point.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "that is what Phoenix does")]
fn otlp_time(moment: Timestamp) -> i64 {
    moment.nanos() as f64 as i64
}

fn otlp_attribute(name: &str, value: &Value) -> Value {
    let mut told = json!({"array_value": null, "bool_value": null, "bytes_value": null, "double_value": null,
                          "int_value": null, "kvlist_value": null, "string_value": null});
    let member = match value {
        Value::String(_) => "string_value",
        Value::Bool(_) => "bool_value",
        Value::Number(number) if number.is_f64() => "double_value",
        Value::Number(_) => "int_value",
        // No null is stored, and lists are in no test.
        _ => return json!({"key": name, "value": told}),
    };
    told[member] = value.clone();
    json!({"key": name, "value": told})
}
