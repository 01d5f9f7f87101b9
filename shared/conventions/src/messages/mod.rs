//! What was said to a model and by it: `gen_ai.input.messages` and `gen_ai.output.messages`, from whatever SDKs write.
//!
//! Nothing is made up: a message without a role is none. Data of images and sound goes (`media`).

mod chat;
mod content;
mod data;
mod events;
mod exploded;
mod media;
mod part;
mod sources;

pub use chat::{HOLDERS, Holds, INSTRUCTIONS};
pub use content::{PART_TYPES, PartKind};
pub use events::{DETAILS, EVENTS};
pub use exploded::MemberNames;
pub use media::{MEDIA, Media};
pub use part::{FINISH_REASONS, ROLES};
pub use sources::{ANSWERS, AnswerRow, INPUT_MESSAGES, MessageRow, OUTPUT_MESSAGES, Reading};

pub(crate) use chat::{FINISH_REASONS as REASON_MEMBERS, answers, tool_definition};
pub(crate) use exploded::{Entries, indexed, value};
pub(crate) use part::{finish_reason, text};

use std::borrow::Cow;

use serde_json::Value;
use spanlift_model::json::{text_of, to_text};
use spanlift_model::names::{gen_ai, is_within};
use spanlift_model::{Attributes, Role};

use crate::payload::Carried;
use crate::sent::{SentSpan, Side, json_of};
use crate::vocabularies::pipecat;

use self::data::holds_data;
use self::exploded::Parsed;
use self::part::{Message, Part};

/// Messages as an attribute's text, and why the model stopped, message by message, as the source has it.
pub(crate) struct Said {
    pub(crate) json: String,
    pub(crate) reasons: Vec<String>,
    /// Whether each call of a tool in them has an id.
    calls: Vec<bool>,
}

/// Messages of one side. `stated`: why the model stopped, for messages of it that do not say so themselves.
pub(crate) fn said(
    role: Role,
    span: &SentSpan,
    side: Side,
    carried: Option<&Carried<'_>>,
    stated: Option<&str>,
) -> Option<Said> {
    if matches!(role, Role::ToolCall | Role::ToolResult) {
        // What goes into a tool is a message of the conventions too: it is told as arguments and result.
        return None;
    }
    // What is handed down may be of a span above, whose call may be another.
    let explicit = || if span.is_inherited && role != Role::ModelCall { None } else { explicit(span, side, stated) };
    let in_payload = || {
        let carried = carried.filter(|_| matches!(role, Role::ModelCall | Role::Agent))?;
        of_payload(role, span, side, carried, stated)
    };
    if span.is_inherited {
        return in_payload().or_else(explicit);
    }
    match explicit() {
        // Older instrumentors of OpenInference leave out the ids of calls, which what went in or came out has.
        Some(said) if said.calls.contains(&false) => {
            let is_same = |whole: &Said| whole.calls.len() == said.calls.len() && !whole.calls.contains(&false);
            in_payload().filter(is_same).or(Some(said))
        }
        said => said.or_else(in_payload),
    }
}

/// Was a text to be completed, not a chat to be answered?
#[must_use]
pub fn completes_text(attributes: &Attributes) -> bool {
    let is_there = |name: &str, below: &str| attributes.get(name).is_some() || attributes.below(below).next().is_some();
    is_there("llm.prompts", "llm.prompts.")
        || is_there("llm.choices", "llm.choices.")
        || attributes.get("ls_model_type") == Some("llm")
}

