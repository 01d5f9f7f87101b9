//! A span as Phoenix tells it, in either of its two forms (docs/platforms/phoenix.md#5-rows).

use serde::Deserialize;
use spanlift_model::json::{Map, Value};
use spanlift_model::{StatusCode, Timestamp, canonical_text};

/// The attribute that holds the span's kind in the OTLP-like form; a field of its own in the plain one.
pub(crate) const KIND: &str = "openinference.span.kind";

/// A span of Phoenix with everything that normalisation needs.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoenixSpan {
    /// The trace id, lower-case hex of whatever bytes came.
    pub trace_id: String,
    /// The span id, the same.
    pub span_id: String,
    /// The span above it.
    pub parent_id: Option<String>,
    /// Its name; may be empty.
    pub name: String,
    /// The raw `openinference.span.kind`, as text whatever it is.
    pub kind: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` where the exporter sent no end.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub status: StatusCode,
    /// Why.
    pub status_message: String,
    /// Flat dotted keys to scalars and lists of scalars.
    pub attributes: Map,
    /// What happened during it.
    pub events: Vec<PhoenixEvent>,
}

/// An event of a [`PhoenixSpan`].
#[derive(Clone, Debug, PartialEq)]
pub struct PhoenixEvent {
    /// Its name.
    pub name: String,
    /// When; the span's start where Phoenix does not say.
    pub at: Timestamp,
    /// As sent: not flattened.
    pub attributes: Map,
}

/// Why a span could not be read: the cause under which it is counted as rejected.
pub type Rejection = &'static str;

/// The plain form. Everything may be missing, null, or something else than the API says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PlainRow {
    context: Value,
    parent_id: Value,
    name: Value,
    span_kind: Value,
    start_time: Value,
    end_time: Value,
    status_code: Value,
    status_message: Value,
    attributes: Value,
    events: Value,
}

impl PhoenixSpan {
    /// Reads a span of `GET …/spans`.
    ///
    /// # Errors
    /// The cause, when what makes a span a span (ids, a start) is not there.
    pub fn from_plain(json: &str) -> Result<Self, Rejection> {
        let row: PlainRow = serde_json::from_str(json).map_err(|_| "malformed")?;
        let mut context = object(row.context);
        let started_at = row.start_time.as_str().and_then(parse_time).ok_or("no_start")?;
        let events = match row.events {
            Value::Array(events) => events,
            _ => Vec::new(),
        };
        Ok(Self {
            trace_id: take_text(&mut context, "trace_id").ok_or("no_id")?,
            span_id: take_text(&mut context, "span_id").ok_or("no_id")?,
            parent_id: text(row.parent_id).filter(|parent| is_id(parent)),
            name: text(row.name).unwrap_or_default(),
            kind: kind_text(&row.span_kind),
            started_at,
            ended_at: row.end_time.as_str().and_then(parse_time).filter(|end| is_known(*end)),
            status: match row.status_code.as_str() {
                Some("OK") => StatusCode::Ok,
                Some("ERROR") => StatusCode::Error,
                _ => StatusCode::Unset,
            },
            status_message: text(row.status_message).unwrap_or_default(),
            attributes: object(row.attributes),
            events: events.into_iter().filter_map(|event| plain_event(event, started_at)).collect(),
        })
    }

    /// Reads a span of `GET …/spans/otlpv1` (docs/platforms/phoenix.md#52-otlp-like-form).
    ///
    /// # Errors
    /// The cause, when what makes a span a span (ids, a start) is not there.
    pub fn from_otlp(json: &str) -> Result<Self, Rejection> {
        let mut fields: Map = serde_json::from_str(json).map_err(|_| "malformed")?;
        let started_at = otlp_time(fields.get("start_time_unix_nano")).ok_or("no_start")?;
        let mut attributes = otlp_attributes(fields.remove("attributes"));
        let mut status = take_object(&mut fields, "status");
        let events = match fields.remove("events") {
            Some(Value::Array(events)) => events,
            _ => Vec::new(),
        };
        Ok(Self {
            trace_id: take_text(&mut fields, "trace_id").ok_or("no_id")?,
            span_id: take_text(&mut fields, "span_id").ok_or("no_id")?,
            parent_id: take_text(&mut fields, "parent_span_id").filter(|parent| is_id(parent)),
            name: take_text(&mut fields, "name").unwrap_or_default(),
            kind: attributes.remove(KIND).as_ref().and_then(kind_text),
            started_at,
            ended_at: otlp_time(fields.get("end_time_unix_nano")).filter(|end| is_known(*end)),
            status: match status.get("code").and_then(Value::as_i64) {
                Some(1) => StatusCode::Ok,
                Some(2) => StatusCode::Error,
                _ => StatusCode::Unset,
            },
            status_message: take_text(&mut status, "message").unwrap_or_default(),
            attributes,
            events: events.into_iter().filter_map(|event| otlp_event(event, started_at)).collect(),
        })
    }
}

/// Zero bytes, of any number, are how some exporters say that there is no parent.
pub(crate) fn is_id(id: &str) -> bool {
    id.bytes().any(|byte| byte != b'0')
}

/// The OTLP-like form has kinds of any type: a list is kept as its JSON.
fn kind_text(kind: &Value) -> Option<String> {
    match kind {
        Value::Array(_) | Value::Object(_) => Some(kind.to_string()),
        kind => canonical_text(kind),
    }
}

fn parse_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_platform(text).ok()
}

/// The epoch is what Phoenix stores for an end that was never sent.
pub(crate) fn is_known(end: Timestamp) -> bool {
    end != Timestamp::EPOCH
}

fn take_object(fields: &mut Map, name: &str) -> Map {
    object(fields.remove(name).unwrap_or_default())
}

fn take_text(fields: &mut Map, name: &str) -> Option<String> {
    text(fields.remove(name)?)
}

fn object(value: Value) -> Map {
    if let Value::Object(members) = value { members } else { Map::new() }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn plain_event(event: Value, span_started_at: Timestamp) -> Option<PhoenixEvent> {
    let Value::Object(mut event) = event else { return None };
    Some(PhoenixEvent {
        name: take_text(&mut event, "name").unwrap_or_default(),
        at: take_text(&mut event, "timestamp").and_then(|text| parse_time(&text)).unwrap_or(span_started_at),
        attributes: take_object(&mut event, "attributes"),
    })
}

fn otlp_event(event: Value, span_started_at: Timestamp) -> Option<PhoenixEvent> {
    let Value::Object(mut event) = event else { return None };
    Some(PhoenixEvent {
        name: take_text(&mut event, "name").unwrap_or_default(),
        at: otlp_time(event.get("time_unix_nano")).unwrap_or(span_started_at),
        attributes: otlp_attributes(event.remove("attributes")),
    })
}

fn otlp_attributes(attributes: Option<Value>) -> Map {
    let Some(Value::Array(attributes)) = attributes else { return Map::new() };
    let pair = |attribute: Value| {
        let Value::Object(mut attribute) = attribute else { return None };
        let Some(Value::String(name)) = attribute.remove("key") else { return None };
        Some((name, otlp_value(attribute.remove("value")?)))
    };
    attributes.into_iter().filter_map(pair).collect()
}

/// Seven members, one of them set. A list or an object that was cut is text.
fn otlp_value(value: Value) -> Value {
    let Value::Object(mut members) = value else { return value };
    members.retain(|_, member| !member.is_null());
    if let Some(scalar) = SCALARS.iter().find_map(|name| members.remove(name)) {
        return scalar;
    }
    let mut values = |name| match members.remove(name)? {
        Value::Object(mut holder) => holder.remove("values"),
        cut => Some(cut),
    };
    if let Some(list) = values("array_value") {
        return match list {
            Value::Array(items) => Value::Array(items.into_iter().map(otlp_value).collect()),
            cut => cut,
        };
    }
    match values("kvlist_value") {
        Some(text @ Value::String(_)) => text,
        Some(members) => Value::Object(otlp_attributes(Some(members))),
        None => Value::Null,
    }
}

/// The members of a value that is neither a list nor an object.
const SCALARS: [&str; 4] = ["string_value", "bool_value", "int_value", "double_value"];

/// This form's times went through floating point: the true ones are whole microseconds.
pub(crate) fn otlp_time(nanos: Option<&Value>) -> Option<Timestamp> {
    let nanos = match nanos? {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Some(Timestamp::from_nanos(nanos.saturating_add(500).div_euclid(1_000).saturating_mul(1_000)))
}
