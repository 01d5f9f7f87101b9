//! `strands-agents` 1.62: messages, arguments and results are events.

use serde_json::{Value, json};

use crate::{assert_means, meaning};

fn conversation() -> Vec<Value> {
    let with = |mut attributes: Value| {
        attributes["gen_ai.system"] = json!("strands-agents");
        attributes
    };
    vec![
        json!({"name": "invoke_agent Desk", "t": 1, "d": 8, "up": null, "attrs": with(json!({
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Desk", "gen_ai.usage.input_tokens": 510,
            "gen_ai.usage.output_tokens": 37})), "events": [
            {"name": "gen_ai.user.message", "t": 1, "attrs": {"content": "[{\"text\": \"Table for two?\"}]"}},
            {"name": "gen_ai.choice", "t": 9, "attrs": {"message": "Booked for eight.", "finish_reason": "end_turn"}}]}),
        json!({"name": "execute_event_loop_cycle", "t": 1.1, "d": 7.8, "up": 0, "attrs": {"event_loop.cycle_id": "6b1c"}}),
        json!({"name": "chat", "t": 1.2, "d": 2.5, "up": 1, "attrs": with(json!({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4", "gen_ai.usage.prompt_tokens": 510,
            "gen_ai.usage.input_tokens": 510, "gen_ai.usage.completion_tokens": 37, "gen_ai.usage.output_tokens": 37,
            "gen_ai.usage.total_tokens": 547, "gen_ai.usage.cache_read_input_tokens": 400,
            "gen_ai.usage.cache_write_input_tokens": 64, "gen_ai.server.time_to_first_token": 873})), "events": [
            {"name": "gen_ai.user.message", "t": 1.2, "attrs": {"content": "[{\"text\": \"Table for two?\"}]"}},
            {"name": "gen_ai.choice", "t": 3.7, "attrs": {"finish_reason": "tool_use", "message":
                "[{\"toolUse\": {\"toolUseId\": \"tooluse_1\", \"name\": \"book\", \"input\": {\"seats\": 2}}}]"}}]}),
        json!({"name": "execute_tool book", "t": 3.8, "d": 1, "up": 1, "attrs": with(json!({
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "book", "gen_ai.tool.call.id": "tooluse_1",
            "gen_ai.tool.status": "success"})), "events": [
            {"name": "gen_ai.tool.message", "t": 3.8, "attrs": {"role": "tool", "content": "{\"seats\": 2}", "id": "tooluse_1"}},
            {"name": "gen_ai.choice", "t": 4.8, "attrs": {"message": "[{\"text\": \"table 7\"}]", "id": "tooluse_1"}}]}),
    ]
}

#[test]
fn events_are_read() {
    let spans = meaning(&conversation());
    assert_means(&spans, "invoke_agent Desk", "invoke_agent Desk", json!({"gen_ai.usage.total_tokens": null}));
    assert_means(&spans, "execute_event_loop_cycle", "execute_event_loop_cycle", json!({}));
    assert_means(
        &spans,
        "chat",
        "llm",
        json!({"metrics.ttfb": "0.873", "gen_ai.usage.total_tokens": "547",
            "gen_ai.usage.cache_read.input_tokens": "400", "gen_ai.usage.cache_creation.input_tokens": "64",
            "llm.finish_reason": "tool_use",
            "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Table for two?"}]}],
            "gen_ai.output.messages": [{"role": "assistant", "finish_reason": "tool_use", "parts": [
                {"type": "tool_call", "id": "tooluse_1", "name": "book", "arguments": {"seats": 2}}]}]}),
    );
    let result = json!([{"text": "table 7"}]);
    assert_means(
        &spans,
        "execute_tool book",
        "llm_tool_call",
        json!({"function.name": "book", "tool_call_id": "tooluse_1", "function.arguments": {"seats": 2}, "tool.result": result}),
    );
}

/// A tool that failed has a status of its own beside the span's, which is `Ok`.
#[test]
fn a_tool_says_that_it_failed() {
    // Of 1.62, and of 1.0.
    for name in ["gen_ai.tool.status", "tool.status"] {
        let call = json!({"name": "execute_tool cancel_order", "t": 0, "d": 1, "up": null, "attrs": {
            "gen_ai.operation.name": "execute_tool", "gen_ai.system": "strands-agents", "gen_ai.tool.name": "cancel_order", (name): "error"}});
        let spans = meaning(&[call]);
        let span = &spans["execute_tool cancel_order"];
        assert_eq!((span.name.as_str(), span.status.as_str()), ("llm_tool_call", "Error"), "{name}");
    }
}
