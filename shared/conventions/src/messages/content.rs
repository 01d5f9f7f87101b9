//! The content of a message in JSON: a text, or parts in the shapes of APIs and SDKs.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};
use spanlift_model::json::text_of;

use super::media::{self, Media};
use super::part::{Clean, Embedded, Part, first, first_text, text};

/// What a part with a type of its own is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Text.
    Text,
    /// What a model thought.
    Reasoning,
    /// A call of a tool.
    Call,
    /// What a tool answered.
    Response,
    /// What a model said instead of an answer.
    Refusal,
}

/// Types of parts, and who writes them. Media: [`super::MEDIA`]. Any other part stays what it is.
pub const PART_TYPES: &[(&str, PartKind, &str)] = &[
    ("text", PartKind::Text, "OpenAI, Anthropic, AI SDK, OpenTelemetry GenAI"),
    ("input_text", PartKind::Text, "OpenAI Responses"),
    ("output_text", PartKind::Text, "OpenAI Responses"),
    ("reasoning", PartKind::Reasoning, "OpenAI Responses, AI SDK, OpenTelemetry GenAI"),
    ("thinking", PartKind::Reasoning, "Anthropic, Pydantic AI"),
    ("tool_call", PartKind::Call, "LangChain, OpenTelemetry GenAI"),
    ("tool-call", PartKind::Call, "AI SDK"),
    ("tool_use", PartKind::Call, "Anthropic"),
    ("function", PartKind::Call, "OpenAI"),
    ("function_call", PartKind::Call, "OpenAI Responses, LiveKit"),
    ("tool_call_response", PartKind::Response, "OpenTelemetry GenAI"),
    ("tool-result", PartKind::Response, "AI SDK"),
    ("tool_result", PartKind::Response, "Anthropic"),
    ("function_call_output", PartKind::Response, "OpenAI Responses, LiveKit"),
    ("refusal", PartKind::Refusal, "OpenAI"),
];

/// Parts without a type are known by their one member.
const BY_MEMBER: &[(&str, ByMember)] = &[
    ("toolUse", ByMember::Call),
    ("functionCall", ByMember::Call),
    ("function_call", ByMember::Call),
    ("toolResult", ByMember::Response),
    ("functionResponse", ByMember::Response),
    ("function_response", ByMember::Response),
    ("reasoningContent", ByMember::Reasoning),
    ("inlineData", ByMember::Media(Media::File)),
    ("inline_data", ByMember::Media(Media::File)),
    ("fileData", ByMember::Media(Media::File)),
    ("file_data", ByMember::Media(Media::File)),
    ("image", ByMember::Media(Media::Image)),
    ("video", ByMember::Media(Media::Video)),
    ("audio", ByMember::Media(Media::Audio)),
    ("document", ByMember::Media(Media::File)),
];

#[derive(Clone, Copy)]
enum ByMember {
    Call,
    Response,
    Reasoning,
    Media(Media),
}

const IDS: &[&str] = &["call_id", "toolCallId", "tool_call_id", "tool_use_id", "toolUseId", "id"];
/// Where calls stand beside the content.
const CALLS: &[&str] = &["tool_calls", "toolCalls"];
const NAMES: &[&str] = &["name", "toolName"];
const ARGUMENTS: &[&str] = &["arguments", "input", "args"];
const RESPONSES: &[&str] = &["response", "result", "output", "content"];
const THOUGHTS: &[&str] = &["content", "thinking", "text"];

/// The parts of a content. An empty text is a part: see [`drop_blanks`].
pub(super) fn parts(content: &Value) -> Vec<Part<'_>> {
    match content {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().filter_map(part).collect(),
        Value::Object(_) => part(content).into_iter().collect(),
        scalar => text_of(scalar).map(Part::text).into_iter().collect(),
    }
}

/// The parts of a content as text: JSON of blocks, or a text.
pub(super) fn is_of_blocks(json: &Value) -> bool {
    let is_block = |block: &Value| block.as_object().is_some_and(is_known);
    json.as_array().is_some_and(|blocks| !blocks.is_empty() && blocks.iter().all(is_block))
}

/// Is what stands in a tool's message made of results that have ids of their own?
pub(super) fn is_of_results(content: &Value) -> bool {
    let is_result = |block: &Value| {
        let typed = block.get("type").and_then(Value::as_str).and_then(kind_of);
        let names = ["toolResult", "functionResponse", "function_response"];
        typed == Some(PartKind::Response) || names.iter().any(|name| block.get(name).is_some())
    };
    content.as_array().is_some_and(|blocks| blocks.iter().any(is_result))
}

/// One part.
pub(super) fn part(json: &Value) -> Option<Part<'_>> {
    let members = match json {
        Value::Null => return None,
        Value::Object(members) => members,
        scalar => return text_of(scalar).map(Part::text),
    };
    let part_type = text(members, "type").or_else(|| text(members, "kind")).unwrap_or_default();
    let known = match kind_of(part_type) {
        Some(PartKind::Text) => texts(members, &["text", "content"]).map(Part::text),
        Some(PartKind::Reasoning) => reasoning(members),
        Some(PartKind::Call) => call(members),
        Some(PartKind::Response) => Some(response(members)),
        Some(PartKind::Refusal) => texts(members, &["refusal", "content"]).map(|content| Part::Refusal { content }),
        None => match media::kind(part_type) {
            Some(kind) => text(members, "transcript").map(Part::text).or_else(|| media::part(members, kind)),
            None => by_member(members),
        },
    };
    known.or_else(|| text_alone(members)).or(Some(Part::Other(Clean(json))))
}

