//! What Coval's speech and latency metrics read: `transcript` and `metrics.ttfb` (docs/REFERENCE.md#attributes).

use spanlift_conventions::{first_byte, is_heard_as_input, seconds_text, stated_transcript};
use spanlift_model::{Attributes, Role, names};

use super::role;
use crate::record::PhoenixSpan;

/// Derives `metrics.ttfb`, in seconds, of a span that answers piece by piece.
fn derive_first_byte(span: &PhoenixSpan, attributes: &mut Attributes) {
    let seconds = first_byte(&role::view(span), span.started_at, role::events(span));
    attributes.derive_some(names::METRICS_TTFB, seconds.map(seconds_text));
}

/// Derives `transcript` of a span that recognised speech: what came out, or went in where that is what was heard.
fn derive_transcript(span: &PhoenixSpan, attributes: &mut Attributes) {
    let heard = text_of_content(span, "output.value", "output.mime_type")
        .or_else(|| text_of_content(span, "input.value", "input.mime_type").filter(|_| is_heard_as_input(&span.name)));
    attributes.derive_some(names::TRANSCRIPT, heard.map(str::trim));
}

/// Derives what the role of the span calls for.
pub(super) fn derive(role: Role, span: &PhoenixSpan, attributes: &mut Attributes) {
    if role.streams() {
        derive_first_byte(span, attributes);
    }
    if matches!(role, Role::SpeechToText | Role::Speech) {
        attributes.derive_some(names::TRANSCRIPT, stated_transcript(&span.attributes));
    }
    match role {
        Role::SpeechToText => derive_transcript(span, attributes),
        // Pipecat's own tracing.
        Role::TextToSpeech => attributes.derive_some(names::INPUT, text(span, "text")),
        _ => {}
    }
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
