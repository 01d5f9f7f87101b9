//! What recorded and made-up Phoenix spans become.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

mod content;
mod identity;
mod properties;
mod recorded;
mod roles;
mod speech;
mod tools;
mod usage;

use arize::record::PhoenixSpan;
use arize::unwrap::unwrap;
use serde_json::{Value, json};
use spanlift_conventions::interpret;
use spanlift_model::Span;

/// What a span means.
fn normalized(span: PhoenixSpan) -> Span {
    interpret(vec![unwrap(span)]).remove(0)
}

/// A span of the plain form with these fields in place of the usual ones.
fn span_with(fields: Value) -> Span {
    normalized(PhoenixSpan::from_plain(&plain(fields).to_string()).unwrap())
}

fn plain(fields: Value) -> Value {
    let mut span = json!({
        "id": "U3Bhbjox", "name": "step", "span_kind": "UNKNOWN", "parent_id": null,
        "context": {"trace_id": "53e7033d37a7a8869d0bb6865c4807c0", "span_id": "bb9bd2e016e511dc"},
        "start_time": "2026-11-22T06:00:21+00:00", "end_time": "2026-11-22T06:00:22+00:00",
        "status_code": "UNSET", "status_message": "", "attributes": {}, "events": [],
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    span.as_object_mut().unwrap().extend(fields);
    span
}

/// The span of `fields` has these attributes, or lacks those that are null.
#[expect(clippy::needless_pass_by_value, reason = "cases are written in place")]
fn assert_attributes(fields: Value, expected: Value) {
    let span = span_with(fields.clone());
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(span.attributes.get(name), value.as_str(), "{name} of {fields}");
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
