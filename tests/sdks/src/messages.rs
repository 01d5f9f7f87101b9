//! Messages as lines, so that an oracle can say a whole conversation: `user: …`, `assistant: call NAME ARGUMENTS (ID)`, `tool: result … (ID)`.

use serde_json::Value;

/// The lines of `gen_ai.input.messages` or `gen_ai.output.messages`; `None` if it is no list of messages. A line for each part.
///
/// Instructions are told only if `with_instructions`: OpenTelemetry keeps them beside the messages, and a platform may put them in front.
#[must_use]
pub fn lines(messages: &str, with_instructions: bool) -> Option<Vec<String>> {
    let Value::Array(mut messages) = serde_json::from_str(messages).ok()? else { return None };
    messages.retain(|message| with_instructions || message["role"] != "system");
    let mut lines = Vec::new();
    for message in &messages {
        let role = message["role"].as_str().unwrap_or("nobody");
        for part in message["parts"].as_array()? {
            lines.push(format!("{role}: {}", of_part(part)));
        }
    }
    Some(lines)
}

/// Do these lines tell of instructions?
#[must_use]
pub fn has_instructions(lines: &[String]) -> bool {
    lines.iter().any(|line| line.starts_with("system: "))
}

/// Are these the lines that are wanted? A line without an id speaks of a call or a result whether it has one or not.
#[must_use]
pub fn are(found: &[String], wanted: &[String]) -> bool {
    let is = |(found, wanted): (&String, &String)| {
        found == wanted
            || found.strip_prefix(wanted.as_str()).is_some_and(|id| id.starts_with(" (") && id.ends_with(')'))
    };
    found.len() == wanted.len() && found.iter().zip(wanted).all(is)
}

fn of_part(part: &Value) -> String {
    let id = part["id"].as_str().map(|id| format!(" ({id})")).unwrap_or_default();
    match part["type"].as_str() {
        Some("text") => text(&part["content"]),
        Some("tool_call") => {
            format!("call {} {}{id}", part["name"].as_str().unwrap_or("nothing"), structured(&part["arguments"]))
        }
        Some("tool_call_response") => {
            format!("result {}{id}", text(part.get("response").or_else(|| part.get("result")).unwrap_or(&Value::Null)))
        }
        _ => part.to_string(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// JSON without blanks, whether it stands as JSON or as a text. A call without arguments has none, whether that is told as `{}` or not at all.
fn structured(value: &Value) -> String {
    if value.is_null() {
        return "{}".to_owned();
    }
    let read = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    read.as_ref().unwrap_or(value).to_string()
}
