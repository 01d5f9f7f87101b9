//! Messages of which each member is an attribute of its own: `gen_ai.prompt.0.role`, `llm.input_messages.0.message.role`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use spanlift_model::Attributes;

use super::content;
use super::media;
use super::part::{Embedded, Message, Part, role};

/// How a vocabulary calls the members of a message.
#[derive(Clone, Copy, Debug)]
pub struct MemberNames {
    role: &'static str,
    content: &'static str,
    tool_call_id: &'static str,
    name: &'static str,
    finish_reason: &'static str,
    tool_calls: &'static str,
    call_id: &'static str,
    /// Name and arguments of a call: the first pair of which there is a name.
    call: &'static [(&'static str, &'static str)],
    /// A call of before there could be several.
    function_call: (&'static str, &'static str),
    reasoning: &'static str,
}

/// Of `OpenLLMetry`, and of `LiteLLM` by its names.
pub(super) const OPENLLMETRY: MemberNames = MemberNames {
    role: "role",
    content: "content",
    tool_call_id: "tool_call_id",
    name: "name",
    finish_reason: "finish_reason",
    tool_calls: "tool_calls",
    call_id: "id",
    call: &[("name", "arguments"), ("function.name", "function.arguments")],
    function_call: ("function_call.name", "function_call.arguments"),
    reasoning: "reasoning",
};

/// Of OpenInference.
pub(super) const OPENINFERENCE: MemberNames = MemberNames {
    role: "message.role",
    content: "message.content",
    tool_call_id: "message.tool_call_id",
    name: "message.name",
    finish_reason: "message.finish_reason",
    tool_calls: "message.tool_calls",
    call_id: "tool_call.id",
    call: &[("tool_call.function.name", "tool_call.function.arguments")],
    function_call: ("message.function_call_name", "message.function_call_arguments_json"),
    reasoning: "message.reasoning",
};

/// Parts of OpenInference's messages.
const CONTENTS: &str = "message.contents";

/// What of one message or part there is: names without what stands before them, and values.
pub(crate) type Entries<'a> = Vec<(&'a str, &'a str)>;

/// The attributes below `prefix.N.`, by N. Names whose N is no plain number are not among them.
pub(crate) fn indexed<'a>(attributes: &'a Attributes, prefix: &'a str) -> BTreeMap<u64, Entries<'a>> {
    grouped(attributes.below(prefix), prefix)
}

fn grouped<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>, prefix: &str) -> BTreeMap<u64, Entries<'a>> {
    let mut groups: BTreeMap<u64, Entries<'a>> = BTreeMap::new();
    for (name, value) in entries {
        let below = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
        if let Some((index, rest)) = below.and_then(|below| below.split_once('.'))
            && let Some(index) = index_of(index)
        {
            groups.entry(index).or_default().push((rest, value));
        }
    }
    groups
}

/// One text for one number: `+1` and `01` are names.
fn index_of(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok()).flatten()
}

/// The messages that these members belong to, by number. A message without a role is left out.
pub(super) fn messages<'a>(
    groups: &BTreeMap<u64, Entries<'a>>,
    names: &MemberNames,
    parsed: &'a Parsed,
) -> Vec<Message<'a>> {
    groups.iter().filter_map(|(index, entries)| message(*index, entries, names, parsed)).collect()
}

/// Contents that are JSON, by the place of their message: what messages borrow from.
#[derive(Default)]
pub(super) struct Parsed(BTreeMap<u64, Value>);

impl Parsed {
    pub(super) fn of(groups: &BTreeMap<u64, Entries<'_>>, names: &MemberNames) -> Self {
        let json = |(index, entries): (&u64, &Entries<'_>)| {
            let content = value(entries, names.content).filter(|content| content.trim_start().starts_with('['))?;
            let content: Value = serde_json::from_str(content).ok()?;
            content::is_of_blocks(&content).then_some((*index, content))
        };
        Self(groups.iter().filter_map(json).collect())
    }
}

