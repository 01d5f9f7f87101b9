//! The Langfuse sections of `docs/REFERENCE.md`: what `normalize` makes of an observation with one thing in it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use langfuse::record::Observation;
use langfuse::unwrap::unwrap;
use serde_json::{Value, json};
use spanlift_conventions::{interpret, kept_kind};
use spanlift_model::{Span, names};

use crate::section::{code, table};

fn check(name: &str, wanted: &str) {
    section::check(env!("CARGO_MANIFEST_DIR"), name, wanted);
}

/// An observation of a type, with these fields and nothing else that says anything.
fn stored(kind: &str, fields: Value) -> Span {
    let mut row = json!({
        "id": "00f067aa0ba902b7", "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "type": kind,
        "startTime": "2026-11-20T15:00:00.000Z", "endTime": "2026-11-20T15:00:01.000Z",
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    row.as_object_mut().unwrap().extend(fields);
    interpret(vec![unwrap(Observation::from_json(&row.to_string()).unwrap())]).remove(0)
}

/// What an observation gets that has `fields` and would not have without them.
fn derived(kind: &str, fields: Value) -> Vec<(String, String)> {
    let bare = stored(kind, json!({}));
    let span = stored(kind, fields);
    let is_new =
        |(name, value): &(&str, &str)| bare.attributes.get(name) != Some(value) && *name != names::IMPORT_SOURCE_NAME;
    span.attributes.iter().filter(is_new).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn span_names() {
    let of_type =
        ["GENERATION", "TOOL", "EMBEDDING", "RETRIEVER", "AGENT", "CHAIN", "GUARDRAIL", "EVALUATOR", "EVENT", "SPAN"]
            .map(|kind| (format!("type `{kind}`"), stored(kind, json!({"name": "step"}))));
    let of_generation = ["stt", "tts_request", "deepgram.stt", "voice/TTS"]
        .map(|name| (format!("type `GENERATION`, name `{name}`"), stored("GENERATION", json!({"name": name}))));
    let operations = [
        "chat",
        "text_completion",
        "generate_content",
        "execute_tool",
        "embeddings",
        "retrieval",
        "invoke_agent",
        "stt",
        "tts",
    ];
    let of_operation = operations.map(|operation| {
        let fields = json!({"name": "step", "metadata": {"attributes": {"gen_ai.operation.name": operation}}});
        (format!("type `SPAN`, `gen_ai.operation.name` = `{operation}`"), stored("SPAN", fields))
    });
    let of_name = ["llm", "llm_tool_call", "tool_call", "stt", "tts"]
        .map(|name| (format!("type `SPAN`, name `{name}`"), stored("SPAN", json!({"name": name}))));
    let row = |(what, span): (String, Span)| {
        let name = if span.name == "step" { "its own".to_owned() } else { code(&span.name) };
        let operation = span.attributes.get("gen_ai.operation.name").map(code).unwrap_or_default();
        vec![what, name, operation]
    };
    let rows = of_type.into_iter().chain(of_generation).chain(of_operation).chain(of_name).map(row);
    check("langfuse names", &table(&["observation", "stored name", "`gen_ai.operation.name`"], rows));
}

#[test]
fn fields() {
    let said = json!([{"role": "user", "content": "Hello?"}]);
    let answered = json!({"role": "assistant", "content": "Hello!"});
    let any = "SPAN";
    let cases = [
        ("`input`", any, json!({"input": "Hello?"})),
        ("`input`, messages", "GENERATION", json!({"input": said})),
        ("`input`", "TOOL", json!({"input": {"name": "Ada"}})),
        ("`input`", "RETRIEVER", json!({"input": "opening hours"})),
        ("`output`", any, json!({"output": "Hello!"})),
        ("`output`, a message", "GENERATION", json!({"output": answered})),
        ("`output.choices.0.finish_reason`", "GENERATION", json!({"output": {"choices": [{"finish_reason": "stop"}]}})),
        ("`output`", "TOOL", json!({"output": "B-1842"})),
        ("`name`", "TOOL", json!({"name": "find_booking"})),
        ("`name`", "AGENT", json!({"name": "booking"})),
        ("`name`", "CHAIN", json!({"name": "booking"})),
        ("`model`, else `providedModelName`", any, json!({"providedModelName": "gpt-4.1-mini"})),
        ("`modelParameters`", any, json!({"modelParameters": {"own": "1"}})),
        ("`usageDetails`", any, json!({"usageDetails": {"input": 412}})),
        ("`costDetails`", any, json!({"costDetails": {"input": 0.5}})),
        ("`totalCost`, else `calculatedTotalCost`", any, json!({"totalCost": 0.5})),
        ("`completionStartTime`", "GENERATION", json!({"completionStartTime": "2026-11-20T15:00:00.400Z"})),
        ("`timeToFirstToken`", "GENERATION", json!({"timeToFirstToken": 0.4})),
        ("`level`", any, json!({"level": "WARNING"})),
        (
            "`level` = `ERROR` and `statusMessage`",
            any,
            json!({"level": "ERROR", "statusMessage": "openai.APITimeoutError: late"}),
        ),
        ("`promptName`", any, json!({"promptName": "greeting"})),
        ("`promptVersion`", any, json!({"promptVersion": 3})),
        ("`parentObservationId`", any, json!({"parentObservationId": "a1b2c3d4e5f60718"})),
        ("`sessionId`", any, json!({"sessionId": "session"})),
        ("`userId`", any, json!({"userId": "user"})),
        ("`traceName`", any, json!({"traceName": "call"})),
        ("`tags`", any, json!({"tags": ["voice"]})),
        ("`release`", any, json!({"release": "1"})),
        ("`version`", any, json!({"version": "1"})),
        ("`environment`", any, json!({"environment": "production"})),
        ("`projectId`", any, json!({"projectId": "project"})),
        ("`metadata.own`", any, json!({"metadata": {"own": "1"}})),
        (
            "`metadata.attributes.own.name`: an OpenTelemetry attribute",
            any,
            json!({"metadata": {"attributes": {"own.name": "1"}}}),
        ),
        ("`metadata.metrics.ttfb`", any, json!({"metadata": {"metrics.ttfb": 0.4}})),
        ("`metadata.function.name`", any, json!({"metadata": {"function.name": "find_booking"}})),
        ("`metadata.transcript`", any, json!({"metadata": {"transcript": "Hello?"}})),
    ];
    let row = |(field, kind, fields): (&str, &str, Value)| {
        let names: Vec<String> = derived(kind, fields).into_iter().map(|(name, _)| name).collect();
        assert!(!names.is_empty(), "{field} is not stored");
        let dropped = names.iter().filter(|name| kept_kind(name).is_none()).count();
        let content = if dropped == 0 {
            ""
        } else if dropped == names.len() {
            "dropped"
        } else {
            "partly dropped"
        };
        let on = if kind == any { "any".to_owned() } else { code(kind) };
        vec![
            field.to_owned(),
            on,
            names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
            content.to_owned(),
        ]
    };
    check("langfuse fields", &table(&["field", "on type", "stored attributes", "content off"], cases.map(row)));
}

#[test]
fn usage() {
    let cases = [
        json!({"input": 412, "output": 38}),
        json!({"input": 412, "output": 38, "total": 450}),
        json!({"prompt_input": 412}),
        json!({"input": 300, "input_cached_tokens": 112}),
        json!({"input": 300, "input_cache_read": 112}),
        json!({"input": 300, "cache_read_input_tokens": 112}),
        json!({"input": 300, "input_cache_creation": 112}),
        json!({"input": 300, "cache_creation_input_tokens": 112}),
        json!({"output": 30, "output_reasoning_tokens": 8}),
        json!({"output": 30, "output_reasoning": 8}),
        json!({"input": 0, "output": 0}),
    ];
    let row = |usage: Value| {
        let counts = derived("GENERATION", json!({"usageDetails": usage}));
        let counts = counts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("`{}` {value}", name.strip_prefix("gen_ai.usage.")?)));
        let counts: Vec<String> = counts.collect();
        vec![code(&usage.to_string()), if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }]
    };
    check("langfuse usage", &table(&["`usageDetails`", "`gen_ai.usage.`…"], cases.map(row)));
}
