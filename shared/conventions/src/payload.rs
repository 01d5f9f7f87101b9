//! What went in and what came out: `input` and `output`.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role};

use crate::derived::Derived;
use crate::sent::{Payload, SentSpan, Side, json_of};
use crate::vocabularies::openinference::HIDDEN;

/// Attributes that hold what went in or came out, in the order in which they are asked, what says of what type the value is, and
/// who writes them.
pub const CARRIED_INPUTS: &[(&str, Option<&str>, &str)] = &[
    ("input.value", Some("input.mime_type"), "OpenInference"),
    ("input", None, "Coval, Pipecat"),
    ("traceloop.entity.input", None, "OpenLLMetry"),
];
/// See [`CARRIED_INPUTS`].
pub const CARRIED_OUTPUTS: &[(&str, Option<&str>, &str)] = &[
    ("output.value", Some("output.mime_type"), "OpenInference"),
    ("output", None, "Coval, Pipecat"),
    ("traceloop.entity.output", None, "OpenLLMetry"),
];

/// What SDKs call what went in, where it is no chat and no call of a tool. A role: only on such spans.
pub const INPUTS: &[(&str, Option<Role>, &str)] = &[
    ("text", Some(Role::TextToSpeech), "Pipecat"),
    ("lk.pii.input_text", None, "LiveKit 1.7"),
    ("lk.input_text", None, "LiveKit before 1.7"),
    ("lk_pii_input_text", None, "LiveKit, by LangSmith's processor"),
    ("lk_input_text", None, "LiveKit, by LangSmith's processor"),
    ("lk.pii.user_input", None, "LiveKit 1.7"),
    ("lk.user_input", None, "LiveKit before 1.7"),
    ("lk_pii_user_input", None, "LiveKit, by LangSmith's processor"),
    ("lk_user_input", None, "LiveKit, by LangSmith's processor"),
    ("ai.value", None, "AI SDK 5, 6"),
    ("ai.values", None, "AI SDK 5, 6"),
    ("gen_ai.prompt", None, "OpenTelemetry GenAI before 1.28"),
];
/// What SDKs call what came out. See [`INPUTS`].
pub const OUTPUTS: &[(&str, Option<Role>, &str)] = &[
    ("final_result", Some(Role::Agent), "Pydantic AI"),
    ("text_output", None, "Pipecat, Gemini Live"),
    ("output.audio.transcript", None, "OpenInference, OpenAI Realtime"),
    ("lk.pii.response.text", None, "LiveKit 1.7"),
    ("lk.response.text", None, "LiveKit before 1.7"),
    ("lk_pii_response_text", None, "LiveKit, by LangSmith's processor"),
    ("lk_response_text", None, "LiveKit, by LangSmith's processor"),
    ("ai.response.text", None, "AI SDK 5, 6"),
    ("ai.response.object", None, "AI SDK 5, 6"),
    ("gen_ai.completion", None, "OpenTelemetry GenAI before 1.28"),
];

/// After the SDKs' own names: what the conventions have of it.
const INPUT_ALIASES: &[&str] = &[gen_ai::INPUT_MESSAGES, gen_ai::TOOL_CALL_ARGUMENTS, gen_ai::RETRIEVAL_QUERY_TEXT];
const OUTPUT_ALIASES: &[&str] = &[gen_ai::OUTPUT_MESSAGES, gen_ai::TOOL_CALL_RESULT];
/// Derives `input` and `output`: what the platform has, what SDKs write, what was said, at last arguments and result of a tool.
/// To be called after all of these are derived.
pub(crate) fn derive_input_and_output(role: Role, span: &SentSpan, derived: &mut Derived<'_>) {
    let sides =
        [(Side::Input, names::INPUT, INPUTS, INPUT_ALIASES), (Side::Output, names::OUTPUT, OUTPUTS, OUTPUT_ALIASES)];
    for (side, target, rows, aliases) in sides {
        if derived.get(target).is_some() {
            continue;
        }
        let carried = said_on_side(span, side).map(|(text, ..)| text);
        let of_rows = || {
            let rows = rows.iter().filter(|(_, only, _)| only.is_none_or(|only| only == role));
            // What is handed down may be of a span above.
            let mut rows = rows.filter(|_| !span.is_inherited || role.streams());
            rows.find_map(|(name, ..)| said(&span.attributes, name))
        };
        let of_aliases = || aliases.iter().find_map(|name| says(derived.get(name)?));
        let found = carried.or_else(of_rows).or_else(of_aliases);
        let found = found.map(str::to_owned);
        derived.derive_some(target, found);
    }
}

