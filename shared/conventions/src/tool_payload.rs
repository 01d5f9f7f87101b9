//! Arguments and results of tools without what SDKs wrap around them.

use std::borrow::Cow;

use spanlift_model::json::{Map, Value, text_of};

use crate::python_repr;
use crate::sent::json_of;
use crate::vocabularies::openinference::HIDDEN;

/// Arguments without what SDKs wrap around them, and the call's id where it stands there: `{"input": …}` around what is no
/// object, `{"args": […]}` of JavaScript, with the whole chat as second argument, a whole call of `LangChain`.
pub(crate) fn arguments_in(input: &Value) -> (Option<String>, Option<String>) {
    match input {
        Value::String(text) => match Structured::read(text) {
            Some(read) => read.unwrapped(text, arguments_in),
            None => (said(text), None),
        },
        Value::Object(members) => {
            let id = said_member(members, "tool_call_id");
            match (members.get("args"), only(members)) {
                (Some(args), _) if members.get("type").is_some_and(|kind| kind == "tool_call") => {
                    (value_text(args), said_member(members, "id").or(id))
                }
                _ if let Some(called) = of_callback(members) => called,
                _ if let Some(named) = only_named(members) => (value_text(named), id),
                (_, Some(("args", Value::Array(args)))) => arguments_of_javascript(args),
                (_, Some(("input", inner @ Value::Object(_)))) => (value_text(inner), id),
                (_, Some(("input", inner @ Value::String(text)))) if text == HIDDEN || shows_an_object(text) => {
                    arguments_in(inner)
                }
                _ => (value_text(input), id),
            }
        }
        Value::Array(items) => message_to_a_tool(items).unwrap_or_else(|| (value_text(input), None)),
        value => (value_text(value), None),
    }
}

/// What `LangChain` tells at a tool's beginning, which `OpenLLMetry` writes down whole: `{"input_str": …, "inputs": {…}, "kwargs": {"tool_call_id": …}, …}`.
fn of_callback(members: &Map) -> Option<(Option<String>, Option<String>)> {
    let shown = members.get("input_str").filter(|_| members.contains_key("tags"))?;
    let named = members.get("inputs").filter(|inputs| inputs.is_object());
    let id = members.get("kwargs").and_then(Value::as_object).and_then(|more| said_member(more, "tool_call_id"));
    Some((named.map_or_else(|| arguments_in(shown).0, value_text), id))
}

/// Arguments in an attribute made for them: as they are, but for what Python shows and what `LangChain` tells besides.
pub(crate) fn arguments_as_told(text: &str) -> (Option<String>, Option<String>) {
    let told = text.contains("input_str").then(|| Structured::read(text)).flatten();
    told.and_then(|told| of_callback(told.value.as_object()?)).unwrap_or_else(|| (as_json(text), None))
}

/// What goes into a tool as the one message to it, which is how platforms keep the event `gen_ai.tool.message`.
fn message_to_a_tool(items: &[Value]) -> Option<(Option<String>, Option<String>)> {
    let [Value::Object(message)] = items else { return None };
    let content = message.get("content").filter(|_| message.get("role").is_some_and(|role| role == "tool"))?;
    let (arguments, id) = arguments_in(content);
    Some((arguments, said_member(message, "id").or(id)))
}

/// Arguments that all have names, as tracers show a call of Python: `{"args": [], "kwargs": {…}}`.
fn only_named(members: &Map) -> Option<&Value> {
    let is_beside = |(name, value): (&String, &Value)| match name.as_str() {
        "args" => value.as_array().is_some_and(Vec::is_empty),
        // How smolagents is to run the tool.
        "kwargs" | "sanitize_inputs_outputs" => true,
        _ => false,
    };
    members.get("kwargs").filter(|named| named.is_object() && members.iter().all(is_beside))
}

