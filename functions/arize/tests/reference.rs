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
use serde_json::{Map, Value, json};
use spanlift_conventions::interpret;
use spanlift_model::{Span, names};

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
    interpret(&[unwrap(PhoenixSpan::from_plain(&span.to_string()).unwrap())]).remove(0)
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

/// What a span gets that has `attributes` and would not have without them.
fn derived(kind: &str, attributes: Value) -> Vec<(String, String)> {
    let bare = stored("step", kind, json!({}));
    let Value::Object(source) = &attributes else { panic!("attributes are an object") };
    let source: Map<String, Value> = source.clone();
    let span = stored("step", kind, attributes);
    let is_new = |(name, _): &(&str, &str)| bare.attributes.get(name).is_none() && !source.contains_key(*name);
    span.attributes.iter().filter(is_new).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn request_parameters() {
    let cases = [
        ("model", json!("m")),
        ("temperature", json!(0.5)),
        ("top_p", json!(0.5)),
        ("top_k", json!(5)),
        ("max_tokens", json!(5)),
        ("max_completion_tokens", json!(5)),
        ("max_output_tokens", json!(5)),
        ("frequency_penalty", json!(0.5)),
        ("presence_penalty", json!(0.5)),
        ("seed", json!(5)),
        ("stream", json!(true)),
        ("stop_sequences", json!(["x"])),
        ("stop", json!(["x"])),
        ("n", json!(2)),
        ("encoding_format", json!("float")),
        ("response_format", json!({"type": "json_object"})),
    ];
    let row = |(key, value): (&str, Value)| {
        let parameters = json!({key: value}).to_string();
        let derived = derived("LLM", json!({"llm.invocation_parameters": parameters}));
        let [(target, value)] = &derived[..] else { panic!("{key} becomes {derived:?}") };
        vec![code(key), code(target), code(&parameters), code(value)]
    };
    let heads = ["in `llm.invocation_parameters`", "stored attribute", "for example", "becomes"];
    check("phoenix parameters", &table(&heads, cases.map(row)));
}

#[test]
fn model_providers() {
    let cases = [
        ("openai", ""),
        ("azure", "openai"),
        ("azure", ""),
        ("aws", ""),
        ("google", "vertexai"),
        ("google", ""),
        ("mistralai", ""),
        ("xai", ""),
        ("moonshot", ""),
        ("deepgram", ""),
    ];
    let row = |(provider, system): (&str, &str)| {
        let span = stored("step", "LLM", json!({"llm.provider": provider, "llm.system": system}));
        let name = span.attributes.get("gen_ai.provider.name").unwrap();
        vec![code(provider), if system.is_empty() { String::new() } else { code(system) }, code(name)]
    };
    check("phoenix providers", &table(&["`llm.provider`", "`llm.system`", "`gen_ai.provider.name`"], cases.map(row)));
}