/// Calls that stand beside the content, `extra` where `LangChain` keeps an API's own.
pub(super) fn calls<'a>(members: &'a Map<String, Value>, extra: Option<&'a Map<String, Value>>) -> Vec<Part<'a>> {
    let lists = |members: &'a Map<String, Value>| first(members, CALLS)?.as_array();
    let own = lists(members).filter(|calls| !calls.is_empty()).or_else(|| lists(extra?));
    if let Some(text) = first(members, CALLS).and_then(Value::as_str) {
        return calls_in_text(text);
    }
    let old = members.get("function_call").or_else(|| extra?.get("function_call"));
    own.into_iter().flatten().chain(old).filter_map(listed_call).collect()
}

/// Calls as JSON in a text: Langfuse's server tells those of the AI SDK so.
fn calls_in_text(text: &str) -> Vec<Part<'static>> {
    let calls = serde_json::from_str::<Vec<Map<String, Value>>>(text).unwrap_or_default();
    calls.iter().filter_map(call).filter_map(Part::into_owned_call).collect()
}

/// A call in a list: an object, or JSON of one, as `LiveKit` 1.6 and 1.7 write it.
pub(super) fn listed_call(item: &Value) -> Option<Part<'_>> {
    match item {
        Value::Object(members) => call(members),
        Value::String(text) => call(&serde_json::from_str(text).ok()?)?.into_owned_call(),
        _ => None,
    }
}

/// Adds calls that do not stand among the parts already: some write them both ways.
pub(super) fn add_calls<'a>(parts: &mut Vec<Part<'a>>, calls: Vec<Part<'a>>) {
    let ids: HashSet<String> = parts.iter().filter_map(|part| part.call_id().map(str::to_owned)).collect();
    parts.extend(calls.into_iter().filter(|call| call.call_id().is_none_or(|id| !ids.contains(id))));
}

/// An answer that only calls tools has an empty text: beside other parts that says nothing.
pub(super) fn drop_blanks(parts: &mut Vec<Part<'_>>) {
    if parts.len() > 1 {
        parts.retain(|part| !part.is_blank());
    }
}

/// A call of a tool: `{"name", "arguments"}`, in a `function` or beside its id.
pub(super) fn call(members: &Map<String, Value>) -> Option<Part<'_>> {
    let inner = members.get("function").and_then(Value::as_object).unwrap_or(members);
    Some(Part::ToolCall {
        id: first_text(members, IDS),
        name: first_text(inner, NAMES)?,
        arguments: first(inner, ARGUMENTS).map(Embedded::new),
    })
}

fn kind_of(part_type: &str) -> Option<PartKind> {
    PART_TYPES.iter().find(|(known, ..)| *known == part_type).map(|(_, kind, _)| *kind)
}

fn is_known(members: &Map<String, Value>) -> bool {
    let has_type =
        || text(members, "type").is_some_and(|known| kind_of(known).is_some() || media::kind(known).is_some());
    let is_by_member = || BY_MEMBER.iter().any(|(name, _)| members.contains_key(*name));
    text_alone(members).is_some() || has_type() || is_by_member()
}

/// `{"text": …}`, where nothing says that it is something else.
fn text_alone(members: &Map<String, Value>) -> Option<Part<'_>> {
    members.get("text")?.as_str().map(|content| match members.get("thought") {
        Some(Value::Bool(true)) => Part::reasoning(content),
        _ => Part::text(content),
    })
}

fn texts<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<Cow<'a, str>> {
    names.iter().find_map(|name| members.get(*name)?.as_str()).map(Cow::Borrowed)
}

fn reasoning(members: &Map<String, Value>) -> Option<Part<'_>> {
    let summary = || {
        let items = members.get("summary")?.as_array()?;
        let texts: Vec<&str> = items.iter().filter_map(|item| item.get("text")?.as_str()).collect();
        (!texts.is_empty()).then(|| Cow::Owned(texts.join("\n")))
    };
    texts(members, THOUGHTS).or_else(summary).map(Part::reasoning)
}

fn response(members: &Map<String, Value>) -> Part<'_> {
    let response = first(members, RESPONSES).unwrap_or(&Value::Null);
    // The AI SDK says of what kind a result is.
    let value = response.get("value").filter(|_| response.get("type").is_some_and(Value::is_string));
    Part::ToolCallResponse { id: first_text(members, IDS), response: Embedded::new(value.unwrap_or(response)) }
}

fn by_member(members: &Map<String, Value>) -> Option<Part<'_>> {
    let (inner, by) = BY_MEMBER.iter().find_map(|(name, by)| Some((members.get(*name)?.as_object()?, *by)))?;
    match by {
        ByMember::Call => call(inner),
        ByMember::Response => Some(response(inner)),
        ByMember::Reasoning => {
            let text = inner.get("reasoningText").and_then(|text| text.get("text")).and_then(Value::as_str);
            text.map(Part::reasoning)
        }
        ByMember::Media(kind) => media::part(inner, kind),
    }
}
