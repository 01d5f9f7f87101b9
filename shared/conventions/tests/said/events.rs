//! Messages as events of a span.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::assert_derived;

fn event(name: &str, attributes: &Value) -> Value {
    json!({"name": name, "attributes": attributes})
}

#[test]
fn one_message_each() {
    let events = json!([
        event("gen_ai.system.message", &json!({"content": "[{\"text\": \"be brief\"}]"})),
        event("gen_ai.user.message", &json!({"content": "hi", "role": "user"})),
        event("exception", &json!({"content": "x"})),
        event(
            "gen_ai.assistant.message",
            &json!({"content": "[{\"text\": \"wait\"}, {\"toolUse\": {\"toolUseId\": \"t1\", \"name\": \"find\", \"input\": {\"a\": 1}}}]"})
        ),
        event(
            "gen_ai.tool.message",
            &json!({"content": "[{\"toolResult\": {\"toolUseId\": \"t1\", \"status\": \"success\", \"content\": [{\"text\": \"found\"}]}}]"})
        ),
        event("gen_ai.tool.message", &json!({"content": "found", "id": "t2"})),
        event(
            "gen_ai.assistant.message",
            &json!({"tool_calls": "[{\"id\": \"t3\", \"type\": \"function\", \"function\": {\"name\": \"end\", \"arguments\": \"{}\"}}]"})
        ),
        event(
            "gen_ai.choice",
            &json!({"index": 0, "finish_reason": "tool_use", "message": "{\"role\": \"assistant\", \"content\": \"ho\"}"})
        ),
    ]);
    let input = json!([
        {"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]},
        {"role": "assistant", "parts": [{"type": "text", "content": "wait"},
            {"type": "tool_call", "id": "t1", "name": "find", "arguments": {"a": 1}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t1", "response": [{"text": "found"}]}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t2", "response": "found"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "t3", "name": "end", "arguments": {}}]}]);
    let output =
        json!([{"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "tool_use"}]);
    assert_derived(
        Role::ModelCall,
        &json!({"events": events}),
        &json!({"gen_ai.input.messages": input.to_string(), "gen_ai.output.messages": output.to_string(),
            "input": input.to_string(), "output": output.to_string(), "llm.finish_reason": "tool_use",
            "gen_ai.response.finish_reasons": r#"["tool_use"]"#}),
    );
    // The aliases of a call stand on the call alone; a tool's events are its arguments and its result.
    assert_derived(
        Role::Agent,
        &json!({"events": events}),
        &json!({"gen_ai.output.messages": output.to_string(), "llm.finish_reason": null}),
    );
    assert_derived(
        Role::ToolCall,
        &json!({"events": events}),
        &json!({"gen_ai.input.messages": null, "gen_ai.output.messages": null}),
    );
}

#[test]
fn details_of_an_operation() {
    let messages = r#"[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]"#;
    let answer =
        r#"[{"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "end_turn"}]"#;
    let name = "gen_ai.client.inference.operation.details";
    // Each in an event of its own, as Strands does.
    let events = json!([
        event(name, &json!({"gen_ai.system_instructions": "[]"})),
        event(name, &json!({"gen_ai.input.messages": messages})),
        event(name, &json!({"gen_ai.output.messages": answer})),
        event("gen_ai.user.message", &json!({"content": "older"})),
    ]);
    assert_derived(
        Role::ModelCall,
        &json!({"events": events}),
        &json!({"gen_ai.input.messages": messages, "gen_ai.output.messages": answer, "llm.finish_reason": "end_turn"}),
    );
    assert_derived(
        Role::ModelCall,
        &json!({"events": events, "attributes": {"gen_ai.input.messages": "[]"}}),
        &json!({"gen_ai.input.messages": "[]"}),
    );
}

/// Platforms without events make JSON of them, and keep the contents as texts.
#[test]
fn kept_as_json() {
    let asked = json!([{"role": "system", "content": "[{\"text\": \"be brief\"}]"}, {"role": "user", "content": "hi"}]);
    let call = r#"[{"toolUse": {"toolUseId": "t1", "name": "find", "input": {"a": 1}}}]"#;
    let answer = json!({"finish_reason": "tool_use", "message": call});
    let input = json!([
        {"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]}]);
    let output = json!([{"role": "assistant", "parts": [{"type": "tool_call", "id": "t1", "name": "find", "arguments": {"a": 1}}],
        "finish_reason": "tool_use"}]);
    let expected = json!({"gen_ai.input.messages": input.to_string(), "gen_ai.output.messages": output.to_string()});
    assert_derived(Role::ModelCall, &json!({"input": asked, "output": answer}), &expected);
    let wrapped = json!({"input": {"messages": asked}, "output": {"choices": [answer]}});
    assert_derived(Role::ModelCall, &wrapped, &expected);
}
