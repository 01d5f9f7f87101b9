//! Chats in the shapes of APIs and SDKs, as what went into a model or came out of it.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::{assert_derived, assert_messages};

fn user(content: &str) -> Value {
    json!({"role": "user", "parts": [{"type": "text", "content": content}]})
}

fn assistant(content: &str) -> Value {
    json!({"role": "assistant", "parts": [{"type": "text", "content": content}]})
}

#[test]
fn openai() {
    assert_messages(&json!([{"role": "user", "content": "hi"}]), &json!([user("hi")]));
    assert_messages(&json!({"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}), &json!([user("hi")]));
    let calls = json!([
        {"role": "assistant", "content": "", "tool_calls":
            [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{\"z\": 1, \"a\": 1.50}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "{\"ok\": true}"},
        {"role": "assistant", "content": null, "function_call": {"name": "end", "arguments": "not json"}},
        {"role": "developer", "content": [{"type": "text", "text": "be brief"}]},
    ]);
    let expected = concat!(
        r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"find","arguments":{"z": 1, "a": 1.50}}]},"#,
        r#"{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":{"ok": true}}]},"#,
        r#"{"role":"assistant","parts":[{"type":"tool_call","name":"end","arguments":"not json"}]},"#,
        r#"{"role":"developer","parts":[{"type":"text","content":"be brief"}]}]"#
    );
    assert_derived(Role::ModelCall, &json!({"input": calls.to_string()}), &json!({"gen_ai.input.messages": expected}));
    let completion = json!({"id": "chatcmpl-1", "model": "gpt-5", "choices": [
        {"finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "reasoning_content": "hm",
            "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": "{}"}}]}},
        {"finish_reason": "stop", "message": {"role": "assistant", "content": "ho", "refusal": null}}]});
    let messages = json!([
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"},
            {"type": "tool_call", "id": "c1", "name": "find", "arguments": {}}], "finish_reason": "tool_call"},
        {"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "stop"}]);
    assert_derived(
        Role::ModelCall,
        &json!({"output": completion}),
        &json!({"gen_ai.output.messages": messages.to_string(), "llm.finish_reason": "tool_calls",
            "gen_ai.response.finish_reasons": r#"["tool_call","stop"]"#, "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.model": "gpt-5"}),
    );
}

/// A number, a truth and a nothing that a tool answers as text are text; JSON of what has parts, and of a text, is read.
#[test]
fn what_a_tool_answers() {
    for (content, response) in [
        ("17", json!("17")),
        ("null", json!("null")),
        ("[1,2]", json!([1, 2])),
        (r#"{"ok":true}"#, json!({"ok": true})),
        (r#""out""#, json!("out")),
        ("out", json!("out")),
    ] {
        let answer = json!([{"role": "tool", "tool_call_id": "c1", "content": content}]);
        let expected =
            json!([{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": response}]}]);
        assert_messages(&answer, &expected);
    }
}

#[test]
fn openai_responses() {
    let request = json!({"model": "gpt-5", "instructions": "be brief", "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "web_search_call", "id": "ws_1"},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "find", "arguments": "{\"a\":1}"},
        {"type": "function_call_output", "call_id": "c1", "output": "found"}]});
    assert_messages(
        &request,
        &json!([{"role": "system", "parts": [{"type": "text", "content": "be brief"}]}, user("hi"),
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}]}]),
    );
    let response = json!({"id": "resp_1", "instructions": "be brief", "output": [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ho", "annotations": []}]}]});
    assert_derived(
        Role::ModelCall,
        &json!({"output": response}),
        &json!({"gen_ai.output.messages": json!([assistant("ho")]).to_string(), "gen_ai.response.id": "resp_1"}),
    );
}

#[test]
fn anthropic() {
    assert_messages(
        &json!({"system": "be brief", "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "x"},
                {"type": "text", "text": "wait"}, {"type": "tool_use", "id": "t1", "name": "find", "input": {"b": 1, "a": 2}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "found"}]}]}),
        &json!([{"role": "system", "parts": [{"type": "text", "content": "be brief"}]}, user("hi"),
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "wait"},
                {"type": "tool_call", "id": "t1", "name": "find", "arguments": {"a": 2, "b": 1}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "t1", "response": "found"}]}]),
    );
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "ho"}]});
    assert_derived(
        Role::ModelCall,
        &json!({"output": message}),
        &json!({"llm.finish_reason": "end_turn", "gen_ai.response.id": "msg_1", "gen_ai.output.messages":
            r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}],"finish_reason":"end_turn"}]"#}),
    );
}

