//! Tool calls, and the tools that a model may call (docs/platforms/phoenix.md#74-content; docs/REFERENCE.md#attributes).

use serde_json::{Map, Value};
use spanlift_conventions::{ToolCall, tool};
use spanlift_model::json::{Sorted, text_of, to_text};
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, Role};

use super::json::{Nested, indexed};
use super::role;
use crate::record::PhoenixSpan;

/// Derives name, id, arguments and result of a tool call.
pub(super) fn derive_call(role: Role, span: &PhoenixSpan, attributes: &mut Attributes) {
    let input = arguments(&span.attributes).map(Value::from);
    let call = ToolCall::of(&role::view(span), role::events(span), input.as_ref(), None);
    call.derive(role, attributes);
    let description = span.attributes.get("tool.description").and_then(Value::as_str);
    attributes.derive_some(gen_ai::TOOL_DESCRIPTION, description.filter(|text| !text.trim().is_empty()));
}

/// Derives the list of tools that a model could choose from.
pub(super) fn derive_definitions(source: &Map<String, Value>, attributes: &mut Attributes) {
    if attributes.get(gen_ai::TOOL_DEFINITIONS).is_some() {
        return;
    }
    let tools = indexed(source.iter().map(|(name, value)| (name.as_str(), value)), "llm.tools");
    let definitions: Vec<Value> = tools.values().filter_map(|entries| definition(entries)).collect();
    if !definitions.is_empty() {
        attributes.derive(gen_ai::TOOL_DEFINITIONS, to_text(&Sorted(&Value::Array(definitions))));
    }
}

/// Arguments that Phoenix exploded, or an input that is an object: nothing else goes into a tool.
fn arguments(source: &Map<String, Value>) -> Option<String> {
    let below = source.iter().filter_map(|(name, value)| Some((name.strip_prefix("tool.parameters.")?, value)));
    let exploded = Nested::collect(below).map(|nested| to_text(&nested));
    exploded.or_else(|| {
        let input = text_of(source.get("input.value")?)?;
        tool::is_object(&input).then(|| input.into_owned())
    })
}

/// A tool as the conventions write it: `{type, name, description, parameters}`, whichever API's shape it has. A shape
/// that is not known stays as it is.
fn definition(entries: &[(&str, &Value)]) -> Option<Value> {
    let entry = |name| entries.iter().find(|(its, _)| *its == name).map(|(_, value)| *value);
    let schema = entry("tool.json_schema").and_then(|schema| match schema {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Object(object) => Some(object.clone()),
        _ => None,
    });
    let mut tool: Map<String, Value> = schema.unwrap_or_default();
    if let Some(Value::Object(function)) = tool.remove("function") {
        tool.retain(|name, _| name == "type");
        let known = |name: &str| matches!(name, "name" | "description" | "parameters");
        tool.extend(function.into_iter().filter(|(name, value)| known(name) && !value.is_null()));
    }
    if !tool.contains_key("parameters")
        && let Some(schema) = tool.remove("input_schema")
    {
        tool.insert("parameters".to_owned(), schema);
    }
    for (name, from) in [("name", "tool.name"), ("description", "tool.description")] {
        if let Some(value) = entry(from) {
            tool.insert(name.to_owned(), value.clone());
        }
    }
    let is_one = ["name", "description", "parameters"].iter().any(|name| tool.contains_key(*name));
    if is_one && !tool.contains_key("type") {
        tool.insert("type".to_owned(), Value::from("function"));
    }
    (!tool.is_empty()).then_some(Value::Object(tool))
}
