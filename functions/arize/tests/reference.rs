//! The Phoenix sections of `docs/REFERENCE.md`: written from the mapping's own tables, and from what `normalize` makes
//! of a span with one thing in it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use arize::record::PhoenixSpan;
use arize::unwrap::unwrap;
use serde_json::{Value, json};
use spanlift_conventions::interpret;
use spanlift_model::Span;

use crate::section::{code, table};

fn check(name: &str, wanted: &str) {
    section::check(env!("CARGO_MANIFEST_DIR"), name, wanted);
}

fn stored(name: &str, kind: &str, attributes: Value) -> Span {
    let Value::Object(attributes) = attributes else { panic!("attributes are an object") };
    let span = json!({
        "name": name, "span_kind": kind, "parent_id": null, "attributes": attributes, "events": [],
        "context": {"trace_id": "53e7033d37a7a8869d0bb6865c4807c0", "span_id": "bb9bd2e016e511dc"},
        "start_time": "2026-11-22T06:00:21+00:00", "end_time": "2026-11-22T06:00:22+00:00",
        "status_code": "UNSET", "status_message": "",
    });
    interpret(vec![unwrap(PhoenixSpan::from_plain(&span.to_string()).unwrap())]).remove(0)
}

#[test]
fn span_names() {
    let of_kind = ["LLM", "TOOL", "EMBEDDING", "RETRIEVER", "AGENT", "RERANKER", "GUARDRAIL", "EVALUATOR", "CHAIN"]
        .map(|kind| (format!("kind `{kind}`"), stored("step", kind, json!({}))));
    let of_service = ["stt", "tts"].map(|service| {
        let attributes = json!({"service.type": service});
        (format!("kind `LLM` and `service.type` = `{service}`"), stored("step", "LLM", attributes))
    });
    let of_segment = ["stt", "tts"].map(|segment| {
        (
            format!("kind `LLM` and a name that ends in `.{segment}`"),
            stored(&format!("voice.{segment}"), "LLM", json!({})),
        )
    });
    let of_operation = ["chat", "text_completion", "generate_content", "execute_tool", "stt", "tts"].map(|operation| {
        let attributes = json!({"gen_ai.operation.name": operation});
        (format!("no telling kind, `gen_ai.operation.name` = `{operation}`"), stored("step", "CHAIN", attributes))
    });
    let of_name = ["llm", "tool_call", "stt", "tts"]
        .map(|name| (format!("neither, name `{name}`"), stored(name, "UNKNOWN", json!({}))));
    let row = |(what, span): (String, Span)| {
        let name =
            if span.name == "step" || span.name.starts_with("voice") { "its own".to_owned() } else { code(&span.name) };
        let operation = span.attributes.get("gen_ai.operation.name").map(code).unwrap_or_default();
        vec![what, name, operation]
    };
    let rows = of_kind.into_iter().chain(of_service).chain(of_segment).chain(of_operation).chain(of_name).map(row);
    check("phoenix names", &table(&["span in Phoenix", "stored name", "`gen_ai.operation.name`"], rows));
}