fn arguments_of_javascript(args: &[Value]) -> (Option<String>, Option<String>) {
    let options = args.get(1..).and_then(|rest| rest.iter().find_map(|options| options.as_object()));
    let id = options.and_then(|options| said_member(options, "toolCallId"));
    match args {
        [only @ Value::Object(_)] => (value_text(only), None),
        [first, ..] if id.is_some() => (value_text(first), id),
        _ => (text_of(&Value::Array(args.to_vec())).map(Cow::into_owned).filter(|_| !args.is_empty()), id),
    }
}

/// A result without what SDKs wrap around it, and the call's id where it stands there: `{"output": …}`, `{"outputs": …}` of
/// JavaScript, `LangChain`'s `ToolMessage`, and `Command` with one. Nothing is no result.
pub(crate) fn result_in(output: &Value, inside: Inside) -> (Option<String>, Option<String>) {
    match output {
        Value::String(text) => match Structured::read(text) {
            Some(read) => read.unwrapped(text, |value| result_in(value, inside)),
            None => match (shown(text), quoted(text)) {
                (Some(shown), _) => result_in(&shown, Inside::Message),
                (None, Some(text)) => (said(&text), None),
                (None, None) => (said(text), None),
            },
        },
        Value::Object(members) => {
            let id = said_member(members, "tool_call_id");
            let of_command = || {
                let messages = members.get("update")?.get("messages")?.as_array()?;
                messages.iter().map(|message| result_in(message, Inside::Message)).find(|(_, id)| id.is_some())
            };
            if let Some(inner @ Value::Object(_)) =
                members.get("kwargs").filter(|_| inside != Inside::Nothing || members.contains_key("lc"))
            {
                return result_in(inner, Inside::Message);
            }
            // A message as `LangChain`'s `messages_to_dict` writes it.
            let is_tool = members.get("type").is_some_and(|kind| kind == "tool");
            if let Some(inner @ Value::Object(_)) = members.get("data").filter(|_| is_tool && members.len() == 2) {
                return result_in(inner, Inside::Message);
            }
            if let Some((message, id)) = choice(members) {
                let (result, its) = result_in(message, inside);
                return (result, id.or(its));
            }
            if let Some((response, its)) = function_response(members) {
                return (value_text(response), its.or(id));
            }
            // `LlamaIndex` tells what a tool gave beside what was made of it for the model.
            if let Some(raw) = members.get("raw_output").filter(|_| members.contains_key("raw_input")) {
                return (value_text(raw), id);
            }
            let is_message = inside == Inside::Message || id.is_some() || is_tool;
            if let Some(content) = members.get("content").filter(|_| is_message) {
                return (value_text(content), id);
            }
            let wrapped = only(members).filter(|(name, _)| matches!(*name, "output" | "outputs"));
            let wrapped = wrapped.or_else(|| Some(("output", end_of_callback(members)?)));
            match wrapped {
                Some((_, Value::Null)) => (None, None),
                Some((_, inner)) if inside == Inside::Nothing => result_in(inner, Inside::Wrapper),
                _ => of_command().unwrap_or_else(|| (value_text(output), id)),
            }
        }
        Value::Array(blocks) => (value_text(only_text(blocks).unwrap_or(output)), None),
        value => (value_text(value), None),
    }
}

/// The text of the one block that Anthropic's API and MCP make of a tool's text: `[{"type": "text", "text": …}]`.
fn only_text(blocks: &[Value]) -> Option<&Value> {
    let [Value::Object(block)] = blocks else { return None };
    let is_text = block.len() == 2 && block.get("type").is_some_and(|kind| kind == "text");
    block.get("text").filter(|text| is_text && text.is_string())
}

/// What `LangChain` tells at a tool's end, which `OpenLLMetry` writes down whole: `{"output": …, "kwargs": {"tags": …}}`.
fn end_of_callback(members: &Map) -> Option<&Value> {
    members.get("kwargs").filter(|more| members.len() == 2 && more.get("tags").is_some())?;
    members.get("output")
}

/// What a tool gave as the one part of Gemini's content, which is how Google's ADK 1.0 told it.
fn function_response(members: &Map) -> Option<(&Value, Option<String>)> {
    let [part] = members.get("content")?.get("parts")?.as_array()?.as_slice() else { return None };
    let response = part.get("function_response")?.as_object()?;
    Some((response.get("response")?, said_member(response, "id")))
}

