//! What runs stand for: names, kinds, latency, transcripts.

use serde_json::{Value, json};
use spanlift_model::{SpanKind, StatusCode};

use crate::{assert_attributes, span_with};

#[test]
fn names_and_operations() {
    let used = json!({"usage_metadata": {"input_tokens": 1, "output_tokens": 1}});
    for (run_type, name, hidden, outputs, span_name, operation) in [
        ("LLM", "ChatOpenAI", false, json!({}), "llm", Some("chat")),
        ("llm", "realtime_metrics", false, json!({}), "llm", Some("chat")),
        ("LLM", "stt", true, json!({}), "stt", None),
        ("LLM", "STT", false, json!({}), "stt", None),
        ("LLM", "tts_request", true, json!({}), "tts", None),
        ("LLM", "user_turn", true, json!({}), "user_turn", None),
        ("LLM", "user_speaking", false, json!({}), "user_speaking", None),
        // The flag is inherited: a call with counts is one.
        ("LLM", "agent_turn", true, used, "llm", Some("chat")),
        ("LLM", "agent_turn", true, json!({}), "agent_turn", None),
        ("TOOL", "lookup", false, json!({}), "llm_tool_call", Some("execute_tool")),
        ("TOOL", "llm_tool_result", false, json!({}), "llm_tool_result", None),
        ("RETRIEVER", "search", false, json!({}), "search", Some("retrieval")),
        ("EMBEDDING", "embed", false, json!({}), "embed", Some("embeddings")),
        ("CHAIN", "turn", false, json!({}), "turn", None),
        ("CHAIN", "llm_request", false, json!({}), "llm_request", None),
        ("CHAIN", "stt", false, json!({}), "stt", None),
        ("CHAIN", "function_tool", false, json!({}), "llm_tool_call", Some("execute_tool")),
        ("parser", "", false, json!({}), "parser", None),
        ("SOMETHING", "new", false, json!({}), "new", None),
    ] {
        let metadata = if hidden { json!({"ls_message_view_exclude": true}) } else { json!({}) };
        let span = span_with(json!({"run_type": run_type, "name": name, "outputs": outputs, "metadata": metadata}));
        assert_eq!(span.name, span_name, "{run_type} {name}");
        assert_eq!(span.attributes.get("gen_ai.operation.name"), operation, "{run_type} {name}");
        assert_eq!(span.attributes.get("import.source_name"), Some(name));
        let is_client = matches!(operation, Some("chat" | "retrieval" | "embeddings"));
        assert_eq!(span.kind == SpanKind::Client, is_client, "{run_type} {name}");
    }
    assert_attributes(
        json!({"run_type": "LLM", "metadata": {"ls_model_type": "llm"}}),
        json!({"gen_ai.operation.name": "text_completion"}),
    );
}

#[test]
fn time_to_the_first_byte() {
    let first = "2026-11-20T15:00:40.350000Z";
    for (fields, seconds) in [
        (json!({"run_type": "LLM", "first_token_time": first}), Some("0.35")),
        (json!({"run_type": "LLM", "name": "tts", "first_token_time": first}), Some("0.35")),
        // v1 tells it of runs above as well.
        (json!({"run_type": "CHAIN", "first_token_time": first}), None),
        (json!({"run_type": "LLM", "first_token_time": "2026-11-20T15:00:39Z"}), None),
        (
            json!({"run_type": "LLM", "name": "stt", "metadata": {"metrics.ttfb": 0.2}, "first_token_time": first}),
            Some("0.2"),
        ),
        (json!({"run_type": "LLM", "metadata": {"metrics.ttfb": 1e9}}), None),
        (json!({"run_type": "LLM"}), None),
    ] {
        let span = span_with(fields.clone());
        assert_eq!(span.attributes.get("metrics.ttfb"), seconds, "{fields}");
    }
}

#[test]
fn transcripts() {
    for outputs in [
        json!({"messages": [{"role": "assistant", "content": " is it open "}]}),
        json!({"transcript": "is it open"}),
        json!({"output": "is it open"}),
        json!({"text": "is it open"}),
    ] {
        assert_attributes(
            json!({"run_type": "LLM", "name": "stt", "outputs": outputs}),
            json!({"transcript": "is it open"}),
        );
        assert_attributes(json!({"run_type": "LLM", "outputs": outputs}), json!({"transcript": null}));
    }
}

#[test]
fn how_it_ended() {
    for (fields, status, message, kind) in [
        (json!({}), StatusCode::Ok, "", None),
        (json!({"status": "pending", "end_time": null}), StatusCode::Unset, "", None),
        (json!({"status": "interrupted"}), StatusCode::Unset, "", None),
        (json!({"status": "error"}), StatusCode::Error, "", None),
        (
            json!({"error": "TimeoutError('CRM is late')Traceback (most recent call last):\n\n  File \"a\"\nTimeoutError: CRM is late"}),
            StatusCode::Error,
            "CRM is late",
            Some("TimeoutError"),
        ),
        (
            json!({"error": "httpx.ConnectError: refused\n\nTraceback (most recent call last):\n  ..."}),
            StatusCode::Error,
            "refused",
            Some("httpx.ConnectError"),
        ),
        (
            json!({"error": "Traceback (most recent call last):\n  ...\nValueError: no"}),
            StatusCode::Error,
            "no",
            Some("ValueError"),
        ),
        (json!({"error": "it broke: badly"}), StatusCode::Error, "it broke: badly", None),
        (json!({"error": "KeyError"}), StatusCode::Error, "KeyError", None),
        (json!({"error": "("}), StatusCode::Error, "(", None),
    ] {
        let span = span_with(fields.clone());
        assert_eq!((span.status, span.status_message.as_str()), (status, message), "{fields}");
        assert_eq!(span.attributes.get("error.type"), kind, "{fields}");
        let has_error = fields.get("error").is_some_and(Value::is_string);
        assert_eq!(span.events.len(), usize::from(has_error));
        if let Some(event) = span.events.first() {
            assert_eq!((event.name.as_str(), event.at), ("exception", span.ended_at.unwrap()));
            assert_eq!(event.attributes.get("exception.message"), Some(message));
        }
    }
}
