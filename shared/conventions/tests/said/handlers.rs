//! Messages as `LangChain`'s handlers and Langfuse's server tell them (tests/sdks/recordings: langgraph-langfuse, langgraph-js-*, ai-sdk-6).

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::{assert_derived, assert_messages, derived};

#[test]
fn calls_as_json_in_a_text() {
    let calls = json!([{"type": "tool-call", "toolCallId": "call_0", "toolName": "track_parcel", "input": {"number": "A17"}},
        {"toolCallId": "call_1", "toolName": "cancel_order", "input": "{\"order\":\"7\"}"}]);
    let call = |id: &str, name: &str, arguments: Value| json!({"type": "tool_call", "id": id, "name": name, "arguments": arguments});
    assert_messages(
        &json!([{"role": "assistant", "content": "", "tool_calls": calls.to_string()}]),
        &json!([{"role": "assistant", "parts": [call("call_0", "track_parcel", json!({"number": "A17"})),
            call("call_1", "cancel_order", json!({"order": "7"}))]}]),
    );
    let spoken = json!([{"role": "assistant", "content": "hi", "tool_calls": "none"}]);
    assert_messages(&spoken, &json!([{"role": "assistant", "parts": [{"type": "text", "content": "hi"}]}]));
}

#[test]
fn answers_of_tools_by_their_names() {
    let answered = |name: Option<&str>| {
        let mut message = json!({"role": "tool", "parts": [{"type": "tool_call_response", "response": "out"}]});
        if let Some(name) = name {
            message["name"] = json!(name);
        }
        json!([message])
    };
    let named = json!([{"content": "out", "additional_kwargs": {}, "role": "track_parcel"}]);
    assert_messages(&named, &answered(Some("track_parcel")));
    assert_messages(&json!([{"content": "out", "additional_kwargs": {}}]), &answered(None));
    // Whoever has a role of a speaker keeps it.
    let spoken = json!([{"content": "hi", "additional_kwargs": {}, "role": "human"}]);
    assert_messages(&spoken, &json!([{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]));
    let other = json!([{"content": "hi", "role": "narrator"}]);
    assert_messages(&other, &json!([{"role": "narrator", "parts": [{"type": "text", "content": "hi"}]}]));
}

/// Langfuse's handler for Python tells `additional_kwargs` only where they hold something, of a `ChatMessage` with a role of one's own, too.
#[test]
fn a_role_of_ones_own_is_no_tool() {
    let narrated = json!([{"role": "narrator", "content": "hi", "additional_kwargs": {"mood": "calm"}}]);
    assert_messages(&narrated, &json!([{"role": "narrator", "parts": [{"type": "text", "content": "hi"}]}]));
    let calls = json!([{"id": "c1", "function": {"name": "find", "arguments": "{\"a\":1}"}}]);
    let calling = json!([{"content": "", "role": "planner", "additional_kwargs": {"tool_calls": calls}}]);
    let call = json!({"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}});
    assert_messages(&calling, &json!([{"role": "planner", "parts": [call]}]));
    // What says whose call it answers is one.
    let answer = json!([{"content": "out", "role": "find", "additional_kwargs": {"tool_call_id": "c1"}}]);
    assert_messages(
        &answer,
        &json!([{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "out"}], "name": "find"}]),
    );
}

#[test]
fn tools_among_the_messages_are_definitions() {
    let tool = json!({"type": "function", "function": {"name": "track_parcel", "description": "Where a parcel is.", "parameters": {}}});
    let messages = json!([{"role": "user", "content": "hi"}, {"role": "tool", "content": tool}]);
    let expected = json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
        "gen_ai.tool.definitions":
            r#"[{"description":"Where a parcel is.","name":"track_parcel","parameters":{},"type":"function"}]"#});
    assert_derived(Role::ModelCall, &json!({"input": messages}), &expected);
    // An answer of a tool is none, whatever it looks like.
    let answered = json!([{"role": "tool", "content": tool, "tool_call_id": "call_0"}]);
    assert_eq!(derived(Role::ModelCall, &json!({"input": answered})).get("gen_ai.tool.definitions"), None);
}

#[test]
fn answers_of_tools_without_an_id() {
    let message = "llm.input_messages.0.message";
    let attributes = json!({format!("{message}.role"): "tool", format!("{message}.content"): "out for delivery"});
    let expected = r#"[{"role":"tool","parts":[{"type":"tool_call_response","response":"out for delivery"}]}]"#;
    assert_derived(Role::ModelCall, &json!({"attributes": attributes}), &json!({"gen_ai.input.messages": expected}));
}

/// `LangSmith` keeps `LiveKit`'s event of an answer as a choice without a message around what was said.
#[test]
fn choices_that_are_messages() {
    let output = json!({"choices": [{"role": "assistant", "content": "hi"}]});
    let expected =
        json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"hi"}]}]"#});
    assert_derived(Role::ModelCall, &json!({"output": output}), &expected);
}

/// It keeps its calls so: a list of JSON texts.
#[test]
fn calls_as_texts_in_a_list() {
    let call = r#"{"function": {"name": "find", "arguments": "{\"a\":1}"}, "id": "c1", "type": "function"}"#;
    let part = json!({"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}});
    assert_messages(
        &json!([{"role": "assistant", "tool_calls": [call, "none"]}]),
        &json!([{"role": "assistant", "parts": [part]}]),
    );
}
