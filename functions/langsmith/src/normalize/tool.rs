//! Tool calls (docs/platforms/langsmith.md#74-answers-and-tools; docs/REFERENCE.md#attributes).

use serde_json::{Map, Value};
use spanlift_model::json::text_of;
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role};

use super::json::{json_of, said};
use crate::record::LangSmithRun;
use crate::usage::at;

/// Names of runs that say "a tool call" and not which tool's.
const NAMELESS: &[&str] =
    &["", names::span::TOOL_CALL, "llm_tool_result", "tool_call", "function_tool", "execute_tool"];
const CALL_IDS: &[&[&str]] = &[&["output", "kwargs", "tool_call_id"], &["output", "tool_call_id"], &["tool_call_id"]];
const RESULTS: &[&[&str]] = &[&["output", "kwargs", "content"], &["output", "content"], &["output"]];

/// Derives name, id, arguments and result, in Coval's words and in the conventions'.
pub(super) fn derive(role: Role, run: &LangSmithRun, attributes: &mut Attributes) {
    let parameters = || run.invocation_params().find_map(|parameters| parameters.get("tool_name").and_then(said));
    let stated = ["tool_name", gen_ai::TOOL_NAME].iter().find_map(|name| run.metadata.get(*name).and_then(said));
    let own = Some(run.name.trim()).filter(|name| !NAMELESS.contains(name));
    let id = first(&run.outputs, CALL_IDS).or_else(|| first(&run.inputs, &[&["tool_call_id"]]));
    let id = id.or_else(|| run.metadata.get("tool_call_id").and_then(said));
    let pairs = [
        (names::FUNCTION_NAME, gen_ai::TOOL_NAME, stated.or_else(parameters).or(own).map(str::to_owned)),
        (names::TOOL_CALL_ID, gen_ai::TOOL_CALL_ID, id.map(str::to_owned)),
        (
            names::FUNCTION_ARGUMENTS,
            gen_ai::TOOL_CALL_ARGUMENTS,
            arguments(&run.inputs).filter(|_| role == Role::ToolCall),
        ),
        (names::TOOL_RESULT, gen_ai::TOOL_CALL_RESULT, result(&run.outputs)),
    ];
    for (ours, theirs, value) in pairs {
        attributes.derive_some(ours, value.clone());
        attributes.derive_some(theirs, value);
    }
    if attributes.get(gen_ai::TOOL_NAME).is_some() {
        attributes.derive(gen_ai::TOOL_TYPE, "function");
    }
}

/// SDKs wrap what is no object: `{"input": "{\"day\": \"today\"}"}`.
fn arguments(inputs: &Value) -> Option<String> {
    let only = inputs.as_object().filter(|members| members.len() == 1).and_then(|members| members.get("input"));
    match only {
        Some(Value::String(text)) if serde_json::from_str::<Map<String, Value>>(text).is_ok() => Some(text.clone()),
        Some(inner @ Value::Object(_)) => json_of(inner),
        _ => json_of(inputs),
    }
}

fn result(outputs: &Value) -> Option<String> {
    let found = RESULTS.iter().find_map(|path| at(outputs, path).filter(|value| !value.is_null()));
    match found {
        Some(value) => text_of(value).map(std::borrow::Cow::into_owned).filter(|text| !text.is_empty()),
        None => json_of(outputs),
    }
}

fn first<'a>(value: &'a Value, paths: &[&[&str]]) -> Option<&'a str> {
    paths.iter().find_map(|path| at(value, path).and_then(said))
}
