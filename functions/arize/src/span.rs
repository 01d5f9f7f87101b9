//! A span as Phoenix tells it, in either of its two forms (contract phoenix §2).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};
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
    pub attributes: Map<String, Value>,
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
    pub attributes: Map<String, Value>,
}

/// Why a span could not be read: the cause under which it is counted as rejected.
pub type Rejection = &'static str;

impl PhoenixSpan {
    /// Reads a span of `GET …/spans`.
    ///
    /// # Errors
    /// The cause, when what makes a span a span (ids, a start) is not there.
    pub fn from_plain(json: &str) -> Result<Self, Rejection> {
        let mut fields: Map<String, Value> = serde_json::from_str(json).map_err(|_| "malformed")?;
        let mut context = take_object(&mut fields, "context");
        let started_at = take_text(&mut fields, "start_time").and_then(|text| parse_time(&text)).ok_or("no_start")?;
        let attributes = take_object(&mut fields, "attributes");
        let events = match fields.remove("events") {
            Some(Value::Array(events)) => events,
            _ => Vec::new(),
        };
        Ok(Self {
            trace_id: take_text(&mut context, "trace_id").ok_or("no_id")?,
            span_id: take_text(&mut context, "span_id").ok_or("no_id")?,
            parent_id: take_text(&mut fields, "parent_id").filter(|parent| is_id(parent)),
            name: take_text(&mut fields, "name").unwrap_or_default(),
            kind: fields.get("span_kind").and_then(kind_text),
            started_at,
            ended_at: take_text(&mut fields, "end_time")
                .and_then(|text| parse_time(&text))
                .filter(|end| is_known(*end)),
            status: match take_text(&mut fields, "status_code").as_deref() {
                Some("OK") => StatusCode::Ok,
                Some("ERROR") => StatusCode::Error,
                _ => StatusCode::Unset,
            },
            status_message: take_text(&mut fields, "status_message").unwrap_or_default(),
            attributes,
            events: events.into_iter().filter_map(|event| plain_event(event, started_at)).collect(),
        })
    }

    /// Reads a span of `GET …/spans/otlpv1` (contract phoenix §2.2).
    ///
    /// # Errors
    /// The cause, when what makes a span a span (ids, a start) is not there.
    pub fn from_otlp(json: &str) -> Result<Self, Rejection> {
        let span: OtlpSpan<'_> = serde_json::from_str(json).map_err(|_| "malformed")?;
        let started_at = otlp_time(span.start_time_unix_nano.as_ref()).ok_or("no_start")?;
        let mut attributes = otlp_attributes(span.attributes);
        let status = span.status.unwrap_or_default();
        let kind = attributes.remove(KIND).as_ref().and_then(kind_text);
        Ok(Self {
            trace_id: non_empty(span.trace_id).ok_or("no_id")?,
            span_id: non_empty(span.span_id).ok_or("no_id")?,
            parent_id: non_empty(span.parent_span_id).filter(|parent| is_id(parent)),
            name: span.name.unwrap_or_default().into_owned(),
            kind,
            started_at,
            ended_at: otlp_time(span.end_time_unix_nano.as_ref()).filter(|end| is_known(*end)),
            status: match status.code {
                Some(1) => StatusCode::Ok,
                Some(2) => StatusCode::Error,
                _ => StatusCode::Unset,
            },
            status_message: status.message.unwrap_or_default(),
            attributes,
            events: span.events.unwrap_or_default().into_iter().map(|event| event.into_event(started_at)).collect(),
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

fn take_object(fields: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match fields.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
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

#[derive(Deserialize)]
struct OtlpSpan<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    trace_id: Option<String>,
    span_id: Option<String>,
    parent_span_id: Option<String>,
    start_time_unix_nano: Option<Value>,
    end_time_unix_nano: Option<Value>,
    status: Option<OtlpStatus>,
    attributes: Option<Vec<OtlpAttribute>>,
    events: Option<Vec<OtlpEvent>>,
}

#[derive(Default, Deserialize)]
struct OtlpStatus {
    code: Option<i64>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct OtlpAttribute {
    key: String,
    value: Option<OtlpValue>,
}

#[derive(Deserialize)]
struct OtlpEvent {
    name: Option<String>,
    time_unix_nano: Option<Value>,
    attributes: Option<Vec<OtlpAttribute>>,
}

/// All seven members are always there, one of them set.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
pub(crate) struct OtlpValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Value>,
    double_value: Option<Value>,
    array_value: Option<OtlpList>,
    kvlist_value: Option<OtlpObject>,
}

#[derive(Deserialize)]
struct OtlpList {
    values: Option<Vec<OtlpValue>>,
}

#[derive(Deserialize)]
struct OtlpObject {
    values: Option<Vec<OtlpAttribute>>,
}

impl OtlpValue {
    pub(crate) fn into_json(self) -> Value {
        if let Some(text) = self.string_value {
            Value::String(text)
        } else if let Some(bool) = self.bool_value {
            Value::Bool(bool)
        } else if let Some(number) = self.int_value.or(self.double_value) {
            number
        } else if let Some(list) = self.array_value {
            Value::Array(list.values.unwrap_or_default().into_iter().map(Self::into_json).collect())
        } else if let Some(object) = self.kvlist_value {
            Value::Object(otlp_attributes(object.values))
        } else {
            Value::Null
        }
    }
}

impl OtlpEvent {
    fn into_event(self, span_started_at: Timestamp) -> PhoenixEvent {
        PhoenixEvent {
            name: self.name.unwrap_or_default(),
            at: otlp_time(self.time_unix_nano.as_ref()).unwrap_or(span_started_at),
            attributes: otlp_attributes(self.attributes),
        }
    }
}

fn otlp_attributes(attributes: Option<Vec<OtlpAttribute>>) -> Map<String, Value> {
    let pair = |attribute: OtlpAttribute| Some((attribute.key, attribute.value?.into_json()));
    attributes.unwrap_or_default().into_iter().filter_map(pair).collect()
}

/// This form's times went through floating point: the true ones are whole microseconds.
pub(crate) fn otlp_time(nanos: Option<&Value>) -> Option<Timestamp> {
    let nanos = match nanos? {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Some(Timestamp::from_nanos(nanos.saturating_add(500).div_euclid(1_000).saturating_mul(1_000)))
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
