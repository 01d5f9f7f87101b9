//! The tools that a model may call.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::assert_derived;

const WANTED: &str = r#"[{"description":"d","name":"find","parameters":{"type":"object"},"type":"function"}]"#;

#[track_caller]
fn assert_tools(fields: &Value, expected: &Value) {
    assert_derived(Role::ModelCall, fields, &json!({"gen_ai.tool.definitions": expected}));
}

#[test]
fn one_shape_for_all() {
    let flat = json!({"name": "find", "description": "d", "parameters": {"type": "object"}});
    let openai = json!({"type": "function", "function": {"name": "find", "description": "d", "parameters": {"type": "object"}, "strict": null}});
    let anthropic = json!({"name": "find", "description": "d", "input_schema": {"type": "object"}});
    let ai_sdk = json!({"type": "function", "name": "find", "description": "d", "inputSchema": {"type": "object"}});
    let pydantic = json!({"name": "find", "description": "d", "parameters_json_schema": {"type": "object"}});
    for tool in [&flat, &openai, &anthropic, &ai_sdk] {
        for fields in [
            json!({"attributes": {"llm.tools.0.tool.json_schema": tool.to_string()}}),
            json!({"attributes": {"tools": json!([tool]).to_string()}}),
            json!({"attributes": {"tools.definitions": json!([tool]).to_string()}}),
            json!({"attributes": {"ai.prompt.tools": [tool.to_string()]}}),
            json!({"attributes": {"llm.invocation_parameters": json!({"tools": [tool]}).to_string()}}),
            json!({"parameters": {"tools": [tool]}}),
            json!({"input": {"messages": [], "tools": [tool]}}),
        ] {
            assert_tools(&fields, &json!(WANTED));
        }
    }
    let request = json!({"config": {"tools": [{"function_declarations": [flat]}]}, "contents": []});
    assert_tools(&json!({"attributes": {"gcp.vertex.agent.llm_request": request.to_string()}}), &json!(WANTED));
    let request = json!({"function_tools": [pydantic], "output_tools": []});
    assert_tools(&json!({"attributes": {"model_request_parameters": request.to_string()}}), &json!(WANTED));
    let members = json!({"llm.request.functions.0.name": "find", "llm.request.functions.0.description": "d",
        "llm.request.functions.0.parameters": r#"{"type": "object"}"#});
    assert_tools(&json!({"attributes": members}), &json!(WANTED));
    let apart = json!({"llm.tools.0.tool.name": "find", "llm.tools.0.tool.description": "d",
        "llm.tools.0.tool.json_schema": r#"{"parameters": {"type": "object"}}"#});
    assert_tools(&json!({"attributes": apart}), &json!(WANTED));
}

#[test]
fn what_is_not_known_stays_and_what_is_none_goes() {
    for (schema, expected) in [
        (json!(r#"{"type": "web_search_20250305"}"#), json!(r#"[{"type":"web_search_20250305"}]"#)),
        (json!("broken"), json!(null)),
        (json!("[]"), json!(null)),
        (json!(3), json!(null)),
    ] {
        assert_tools(&json!({"attributes": {"llm.tools.0.tool.json_schema": schema}}), &expected);
    }
    let own = r#"[{"name": "mine"}]"#;
    assert_tools(
        &json!({"attributes": {"gen_ai.tool.definitions": own, "tools": "[]"}, "parameters": {"tools": [{"name": "x"}]}}),
        &json!(own),
    );
    assert_derived(
        Role::Workflow,
        &json!({"parameters": {"tools": [{"name": "x"}]}}),
        &json!({"gen_ai.tool.definitions": null}),
    );
}
