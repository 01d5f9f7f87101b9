//! The LangSmith sections of `docs/REFERENCE.md`: what `normalize` makes of a run with one thing in it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use langsmith::Row;
use langsmith::attribution::mark;
use langsmith::unwrap::unwrap;
use serde_json::{Value, json};
use spanlift_conventions::{interpret, kept_kind};
use spanlift_model::{Span, names};

use crate::section::{code, table};

fn check(name: &str, wanted: &str) {
    section::check(env!("CARGO_MANIFEST_DIR"), name, wanted);
}

/// A run of a type, with these fields and nothing else that says anything.
fn stored(run_type: &str, fields: Value) -> Span {
    let mut run = json!({
        "id": "01a1f979-51ca-704c-ba8a-203b508d8a39", "trace_id": "01a1f978-c908-76fc-9b60-756606158581", "run_type": run_type,
        "start_time": "2026-11-20T15:00:40Z", "end_time": "2026-11-20T15:00:41Z",
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    run.as_object_mut().unwrap().extend(fields);
    let mut rows = [Row::read(&run.to_string()).unwrap()];
    mark(&mut rows);
    let [row] = rows;
    interpret(vec![unwrap(row.run().unwrap())]).remove(0)
}

/// What a run gets that has `fields` and would not have without them.
fn derived(run_type: &str, fields: Value) -> Vec<(String, String)> {
    let bare = stored(run_type, json!({}));
    let span = stored(run_type, fields);
    let is_new =
        |(name, value): &(&str, &str)| bare.attributes.get(name) != Some(value) && *name != names::IMPORT_SOURCE_NAME;
    span.attributes.iter().filter(is_new).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn span_names() {
    let of_type = ["llm", "tool", "embedding", "retriever", "chain", "prompt", "parser"]
        .map(|run_type| (format!("type `{run_type}`"), stored(run_type, json!({"name": "step"}))));
    let completion = json!({"name": "step", "extra": {"metadata": {"ls_model_type": "llm"}}});
    let hidden = json!({"name": "step", "extra": {"metadata": {"ls_message_view_exclude": true}}});
    let special = [
        ("type `llm`, `ls_model_type` = `llm`".to_owned(), stored("llm", completion)),
        ("type `llm`, `ls_message_view_exclude`, no counts".to_owned(), stored("llm", hidden)),
        ("type `tool`, name `llm_tool_result`".to_owned(), stored("tool", json!({"name": "llm_tool_result"}))),
    ];
    let of_model = ["stt", "stt_request", "tts", "tts_request", "user_turn", "user_speaking"]
        .map(|name| (format!("type `llm`, name `{name}`"), stored("llm", json!({"name": name}))));
    let of_name = ["llm", "llm_tool_call", "tool_call", "stt", "tts"]
        .map(|name| (format!("another type, name `{name}`"), stored("chain", json!({"name": name}))));
    let row = |(what, span): (String, Span)| {
        let own = span.attributes.get(names::IMPORT_SOURCE_NAME);
        let is_canonical = matches!(span.name.as_str(), "llm" | "llm_tool_call" | "stt" | "tts");
        let name = if own == Some(&span.name) && !is_canonical { "its own".to_owned() } else { code(&span.name) };
        let operation = span.attributes.get("gen_ai.operation.name").map(code).unwrap_or_default();
        vec![what, name, operation]
    };
    let rows = of_type.into_iter().chain(special).chain(of_model).chain(of_name).map(row);
    check("langsmith names", &table(&["run", "stored name", "`gen_ai.operation.name`"], rows));
}

#[test]
fn fields() {
    let any = "chain";
    let metadata = |name: &str, value: Value| json!({"extra": {"metadata": {name: value}}});
    let cases = [
        ("`inputs`", any, json!({"inputs": {"question": "Hello?"}})),
        ("`inputs`", "tool", json!({"inputs": {"input": "{\"name\": \"Ada\"}"}})),
        ("`inputs.query`, else `.input`", "retriever", json!({"inputs": {"query": "opening hours"}})),
        ("`outputs`", any, json!({"outputs": {"answer": "Hello!"}})),
        ("`outputs.output`", "tool", json!({"outputs": {"output": "B-1842"}})),
        (
            "`outputs.output.tool_call_id`",
            "tool",
            json!({"outputs": {"output": {"tool_call_id": "call_1", "content": ""}}}),
        ),
        ("`outputs.documents`", "retriever", json!({"outputs": {"documents": [{"page_content": "nine to five"}]}})),
        ("`outputs.choices[].finish_reason`", "llm", json!({"outputs": {"choices": [{"finish_reason": "stop"}]}})),
        (
            "`outputs.generations[][].generation_info.finish_reason`",
            "llm",
            json!({"outputs": {"generations": [[{"generation_info": {"finish_reason": "stop"}}]]}}),
        ),
        ("`outputs.id`", "llm", json!({"outputs": {"id": "chatcmpl-1"}})),
        ("`outputs.model`", "llm", json!({"outputs": {"model": "gpt-4.1-mini-2025-04-14"}})),
        ("`outputs.llm_output.model_name`", "llm", json!({"outputs": {"llm_output": {"model_name": "gpt-4.1-mini"}}})),
        ("`metadata.ls_model_name`", "llm", metadata("ls_model_name", json!("gpt-4.1-mini"))),
        (
            "`extra.invocation_params.model`, `.model_name`",
            "llm",
            json!({"extra": {"invocation_params": {"model": "gpt-4.1-mini"}}}),
        ),
        ("`metadata.ls_provider`", "llm", metadata("ls_provider", json!("openai"))),
        ("`extra.invocation_params._type`", "llm", json!({"extra": {"invocation_params": {"_type": "openai-chat"}}})),
        ("`name`", any, json!({"name": "handle_call"})),
        ("`name`", "tool", json!({"name": "find_booking"})),
        ("`error`", any, json!({"error": "TimeoutError('late')Traceback (most recent call last): …"})),
        ("`status`", any, json!({"status": "success"})),
        ("`first_token_time`", "llm", json!({"first_token_time": "2026-11-20T15:00:40.400Z"})),
        ("`metadata.metrics.ttfb`", "llm", metadata("metrics.ttfb", json!(0.4))),
        ("`metadata.transcript`", any, metadata("transcript", json!("Hello?"))),
        ("`thread_id`", any, json!({"thread_id": "thread"})),
        ("`tags`", any, json!({"tags": ["voice"]})),
        (
            "`parent_run_id`, else the last of `parent_run_ids`",
            any,
            json!({"parent_run_id": "01a1f978-c908-76fc-9b60-756606158581"}),
        ),
        ("`project_id`, else `session_id`", any, json!({"session_id": "11111111-2222-3333-4444-555555555555"})),
        ("`dotted_order`", any, json!({"dotted_order": "20261120T150040000000Z01a1f979-51ca-704c-ba8a-203b508d8a39"})),
        ("`app_path`", any, json!({"app_path": "/o/1/projects/p/2/r/3"})),
        ("`metadata.own`", any, metadata("own", json!("1"))),
        ("`metadata.session_id`", any, metadata("session_id", json!("session"))),
    ];
    let row = |(field, run_type, fields): (&str, &str, Value)| {
        let names: Vec<String> = derived(run_type, fields).into_iter().map(|(name, _)| name).collect();
        assert!(!names.is_empty(), "{field} is not stored");
        let dropped = names.iter().filter(|name| kept_kind(name).is_none()).count();
        let content = if dropped == 0 {
            ""
        } else if dropped == names.len() {
            "dropped"
        } else {
            "partly dropped"
        };
        let on = if run_type == any { "any".to_owned() } else { code(run_type) };
        vec![
            field.to_owned(),
            on,
            names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
            content.to_owned(),
        ]
    };
    check("langsmith fields", &table(&["field", "on type", "stored attributes", "content off"], cases.map(row)));
}
