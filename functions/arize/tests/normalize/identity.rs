//! Names, ids, and what went wrong.

use serde_json::json;
use spanlift_model::StatusCode;

use crate::{assert_attributes, span_with};

#[test]
fn names() {
    let cases = [
        // kind, name, attributes, canonical name
        ("LLM", "ChatCompletion", json!({}), "llm"),
        ("llm", "ChatCompletion", json!({}), "llm"),
        (" Llm ", "llm_tool_call", json!({}), "llm"),
        ("LLM", "pipecat.stt", json!({}), "stt"),
        ("LLM", "voice/TTS", json!({}), "tts"),
        ("LLM", "tts_node", json!({}), "tts"),
        ("LLM", "tts_review", json!({}), "llm"),
        ("LLM", "transcribe", json!({"service.type": "stt"}), "stt"),
        ("LLM", "pipecat.tts", json!({"service.type": "llm"}), "llm"),
        ("LLM", "pipecat.tts", json!({"service.type": 7}), "tts"),
        ("LLM", "speak", json!({"gen_ai.operation.name": "tts"}), "tts"),
        ("LLM", "weather", json!({"gen_ai.operation.name": "execute_tool"}), "llm_tool_call"),
        ("TOOL", "pipecat.stt", json!({}), "llm_tool_call"),
        ("tool", "", json!({}), "llm_tool_call"),
        ("UNKNOWN", "chat gpt", json!({"gen_ai.operation.name": "chat"}), "llm"),
        ("", "generate", json!({"gen_ai.operation.name": "generate_content"}), "llm"),
        ("CHAIN", "execute", json!({"gen_ai.operation.name": "execute_tool"}), "llm_tool_call"),
        ("UNKNOWN", "hear", json!({"gen_ai.operation.name": "stt"}), "stt"),
        ("UNKNOWN", "llm_response", json!({"gen_ai.operation.name": "llm_response"}), "llm"),
        ("UNKNOWN", "llm_setup", json!({"gen_ai.operation.name": "llm_setup"}), "llm_setup"),
        ("UNKNOWN", "stt", json!({"gen_ai.operation.name": 3}), "stt"),
        ("VOICE", "pipecat.stt", json!({}), "pipecat.stt"),
        ("CHAIN", "tts", json!({}), "tts"),
        ("CHAIN", "tool_call", json!({}), "llm_tool_call"),
        ("UNKNOWN", "pipecat.tool.move", json!({}), "pipecat.tool.move"),
        ("UNKNOWN", "function_tool", json!({}), "function_tool"),
        ("UNKNOWN", "function_tool", json!({"lk.function_tool.id": "fc_1"}), "llm_tool_call"),
        ("CHAIN", "LLM", json!({}), "LLM"),
        ("CHAIN", "my.stt", json!({}), "my.stt"),
        ("CHAIN", "pipecat.conversation.turn", json!({}), "pipecat.conversation.turn"),
        ("RETRIEVER", "llm", json!({}), "llm"),
        ("AGENT", "pipecat.llm", json!({"gen_ai.operation.name": "chat"}), "llm"),
        ("GUARDRAIL", "tool_call", json!({}), "tool_call"),
        ("VOICE", "", json!({}), ""),
    ];
    for (kind, name, attributes, expected) in cases {
        let case = json!({"span_kind": kind, "name": name, "attributes": attributes});
        let span = span_with(case.clone());
        assert_eq!(span.name, expected, "{case}");
        assert_eq!(span.attributes.get("import.source_name"), Some(name), "{case}");
        assert_eq!(span.attributes.get("openinference.span.kind"), Some(kind), "{case}");
    }
}