#[test]
fn gemini() {
    assert_messages(
        &json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]},
            {"role": "model", "parts": [{"text": "hm", "thought": true},
                {"functionCall": {"id": "f1", "name": "find", "args": {"a": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"id": "f1", "name": "find", "response": {"ok": true}}}]}]}),
        &json!([user("hi"),
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"},
                {"type": "tool_call", "id": "f1", "name": "find", "arguments": {"a": 1}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "f1", "response": {"ok": true}}]}]),
    );
    let answer =
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "ho"}]}, "finishReason": "STOP"}]});
    assert_derived(
        Role::ModelCall,
        &json!({"output": answer}),
        &json!({"llm.finish_reason": "STOP", "gen_ai.response.finish_reasons": r#"["stop"]"#, "gen_ai.output.messages":
            r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}],"finish_reason":"stop"}]"#}),
    );
}

#[test]
fn langchain() {
    let constructor = |class: &str, kwargs: &Value| {
        json!({"lc": 1, "type": "constructor",
        "id": ["langchain", "schema", "messages", class], "kwargs": kwargs})
    };
    let human = constructor("HumanMessage", &json!({"content": "hi", "type": "human"}));
    let ai = constructor(
        "AIMessageChunk",
        &json!({"content": "", "tool_calls": [{"name": "find", "args": {"a": 1}, "id": "c1", "type": "tool_call"}],
            "additional_kwargs": {"tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": "{\"a\":1}"}}]}}),
    );
    let tool =
        constructor("ToolMessage", &json!({"content": "found", "type": "tool", "tool_call_id": "c1", "name": "find"}));
    let called = json!({"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}}]});
    let answered = json!({"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}], "name": "find"});
    // A list of chats, as chat models get them.
    assert_messages(&json!({"messages": [[human, ai, tool]]}), &json!([user("hi"), called, answered]));
    // As model_dump and messages_to_dict write them.
    assert_messages(
        &json!({"messages": [{"type": "human", "content": "hi"}, {"type": "ai", "data": {"content": "ho"}}]}),
        &json!([user("hi"), assistant("ho")]),
    );
    let generation = json!({"text": "", "generation_info": {"finish_reason": "tool_calls"}, "message": ai});
    assert_derived(
        Role::ModelCall,
        &json!({"output": {"generations": [[generation]], "llm_output": {"id": "chatcmpl-1"}}}),
        &json!({"llm.finish_reason": "tool_calls", "gen_ai.response.id": "chatcmpl-1", "gen_ai.output.messages":
            r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"find","arguments":{"a":1}}],"finish_reason":"tool_call"}]"#}),
    );
    assert_derived(
        Role::ModelCall,
        &json!({"output": {"generations": [[{"text": "ho"}]]}}),
        &json!({"gen_ai.output.messages": json!([assistant("ho")]).to_string()}),
    );
}

#[test]
fn blocks_of_bedrock() {
    assert_messages(
        &json!([{"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "hm", "signature": "x"}}},
                {"toolUse": {"toolUseId": "t1", "name": "find", "input": {"a": 1}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "found"}], "status": "success"}}]}]),
        &json!([user("hi"),
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"},
                {"type": "tool_call", "id": "t1", "name": "find", "arguments": {"a": 1}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "t1", "response": [{"text": "found"}]}]}]),
    );
}

#[test]
fn what_is_no_chat() {
    for input in [
        json!("hi"),
        json!({"completion": "x"}),
        json!([{"role": "user", "content": "hi"}, {"content": "whose?"}]),
        json!([{"role": " ", "content": "hi"}]),
        json!(["hi", "ho"]),
        json!([]),
        json!({"messages": []}),
        json!({"input": {"input": {"input": {"input": {"input": {"messages": [{"role": "user", "content": "deep"}]}}}}}}),
        json!({"role": "user"}),
        json!({"name": "find", "type": "function"}),
    ] {
        assert_messages(&input, &json!(null));
    }
    // Only a model and an agent are spoken to.
    let chat = json!({"input": [{"role": "user", "content": "hi"}]});
    assert_derived(Role::Agent, &chat, &json!({"gen_ai.input.messages": json!([user("hi")]).to_string()}));
    for role in [Role::Workflow, Role::Other, Role::ToolCall, Role::SpeechToText, Role::Embedding] {
        assert_derived(role, &chat, &json!({"gen_ai.input.messages": null}));
    }
}

#[test]
fn roles_have_one_name() {
    for (name, role) in [
        ("human", "user"),
        ("AI", "assistant"),
        ("model", "assistant"),
        ("agent", "assistant"),
        ("User", "user"),
        ("function", "tool"),
        ("developer", "developer"),
        ("caller", "caller"),
    ] {
        let parts = if role == "tool" {
            json!([{"type": "tool_call_response", "response": "hi"}])
        } else {
            json!([{"type": "text", "content": "hi"}])
        };
        assert_messages(&json!([{"role": name, "content": "hi"}]), &json!([{"role": role, "parts": parts}]));
    }
}
