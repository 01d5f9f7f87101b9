//! What was heard.

use crate::view::Words;

/// Where a transcript is written down as such, and by whom.
pub const TRANSCRIPTS: &[(&str, &str)] = &[
    ("transcript", "Coval, Pipecat"),
    ("stt.transcription", "Coval's alias"),
    ("audio.transcript", "OpenInference"),
    ("lk.pii.user_transcript", "LiveKit 1.7"),
    ("lk.user_transcript", "LiveKit before 1.7"),
    ("lk_pii_user_transcript", "LiveKit, by LangSmith's processor"),
    ("lk_user_transcript", "LiveKit, by LangSmith's processor"),
];

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