/// As attributes and events say it.
fn explicit(span: &SentSpan, side: Side, stated: Option<&str>) -> Option<Said> {
    let (rows, own) = match side {
        Side::Input => (INPUT_MESSAGES, gen_ai::INPUT_MESSAGES),
        Side::Output => (OUTPUT_MESSAGES, gen_ai::OUTPUT_MESSAGES),
    };
    let attributes = &span.attributes;
    let (sent, others) = rows.split_at(1);
    let read = |row: &MessageRow| row.read(attributes, side, stated);
    let answer = || {
        let rows = ANSWERS.iter().filter(|_| side == Side::Output);
        rows.into_iter().find_map(|row| row.read(attributes, stated))
    };
    sent.iter()
        .find_map(read)
        .or_else(|| as_sent(events::detail(&span.events, own)?))
        .or_else(|| {
            let events = events::of_side(&span.events, side);
            tell(events.iter().map(events::MessageEvent::message).collect(), stated)
        })
        .or_else(answer)
        .or_else(|| others.iter().find_map(read))
}

/// A chat as what went in or came out.
fn of_payload(role: Role, span: &SentSpan, side: Side, carried: &Carried<'_>, stated: Option<&str>) -> Option<Said> {
    if let Some(messages) = carried.json().and_then(|json| events::kept_as_json(json, side)) {
        return tell(chat::messages(&messages)?, stated);
    }
    let told = match carried.json() {
        Some(json) if chat::is_of_parts(json) => return as_sent(carried.text),
        Some(json) => chat::messages(json).and_then(|messages| tell(messages, stated)),
        None => None,
    };
    // What a model's service of Pipecat puts out is what the model said, JSON too.
    let is_said = || side == Side::Output && role == Role::ModelCall && is_of_pipecat(span, carried);
    let message = || message_of("assistant", vec![Part::text(carried.text)]);
    told.or_else(|| is_said().then(|| tell(vec![message()], stated)).flatten())
}

/// By its scope; where the platform dropped that, by its operation of a realtime model, or its pair of a chat and a text.
fn is_of_pipecat(span: &SentSpan, output: &Carried<'_>) -> bool {
    let is_scope = |scope: &str| pipecat::VOCABULARY.scopes.iter().any(|own| is_within(scope, own));
    let is_realtime = pipecat::OPERATIONS.role(&span.attributes) == Some(Role::ModelCall);
    let is_pair = || span.attributes.get("input").is_some_and(|input| input.trim_start().starts_with('['));
    span.scope.as_deref().is_some_and(is_scope) || is_realtime || (output.name == "output" && is_pair())
}

impl MessageRow {
    fn read(&self, attributes: &Attributes, side: Side, stated: Option<&str>) -> Option<Said> {
        let name = self.attribute;
        let text = || attributes.get(name).filter(|text| !text.trim().is_empty());
        let json = || text().and_then(json_of);
        match self.reading {
            Reading::AsSent => as_sent(text()?),
            Reading::Members(names) => {
                let groups = Some(indexed(attributes, name)).filter(|groups| !groups.is_empty())?;
                let parsed = Parsed::of(&groups, names);
                tell(exploded::messages(&groups, names, &parsed), stated)
            }
            Reading::Texts(member, role) => texts(attributes, name, member, role, stated),
            Reading::Chat => of_chat(&json()?, stated),
            Reading::Prompt => prompt(&json()?),
            Reading::Request => request(&json()?),
            Reading::Answer => tell(vec![chat::answer(&json()?)?], stated),
            Reading::Events => {
                let is_of_side = |event: &&Value| {
                    let is_answer = event.get("event.name").and_then(Value::as_str).map(|name| name == "gen_ai.choice");
                    is_answer.is_some_and(|is_answer| is_answer == (side == Side::Output))
                };
                let json = json()?;
                let messages = json.as_array()?.iter().filter(is_of_side).filter_map(chat::message);
                tell(messages.collect(), stated)
            }
            Reading::Conversation => {
                let json = json()?;
                let mut messages = chat::messages(&json)?;
                let answered = messages.pop_if(|last| last.role == "assistant");
                match side {
                    Side::Input => tell(messages, None),
                    Side::Output => tell(answered.into_iter().collect(), stated),
                }
            }
        }
    }
}