fn message<'a>(index: u64, entries: &Entries<'a>, names: &MemberNames, parsed: &'a Parsed) -> Option<Message<'a>> {
    let role = role(Cow::Borrowed(said(entries, names.role)?));
    let parts = parts(index, entries, names, parsed, &role);
    let borrowed = |name| said(entries, name).map(Cow::Borrowed);
    (!parts.is_empty()).then(|| Message {
        role,
        parts,
        name: borrowed(names.name),
        finish_reason: borrowed(names.finish_reason),
    })
}

fn parts<'a>(index: u64, entries: &Entries<'a>, names: &MemberNames, parsed: &'a Parsed, role: &str) -> Vec<Part<'a>> {
    let blocks = parsed.0.get(&index);
    let content = value(entries, names.content);
    let is_results = blocks.is_some_and(content::is_of_results);
    if let Some(response) = content.filter(|_| role == "tool" && !is_results) {
        // OpenInference for LangChain.js leaves the id out.
        let id = said(entries, names.tool_call_id).map(Cow::Borrowed);
        return vec![Part::ToolCallResponse { id, response: Embedded::of_text(response) }];
    }
    let contents = grouped(entries.iter().copied(), CONTENTS);
    let mut parts: Vec<Part<'a>> = contents.values().filter_map(content_part).collect();
    let calls = grouped(entries.iter().copied(), names.tool_calls);
    let calls: Vec<Part<'a>> =
        calls.values().filter_map(|call| tool_call(call, names)).chain(function_call(entries, names)).collect();
    if let Some(blocks) = blocks {
        parts.splice(0..0, content::parts(blocks));
    } else if let Some(content) = content.filter(|content| !is_said_by(&parts, content)) {
        parts.insert(0, Part::text(content));
    }
    if let Some(reasoning) = said(entries, names.reasoning) {
        parts.insert(0, Part::reasoning(reasoning));
    }
    content::add_calls(&mut parts, calls);
    content::drop_blanks(&mut parts);
    parts
}

/// Instrumentors write a message that has one part of text both ways.
fn is_said_by(parts: &[Part<'_>], content: &str) -> bool {
    matches!(parts, [Part::Text { content: only }] if only == content)
}

fn content_part<'a>(entries: &Entries<'a>) -> Option<Part<'a>> {
    let text = value(entries, "message_content.text");
    match value(entries, "message_content.type") {
        Some("reasoning") => Some(Part::reasoning(text?)),
        Some(kind) if media::kind(kind).is_some() => media(kind, entries),
        _ => Some(Part::text(text?)),
    }
}

/// `message_content.image.image.url`, and the same of sound, video and documents.
fn media<'a>(kind: &str, entries: &Entries<'a>) -> Option<Part<'a>> {
    let member = |name: &str| {
        let whole = format!("message_content.{kind}.{kind}.{name}");
        value(entries, &whole)
    };
    let place = member("url").or_else(|| value(entries, "message_content.data"));
    let mime_type = member("mime_type").map(Cow::Borrowed);
    match (member("transcript"), place) {
        (Some(transcript), _) => Some(Part::text(transcript)),
        (None, place) => Some(media::of_text(place?, media::kind(kind)?, mime_type)),
    }
}

fn tool_call<'a>(entries: &Entries<'a>, names: &MemberNames) -> Option<Part<'a>> {
    let (name, arguments) = names.call.iter().find_map(|(name, arguments)| Some((said(entries, name)?, *arguments)))?;
    Some(Part::ToolCall {
        id: said(entries, names.call_id).map(Cow::Borrowed),
        name: Cow::Borrowed(name),
        arguments: value(entries, arguments).map(Embedded::of_text),
    })
}

fn function_call<'a>(entries: &Entries<'a>, names: &MemberNames) -> Option<Part<'a>> {
    let (name, arguments) = names.function_call;
    Some(Part::ToolCall {
        id: None,
        name: Cow::Borrowed(said(entries, name)?),
        arguments: value(entries, arguments).map(Embedded::of_text),
    })
}

/// The value of a member.
pub(crate) fn value<'a>(entries: &Entries<'a>, name: &str) -> Option<&'a str> {
    entries.iter().find(|(its, _)| *its == name).map(|(_, value)| *value)
}

fn said<'a>(entries: &Entries<'a>, name: &str) -> Option<&'a str> {
    value(entries, name).filter(|text| !text.trim().is_empty())
}
