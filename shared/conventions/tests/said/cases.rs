//! The spans of the agents whose content was lost: Strands, `LangGraph` and LiveKit by OpenTelemetry, parts on Langfuse.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::assert_derived;

#[test]
fn strands() {
    let asked = json!({"name": "gen_ai.user.message", "attributes": {"content": "[{\"text\": \"Table for two?\"}]"}});
    let input = r#"[{"role":"user","parts":[{"type":"text","content":"Table for two?"}]}]"#;
    let choice = |attributes: Value| json!({"name": "gen_ai.choice", "attributes": attributes});
    let agent = json!({"name": "invoke_agent Desk", "attributes": {"gen_ai.system": "strands-agents"},
        "events": [asked, choice(json!({"message": "Booked for eight.", "finish_reason": "end_turn"}))]});
    let output =
        r#"[{"role":"assistant","parts":[{"type":"text","content":"Booked for eight."}],"finish_reason":"end_turn"}]"#;
    assert_derived(
        Role::Agent,
        &agent,
        &json!({"gen_ai.input.messages": input, "gen_ai.output.messages": output, "input": input, "output": output}),
    );
    let tool_use = "[{\"toolUse\": {\"toolUseId\": \"tooluse_1\", \"name\": \"book\", \"input\": {\"seats\": 2}}}]";
    let chat =
        json!({"name": "chat", "events": [asked, choice(json!({"finish_reason": "tool_use", "message": tool_use}))]});
    let output = r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"tooluse_1","name":"book","arguments":{"seats":2}}],"finish_reason":"tool_use"}]"#;
    assert_derived(
        Role::ModelCall,
        &chat,
        &json!({"gen_ai.input.messages": input, "gen_ai.output.messages": output, "llm.finish_reason": "tool_use"}),
    );
}

#[test]
fn langgraph() {
    let call = "llm.output_messages.0.message.tool_calls.0.tool_call";
    let attributes = json!({"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Rome?",
        "llm.output_messages.0.message.role": "assistant", format!("{call}.id"): "call_9",
        format!("{call}.function.name"): "get_weather", format!("{call}.function.arguments"): "{\"city\": \"Rome\"}",
        "output.value": "{\"generations\": [[{\"text\": \"\", \"generation_info\": {\"finish_reason\": \"tool_calls\"}}]], \"llm_output\": {\"model_name\": \"gpt-4o-mini-2024-07-18\", \"id\": \"chatcmpl-1\"}}",
        "output.mime_type": "application/json", "llm.invocation_parameters": "{\"model\": \"gpt-4o-mini\", \"stop\": null}"});
    assert_derived(
        Role::ModelCall,
        &json!({"name": "ChatOpenAI", "attributes": attributes}),
        &json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"Rome?"}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"call_9","name":"get_weather","arguments":{"city": "Rome"}}]}]"#,
            "llm.finish_reason": "tool_calls", "gen_ai.response.finish_reasons": r#"["tool_call"]"#,
            "gen_ai.response.id": "chatcmpl-1", "gen_ai.tool.definitions": null}),
    );
}

#[test]
fn livekit() {
    let turn = json!({"name": "agent_turn", "attributes": {"lk.pii.user_input": "Cancel my order ✋", "lk.pii.response.text": "It is cancelled."}});
    assert_derived(Role::Agent, &turn, &json!({"input": "Cancel my order ✋", "output": "It is cancelled."}));
    let node = json!({"name": "llm_node", "attributes": {"lk.pii.chat_ctx": "{\"items\": []}", "lk.pii.response.text": "It is cancelled."}});
    let said = r#"[{"role":"assistant","parts":[{"type":"text","content":"It is cancelled."}]}]"#;
    assert_derived(Role::ModelCall, &node, &json!({"gen_ai.output.messages": said, "gen_ai.input.messages": null}));
    let tts = json!({"name": "tts_node", "attributes": {"lk.pii.input_text": "It is cancelled."}});
    assert_derived(Role::TextToSpeech, &tts, &json!({"input": "It is cancelled.", "transcript": null}));
    let user = json!({"name": "user_turn", "attributes": {"lk.pii.user_transcript": "Cancel my order ✋"}});
    assert_derived(Role::Speech, &user, &json!({"transcript": "Cancel my order ✋"}));
}
