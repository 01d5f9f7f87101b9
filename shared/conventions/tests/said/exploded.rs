//! Messages in attributes, vocabulary by vocabulary.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::assert_derived;

fn assert_call(attributes: &Value, expected: &Value) {
    assert_derived(Role::ModelCall, &json!({"attributes": attributes}), expected);
}

#[test]
fn genai_stays_as_it_was_sent() {
    let messages = r#"[{"role": "user", "parts": [{"content": "hi", "type": "text", "of": "ours"}], "more": 1.50}]"#;
    assert_call(
        &json!({"gen_ai.input.messages": messages, "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "other"}),
        &json!({"gen_ai.input.messages": messages, "input": messages}),
    );
    // Metadata that is handed down comes after what went in.
    let inherited = json!({"inherited": true, "attributes": {"gen_ai.input.messages": messages}});
    assert_derived(Role::ModelCall, &inherited, &json!({"gen_ai.input.messages": messages}));
    assert_derived(Role::Other, &inherited, &json!({"gen_ai.input.messages": null}));
    let own = json!({"inherited": true, "attributes": {"gen_ai.input.messages": messages}, "input": [{"role": "user", "content": "own"}]});
    assert_derived(
        Role::ModelCall,
        &own,
        &json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"own"}]}]"#}),
    );
}

#[test]
fn openinference() {
    let message = "llm.output_messages.0.message";
    for (attributes, expected) in [
        // Sorted by number, with gaps, junk left out, without a role no message.
        (
            json!({"llm.input_messages.10.message.role": "user", "llm.input_messages.10.message.content": "b",
                "llm.input_messages.9.message.role": "agent", "llm.input_messages.9.message.content": "a",
                "llm.input_messages.x.message.role": "user", "llm.input_messages.07.message.role": "user",
                "llm.input_messages.99999999999999999999.message.role": "user", "llm.input_messages.3": "?",
                "llm.input_messages.4.message.content": "whose?", "llm.input_messages.5.message.role": "user"}),
            json!({"gen_ai.input.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"a"}]},{"role":"user","parts":[{"type":"text","content":"b"}]}]"#,
                "gen_ai.output.messages": null}),
        ),
        // An empty text beside a call says nothing, alone it is all that was said.
        (
            json!({format!("{message}.role"): "assistant",
                format!("{message}.contents.0.message_content.type"): "text", format!("{message}.contents.0.message_content.text"): "",
                format!("{message}.tool_calls.0.tool_call.function.name"): "b",
                "llm.output_messages.1.message.role": "assistant", "llm.output_messages.1.message.contents.0.message_content.text": ""}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","name":"b"}]},{"role":"assistant","parts":[{"type":"text","content":""}]}]"#}),
        ),
        // Arguments that are JSON become part of it, other arguments stay text.
        (
            json!({format!("{message}.role"): "assistant", format!("{message}.content"): "",
                format!("{message}.tool_calls.1.tool_call.function.name"): "b",
                format!("{message}.tool_calls.1.tool_call.function.arguments"): "not json",
                format!("{message}.tool_calls.0.tool_call.function.name"): "a",
                format!("{message}.tool_calls.0.tool_call.id"): "call_1",
                format!("{message}.tool_calls.0.tool_call.function.arguments"): r#"{"z": 1, "a": 1.50}"#,
                format!("{message}.finish_reason"): "tool_calls"}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"a","arguments":{"z": 1, "a": 1.50}},{"type":"tool_call","name":"b","arguments":"not json"}],"finish_reason":"tool_call"}]"#,
                "gen_ai.response.finish_reasons": r#"["tool_call"]"#, "llm.finish_reason": "tool_calls"}),
        ),
        (
            json!({"llm.input_messages.0.message.role": "function", "llm.input_messages.0.message.tool_call_id": "call_1",
                "llm.input_messages.0.message.content": "sunny"}),
            json!({"gen_ai.input.messages": r#"[{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":"sunny"}]}]"#}),
        ),
        // The same text both ways is one part.
        (
            json!({format!("{message}.role"): "assistant", format!("{message}.content"): "hi",
                format!("{message}.contents.0.message_content.type"): "text", format!("{message}.contents.0.message_content.text"): "hi",
                "llm.finish_reason": ["stop", ""]}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"hi"}],"finish_reason":"stop"}]"#,
                "gen_ai.response.finish_reasons": r#"["stop"]"#, "llm.finish_reason": r#"["stop",""]"#}),
        ),
        (
            json!({format!("{message}.role"): "assistant",
                format!("{message}.contents.1.message_content.type"): "audio",
                format!("{message}.contents.1.message_content.audio.audio.url"): "https://x.example/a.wav",
                format!("{message}.contents.1.message_content.audio.audio.mime_type"): "audio/wav",
                format!("{message}.contents.0.message_content.type"): "reasoning",
                format!("{message}.contents.0.message_content.text"): "hm"}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"uri","modality":"audio","mime_type":"audio/wav","uri":"https://x.example/a.wav"}]}]"#,
                "gen_ai.response.finish_reasons": null}),
        ),
        (
            json!({"llm.prompts": ["one", 2], "llm.choices.0.completion.text": "three"}),
            json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"one"}]},{"role":"user","parts":[{"type":"text","content":"2"}]}]"#,
                "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"three"}]}]"#}),
        ),
        (
            json!({"gen_ai.output.messages": "[]", format!("{message}.role"): "assistant", format!("{message}.content"): "hi",
                "gen_ai.response.finish_reasons": ["length"]}),
            json!({"gen_ai.output.messages": "[]", "gen_ai.response.finish_reasons": r#"["length"]"#, "llm.finish_reason": "length"}),
        ),
    ] {
        assert_call(&attributes, &expected);
    }
}

