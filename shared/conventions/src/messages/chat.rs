//! Chats in JSON: what went into a model and came out of it, in the shapes of APIs and SDKs.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::content;
use super::part::{Embedded, Message, Part, first, first_text, role, text};

/// Members of an object that hold a chat, how they are read, and whose they are. The first that is there counts.
pub const HOLDERS: &[(&str, Holds, &str)] = &[
    ("messages", Holds::Chat, "OpenAI, Anthropic, LangChain, Coval"),
    ("choices", Holds::Answers, "OpenAI"),
    ("generations", Holds::Answers, "LangChain"),
    ("candidates", Holds::Answers, "Gemini"),
    ("contents", Holds::Chat, "Gemini"),
    ("items", Holds::Chat, "LiveKit"),
    ("message", Holds::Chat, "Ollama"),
    ("inputs", Holds::Chat, "OpenLLMetry around LangChain"),
    ("input", Holds::Chat, "OpenAI Responses, LangChain"),
    ("outputs", Holds::Chat, "LangSmith, OpenLLMetry"),
    ("output", Holds::Chat, "OpenAI Responses, LangSmith"),
];

/// Members that hold instructions, beside which of the [`HOLDERS`] if not beside any, and whose they are. An answer of OpenAI's Responses
/// repeats those of its request beside its `output`, where they are no part of what was said.
pub const INSTRUCTIONS: &[(&str, Option<&str>, &str)] =
    &[("system", None, "Anthropic"), ("instructions", Some("input"), "OpenAI Responses")];

/// What a member of an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Messages, or something around them.
    Chat,
    /// What a model answered, each with the reason why it stopped.
    Answers,
}

/// Things around things around a chat. Nothing that SDKs send is deeper.
const DEEPEST: usize = 4;

/// `type` of a message that has no role: `LangChain`'s.
const LANGCHAIN: &[&str] = &["human", "ai", "system", "tool", "function", "chat"];
/// Roles that are no tool's name.
const SPEAKERS: &[&str] = &["assistant", "developer", "system", "tool", "user"];
/// Items of a chat that nobody said: they are no messages, and make no chat none.
const SILENT: &[&str] = &["agent_handoff", "agent_config_update", "item_reference", "compaction"];

/// The messages of a chat. `None` where it is none: every item of a list must be a message, and one without a role is none.
pub(super) fn messages(json: &Value) -> Option<Vec<Message<'_>>> {
    let messages: Vec<Message<'_>> = chat(json, 0)?.into_iter().filter(|message| !message.parts.is_empty()).collect();
    (!messages.is_empty()).then_some(messages)
}

/// Is it a list of messages as the GenAI conventions write them?
pub(super) fn is_of_parts(json: &Value) -> bool {
    let is_part = |part: &Value| part.get("type").is_some_and(Value::is_string);
    let is_message = |message: &Value| {
        let parts = message.get("parts").and_then(Value::as_array);
        message.get("role").is_some_and(Value::is_string) && parts.is_some_and(|parts| parts.iter().all(is_part))
    };
    json.as_array().is_some_and(|messages| !messages.is_empty() && messages.iter().all(is_message))
}

/// Do its messages hold data of media?
pub(super) fn holds_media(messages: &Value) -> bool {
    let parts = messages.as_array().into_iter().flatten().filter_map(|message| message.get("parts")?.as_array());
    parts.flatten().any(|part| matches!(content::part(part), Some(Part::Blob { .. })))
}

fn chat(json: &Value, depth: usize) -> Option<Vec<Message<'_>>> {
    match json {
        // A list of chats: LangChain asks for several at once.
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_array) => {
            items.iter().filter_map(Value::as_array).flatten().map(message).collect()
        }
        Value::Array(items) => items.iter().map(message).collect(),
        Value::Object(members) => match message(json) {
            Some(message) => Some(vec![message]),
            None => held(members, depth),
        },
        _ => None,
    }
}

