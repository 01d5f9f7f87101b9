//! `input` and `output`, where nobody wrote them.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::assert_derived;

#[test]
fn messages_in_the_form_of_parts_stay_as_they_were_sent() {
    let input = r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#;
    let output = r#"[{"role":"assistant","parts":[{"type":"text","content":"ho"}],"finish_reason":"stop"}]"#;
    assert_derived(
        Role::ModelCall,
        &json!({"input": input, "output": output}),
        &json!({"gen_ai.input.messages": input, "gen_ai.output.messages": output, "llm.finish_reason": "stop",
            "gen_ai.response.finish_reasons": r#"["stop"]"#, "input": input, "output": output}),
    );
}

#[test]
fn the_order_of_what_went_in() {
    let all = json!({"input.value": "openinference", "traceloop.entity.input": "traceloop", "lk.pii.user_input": "livekit",
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "message",
        "gen_ai.tool.call.arguments": "arguments"});
    let message = r#"[{"role":"user","parts":[{"type":"text","content":"message"}]}]"#;
    let mut left = all.as_object().unwrap().clone();
    assert_derived(Role::Other, &json!({"attributes": all, "input": "platform"}), &json!({"input": "platform"}));
    let mut with_own = all.clone();
    with_own["input"] = json!("own");
    assert_derived(Role::Other, &json!({"attributes": with_own, "input": "platform"}), &json!({"input": "own"}));
    for (expected, taken) in [
        ("openinference", "input.value"),
        ("traceloop", "traceloop.entity.input"),
        ("livekit", "lk.pii.user_input"),
        (message, "llm.input_messages.0.message.role"),
        ("arguments", "gen_ai.tool.call.arguments"),
    ] {
        assert_derived(Role::Other, &json!({"attributes": left.clone()}), &json!({"input": expected}));
        left.remove(taken);
    }
    assert_derived(Role::Other, &json!({"attributes": left}), &json!({"input": Value::Null}));
}

#[test]
fn the_order_of_what_came_out() {
    for (attributes, expected) in [
        (json!({"output.value": "a", "traceloop.entity.output": "b"}), json!("a")),
        (json!({"traceloop.entity.output": "b", "ai.response.text": "c"}), json!("b")),
        (json!({"ai.response.text": "c", "gen_ai.tool.call.result": "e"}), json!("c")),
        (json!({"lk.pii.response.text": "", "gen_ai.tool.call.result": "e"}), json!("e")),
        (json!({"output.value": " "}), json!(null)),
        (json!({"output": ""}), json!("")),
    ] {
        assert_derived(Role::Other, &json!({"attributes": attributes}), &json!({"output": expected}));
    }
    // JSON as it is, with its members by name.
    let fields = json!({"input": {"b": 1, "a": "é"}, "output": {}});
    assert_derived(Role::Other, &fields, &json!({"input": r#"{"a":"é","b":1}"#, "output": null}));
    // What is handed down is of no span below it, but of the call that it is about.
    let inherited = json!({"inherited": true, "attributes": {"lk_pii_input_text": "hi", "input.value": "x"}});
    assert_derived(Role::Other, &inherited, &json!({"input": null}));
    assert_derived(Role::TextToSpeech, &inherited, &json!({"input": "hi"}));
}
