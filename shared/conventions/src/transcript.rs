//! What was heard.

use spanlift_model::json::Value;
use spanlift_model::{Role, names};

use crate::derived::Derived;
use crate::payload::Carried;
use crate::sent::SentSpan;
use crate::view::Words;

/// Where a transcript is written down as such, and by whom.
pub const TRANSCRIPTS: &[(&str, &str)] = &[
    ("transcript", "Coval, Pipecat"),
    ("stt.transcription", "Coval's alias"),
    ("audio.transcript", "OpenInference"),
    ("input.audio.transcript", "OpenInference, OpenAI Realtime"),
    ("lk.pii.user_transcript", "LiveKit 1.7"),
    ("lk.user_transcript", "LiveKit before 1.7"),
    ("lk_pii_user_transcript", "LiveKit, by LangSmith's processor"),
    ("lk_user_transcript", "LiveKit, by LangSmith's processor"),
];

/// Where what a realtime model heard is written down, on the span of its call, and by whom.
pub const HEARD_BY_MODELS: &[(&str, &str)] = &[
    ("transcript", "Coval"),
    ("input.audio.transcript", "OpenInference, OpenAI Realtime"),
    ("user_transcript", "Pipecat"),
    ("lk.pii.user_transcript", "LiveKit 1.7"),
    ("lk.user_transcript", "LiveKit before 1.7"),
];

/// Members of what came out of a recogniser that are what it heard.
pub const HEARD: &[&str] = &["transcript", "text", "output", "outputs"];

/// Recognisers whose *input* is what was heard, by the name of their span: whatever else goes into one is sound, or the name of a
/// file with it.
pub const HEARD_AS_INPUT: &[(&str, &str)] = &[("pipecat.stt", "openinference-instrumentation-pipecat")];

/// Is what went in what was heard?
#[must_use]
pub fn is_heard_as_input(span_name: &str) -> bool {
    HEARD_AS_INPUT.iter().any(|(name, _)| *name == span_name)
}

/// The transcript that a span states.
#[must_use]
pub fn stated_transcript(words: &dyn Words) -> Option<String> {
    let stated = |(name, _): &(&str, &str)| {
        let word = words.word(name)?;
        let text = word.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    TRANSCRIPTS.iter().find_map(stated)
}

/// Derives what was heard. What is handed down may be of a span above: there a span's own words come first.
pub(crate) fn derive(role: Role, span: &SentSpan, carried: [Option<&Carried<'_>>; 2], derived: &mut Derived<'_>) {
    let rows = match role {
        Role::SpeechToText | Role::Speech => TRANSCRIPTS,
        Role::ModelCall if !span.is_inherited => HEARD_BY_MODELS,
        _ => return,
    };
    let stated = || rows.iter().find_map(|(name, _)| said(span.attributes.get(name)?));
    let [input, output] = carried;
    let in_payload = || {
        let json = [output, input].into_iter().flatten().filter_map(Carried::json);
        json.filter_map(|json| json.get(names::TRANSCRIPT)?.as_str()).find_map(said)
    };
    if !role.is_speech() {
        return derived.derive_some(names::TRANSCRIPT, stated());
    }
    let stated = if span.is_inherited { in_payload().or_else(stated) } else { stated().or_else(in_payload) };
    let heard = || {
        let heard_as_input = input.filter(|_| is_heard_as_input(&span.name));
        output.and_then(heard_in).or_else(|| heard_as_input.and_then(heard_in)).filter(|_| role == Role::SpeechToText)
    };
    derived.derive_some(names::TRANSCRIPT, stated.or_else(heard));
}

/// A text, the last message of a chat, or an object that says so.
fn heard_in<'a>(carried: &'a Carried<'_>) -> Option<&'a str> {
    let Some(json) = carried.json() else {
        return said(carried.text).filter(|_| carried.is_text);
    };
    let message = || json.get("messages")?.as_array()?.last()?.get("content")?.as_str();
    let member = || HEARD.iter().find_map(|name| json.get(name).and_then(Value::as_str));
    message().or_else(member).and_then(said)
}

fn said(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}