fn held(members: &Map<String, Value>, depth: usize) -> Option<Vec<Message<'_>>> {
    let (holder, held, holds) = HOLDERS.iter().find_map(|(name, holds, _)| {
        Some((*name, members.get(*name).filter(|held| held.is_array() || held.is_object())?, *holds))
    })?;
    let mut messages = match holds {
        Holds::Answers => answers(held).map(answer).collect::<Option<Vec<Message<'_>>>>()?,
        Holds::Chat if depth < DEEPEST => chat(held, depth + 1)?,
        Holds::Chat => return None,
    };
    let beside = INSTRUCTIONS.iter().filter(|(_, only, _)| only.is_none_or(|only| only == holder));
    let mut beside = beside.filter_map(|(name, ..)| members.get(*name));
    if let Some(instructions) = beside.find(|beside| beside.is_string() || beside.is_array()) {
        messages.insert(0, said("system", content::parts(instructions)));
    }
    Some(messages)
}

/// What a model answered: of `LangChain` a list of answers a prompt.
pub(crate) fn answers(held: &Value) -> impl Iterator<Item = &Value> {
    held.as_array().into_iter().flatten().flat_map(|answer| match answer {
        Value::Array(answers) => answers.as_slice(),
        answer => std::slice::from_ref(answer),
    })
}

/// `{"message": …, "finish_reason": …}`, a message as it is, or a text alone.
pub(super) fn answer(json: &Value) -> Option<Message<'_>> {
    let members = json.as_object()?;
    let inner = first(members, &["message", "delta", "content"]);
    let answered = || Some(said("assistant", vec![Part::text(text(members, "text")?)]));
    let own = || members.contains_key("role").then(|| message(json)).flatten();
    let mut message =
        inner.and_then(message).or_else(own).or_else(answered).unwrap_or_else(|| said("assistant", Vec::new()));
    let of_generation = || text(members.get("generation_info")?.as_object()?, "finish_reason");
    message.finish_reason =
        first_text(members, FINISH_REASONS).or_else(|| of_generation().map(Cow::Borrowed)).or(message.finish_reason);
    Some(message)
}

/// Where a message or an answer says why the model stopped.
pub(crate) const FINISH_REASONS: &[&str] = &["finish_reason", "finishReason", "stop_reason"];

/// One message; without parts where nobody said anything.
pub(super) fn message(json: &Value) -> Option<Message<'_>> {
    let members = json.as_object()?;
    let kind = text(members, "type").unwrap_or_default();
    if let Some(kwargs) = members.get("kwargs").and_then(Value::as_object).filter(|_| members.contains_key("lc")) {
        return of_langchain(kwargs, class_of(members));
    }
    if let Some(inner) = members.get("message").filter(|_| members.contains_key("event.name")) {
        // Pydantic AI's record of the event of an answer.
        let reason = first_text(members, FINISH_REASONS);
        return message(inner).map(|message| Message { finish_reason: message.finish_reason.or(reason), ..message });
    }
    if tool_definition(json).is_some() {
        return Some(said("system", Vec::new()));
    }
    if let Some(message) = answer_of_tool(members) {
        return Some(message);
    }
    if let Some(name) = text(members, "role") {
        return Some(of_role(members, role(Cow::Borrowed(name))));
    }
    // Langfuse's SDK for JavaScript tells nothing else of an answer that calls tools, and nobody but a model does.
    if members.len() == 1 && members.contains_key("tool_calls") {
        return Some(said("assistant", content::calls(members, None))).filter(|message| !message.parts.is_empty());
    }
    match kind {
        "function_call" | "reasoning" => Some(said("assistant", content::part(json).into_iter().collect())),
        "function_call_output" => Some(said("tool", content::part(json).into_iter().collect())),
        kind if SILENT.contains(&kind) || kind.ends_with("_call") => Some(said("system", Vec::new())),
        kind if LANGCHAIN.contains(&kind) || kind.ends_with("Message") || kind.ends_with("MessageChunk") => {
            let data = members.get("data").and_then(Value::as_object);
            of_langchain(data.unwrap_or(members), Some(kind))
        }
        _ => None,
    }
}

