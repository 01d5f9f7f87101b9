//! Tool calls, and the tools that a model may call (docs/platforms/phoenix.md#74-content; docs/REFERENCE.md#attributes).

use serde_json::{Map, Value};
use spanlift_model::Attributes;
use spanlift_model::json::{Sorted, text_of, to_text};
use spanlift_model::names::{self, gen_ai};

use super::aliases::{self, TOOL_ALIASES, TOOL_CONVENTIONS};
use super::json::{Nested, indexed};
use super::role::PIPECAT_TOOL;

/// Names of spans that say "a tool call" and not which tool's.
const NAMELESS: &[&str] = &["", names::span::TOOL_CALL, "tool_call", "function_tool", "execute_tool"];

/// Derives name, id, arguments and result of a tool call.
pub(super) fn derive_call(span_name: &str, source: &Map<String, Value>, attributes: &mut Attributes) {
    aliases::apply(TOOL_ALIASES, attributes);
    attributes.derive_some(names::FUNCTION_NAME, name_of(span_name));
    if attributes.get(names::FUNCTION_ARGUMENTS).is_none() {
        attributes.derive_some(names::FUNCTION_ARGUMENTS, arguments(source));
    }
    aliases::apply(TOOL_CONVENTIONS, attributes);
    if attributes.get(gen_ai::TOOL_NAME).is_some() {
        attributes.derive(gen_ai::TOOL_TYPE, "function");
    }
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

/// Instrumentors name a tool's span after the tool.
fn name_of(span_name: &str) -> Option<&str> {
    let prefixes = [PIPECAT_TOOL, "execute_tool "];
    let name = prefixes.iter().find_map(|prefix| span_name.strip_prefix(prefix)).unwrap_or(span_name).trim();
    (!NAMELESS.contains(&name)).then_some(name)
}

/// Arguments that Phoenix exploded, or an input that is an object: nothing else goes into a tool.
fn arguments(source: &Map<String, Value>) -> Option<String> {
    let below = source.iter().filter_map(|(name, value)| Some((name.strip_prefix("tool.parameters.")?, value)));
    let exploded = Nested::collect(below).map(|nested| to_text(&nested));
    exploded.or_else(|| {
        let input = text_of(source.get("input.value")?)?;
        let is_object =
            input.trim_start().starts_with('{') && serde_json::from_str::<Map<String, Value>>(&input).is_ok();
        is_object.then(|| input.into_owned())
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
