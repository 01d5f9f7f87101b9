//! Messages as events of a span, by the older GenAI conventions and by the newer.

use std::borrow::Cow;

use serde_json::Value;
use spanlift_model::Attributes;

use super::chat;
use super::content;
use super::part::{Embedded, Message, Part, role};
use crate::sent::{SentEvent, Side};

/// Events that are one message each: name, side, whose message it is, and who writes them.
pub const EVENTS: &[(&str, Side, &str, &str)] = &[
    ("gen_ai.system.message", Side::Input, "system", "OpenTelemetry GenAI before 1.37, Strands"),
    ("gen_ai.user.message", Side::Input, "user", "OpenTelemetry GenAI before 1.37, Strands"),
    ("gen_ai.assistant.message", Side::Input, "assistant", "OpenTelemetry GenAI before 1.37, Strands"),
    ("gen_ai.tool.message", Side::Input, "tool", "OpenTelemetry GenAI before 1.37, Strands"),
    ("gen_ai.choice", Side::Output, "assistant", "OpenTelemetry GenAI before 1.37, Strands"),
];

/// The event that has messages as a span has them, and who writes it.
pub const DETAILS: &[(&str, &str)] =
    &[("gen_ai.client.inference.operation.details", "OpenTelemetry GenAI from 1.37, Strands")];

/// Where an event has what was said, as text or JSON.
const CONTENTS: &[&str] = &["content", "message"];
/// Where some have the whole message as JSON.
const BODIES: &[&str] = &["gen_ai.event.content", "event_body"];

/// An event that is a message, and the JSON in it.
pub(super) struct MessageEvent<'a> {
    attributes: &'a Attributes,
    role: &'static str,
    content: Option<Value>,
    calls: Option<Value>,
}

/// Those events that are messages of one side.
pub(super) fn of_side(events: &[SentEvent], side: Side) -> Vec<MessageEvent<'_>> {
    let event = |event: &'_ SentEvent| {
        let (_, its_side, role, _) = EVENTS.iter().find(|(name, ..)| *name == event.name)?;
        Some((*its_side, *role))
    };
    events
        .iter()
        .filter_map(|sent| {
            let (_, role) = event(sent).filter(|(its_side, _)| *its_side == side)?;
            let json = |names: &[&str]| names.iter().find_map(|name| parsed(sent.attributes.get(name)?));
            Some(MessageEvent {
                attributes: &sent.attributes,
                role,
                content: json(CONTENTS).or_else(|| json(BODIES)),
                calls: json(&["tool_calls"]),
            })
        })
        .collect()
}

/// The messages of an attribute of the event that has them as a span has them.
pub(super) fn detail<'a>(events: &'a [SentEvent], name: &str) -> Option<&'a str> {
    let mut details = events.iter().filter(|event| DETAILS.iter().any(|(known, _)| *known == event.name));
    details.find_map(|event| event.attributes.get(name)).filter(|text| !text.trim().is_empty())
}

/// Messages that a platform made of such events, and kept as JSON: `[{"role": "user", "content": "…"}]`, `{"finish_reason": "…", "message": "…"}`,
/// or these in `messages` and `choices`. The events' contents are texts, of blocks too. `None` where no text is of blocks and nothing is a choice:
/// it is a chat as any other.
pub(super) fn kept_as_json(json: &Value, side: Side) -> Option<Value> {
    let listed = |name: &str| json.get(name).and_then(Value::as_array);
    let items = listed(if side == Side::Input { "messages" } else { "choices" }).or_else(|| json.as_array());
    let items = items.map_or_else(|| std::slice::from_ref(json), Vec::as_slice);
    let mut is_of_events = false;
    let mut message = |item: &Value| {
        let members = item.as_object()?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let is_choice = side == Side::Output && !members.contains_key("role");
        let content = if is_choice { text("message") } else { text("role").and(text("content")) }?;
        let blocks = parsed(content).filter(content::is_of_blocks);
        is_of_events |= is_choice || blocks.is_some();
        let mut message = members.clone();
        message.remove("message");
        message.insert("content".to_owned(), blocks.unwrap_or_else(|| Value::from(content)));
        message.entry("role").or_insert_with(|| Value::from("assistant"));
        Some(Value::Object(message))
    };
    let messages: Vec<Value> = items.iter().map(&mut message).collect::<Option<_>>()?;
    (is_of_events && !messages.is_empty()).then_some(Value::Array(messages))
}

impl MessageEvent<'_> {
    /// Without parts where nobody said anything.
    pub(super) fn message(&self) -> Message<'_> {
        let word = |name: &str| self.attributes.get(name).filter(|text| !text.trim().is_empty());
        let mut message = self.content.as_ref().and_then(chat::message).unwrap_or_else(|| {
            let role = role(Cow::Borrowed(word("role").unwrap_or(self.role)));
            Message { parts: self.parts(&role), role, name: None, finish_reason: None }
        });
        let calls = self.calls.as_ref().and_then(Value::as_array).into_iter().flatten();
        content::add_calls(&mut message.parts, calls.filter_map(content::listed_call).collect());
        content::drop_blanks(&mut message.parts);
        message.name = message.name.or_else(|| word("name").map(Cow::Borrowed));
        message.finish_reason = word("finish_reason").map(Cow::Borrowed).or(message.finish_reason);
        message
    }

    fn parts(&self, role: &str) -> Vec<Part<'_>> {
        let text = CONTENTS.iter().find_map(|name| self.attributes.get(name));
        let blocks = self.content.as_ref().filter(|json| content::is_of_blocks(json));
        let is_results = blocks.is_some_and(content::is_of_results);
        match (text, blocks) {
            (Some(response), _) if role == "tool" && !is_results => {
                let id = self.attributes.get("id").map(Cow::Borrowed);
                vec![Part::ToolCallResponse { id, response: Embedded::of_text(response) }]
            }
            (_, Some(blocks)) => content::parts(blocks),
            (Some(text), None) => vec![Part::text(text)],
            (None, None) => {
                self.content.as_ref().and_then(|body| body.get("content")).map(content::parts).unwrap_or_default()
            }
        }
    }
}

fn parsed(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}
