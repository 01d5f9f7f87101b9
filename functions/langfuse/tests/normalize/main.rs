//! What recorded and made-up observations become.
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
mod usage;

use langfuse::record::Observation;
use langfuse::unwrap::unwrap;
use serde_json::{Value, json};
use spanlift_conventions::interpret;
use spanlift_model::Span;

/// What an observation means.
fn normalized(observation: Observation) -> Span {
    interpret(vec![unwrap(observation)]).remove(0)
}

/// An observation with these fields in place of the usual ones.
fn span_with(fields: Value) -> Span {
    normalized(Observation::from_json(&row(fields).to_string()).unwrap())
}

fn row(fields: Value) -> Value {
    let mut row = json!({
        "id": "00f067aa0ba902b7", "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "type": "SPAN", "name": "step",
        "startTime": "2026-11-20T15:00:00.000Z", "endTime": "2026-11-20T15:00:01.000Z", "parentObservationId": null,
        "level": "DEFAULT", "metadata": {},
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    row.as_object_mut().unwrap().extend(fields);
    row
}

/// The span of `fields` has these attributes, or lacks those that are null.
#[expect(clippy::needless_pass_by_value, reason = "cases are written in place")]
fn assert_attributes(fields: Value, expected: Value) {
    let span = span_with(fields.clone());
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(span.attributes.get(name), value.as_str(), "{name} of {fields}");
    }
}