impl AnswerRow {
    fn read(&self, attributes: &Attributes, stated: Option<&str>) -> Option<Said> {
        let first =
            |names: &[&str]| names.iter().find_map(|name| attributes.get(name)).filter(|text| !text.trim().is_empty());
        let calls = first(self.calls).and_then(json_of);
        let calls = calls.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_object);
        let reasoning = first(self.reasoning).map(Part::reasoning);
        let parts = reasoning.into_iter().chain(first(self.texts).map(Part::text));
        let parts: Vec<Part<'_>> = parts.chain(calls.filter_map(content::call)).collect();
        if parts.is_empty() { None } else { tell(vec![message_of("assistant", parts)], stated) }
    }
}

/// JSON as the conventions have it: untouched, but for data.
fn as_sent(text: &str) -> Option<Said> {
    let text = Some(text).filter(|text| !text.trim().is_empty())?;
    let json: Option<Value> = serde_json::from_str(text).ok();
    let reason = |message: &Value| message.get("finish_reason").and_then(Value::as_str).map(str::to_owned);
    let reasons = json.iter().filter_map(Value::as_array).flatten().filter_map(reason).collect();
    let cleaned =
        json.as_ref().filter(|json| holds_data(text) || chat::holds_media(json)).and_then(|json| of_chat(json, None));
    Some(Said { json: cleaned.map_or_else(|| text.to_owned(), |said| said.json), reasons, calls: Vec::new() })
}

fn of_chat(json: &Value, stated: Option<&str>) -> Option<Said> {
    tell(chat::messages(json)?, stated)
}

/// `{"system": …, "prompt": "…"}` or with `messages`.
fn prompt(json: &Value) -> Option<Said> {
    let members = json.as_object()?;
    let mut messages = match members.get("messages").or_else(|| members.get("prompt"))? {
        Value::String(asked) => vec![message_of("user", vec![Part::text(asked)])],
        messages => chat::messages(messages)?,
    };
    if let Some(instructions) = members.get("system") {
        messages.insert(0, message_of("system", content::parts(instructions)));
    }
    tell(messages, None)
}

/// `{"config": {"system_instruction": …}, "contents": […]}`.
fn request(json: &Value) -> Option<Said> {
    let mut messages = chat::messages(json.get("contents")?)?;
    if let Some(instructions) = json.pointer("/config/system_instruction") {
        let parts = content::parts(instructions.get("parts").unwrap_or(instructions));
        messages.insert(0, message_of("system", parts));
    }
    tell(messages, None)
}

/// Prompts or choices: each is a message, its text all there is.
fn texts(attributes: &Attributes, name: &str, member: &str, role: &'static str, stated: Option<&str>) -> Option<Said> {
    attributes.below(name).next()?;
    let listed = attributes.get(name).and_then(json_of);
    let listed = listed.iter().filter_map(Value::as_array).flatten().filter_map(text_of);
    let groups = indexed(attributes, name);
    let exploded = groups.values().filter_map(|entries| value(entries, member)).map(Cow::Borrowed);
    tell(exploded.chain(listed).map(|text| message_of(role, vec![Part::text(text)])).collect(), stated)
}

fn message_of<'a>(role: &'static str, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role: Cow::Borrowed(role), parts, name: None, finish_reason: None }
}

fn tell(mut messages: Vec<Message<'_>>, stated: Option<&str>) -> Option<Said> {
    messages.retain(|message| !message.parts.is_empty());
    let reasons = messages.iter().filter_map(|message| Some(message.finish_reason.as_deref()?.to_owned())).collect();
    let has_id = |part: &Part<'_>| if let Part::ToolCall { id, .. } = part { Some(id.is_some()) } else { None };
    let calls = messages.iter().flat_map(|message| &message.parts).filter_map(has_id).collect();
    for message in &mut messages {
        if message.finish_reason.is_none() {
            message.finish_reason = stated.map(|stated| Cow::Owned(stated.to_owned()));
        }
    }
    (!messages.is_empty()).then(|| Said { json: to_text(&messages), reasons, calls })
}
