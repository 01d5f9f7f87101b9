//! What Coval's speech and latency metrics read: `transcript` and `metrics.ttfb` (docs/REFERENCE.md#attributes).

use serde_json::Value;
use spanlift_model::{Attributes, Role, names};

use crate::record::PhoenixSpan;

/// Where a transcript is written down as such: Coval's alias, OpenInference.
const TRANSCRIPTS: &[&str] = &["stt.transcription", "audio.transcript"];

/// Times to the first byte or token, and how many of their units make a second. Every name either says its unit or is
/// known to be in it: Pipecat's instrumentor, the GenAI conventions, LiveKit.
const FIRST_BYTE: &[(&str, f64)] = &[
    ("service.ttfb_seconds", 1.0),
    ("gen_ai.response.time_to_first_chunk", 1.0),
    ("lk.response.ttft", 1.0),
    ("lk.response.ttfb", 1.0),
    ("metrics.ttfb_ms", 1000.0),
    ("llm.ttfb_ms", 1000.0),
    ("llm.ttft_ms", 1000.0),
    ("stt.ttfb_ms", 1000.0),
    ("tts.ttfb_ms", 1000.0),
    ("ttfb_ms", 1000.0),
    ("ttft_ms", 1000.0),
];

/// No call is longer: what claims to be was measured in something else.
const LONGEST: f64 = 86_400.0;

/// Events that mark the first token: of OpenInference's instrumentors, and as people write their own.
const FIRST_TOKEN: &[&str] = &["First Token Stream Event", "gen_ai.first_token"];

/// Derives `metrics.ttfb`, in seconds, of a span that answers piece by piece: from what says so, else from the moment
/// of the event that marks the first token.
pub(super) fn derive_first_byte(span: &PhoenixSpan, attributes: &mut Attributes) {
    let event = span.events.iter().find(|event| FIRST_TOKEN.contains(&event.name.as_str()));
    let seconds =
        stated(|name| span.attributes.get(name)).or_else(|| stated(|name| event?.attributes.get(name))).or_else(|| {
            let at = event?.at;
            // An event without a time of its own has its span's start: that says nothing.
            (at > span.started_at).then(|| at.since(span.started_at).as_secs_f64())
        });
    attributes.derive_some(names::METRICS_TTFB, seconds.map(to_text));
}

/// Derives `transcript` of a span that recognised speech.
///
/// Pipecat's instrumentor writes what was heard as the *input* of its spans; whatever else goes into a recogniser is
/// sound, or the name of a file with it.
pub(super) fn derive_transcript(span: &PhoenixSpan, attributes: &mut Attributes) {
    let is_pipecat = span.name == "pipecat.stt";
    let heard = TRANSCRIPTS
        .iter()
        .find_map(|name| text(span, name))
        .or_else(|| text_of_content(span, "output.value", "output.mime_type"))
        .or_else(|| text_of_content(span, "input.value", "input.mime_type").filter(|_| is_pipecat));
    attributes.derive_some(names::TRANSCRIPT, heard.map(str::trim));
}

/// Derives what the role of the span calls for.
pub(super) fn derive(role: Role, span: &PhoenixSpan, attributes: &mut Attributes) {
    if role.streams() {
        derive_first_byte(span, attributes);
    }
    match role {
        Role::SpeechToText => derive_transcript(span, attributes),
        // Pipecat's own tracing.
        Role::TextToSpeech => attributes.derive_some(names::INPUT, text(span, "text")),
        _ => {}
    }
}

fn stated<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Option<f64> {
    let seconds = |(name, per_second): &(&str, f64)| Some(get(name)?.as_f64()? / per_second);
    FIRST_BYTE.iter().filter_map(seconds).find(|seconds| (0.0..=LONGEST).contains(seconds))
}

/// To the nanosecond: finer digits are the noise of the division.
fn to_text(seconds: f64) -> String {
    ((seconds * 1e9).round() / 1e9).abs().to_string()
}

/// Content that is text by its type, or says no type.
fn text_of_content<'a>(span: &'a PhoenixSpan, value: &str, mime_type: &str) -> Option<&'a str> {
    let is_text = text(span, mime_type).is_none_or(|mime_type| mime_type.starts_with("text/"));
    text(span, value).filter(|_| is_text)
}

fn text<'a>(span: &'a PhoenixSpan, name: &str) -> Option<&'a str> {
    let text = span.attributes.get(name)?.as_str()?;
    (!text.trim().is_empty()).then_some(text)
}