#[test]
fn openllmetry() {
    assert_call(
        &json!({"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be brief",
            "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": r#"[{"type": "text", "text": "hi"}]"#,
            "gen_ai.prompt.2.role": "assistant", "gen_ai.prompt.2.tool_calls.0.id": "c1",
            "gen_ai.prompt.2.tool_calls.0.name": "find", "gen_ai.prompt.2.tool_calls.0.arguments": r#"{"a": 1}"#,
            "gen_ai.prompt.3.role": "tool", "gen_ai.prompt.3.tool_call_id": "c1", "gen_ai.prompt.3.content": "found",
            "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "ho", "gen_ai.completion.0.finish_reason": "stop"}),
        &json!({"gen_ai.input.messages": concat!(r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},"#,
                r#"{"role":"user","parts":[{"type":"text","content":"hi"}]},"#,
                r#"{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"find","arguments":{"a": 1}}]},"#,
                r#"{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"found"}]}]"#),
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}],"finish_reason":"stop"}]"#,
            "llm.finish_reason": "stop", "gen_ai.response.finish_reasons": r#"["stop"]"#}),
    );
    // Before 0.17, and LiteLLM's calls.
    assert_call(
        &json!({"llm.prompts.0.role": "user", "llm.prompts.0.content": "hi", "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.tool_calls.0.function.name": "find", "gen_ai.completion.0.tool_calls.0.function.arguments": "{}"}),
        &json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","name":"find","arguments":{}}]}]"#}),
    );
    let around =
        r#"{"inputs": {"messages": [{"lc": 1, "id": ["HumanMessage"], "kwargs": {"content": "hi"}}]}, "tags": []}"#;
    assert_derived(
        Role::Agent,
        &json!({"attributes": {"traceloop.entity.input": around, "traceloop.entity.output": "done"}}),
        &json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
            "gen_ai.output.messages": null, "input": around, "output": "done"}),
    );
}

