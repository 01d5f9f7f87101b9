//! What was said to a model and by it: OpenInference's exploded messages, prompts and choices as the GenAI
//! conventions' `gen_ai.input.messages` and `gen_ai.output.messages` (docs/platforms/phoenix.md#74-content).

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};
use spanlift_model::Attributes;
use spanlift_model::json::{text_of, to_text};
use spanlift_model::names::{self, gen_ai, is_within};

use super::json::{Embedded, indexed};

const INPUT: &str = "llm.input_messages";
const OUTPUT: &str = "llm.output_messages";
const PROMPTS: (&str, &str) = ("llm.prompts", "prompt.text");
const CHOICES: (&str, &str) = ("llm.choices", "completion.text");
const FINISH_REASON: &str = "message.finish_reason";

type Entries<'a> = Vec<(&'a str, &'a Value)>;

#[derive(Serialize)]
struct Message<'a> {
    role: Cow<'a, str>,
    parts: Vec<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text {
        content: Cow<'a, str>,
    },
    Reasoning {
        content: Cow<'a, str>,
    },
    ToolCall {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
        name: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        arguments: Option<Embedded<'a>>,
    },
    ToolCallResponse {
        id: Cow<'a, str>,
        response: Embedded<'a>,
    },
    Blob {
        modality: &'static str,
        mime_type: &'a str,
        content: &'a str,
    },
    Uri {
        modality: &'static str,
        uri: Cow<'a, str>,
    },
}

/// Derives messages and finish reasons. Nothing is made up: a message without a role is none, and without a finish
/// reason it has none.
pub(super) fn derive(source: &Map<String, Value>, attributes: &mut Attributes) {
    let stated = source.get(names::LLM_FINISH_REASON).map(texts).unwrap_or_default();
    let output = messages(source, OUTPUT, stated.first());
    let of_messages: Vec<String> = output.iter().filter_map(|message| message.finish_reason.clone()).collect();
    derive_messages(attributes, gen_ai::INPUT_MESSAGES, messages(source, INPUT, None), || {
        plain_texts(source, PROMPTS, "user", None)
    });
    derive_messages(attributes, gen_ai::OUTPUT_MESSAGES, output, || {
        plain_texts(source, CHOICES, "assistant", stated.first())
    });
    let native = source.get(gen_ai::RESPONSE_FINISH_REASONS).map(texts).unwrap_or_default();
    let reasons = if stated.is_empty() { &of_messages } else { &stated };
    attributes.derive_some(names::LLM_FINISH_REASON, reasons.first().or(native.first()).cloned());
    if !reasons.is_empty() {
        let reasons: Vec<String> = reasons.iter().map(|reason| finish_reason(reason)).collect();
        attributes.derive(gen_ai::RESPONSE_FINISH_REASONS, to_text(&reasons));
    }
}

/// Was this a completion of text, not a chat?
pub(super) fn completes_text(source: &Map<String, Value>) -> bool {
    source.keys().any(|name| is_within(name, PROMPTS.0) || is_within(name, CHOICES.0))
}

fn derive_messages<'a>(
    attributes: &mut Attributes,
    target: &'static str,
    messages: Vec<Message<'a>>,
    plain: impl FnOnce() -> Vec<Message<'a>>,
) {
    let messages = if messages.is_empty() { plain() } else { messages };
    if !messages.is_empty() {
        attributes.derive(target, to_text(&messages));
    }
}

fn messages<'a>(source: &'a Map<String, Value>, prefix: &str, reason: Option<&String>) -> Vec<Message<'a>> {
    let groups = indexed(source.iter().map(|(name, value)| (name.as_str(), value)), prefix);
    groups.values().filter_map(|entries| message(entries, reason)).collect()
}

fn message<'a>(entries: &Entries<'a>, reason: Option<&String>) -> Option<Message<'a>> {
    let role = role(text(entries, "message.role")?);
    let parts = parts(entries, &role);
    let reason = text(entries, FINISH_REASON).map(Cow::into_owned).or_else(|| reason.cloned());
    (!parts.is_empty()).then(|| Message {
        role,
        parts,
        name: text(entries, "message.name"),
        finish_reason: reason.map(|reason| finish_reason(&reason)),
    })
}

