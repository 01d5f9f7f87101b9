//! What recorded and made-up LangSmith runs become.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

mod answers;
mod calls;
mod identity;
mod properties;
mod recorded;
mod roles;

use langsmith::attribution::mark;
use langsmith::unwrap::unwrap;
use langsmith::{Row, record::LangSmithRun};
use serde_json::{Value, json};
use spanlift_conventions::interpret;
use spanlift_model::Span;

/// What a run means.
fn normalized(run: LangSmithRun) -> Span {
    interpret(vec![unwrap(run)]).remove(0)
}

/// A run with these fields in place of the usual ones.
fn run_with(fields: Value) -> LangSmithRun {
    let mut rows = [Row::read(&json_of(fields).to_string()).unwrap()];
    mark(&mut rows);
    rows[0].run().unwrap()
}

fn span_with(fields: Value) -> Span {
    normalized(run_with(fields))
}

fn json_of(fields: Value) -> Value {
    let mut run = json!({
        "id": "01a1f979-51ca-704c-ba8a-203b508d8a39", "trace_id": "01a1f978-c908-76fc-9b60-756606158581",
        "parent_run_ids": ["01a1f978-c908-76fc-9b60-756606158581"], "name": "step", "run_type": "CHAIN",
        "status": "SUCCESS", "start_time": "2026-11-20T15:00:40Z", "end_time": "2026-11-20T15:00:41Z",
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    run.as_object_mut().unwrap().extend(fields);
    run
}

/// The span of `fields` has these attributes, or lacks those that are null.
#[expect(clippy::needless_pass_by_value, reason = "cases are written in place")]
fn assert_attributes(fields: Value, expected: Value) {
    let span = span_with(fields.clone());
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(span.attributes.get(name), value.as_str(), "{name} of {fields}");
    }
}
