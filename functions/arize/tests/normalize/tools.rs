//! Tool calls and tool definitions.

use serde_json::json;

use crate::assert_attributes;

#[test]
fn calls_and_definitions() {
    for (name, attributes, expected) in [
        (
            "lookup",
            json!({"tool.parameters.legs.0.from": "MAD", "tool.parameters.legs.1.from": "CDG", "tool.parameters.pax.adults": 2,
                "tool.parameters.pax": "lost", "output.value": {"ok": true}}),
            json!({"function.name": "lookup", "gen_ai.tool.name": "lookup", "gen_ai.tool.type": "function",
                "function.arguments": r#"{"legs":[{"from":"MAD"},{"from":"CDG"}],"pax":{"adults":2}}"#,
                "tool.result": r#"{"ok":true}"#, "gen_ai.tool.call.result": r#"{"ok":true}"#, "tool_call_id": null}),
        ),
        (
            "execute_tool weather",
            json!({"input.value": r#" {"city": "Paris"}"#}),
            json!({"function.name": "weather", "function.arguments": r#" {"city": "Paris"}"#}),
        ),
        // A tool that takes nothing; what is hidden is not known.
        ("hang_up", json!({"input.value": "{}"}), json!({"function.arguments": "{}", "input": null})),
        ("hang_up", json!({"input.value": "__REDACTED__"}), json!({"function.arguments": null, "input": null})),
        (
            "pipecat.tool.move",
            json!({"input.value": "{'a': 1}"}),
            json!({"function.name": "move", "function.arguments": r#"{"a":1}"#}),
        ),
        (
            "function_tool",
            json!({"lk.function_tool.name": "a", "lk.pii.function_tool.output": "b"}),
            json!({"function.name": "a", "tool.result": "b", "output": "b"}),
        ),
        (
            "tool_call",
            json!({}),
            json!({"function.name": null, "gen_ai.tool.type": null, "gen_ai.operation.name": "execute_tool"}),
        ),
        (
            "x",
            json!({"tool_call_id": "native", "tool.id": "other"}),
            json!({"tool_call_id": "native", "gen_ai.tool.call.id": "native"}),
        ),
    ] {
        assert_attributes(json!({"span_kind": "TOOL", "name": name, "attributes": attributes}), expected);
    }
    for (schema, expected) in [
        (
            json!(r#"{"name": "a", "input_schema": {"type": "object"}}"#),
            json!(r#"[{"name":"a","parameters":{"type":"object"},"type":"function"}]"#),
        ),
        (json!(r#"{"type": "web_search_20250305"}"#), json!(r#"[{"type":"web_search_20250305"}]"#)),
        (json!("broken"), json!(null)),
        (json!("[]"), json!(null)),
        (json!(3), json!(null)),
    ] {
        assert_attributes(
            json!({"attributes": {"llm.tools.0.tool.json_schema": schema}}),
            json!({"gen_ai.tool.definitions": expected}),
        );
    }
}

#[test]
fn calls_of_known_sdks() {
    let message = r#"{"type": "tool", "name": "get_weather", "tool_call_id": "call_9", "content": "18 °C ☀️", "status": "success"}"#;
    for (kind, name, attributes, expected) in [
        // LangGraph by OpenInference: arguments as Python shows them, a ToolMessage as result.
        (
            "TOOL",
            "get_weather",
            json!({"tool.name": "get_weather", "output.value": message, "output.mime_type": "application/json",
                "input.value": r#"{'city': 'Rome', 'note': "l'alba", 'now': True, 'tag': None}"#}),
            json!({"function.arguments": r#"{"city":"Rome","note":"l'alba","now":true,"tag":null}"#, "tool_call_id": "call_9",
                "tool.result": "18 °C ☀️", "function.name": "get_weather", "output": message}),
        ),
        (
            "TOOL",
            "find",
            json!({"input.value": "Ada", "output.value": "content='room \\'12\\'' name='find' tool_call_id='call_1'"}),
            json!({"function.arguments": r#"{"input":"Ada"}"#, "tool.result": "room '12'", "tool_call_id": "call_1"}),
        ),
        (
            "UNKNOWN",
            "ai.toolCall",
            json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "find", "ai.toolCall.id": "call_2",
                "ai.toolCall.args": r#"{"a": 1}"#, "ai.toolCall.result": r#"{"b": 2}"#}),
            json!({"function.name": "find", "tool_call_id": "call_2", "function.arguments": r#"{"a": 1}"#,
                "tool.result": r#"{"b": 2}"#, "gen_ai.tool.call.result": r#"{"b": 2}"#}),
        ),
        (
            "UNKNOWN",
            "function_tool",
            json!({"gen_ai.operation.name": "execute_tool", "lk.function_tool.name": "cancel", "lk.function_tool.id": "fc_1",
                "lk.pii.function_tool.arguments": r#"{"order": 7}"#, "lk.pii.function_tool.output": "done"}),
            json!({"function.name": "cancel", "tool_call_id": "fc_1", "function.arguments": r#"{"order": 7}"#,
                "tool.result": "done", "input": r#"{"order": 7}"#}),
        ),
        (
            "TOOL",
            "search.tool",
            json!({"traceloop.span.kind": "tool", "traceloop.entity.name": "search", "traceloop.entity.input": r#"{"q": 1}"#}),
            json!({"function.name": "search", "function.arguments": r#"{"q": 1}"#, "tool.result": null}),
        ),
        ("TOOL", "x", json!({"output.value": "{not a repr"}), json!({"tool.result": "{not a repr"})),
        ("TOOL", "x", json!({"output.value": r#"{"output": null}"#}), json!({"tool.result": null})),
    ] {
        assert_attributes(json!({"span_kind": kind, "name": name, "attributes": attributes}), expected);
    }
    // Strands tells both in events.
    let event = |name: &str, attributes: serde_json::Value| json!({"name": name, "timestamp": "2026-11-22T06:00:21.25+00:00", "attributes": attributes});
    let events = json!([
        event("gen_ai.tool.message", json!({"role": "tool", "content": r#"{"seats": 2}"#, "id": "tooluse_1"})),
        event("gen_ai.choice", json!({"message": r#"[{"text": "table 7"}]"#, "id": "tooluse_1"})),
    ]);
    let attributes = json!({"gen_ai.operation.name": "execute_tool", "gen_ai.system": "strands-agents"});
    assert_attributes(
        json!({"name": "execute_tool book", "attributes": attributes, "events": events}),
        json!({"function.name": "book", "tool_call_id": "tooluse_1", "function.arguments": r#"{"seats": 2}"#,
            "tool.result": r#"[{"text": "table 7"}]"#}),
    );
}
