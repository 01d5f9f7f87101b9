//! How a model ended its answer, and the answer's id.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::assert_derived;

#[test]
fn why_a_model_stopped() {
    for output in [
        json!({"choices": [{"finish_reason": "stop"}]}),
        json!({"generations": [[{"generation_info": {"finish_reason": "stop"}}]]}),
        json!({"generations": [[{"generation_info": null, "message": {"kwargs": {"response_metadata": {"stop_reason": "stop"}}}}]]}),
        json!({"generations": [[{"message": {"response_metadata": {"finish_reason": "stop"}}}]]}),
        json!({"stop_reason": "stop"}),
        json!({"finishReason": "stop"}),
        json!({"output": {"response_metadata": {"finish_reason": "stop"}}}),
        json!({"output": {"kwargs": {"response_metadata": {"finish_reason": "stop"}}}}),
        json!({"llm_output": {"stop_reason": "stop"}}),
        json!({"role": "assistant", "content": "ho", "finish_reason": "stop"}),
    ] {
        assert_derived(
            Role::ModelCall,
            &json!({"output": output}),
            &json!({"llm.finish_reason": "stop", "gen_ai.response.finish_reasons": r#"["stop"]"#}),
        );
        assert_derived(Role::Workflow, &json!({"output": output}), &json!({"llm.finish_reason": null}));
    }
}

#[test]
fn the_first_place_that_says_it() {
    let output = json!({"choices": [{"finish_reason": "other"}]});
    for (attributes, first, list) in [
        (json!({"gen_ai.response.finish_reasons": ["tool_calls", "stop"]}), "tool_calls", r#"["tool_calls","stop"]"#),
        (json!({"llm.finish_reason": "length"}), "length", r#"["length"]"#),
        (json!({"gen_ai.response.finish_reason": "function_call"}), "function_call", r#"["tool_call"]"#),
        (json!({"ai.response.finishReason": "content-filter"}), "content-filter", r#"["content_filter"]"#),
        (json!({}), "other", r#"["other"]"#),
    ] {
        assert_derived(
            Role::ModelCall,
            &json!({"attributes": attributes, "output": output}),
            &json!({"llm.finish_reason": first, "gen_ai.response.finish_reasons": list}),
        );
    }
}

#[test]
fn ids_of_answers() {
    let marked =
        |mime_type: &Value| json!({"output.value": r#"{"id": 7, "model": ""}"#, "output.mime_type": mime_type});
    for (role, fields, id) in [
        (Role::ModelCall, json!({"attributes": {"gen_ai.response.id": "a", "ai.response.id": "b"}}), json!("a")),
        (Role::ModelCall, json!({"attributes": {"ai.response.id": "b"}}), json!("b")),
        (Role::ModelCall, json!({"attributes": {"response.id": "resp_1"}}), json!("resp_1")),
        (Role::ModelCall, json!({"attributes": marked(&json!("application/json"))}), json!("7")),
        // OpenInference says of JSON that it is some.
        (Role::ModelCall, json!({"attributes": marked(&json!(null))}), json!(null)),
        (Role::Workflow, json!({"attributes": marked(&json!("application/json"))}), json!(null)),
        (Role::ModelCall, json!({"output": {"id": "chatcmpl-1"}}), json!("chatcmpl-1")),
        (Role::ModelCall, json!({"output": {"llm_output": {"id": "x"}}}), json!("x")),
        (
            Role::ModelCall,
            json!({"output": {"generations": [[{"message": {"kwargs": {"response_metadata": {"id": "y"}}}}]]}}),
            json!("y"),
        ),
        (Role::ModelCall, json!({"output": {"id": " "}}), json!(null)),
    ] {
        assert_derived(role, &fields, &json!({"gen_ai.response.id": id, "gen_ai.response.model": null}));
    }
}