/// A tool that the model may call, which Langfuse's handler for `LangChain` tells among the messages: `{"role": "tool", "content": {"type": "function",
/// "function": …}}`. Nobody said it.
pub(crate) fn tool_definition(json: &Value) -> Option<&Value> {
    let content = json.get("content").filter(|content| content.get("type").is_some_and(|kind| kind == "function"))?;
    let is_told = json.get("role").is_some_and(|role| role == "tool") && json.get("tool_call_id").is_none();
    (is_told && content.get("function").is_some_and(Value::is_object)).then_some(content)
}

/// What a tool answered, as Langfuse's handler for LangChain.js tells it: the role is the tool's name, or not there where the answer has none.
///
/// It always has `additional_kwargs`, which are empty. Where they hold something, a `ChatMessage` with a role of one's own may look the same: then only
/// the id of a call says that it is an answer.
fn answer_of_tool(members: &Map<String, Value>) -> Option<Message<'_>> {
    let name = text(members, "role");
    let is_speaker = name.is_some_and(|name| {
        let role = role(Cow::Borrowed(name));
        SPEAKERS.contains(&role.as_ref())
    });
    let is_alone = members.keys().all(|member| matches!(member.as_str(), "role" | "content" | "additional_kwargs"));
    let extra = members.get("additional_kwargs").and_then(Value::as_object).filter(|_| is_alone && !is_speaker)?;
    let id = first_text(extra, &["tool_call_id"]);
    let response = members.get("content").filter(|_| extra.is_empty() || id.is_some())?;
    let part = Part::ToolCallResponse { id, response: Embedded::new(response) };
    Some(Message { name: name.map(Cow::Borrowed), ..said("tool", vec![part]) })
}

/// The class of a message that `LangChain` wrote as its constructor: the last of its id.
fn class_of(members: &Map<String, Value>) -> Option<&str> {
    members.get("id")?.as_array()?.last()?.as_str()
}

fn of_langchain<'a>(members: &'a Map<String, Value>, class: Option<&'a str>) -> Option<Message<'a>> {
    let named = || text(members, "type").filter(|kind| *kind != "constructor").or(class);
    let name = text(members, "role").or_else(named)?;
    (members.contains_key("content") || members.contains_key("tool_calls"))
        .then(|| of_role(members, role(Cow::Borrowed(name))))
}

fn said<'a>(role: &'static str, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role: Cow::Borrowed(role), parts, name: None, finish_reason: None }
}

fn of_role<'a>(members: &'a Map<String, Value>, role: Cow<'a, str>) -> Message<'a> {
    let metadata = members.get("response_metadata").and_then(Value::as_object);
    let reason = first_text(members, FINISH_REASONS)
        .or_else(|| metadata.and_then(|members| first_text(members, FINISH_REASONS)));
    Message {
        parts: parts(members, &role),
        name: text(members, "name").map(Cow::Borrowed),
        finish_reason: reason,
        role,
    }
}

fn parts<'a>(members: &'a Map<String, Value>, role: &str) -> Vec<Part<'a>> {
    let body = first(members, &["content", "parts"]);
    if role == "tool"
        && let Some(response) = body.filter(|body| !content::is_of_results(body))
    {
        let id = first_text(members, &["tool_call_id", "toolCallId", "call_id", "id"]);
        return vec![Part::ToolCallResponse { id, response: Embedded::new(response) }];
    }
    let extra = members.get("additional_kwargs").and_then(Value::as_object);
    let reasoning = first_text(members, &["reasoning_content", "reasoning"]).filter(|_| !members.contains_key("parts"));
    let mut parts: Vec<Part<'a>> = reasoning.map(Part::reasoning).into_iter().collect();
    parts.extend(body.map(content::parts).unwrap_or_default());
    let spoken = members.get("audio").and_then(|audio| audio.get("transcript")).and_then(Value::as_str);
    parts.extend(spoken.map(Part::text));
    parts.extend(text(members, "refusal").map(|refusal| Part::Refusal { content: Cow::Borrowed(refusal) }));
    content::add_calls(&mut parts, content::calls(members, extra));
    content::drop_blanks(&mut parts);
    parts
}
