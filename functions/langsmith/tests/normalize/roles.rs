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
        ("CHAIN", "function_tool", false, json!({}), "function_tool", None),
        ("parser", "", false, json!({}), "parser", None),
        ("SOMETHING", "new", false, json!({}), "new", None),
    ] {
        let metadata = if hidden { json!({"ls_message_view_exclude": true}) } else { json!({}) };
        let span = span_with(json!({"run_type": run_type, "name": name, "outputs": outputs, "metadata": metadata}));
        assert_eq!(span.name, span_name, "{run_type} {name}");
        assert_eq!(span.attributes.get("gen_ai.operation.name"), operation, "{run_type} {name}");
        assert_eq!(span.attributes.get("import.source_name"), Some(if name.is_empty() { span_name } else { name }));
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
        json!({"outputs": "is it open"}),
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
        (json!({"status": "error"}), StatusCode::Error, "", Some("_OTHER")),
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
        (json!({"error": "it broke: badly"}), StatusCode::Error, "it broke: badly", Some("_OTHER")),
        (json!({"error": "KeyError"}), StatusCode::Error, "KeyError", Some("KeyError")),
        (json!({"error": "("}), StatusCode::Error, "(", Some("_OTHER")),
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

#[test]
fn runs_of_known_sdks() {
    // LiveKit's processor writes `lk.` as `lk_` into metadata.
    for (run_type, name, metadata, expected) in [
        ("llm", "user_turn", json!({"lk_user_transcript": "hi", "ls_message_view_exclude": true}), "user_turn"),
        ("chain", "llm_node", json!({"lk_response_ttft": 0.4}), "llm_node"),
        ("llm", "llm_request", json!({"lk_llm_metrics_ttft": 0.4}), "llm"),
        ("chain", "llm_request_run", json!({"lk_retry_count": 0}), "llm_request_run"),
        ("chain", "tts_node", json!({"lk_response_ttfb": 0.2}), "tts"),
        ("llm", "tts_request", json!({"lk_tts_label": "x", "ls_message_view_exclude": true}), "tts_request"),
        ("tool", "function_tool", json!({"lk_function_tool_id": "x"}), "llm_tool_call"),
        ("chain", "function_tool", json!({"lk.function_tool.id": "x"}), "llm_tool_call"),
        ("llm", "agent_turn", json!({"lk_realtime_model_metrics_ttft": 0.2}), "llm"),
        ("chain", "agent_turn", json!({"lk_speech_id": "x"}), "agent_turn"),
        ("chain", "llm_setup", json!({}), "llm_setup"),
        ("chain", "llm_request", json!({"ls_integration": "pipecat"}), "llm_request"),
        ("tool", "llm_tool_result", json!({}), "llm_tool_result"),
        ("chain", "desk", json!({"traceloop.span.kind": "tool"}), "llm_tool_call"),
        ("chain", "ai.toolCall", json!({"ai.operationId": "ai.toolCall"}), "llm_tool_call"),
        ("chain", "ask", json!({"gen_ai.operation.name": "chat"}), "llm"),
        // Metadata may be that of a run above: the type is the run's own.
        ("tool", "find", json!({"gen_ai.operation.name": "chat"}), "llm_tool_call"),
        ("llm", "ChatOpenAI", json!({"gen_ai.operation.name": "invoke_agent"}), "llm"),
        ("chain", "step", json!({"gen_ai.request.model": "m"}), "step"),
    ] {
        let case = json!({"run_type": run_type, "name": name, "metadata": metadata});
        assert_eq!(span_with(case.clone()).name, expected, "{case}");
    }
}

#[test]
fn stated_times_to_the_first_byte() {
    for (metadata, seconds) in [
        (json!({"lk_response_ttfb": 0.187}), Some("0.187")),
        (json!({"lk_llm_metrics_ttft": 0.4}), Some("0.4")),
        (json!({"lk.llm_metrics": "{\"ttft\": 0.4}"}), Some("0.4")),
        (json!({"ai.response.msToFirstChunk": 187.5}), Some("0.1875")),
        (json!({"time_to_first_token_ms": "412"}), Some("0.412")),
        (json!({"gen_ai.server.time_to_first_token": 873, "gen_ai.system": "strands-agents"}), Some("0.873")),
        (json!({"ttfb_ms": 0}), None),
    ] {
        assert_attributes(
            json!({"run_type": "LLM", "name": "llm", "metadata": metadata}),
            json!({"metrics.ttfb": seconds}),
        );
    }
    assert_attributes(
        json!({"run_type": "LLM", "name": "user_turn", "metadata": {"lk_user_transcript": "hi", "ls_message_view_exclude": true}}),
        json!({"transcript": "hi"}),
    );
}

#[test]
fn the_control_flow_of_a_framework_is_no_error() {
    for error in [
        "GraphInterrupt((Interrupt(value='approve?', id='1'),))Traceback (most recent call last):\n  File \"x\"\nlanggraph.errors.GraphInterrupt: (Interrupt(value='approve?'),)\n",
        "ParentCommand(Command(graph='', update={'active': 'travel'}, goto='travel'))Traceback (most recent call last):\n  x\nlanggraph.errors.ParentCommand: Command(...)\n",
        "ParentCommand(Command(graph='', update={'active': 'travel'}, goto='travel'))",
        "NodeInterrupt('wait')",
        "langgraph.errors.GraphInterrupt: ()",
        "GraphInterrupt: [{\"value\": \"approve?\"}]\n    at interrupt (file:///app/graph.js:1:2)",
        "Traceback (most recent call last):\n  File \"x\"\n    f()\nlanggraph.errors.ParentCommand: Command(\ngoto='travel')\n",
    ] {
        let span = span_with(json!({"error": error, "status": "error"}));
        assert_eq!(
            (span.status, span.status_message.as_str(), span.events.len()),
            (StatusCode::Unset, "", 0),
            "{error}"
        );
        assert_eq!(span.attributes.get("error.type"), None, "{error}");
        assert!(span.attributes.iter().all(|(_, value)| !value.contains("travel") && !value.contains("approve")));
    }
    for error in ["ValueError('GraphInterrupt')", "GraphInterrupts('x')", "no ParentCommand here"] {
        assert_eq!(span_with(json!({"error": error})).status, StatusCode::Error, "{error}");
    }
}

#[test]
fn stacks_of_javascript_are_split_off() {
    let stack = "    at find (/app/tools.js:3:9)\n    at async run (file:///app/agent.js:10:1)";
    for (error, message, kind, stacktrace) in [
        (format!("TypeError: no room\n{stack}"), "no room", Some("TypeError"), stack.to_owned()),
        (format!("no room\n\nError: no room\n{stack}"), "no room", Some("Error"), format!("Error: no room\n{stack}")),
        (format!("it broke badly\n{stack}"), "it broke badly", None, stack.to_owned()),
        (format!("Error: two\nlines\n{stack}"), "two\nlines", Some("Error"), stack.to_owned()),
    ] {
        let span = span_with(json!({"error": error}));
        assert_eq!((span.status, span.status_message.as_str()), (StatusCode::Error, message), "{error}");
        let event = &span.events[0].attributes;
        assert_eq!(event.get("exception.type"), kind);
        assert_eq!(event.get("exception.message"), Some(message));
        assert_eq!(event.get("exception.stacktrace"), Some(stacktrace.as_str()));
    }
    let prose = span_with(json!({"error": "meet me\n    at noon"}));
    assert_eq!(prose.status_message, "meet me\n    at noon");
}

#[test]
fn a_tool_says_that_it_failed() {
    for (run_type, failed, status) in [
        ("tool", json!(true), StatusCode::Error),
        ("tool", json!("True"), StatusCode::Error),
        ("tool", json!(false), StatusCode::Ok),
        ("chain", json!(true), StatusCode::Ok),
    ] {
        let case = json!({"run_type": run_type, "name": "find", "metadata": {"lk_function_tool_is_error": failed}});
        let span = span_with(case.clone());
        assert_eq!(span.status, status, "{case}");
        assert_eq!(span.attributes.get("error.type"), (status == StatusCode::Error).then_some("_OTHER"), "{case}");
    }
}

/// `LangChain` tells the id of a tool's call beside it; what LangSmith makes of OpenTelemetry has the arguments among the parameters.
#[test]
fn what_stands_beside_a_tool_call() {
    let failed = |run_type: &str| json!({"run_type": run_type, "name": "find", "error": "ValueError('no')", "extra": {"tool_call_id": "call_1"}});
    assert_attributes(failed("TOOL"), json!({"tool_call_id": "call_1", "gen_ai.tool.call.id": "call_1"}));
    assert_attributes(failed("CHAIN"), json!({"tool_call_id": null}));
    let own = json!({"output": {"content": "ok", "type": "tool", "tool_call_id": "call_2"}});
    assert_attributes(
        json!({"run_type": "TOOL", "outputs": own, "extra": {"tool_call_id": "call_1"}}),
        json!({"tool_call_id": "call_2"}),
    );
    let parameters = json!({"tool_name": "find", "tool_arguments": r#"{"a":1}"#});
    assert_attributes(
        json!({"run_type": "TOOL", "extra": {"invocation_params": parameters}}),
        json!({"function.name": "find", "function.arguments": r#"{"a":1}"#}),
    );
}