fn parts<'a>(entries: &Entries<'a>, role: &str) -> Vec<Part<'a>> {
    if role == "tool"
        && let Some(id) = text(entries, "message.tool_call_id")
        && let Some(content) = value(entries, "message.content")
    {
        let response = Embedded::new(content);
        return vec![Part::ToolCallResponse { id, response }];
    }
    let contents = indexed(entries.iter().copied(), "message.contents");
    let mut parts: Vec<Part<'a>> = contents.values().filter_map(content_part).collect();
    let calls = indexed(entries.iter().copied(), "message.tool_calls");
    let calls: Vec<Part<'a>> = calls.values().filter_map(tool_call).chain(function_call(entries)).collect();
    if let Some(content) = text(entries, "message.content").filter(|content| !is_said_by(&parts, content))
        && (!content.is_empty() || (parts.is_empty() && calls.is_empty()))
    {
        parts.insert(0, Part::Text { content });
    }
    parts.extend(calls);
    parts
}

/// Instrumentors write a message that has one part of text both ways.
fn is_said_by(parts: &[Part<'_>], content: &str) -> bool {
    matches!(parts, [Part::Text { content: only }] if only == content)
}

fn content_part<'a>(entries: &Entries<'a>) -> Option<Part<'a>> {
    let said = text(entries, "message_content.text");
    match text(entries, "message_content.type").as_deref() {
        Some("image") => Some(image(value(entries, "message_content.image.image.url")?)),
        Some("reasoning") => Some(Part::Reasoning { content: said? }),
        _ => Some(Part::Text { content: said? }),
    }
}

fn image(url: &Value) -> Part<'_> {
    let data = url.as_str().and_then(|url| url.strip_prefix("data:")?.split_once(";base64,"));
    match data {
        Some((mime_type, content)) => Part::Blob { modality: "image", mime_type, content },
        None => Part::Uri { modality: "image", uri: text_of(url).unwrap_or_default() },
    }
}

fn tool_call<'a>(entries: &Entries<'a>) -> Option<Part<'a>> {
    Some(Part::ToolCall {
        id: text(entries, "tool_call.id"),
        name: text(entries, "tool_call.function.name")?,
        arguments: value(entries, "tool_call.function.arguments").map(Embedded::new),
    })
}

/// How tool calls were written before there could be several.
fn function_call<'a>(entries: &Entries<'a>) -> Option<Part<'a>> {
    Some(Part::ToolCall {
        id: None,
        name: text(entries, "message.function_call_name")?,
        arguments: value(entries, "message.function_call_arguments_json").map(Embedded::new),
    })
}

/// Prompts or choices: each is a message, its text all there is; either `prefix.N.name` or a list.
fn plain_texts<'a>(
    source: &'a Map<String, Value>,
    (prefix, name): (&str, &str),
    role: &'static str,
    reason: Option<&String>,
) -> Vec<Message<'a>> {
    let groups = indexed(source.iter().map(|(name, value)| (name.as_str(), value)), prefix);
    let listed = source.get(prefix).and_then(Value::as_array).into_iter().flatten().filter_map(text_of);
    let texts = groups.values().filter_map(|entries| text(entries, name)).chain(listed);
    let message = |content| Message {
        role: Cow::Borrowed(role),
        parts: vec![Part::Text { content }],
        name: None,
        finish_reason: reason.map(|reason| finish_reason(reason)),
    };
    texts.map(message).collect()
}

fn value<'a>(entries: &Entries<'a>, name: &str) -> Option<&'a Value> {
    entries.iter().find(|(its, _)| *its == name).map(|(_, value)| *value)
}

fn text<'a>(entries: &Entries<'a>, name: &str) -> Option<Cow<'a, str>> {
    value(entries, name).and_then(text_of)
}

fn role(role: Cow<'_, str>) -> Cow<'_, str> {
    match role.to_lowercase().as_str() {
        "agent" => Cow::Borrowed("assistant"),
        "function" => Cow::Borrowed("tool"),
        lower if lower == role => role,
        lower => Cow::Owned(lower.to_owned()),
    }
}

/// In the conventions' words, as Arize's own converter has it.
fn finish_reason(reason: &str) -> String {
    match reason.to_lowercase() {
        tool if matches!(tool.as_str(), "tool_calls" | "function_call") => "tool_call".to_owned(),
        other => other,
    }
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| text_of(value).map(Cow::into_owned).filter(|text| !text.trim().is_empty());
    match value {
        Value::Array(items) => items.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    }
}