#[test]
fn ids() {
    let cases = [
        // trace, span, parent; what becomes of them, where they are kept
        (
            "53E7033D37A7A8869D0BB6865C4807C0",
            "BB9BD2E016E511DC",
            json!(null),
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            false,
        ),
        (
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            json!("bb9bd2e016e511dc"),
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            false,
        ),
        (
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            json!("000000"),
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            false,
        ),
        (
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            json!("03"),
            "53e7033d37a7a8869d0bb6865c4807c0",
            "bb9bd2e016e511dc",
            true,
        ),
        ("0102", "03", json!("04"), "", "", true),
        ("00000000000000000000000000000000", "0000000000000000", json!(""), "", "", false),
    ];
    for (trace, own, parent, trace_id, span_id, has_parent) in cases {
        let context = json!({"trace_id": trace, "span_id": own});
        let span = span_with(json!({"context": context, "parent_id": parent}));
        let hex = (span.trace_id.to_string(), span.span_id.to_string());
        assert_eq!((hex.0.len(), hex.1.len()), (32, 16), "{context}");
        if !trace_id.is_empty() {
            assert_eq!(hex, (trace_id.to_owned(), span_id.to_owned()), "{context}");
        }
        assert_eq!(span.parent_span_id.is_some(), has_parent, "{context} {parent}");
        assert_eq!(span.attributes.get("import.source_trace_id"), Some(trace));
        assert_eq!(span.attributes.get("import.source_span_id"), Some(own));
    }
    let child = span_with(json!({"context": {"trace_id": "0102", "span_id": "04"}, "parent_id": "03"}));
    let parent = span_with(json!({"context": {"trace_id": "0102", "span_id": "03"}}));
    assert_eq!(child.parent_span_id, Some(parent.span_id));
}

#[test]
fn errors() {
    let events = json!([
        {"name": "exception", "timestamp": "2026-11-22T06:00:21+00:00", "attributes": {"exception.type": "First"}},
        {"name": "exception", "timestamp": "2026-11-22T06:00:21+00:00", "attributes": {"exception.type": "Last", "exception.escaped": "True"}},
        {"name": "retry", "timestamp": "junk", "attributes": {"exception.type": "Other"}},
        7,
    ]);
    let failed = span_with(json!({"status_code": "ERROR", "status_message": "no", "events": events}));
    assert_eq!(failed.status, StatusCode::Error);
    assert_eq!(failed.attributes.get("error.type"), Some("Last"));
    assert_eq!(failed.events.len(), 3);
    assert_eq!(failed.events[2].at, failed.started_at);
    assert_attributes(json!({"status_code": "OK", "events": events}), json!({"error.type": null}));
    assert_attributes(
        json!({"status_code": "ERROR", "attributes": {"error.type": "own"}, "events": events}),
        json!({"error.type": "own"}),
    );
}

#[test]
fn the_control_flow_of_a_framework_is_no_error() {
    let exception = |kind: &str, message: &str| {
        json!({"name": "exception", "timestamp": "2026-11-22T06:00:21.5+00:00",
            "attributes": {"exception.type": kind, "exception.message": message}})
    };
    let interrupt = exception("langgraph.errors.GraphInterrupt", "(Interrupt(value='approve?'),)");
    let command = exception("ParentCommand", "Command(goto='travel')");
    let real = exception("ValueError", "approve?");
    for (message, events, status, left) in [
        ("GraphInterrupt: approve?", json!([interrupt]), StatusCode::Unset, 0),
        ("Command(goto='travel')", json!([command]), StatusCode::Unset, 0),
        ("NodeInterrupt('approve?')", json!([]), StatusCode::Unset, 0),
        ("ValueError: approve?", json!([interrupt, real]), StatusCode::Error, 1),
        ("approve?", json!([]), StatusCode::Error, 0),
    ] {
        let case = json!({"status_code": "ERROR", "status_message": message, "events": events});
        let span = span_with(case.clone());
        let stored = if status == StatusCode::Error { message } else { "" };
        assert_eq!((span.status, span.status_message.as_str(), span.events.len()), (status, stored, left), "{case}");
        let kind = (status == StatusCode::Error).then_some(if left == 1 { "ValueError" } else { "_OTHER" });
        assert_eq!(span.attributes.get("error.type"), kind, "{case}");
    }
    for (failed, status) in [(true, StatusCode::Error), (false, StatusCode::Ok)] {
        let attributes = json!({"lk.function_tool.is_error": failed, "lk.function_tool.name": "find"});
        let span = span_with(json!({"name": "function_tool", "status_code": "OK", "attributes": attributes}));
        assert_eq!((span.name.as_str(), span.status), ("llm_tool_call", status));
        assert_eq!(span.attributes.get("error.type"), failed.then_some("_OTHER"));
    }
}