/// What a tool gave as a choice, which is how platforms keep the event `gen_ai.choice`: `{"message": "…", "id": "…"}`, or that
/// as the only one in `choices`.
fn choice(members: &Map) -> Option<(&Value, Option<String>)> {
    if let Some(("choices", Value::Array(choices))) = only(members) {
        let [Value::Object(one)] = choices.as_slice() else { return None };
        let message = one.get("message").filter(|message| message.is_string() && one.len() == 2)?;
        return Some((message, Some(said_member(one, "id")?)));
    }
    let message = members.get("message").filter(|message| message.is_string() && members.len() == 2)?;
    Some((message, Some(said_member(members, "id")?)))
}

/// What a result stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    Nothing,
    /// `{"output": …}`.
    Wrapper,
    /// A message of `LangChain`.
    Message,
}

/// A text as it is, but what Python shows as JSON.
fn as_json(text: &str) -> Option<String> {
    match Structured::read(text) {
        Some(read) if !read.is_json => value_text(&read.value),
        _ => said(text),
    }
}

/// Arguments as JSON. Some tell of a tool's only argument the value alone: its name is not known, so that it stands as what went
/// in, as `LangChain` itself has it where a tool gets a text.
pub(crate) fn in_json(arguments: String) -> String {
    if json_of(&arguments).is_some() {
        return arguments;
    }
    let value = serde_json::from_str(&arguments).unwrap_or(Value::String(arguments));
    serde_json::json!({"input": value}).to_string()
}

/// Is it an object, in JSON or as Python shows one?
pub(crate) fn shows_an_object(text: &str) -> bool {
    Structured::read(text).is_some_and(|read| read.value.is_object())
}

/// What a text is besides text.
struct Structured {
    value: Value,
    /// It is JSON as it stands.
    is_json: bool,
}

impl Structured {
    fn read(text: &str) -> Option<Self> {
        if !text.trim_start().starts_with(['{', '[', '(']) {
            return None;
        }
        let json = || serde_json::from_str(text).ok().map(|value| Self { value, is_json: true });
        json().or_else(|| python_repr::read(text).map(|value| Self { value, is_json: false }))
    }

    /// JSON around which nothing is wrapped stays as it was written.
    fn unwrapped(
        &self,
        text: &str,
        unwrap: impl FnOnce(&Value) -> (Option<String>, Option<String>),
    ) -> (Option<String>, Option<String>) {
        let (inner, id) = unwrap(&self.value);
        let is_whole = self.is_json && inner == value_text(&self.value);
        (if is_whole { said(text) } else { inner }, id)
    }
}

/// What `LangChain` shows as text where a tool gave it: `content='…' name='…' tool_call_id='…'`, a message; or `Command(update=…)`, with one in it.
fn shown(text: &str) -> Option<Value> {
    let fields = text.starts_with("content=").then(|| python_repr::fields(text)).flatten();
    let message = fields.filter(|fields| fields.contains_key("tool_call_id")).map(Value::Object);
    message.or_else(|| python_repr::object(text, &["Command", "ToolMessage"]))
}

/// The text that JSON's text of one is: LiveKit 1.8 writes results as JSON whatever they are, and some platforms read that.
fn quoted(text: &str) -> Option<String> {
    text.starts_with('"').then(|| serde_json::from_str(text).ok()).flatten()
}

/// A value as an attribute's text; null, the empty text and an object without members say nothing.
fn value_text(value: &Value) -> Option<String> {
    let says_nothing = value.as_object().is_some_and(Map::is_empty);
    text_of(value).filter(|text| !says_nothing && !text.trim().is_empty()).map(Cow::into_owned)
}

fn only(members: &Map) -> Option<(&str, &Value)> {
    members.iter().next().filter(|_| members.len() == 1).map(|(name, value)| (name.as_str(), value))
}

fn said_member(members: &Map, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).and_then(said)
}

fn said(text: &str) -> Option<String> {
    (!matches!(text.trim(), "" | HIDDEN)).then(|| text.to_owned())
}
