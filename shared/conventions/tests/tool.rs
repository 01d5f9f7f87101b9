//! Arguments and results without what SDKs wrap around them, and nothing lost.

use serde_json::{Value, json};
use spanlift_conventions::{SpanView, Told, ToolCall};
use spanlift_model::json::Map;

fn call(words: &Value, are_inherited: bool, input: Option<&Value>, output: Option<&Value>) -> ToolCall {
    let words = Map::from(words.as_object().cloned().unwrap_or_default());
    let own = |value: Option<&Value>| value.cloned().map(Into::into);
    let view = SpanView {
        name: "look_up",
        scope: None,
        words: &words,
        words_are_inherited: are_inherited,
        told: Told::Nothing,
        has_counts: false,
    };
    ToolCall::of(&view, [], own(input).as_ref(), own(output).as_ref())
}

#[test]
fn wrapping_is_taken_off_and_nothing_else() {
    let message = json!({"content": "ok", "type": "tool", "tool_call_id": "c1"});
    for (output, result) in [
        (json!({"output": "room 12"}), Some("room 12")),
        (json!({"outputs": "room 12"}), Some("room 12")),
        (json!({"output": {"content": "page", "url": "u"}}), Some(r#"{"content":"page","url":"u"}"#)),
        (json!({"output": "stdout", "exit_code": 1}), Some(r#"{"exit_code":1,"output":"stdout"}"#)),
        (json!({"output": ""}), None),
        (json!({"output": null}), None),
        (json!({"output": message}), Some("ok")),
        (json!({"type": "tool", "data": message}), Some("ok")),
        (json!({"update": {"messages": [{"type": "tool", "data": message}]}, "goto": "desk"}), Some("ok")),
        (json!({"message": "ok", "id": "c1"}), Some("ok")),
        (json!({"choices": [{"message": "ok", "id": "c1"}]}), Some("ok")),
        (json!({"message": "ok", "code": 1}), Some(r#"{"code":1,"message":"ok"}"#)),
        (json!({"tool_name": "t", "raw_input": {}, "raw_output": "ok", "blocks": [{"text": "ok"}]}), Some("ok")),
        (json!("ToolMessage(content='ok', tool_call_id='c1')"), Some("ok")),
        (
            json!({"output": "Command(update={'messages': [ToolMessage(content='ok', tool_call_id='c1')]}, goto='desk')"}),
            Some("ok"),
        ),
        (
            json!({"content": {"parts": [{"function_response": {"id": "c1", "name": "t", "response": {"a": 1}}}]}}),
            Some(r#"{"a":1}"#),
        ),
        (json!({"output": message, "kwargs": {"tags": [], "color": "green"}}), Some("ok")),
        (json!({"output": "ok", "kwargs": {}}), Some(r#"{"kwargs":{},"output":"ok"}"#)),
        (json!("\"ok\""), Some("ok")),
        (json!("\"ok"), Some("\"ok")),
        (json!({"output": {"lc": 1, "kwargs": {"content": "ok", "tool_call_id": "c1"}}}), Some("ok")),
    ] {
        assert_eq!(call(&json!({}), false, None, Some(&output)).result.as_deref(), result, "{output}");
    }
    for (input, arguments) in [
        (json!({"input": {"a": 1}}), r#"{"a":1}"#),
        (json!({"args": [{"a": 1}]}), r#"{"a":1}"#),
        (json!({"args": ["ls"]}), r#"["ls"]"#),
        (json!([{"role": "tool", "content": "{\"a\":1}", "id": "c1"}]), r#"{"a":1}"#),
        (json!([{"role": "user", "content": "a"}]), r#"[{"content":"a","role":"user"}]"#),
        (json!({"args": [], "kwargs": {"a": 1}}), r#"{"a":1}"#),
        (json!({"kwargs": {"a": 1}}), r#"{"a":1}"#),
        (json!({"args": [], "sanitize_inputs_outputs": true, "kwargs": {"a": 1}}), r#"{"a":1}"#),
        (json!({"kwargs": {"a": 1}, "timeout": 3}), r#"{"kwargs":{"a":1},"timeout":3}"#),
        (json!({"args": [1], "kwargs": {"a": 1}}), r#"{"args":[1],"kwargs":{"a":1}}"#),
        (json!({"args": [{"a": 1}, {"toolCallId": "c1"}]}), r#"{"a":1}"#),
        (
            json!({"input_str": "{'a': 1}", "tags": [], "inputs": {"a": 1}, "kwargs": {"tool_call_id": "c1"}}),
            r#"{"a":1}"#,
        ),
        (json!({"input_str": "{'a': 1}", "tags": []}), r#"{"a":1}"#),
        (json!({"input_str": "x", "limit": 1}), r#"{"input_str":"x","limit":1}"#),
    ] {
        assert_eq!(call(&json!({}), false, Some(&input), None).arguments.as_deref(), Some(arguments), "{input}");
    }
}

#[test]
fn attributes_for_arguments_are_not_wrapped() {
    for arguments in [r#"{"args":["ls"]}"#, r#"{"args":[{"a":1}]}"#, r#"{"input":{"a":1}}"#, r#"{"a": 1}"#] {
        let words = json!({"gen_ai.tool.call.arguments": arguments});
        assert_eq!(call(&words, false, None, None).arguments.as_deref(), Some(arguments));
    }
    let words = json!({"gen_ai.tool.call.arguments": "{'a': True}"});
    assert_eq!(call(&words, false, None, None).arguments.as_deref(), Some(r#"{"a":true}"#));
}

#[test]
fn a_schema_is_no_arguments() {
    let schema = r#"{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}"#;
    let call_with =
        |parameters: &str| call(&json!({"tool.parameters": parameters}), false, Some(&json!({"a": 1})), None);
    assert_eq!(call_with(schema).arguments.as_deref(), Some(r#"{"a":1}"#));
    let of_smolagents = r#"{"a": {"type": "integer", "description": "a number"}}"#;
    assert_eq!(call_with(of_smolagents).arguments.as_deref(), Some(r#"{"a":1}"#));
    let arguments = r#"{"properties": {"a": 1}}"#;
    assert_eq!(call_with(arguments).arguments.as_deref(), Some(arguments));
}

#[test]
fn what_may_be_of_the_run_above_comes_after_ones_own() {
    let words =
        json!({"gen_ai.tool.call.arguments": "{\"a\":1}", "gen_ai.tool.call.result": "x", "gen_ai.tool.call.id": "up"});
    let (input, output) = (json!({"b": 2}), json!({"output": "y"}));
    let own = call(&words, true, Some(&input), Some(&output));
    assert_eq!((own.arguments.as_deref(), own.result.as_deref()), (Some(r#"{"b":2}"#), Some("y")));
    let stated = call(&words, false, Some(&input), Some(&output));
    assert_eq!((stated.arguments.as_deref(), stated.result.as_deref()), (Some(r#"{"a":1}"#), Some("x")));
}

#[test]
fn what_was_hidden_is_not_known() {
    let hidden = json!("__REDACTED__");
    for (input, output) in [(hidden.clone(), hidden.clone()), (json!({"input": hidden}), json!({"output": hidden}))] {
        let call = call(&json!({"output.value": "__REDACTED__"}), false, Some(&input), Some(&output));
        assert_eq!((call.arguments, call.result), (None, None), "{input}");
    }
}

/// `OpenLLMetry`'s instrumentor of `LangChain` writes what a tool's beginning tells as its arguments.
#[test]
fn arguments_among_what_else_is_told() {
    let told = json!({"input_str": "{'a': 1}", "tags": [], "metadata": {}, "inputs": {"a": 1}, "kwargs": {"tool_call_id": "c1"}});
    let read = call(&json!({"gen_ai.tool.call.arguments": told.to_string()}), false, None, None);
    assert_eq!((read.arguments.as_deref(), read.id.as_deref()), (Some(r#"{"a":1}"#), Some("c1")));
}