/// What went in or came out, parsed where it is JSON.
pub(crate) struct Carried<'a> {
    pub(crate) text: &'a str,
    /// The attribute that it stands in; empty where it is the platform's own.
    pub(crate) name: &'static str,
    json: Option<Cow<'a, Value>>,
    /// Something says that it is JSON, or the platform keeps it as such.
    pub(crate) is_marked: bool,
    /// It is text by its type, or no type is told.
    pub(crate) is_text: bool,
}

impl<'a> Carried<'a> {
    /// The first that is there.
    fn of(span: &'a SentSpan, side: Side) -> Option<Self> {
        let (text, name, mime_type) = said_on_side(span, side)?;
        let payload = of_platform(span, side);
        if let Some(payload) = payload {
            let json = payload.json().map(Cow::Borrowed);
            return Some(Self { text, name, json, is_marked: true, is_text: true });
        }
        let is_other = mime_type.is_some_and(|mime_type| !mime_type.contains("json"));
        let json = if is_other { None } else { json_of(text).map(Cow::Owned) };
        // OpenInference says of JSON that it is some.
        let is_marked = mime_type.is_some() || (name != "input.value" && name != "output.value");
        let is_text = mime_type.is_none_or(|mime_type| mime_type.starts_with("text/"));
        Some(Self { text, name, json, is_marked, is_text })
    }

    /// Its JSON, where it is an object or a list.
    pub(crate) fn json(&self) -> Option<&Value> {
        self.json.as_deref().filter(|json| json.is_object() || json.is_array())
    }
}

/// What went in and what came out of a span, each parsed once, when it is first asked for.
pub(crate) struct BothSides<'a> {
    span: &'a SentSpan,
    input: OnceCell<Option<Carried<'a>>>,
    output: OnceCell<Option<Carried<'a>>>,
}

impl<'a> BothSides<'a> {
    /// Nothing is parsed yet.
    pub(crate) const fn of(span: &'a SentSpan) -> Self {
        Self { span, input: OnceCell::new(), output: OnceCell::new() }
    }

    /// What is there on this side.
    pub(crate) fn carried(&self, side: Side) -> Option<&Carried<'a>> {
        let place = match side {
            Side::Input => &self.input,
            Side::Output => &self.output,
        };
        place.get_or_init(|| Carried::of(self.span, side)).as_ref()
    }
}

/// What went in or came out, as a tool's call is read from it: a text as it is, JSON that the platform keeps as such. A tool that takes nothing is
/// given `{}`.
pub(crate) fn value_of_side(span: &SentSpan, side: Side) -> Option<Value> {
    let (text, ..) = text_of_side(span, side)?;
    let json = of_platform(span, side).and_then(Payload::told_json).cloned();
    Some(json.unwrap_or_else(|| Value::from(text)))
}

fn of_platform(span: &SentSpan, side: Side) -> Option<&Payload> {
    match side {
        Side::Input => span.platform.input.as_ref(),
        Side::Output => span.platform.output.as_ref(),
    }
    .filter(|payload| !is_hidden(payload.text()))
}

/// The same as [`text_of_side`], where that says something. What a platform has it has from the SDK.
fn said_on_side(span: &SentSpan, side: Side) -> Option<(&str, &'static str, Option<&str>)> {
    text_of_side(span, side).filter(|(text, name, _)| name.is_empty() || says(text).is_some())
}

/// The text, the attribute that it stands in, and its type if that is told.
fn text_of_side(span: &SentSpan, side: Side) -> Option<(&str, &'static str, Option<&str>)> {
    let rows = match side {
        Side::Input => CARRIED_INPUTS,
        Side::Output => CARRIED_OUTPUTS,
    };
    let own = |(name, mime_type, _): &(&'static str, Option<&str>, &str)| {
        let mime_type = mime_type.and_then(|mime_type| span.attributes.get(mime_type));
        Some((span.attributes.get(name).filter(|text| !is_hidden(text))?, *name, mime_type))
    };
    let payload = of_platform(span, side).map(|payload| (payload.text(), "", None));
    payload.or_else(|| rows.iter().filter(|_| !span.is_inherited).find_map(own))
}

/// Blank, or OpenInference's word for what was not to be kept.
fn is_hidden(text: &str) -> bool {
    matches!(text.trim(), "" | HIDDEN)
}

/// A value that says something: `{}` stands for what was not to be kept.
fn said<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    says(attributes.get(name)?)
}

fn says(text: &str) -> Option<&str> {
    (!is_hidden(text) && text.trim() != "{}").then_some(text)
}
