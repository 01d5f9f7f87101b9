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
        (
            "pipecat.tool.move",
            json!({"input.value": "{'a': 1}"}),
            json!({"function.name": "move", "function.arguments": null}),
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
