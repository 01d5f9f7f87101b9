//! What platforms move or name anew, by which it would lose its meaning.

use std::borrow::Cow;

use serde_json::Value;
use spanlift_model::Attributes;

use crate::row::is_named;
use crate::sent::{Side, json_of};
use crate::vocabularies::ai_sdk;

/// Attributes of which a platform makes the input or the output of a span (docs/platforms/langfuse.md#85-contents), where that
/// takes a meaning away: the scope, the spans (`*` at a name's beginning is anything), the side, what is there, and the attribute. As an
/// input, what was heard would be what somebody was given; as an output, what a model said would be any text. An agent of Pydantic AI bears
/// the name that Logfire shows.
const MOVED: &[(&str, &[&str], Side, Form, &str)] = &[
    ("livekit-agents", &["user_turn"], Side::Input, Form::Text, "lk.user_transcript"),
    (AI_SDK, AROUND_CALLS, Side::Input, Form::Object, "ai.prompt"),
    (AI_SDK, OF_TEXT, Side::Output, Form::Text, "ai.response.text"),
    (AI_SDK, OF_TEXT, Side::Output, Form::Answer("content"), "ai.response.text"),
    (AI_SDK, OF_TEXT, Side::Output, Form::Answer("tool_calls"), "ai.response.toolCalls"),
    (AI_SDK, OF_TEXT, Side::Output, Form::Calls, "ai.response.toolCalls"),
    (AI_SDK, OF_OBJECTS, Side::Output, Form::Object, "ai.response.object"),
    (ADK, &["call_llm"], Side::Input, Form::Object, "gcp.vertex.agent.llm_request"),
    (ADK, &["call_llm"], Side::Output, Form::Object, "gcp.vertex.agent.llm_response"),
    ("pydantic-ai", &["* run"], Side::Input, Form::List, "pydantic_ai.all_messages"),
];

const AI_SDK: &str = "ai";
const AROUND_CALLS: &[&str] = &["ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"];
const OF_TEXT: &[&str] = &["ai.generateText", "ai.generateText.doGenerate", "ai.streamText", "ai.streamText.doStream"];
const OF_OBJECTS: &[&str] =
    &["ai.generateObject", "ai.generateObject.doGenerate", "ai.streamObject", "ai.streamObject.doStream"];
const ADK: &str = "gcp.vertex.agent";

/// What became of an attribute.
#[derive(Clone, Copy)]
enum Form {
    /// A text, as it was. It may be JSON, but not of a message or of calls of tools.
    Text,
    /// JSON of a list, as it was.
    List,
    /// JSON of an object, as it was.
    Object,
    /// JSON of a list of calls of tools, as it was.
    Calls,
    /// The text in this member of a message, which the platform made of two attributes.
    Answer(&'static str),
}

/// The attributes that were moved from a span with this scope and name, and their texts, which now are the input and the output.
pub fn moved<'a>(
    scope: &str,
    name: &str,
    input: Option<&'a str>,
    output: Option<&'a str>,
) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
    let is_its = |spans: &[&str]| spans.iter().any(|span| is_named(span, name));
    let rows = MOVED.iter().filter(move |(of, spans, ..)| *of == scope && is_its(spans));
    rows.filter_map(move |(_, _, side, form, attribute)| {
        let text = match side {
            Side::Input => input,
            Side::Output => output,
        };
        Some((*attribute, form.read(text?)?))
    })
}

impl Form {
    /// The attribute's text, if this is what is there.
    fn read(self, text: &str) -> Option<Cow<'_, str>> {
        let is_as_it_was = match self {
            Self::Text => message(text).is_none() && !is_of_calls(text),
            Self::List => text.trim_start().starts_with('['),
            Self::Object => text.trim_start().starts_with('{'),
            Self::Calls => is_of_calls(text),
            Self::Answer(member) => {
                let answer = message(text).filter(|message| message.get("tool_calls").is_some())?;
                return answer.get(member)?.as_str().map(|text| Cow::Owned(text.to_owned()));
            }
        };
        is_as_it_was.then_some(Cow::Borrowed(text))
    }
}

/// JSON of an object with a role.
fn message(text: &str) -> Option<Value> {
    let json = if text.contains("\"role\"") { json_of(text) } else { None };
    json.filter(|json| json.get("role").is_some_and(Value::is_string))
}

fn is_of_calls(text: &str) -> bool {
    let json = if text.contains("\"toolName\"") { json_of(text) } else { None };
    let is_call = |call: &Value| call.get("toolName").is_some();
    json.is_some_and(|json| json.as_array().is_some_and(|calls| calls.iter().all(is_call)))
}

/// A span's name as it was sent. The AI SDK's spans are named as their operation; a platform puts the function's name and a
/// colon in front of it.
#[must_use]
pub fn name_as_sent<'a>(scope: &str, name: &'a str, attributes: &'a Attributes) -> &'a str {
    let operation = attributes.get(ai_sdk::OPERATIONS.attribute).filter(|_| scope == AI_SDK);
    let is_its = |operation: &&str| name.strip_suffix(operation).is_some_and(|function| function.ends_with(':'));
    operation.filter(is_its).unwrap_or(name)
}