#[test]
fn genai_before_events() {
    assert_call(
        &json!({"gen_ai.prompt": r#"[{"role": "user", "content": "hi"}]"#, "gen_ai.completion": r#"{"role": "assistant", "content": "ho"}"#}),
        &json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]"#}),
    );
    assert_call(
        &json!({"gen_ai.prompt": "hi", "gen_ai.completion": "ho"}),
        &json!({"gen_ai.input.messages": null, "gen_ai.output.messages": null, "input": "hi", "output": "ho"}),
    );
}

#[test]
fn ai_sdk() {
    let prompt = json!([{"role": "system", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "find", "input": {"a": 1}}]},
        {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "find",
            "output": {"type": "json", "value": {"ok": true}}}]}]);
    let expected = json!([{"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"ok": true}}]}]);
    let calls = r#"[{"toolCallId":"c2","toolName":"book","input":"{\"seats\":2}"}]"#;
    assert_call(
        &json!({"ai.prompt.messages": prompt.to_string(), "ai.response.text": "wait", "ai.response.reasoning": "hm",
            "ai.response.toolCalls": calls, "ai.response.finishReason": "tool-calls", "ai.response.id": "r1"}),
        &json!({"gen_ai.input.messages": expected.to_string(), "input": expected.to_string(), "output": "wait",
            "gen_ai.output.messages": concat!(r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},"#,
                r#"{"type":"text","content":"wait"},{"type":"tool_call","id":"c2","name":"book","arguments":{"seats":2}}],"finish_reason":"tool_call"}]"#),
            "llm.finish_reason": "tool-calls", "gen_ai.response.finish_reasons": r#"["tool_call"]"#, "gen_ai.response.id": "r1"}),
    );
    assert_derived(
        Role::Other,
        &json!({"attributes": {"ai.prompt": r#"{"system":"be brief","prompt":"hi"}"#, "ai.response.object": r#"{"a":1}"#}}),
        &json!({"gen_ai.input.messages": r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"{\"a\":1}"}]}]"#,
            "output": r#"{"a":1}"#, "llm.finish_reason": null}),
    );
    assert_derived(Role::Embedding, &json!({"attributes": {"ai.value": "\"hi\""}}), &json!({"input": "\"hi\""}));
}

#[test]
fn livekit() {
    let chat = json!({"items": [
        {"id": "i1", "type": "message", "role": "system", "content": ["be brief"]},
        {"id": "i2", "type": "message", "role": "user", "content": ["hi", {"type": "audio_content", "transcript": "there"}]},
        {"id": "i3", "type": "agent_handoff", "new_agent_id": "x"},
        {"id": "i4", "type": "function_call", "call_id": "c1", "name": "find", "arguments": "{\"a\":1}"},
        {"id": "i5", "type": "function_call_output", "call_id": "c1", "name": "find", "output": "found", "is_error": false}]});
    let expected = json!([{"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
        {"role": "user", "parts": [{"type": "text", "content": "hi"}, {"type": "text", "content": "there"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}]}]);
    let calls = r#"[{"id":"x","call_id":"c2","arguments":"{}","name":"end"}]"#;
    for [context, text, function_calls] in [
        ["lk.pii.chat_ctx", "lk.pii.response.text", "lk.pii.response.function_calls"],
        ["lk.chat_ctx", "lk.response.text", "lk.response.function_calls"],
        ["lk_pii_chat_ctx", "lk_pii_response_text", "lk_pii_response_function_calls"],
        ["lk_chat_ctx", "lk_response_text", "lk_response_function_calls"],
    ] {
        assert_call(
            &json!({context: chat.to_string(), text: "", function_calls: calls}),
            &json!({"gen_ai.input.messages": expected.to_string(),
                "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c2","name":"end","arguments":{}}]}]"#}),
        );
        assert_call(
            &json!({context: r#"{"items": []}"#, text: "ho", function_calls: "[]"}),
            &json!({"output": "ho",
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]"#, "gen_ai.input.messages": null}),
        );
    }
}

#[test]
fn pipecat() {
    let messages = r#"[{"role": "user", "content": "hi"}]"#;
    let expected = json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
        "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]"#, "input": messages, "output": "ho"});
    assert_call(&json!({"input": messages, "output": "ho"}), &expected);
    // By the platform's fields, where it keeps the scope.
    let taken = json!({"scope": "pipecat", "input": messages, "output": "ho"});
    assert_derived(Role::ModelCall, &taken, &expected);
    // An answer that is JSON is what was said, too.
    let said = r#"[{"role":"assistant","parts":[{"type":"text","content":"{\"order\":7}"}]}]"#;
    assert_call(&json!({"input": messages, "output": r#"{"order":7}"#}), &json!({"gen_ai.output.messages": said}));
    assert_derived(
        Role::ModelCall,
        &json!({"input": messages, "output": "ho"}),
        &json!({"gen_ai.output.messages": null, "output": "ho"}),
    );
    assert_derived(Role::TextToSpeech, &json!({"attributes": {"text": "ho"}}), &json!({"input": "ho", "output": null}));
    assert_derived(Role::Other, &json!({"attributes": {"text": "ho"}}), &json!({"input": null}));
}

#[test]
fn adk() {
    let request = json!({"model": "gemini-3", "config": {"system_instruction": "be brief",
            "tools": [{"function_declarations": [{"name": "find", "description": "d", "parameters": {"type": "OBJECT"}}]}]},
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    let response = json!({"content": {"role": "model", "parts": [{"function_call": {"id": "f1", "name": "find", "args": {"a": 1}}}]},
        "finish_reason": "STOP", "usage_metadata": {}});
    assert_call(
        &json!({"gcp.vertex.agent.llm_request": request.to_string(), "gcp.vertex.agent.llm_response": response.to_string()}),
        &json!({"gen_ai.input.messages": r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"f1","name":"find","arguments":{"a":1}}],"finish_reason":"stop"}]"#,
            "llm.finish_reason": "STOP",
            "gen_ai.tool.definitions": r#"[{"description":"d","name":"find","parameters":{"type":"OBJECT"},"type":"function"}]"#}),
    );
    // Without content.
    assert_call(
        &json!({"gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.llm_response": "{}"}),
        &json!({"gen_ai.input.messages": null, "gen_ai.output.messages": null, "input": null, "output": null}),
    );
}

#[test]
fn pydantic_ai() {
    let events = r#"[{"content": "be brief", "role": "system", "gen_ai.message.index": 0, "event.name": "gen_ai.system.message"},
        {"content": [{"kind": "text", "text": "hi"}], "role": "user", "event.name": "gen_ai.user.message"},
        {"index": 0, "message": {"role": "assistant", "content": "ho"}, "event.name": "gen_ai.choice"}]"#;
    let input = r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#;
    let output = r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]"#;
    assert_call(&json!({"events": events}), &json!({"gen_ai.input.messages": input, "gen_ai.output.messages": output}));
    let run = r#"[{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]"#;
    let parts = r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]},
        {"role":"assistant","parts":[{"type":"text","content":"ho"}]}]"#;
    for (name, messages) in [("all_messages_events", run), ("pydantic_ai.all_messages", parts)] {
        assert_derived(
            Role::Agent,
            &json!({"attributes": {name: messages, "final_result": "ho"}}),
            &json!({"gen_ai.input.messages": input, "gen_ai.output.messages": output, "output": "ho"}),
        );
    }
    assert_derived(
        Role::Other,
        &json!({"attributes": {"events": "[1, {\"a\": 2}]"}}),
        &json!({"gen_ai.input.messages": null}),
    );
}
