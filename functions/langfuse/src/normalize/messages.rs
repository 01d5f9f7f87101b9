//! Inputs and outputs in chat form as the conventions' messages (docs/platforms/langfuse.md#85-contents).

use serde_json::{Map, Value, json};
use spanlift_model::Attributes;
use spanlift_model::json::{Sorted, text_of, to_text};
use spanlift_model::names::gen_ai;

use super::json::parsed;
use crate::record::Observation;

/// Derives messages where the content is a chat. Nothing is made up: what has no role is no message.
pub(super) fn derive(observation: &Observation, attributes: &mut Attributes) {
    let pairs = [(gen_ai::INPUT_MESSAGES, &observation.input), (gen_ai::OUTPUT_MESSAGES, &observation.output)];
    for (name, content) in pairs {
        let messages = content.as_deref().and_then(parsed).and_then(|json| messages(&json));
        attributes.derive_some(name, messages.map(|messages| to_text(&Sorted(&Value::Array(messages)))));
    }
}

/// A list of messages, an object around one, a single message, or what a chat completion answers.
fn messages(json: &Value) -> Option<Vec<Value>> {
    let choices = || {
        let choices = json.get("choices")?.as_array()?;
        choices.iter().map(|choice| choice.get("message")).collect::<Option<Vec<&Value>>>()
    };
    let list = match json {
        Value::Array(items) => items.iter().collect(),
        _ => match json.get("messages").and_then(Value::as_array) {
            Some(items) => items.iter().collect(),
            None => choices().unwrap_or_else(|| vec![json]),
        },
    };
    let converted: Option<Vec<Value>> = list.into_iter().map(message).collect();
    converted.filter(|messages| !messages.is_empty())
}

fn message(json: &Value) -> Option<Value> {
    let role = json.get("role")?.as_str().filter(|role| !role.trim().is_empty())?;
    let content = json.get("content").unwrap_or(&Value::Null);
    let mut parts = Vec::new();
    if role == "tool" {
        let mut part = Map::from_iter([("type".to_owned(), json!("tool_call_response"))]);
        part.extend(json.get("tool_call_id").and_then(text_of).map(|id| ("id".to_owned(), Value::from(id))));
        part.insert("response".to_owned(), embedded(content));
        parts.push(Value::Object(part));
    } else {
        parts.extend(content_parts(content));
    }
    let calls = json.get("tool_calls").and_then(Value::as_array);
    parts.extend(calls.into_iter().flatten().filter_map(tool_call));
    Some(json!({"role": role, "parts": parts}))
}

fn content_parts(content: &Value) -> Vec<Value> {
    let text = |text: &str| json!({"type": "text", "content": text});
    match content {
        Value::Null => Vec::new(),
        Value::String(content) => vec![text(content)],
        Value::Array(items) => items
            .iter()
            .map(|item| match item.get("text").unwrap_or(item) {
                Value::String(content) => text(content),
                // Images, sound, media tokens: whatever it is, it stays what it is.
                _ => item.clone(),
            })
            .collect(),
        other => vec![text(&text_of(other).unwrap_or_default())],
    }
}

fn tool_call(call: &Value) -> Option<Value> {
    let function = call.get("function").unwrap_or(call);
    let name = function.get("name")?.as_str()?;
    let mut part = Map::from_iter([("type".to_owned(), json!("tool_call")), ("name".to_owned(), json!(name))]);
    part.extend(call.get("id").and_then(text_of).map(|id| ("id".to_owned(), Value::from(id))));
    part.extend(function.get("arguments").map(|arguments| ("arguments".to_owned(), embedded(arguments))));
    Some(Value::Object(part))
}

/// Text that is JSON becomes part of the message; any other stays text.
fn embedded(value: &Value) -> Value {
    value.as_str().and_then(parsed).unwrap_or_else(|| value.clone())
}
