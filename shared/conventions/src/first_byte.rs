//! The time to the first byte or token, which everybody writes in a unit of their own.

use spanlift_model::Timestamp;

use crate::row::Vocabulary;
use crate::view::{SpanView, Words};
use crate::vocabularies::strands;

/// An attribute that holds the time, and how many of its units make a second.
#[derive(Clone, Copy, Debug)]
pub struct FirstByteRow {
    /// Its name.
    pub name: &'static str,
    /// The same, as SDKs that let people set nothing but metadata write it.
    pub in_metadata: [&'static str; 2],
    /// The member, where the value is a JSON object.
    pub member: Option<&'static str>,
    /// Units in a second.
    pub per_second: f64,
    /// Only in this vocabulary.
    pub only_in: Option<&'static Vocabulary>,
    /// Who writes it.
    pub seen: &'static str,
}

macro_rules! row {
    ($per_second:literal, $name:literal, $seen:literal $(, $member:literal)?) => {
        FirstByteRow {
            name: $name,
            in_metadata: [concat!("metadata.", $name), concat!("langfuse.observation.metadata.", $name)],
            member: row!(@member $($member)?),
            per_second: $per_second,
            only_in: None,
            seen: $seen,
        }
    };
    (@member) => { None };
    (@member $member:literal) => { Some($member) };
}

/// In the order in which they are asked.
pub const FIRST_BYTE: &[FirstByteRow] = &[
    row!(1.0, "metrics.ttfb", "Coval, Pipecat"),
    row!(1.0, "service.ttfb_seconds", "openinference-instrumentation-pipecat"),
    row!(1.0, "gen_ai.response.time_to_first_chunk", "OpenTelemetry GenAI, LiveKit 1.8"),
    row!(1.0, "gen_ai.client.operation.time_to_first_chunk", "Pydantic AI 2"),
    FirstByteRow {
        only_in: Some(&strands::VOCABULARY),
        ..row!(1000.0, "gen_ai.server.time_to_first_token", "Strands: timeToFirstByteMs")
    },
    row!(1.0, "gen_ai.server.time_to_first_token", "OpenLIT"),
    row!(1.0, "lk.response.ttft", "LiveKit"),
    row!(1.0, "lk.response.ttfb", "LiveKit"),
    row!(1.0, "lk_response_ttft", "LiveKit, by LangSmith's processor"),
    row!(1.0, "lk_response_ttfb", "LiveKit, by LangSmith's processor"),
    row!(1.0, "lk.llm_metrics", "LiveKit", "ttft"),
    row!(1.0, "lk.tts_metrics", "LiveKit", "ttfb"),
    row!(1.0, "lk.realtime_model_metrics", "LiveKit", "ttft"),
    row!(1000.0, "lk.llm_metrics", "LiveKit for JavaScript", "ttftMs"),
    row!(1000.0, "lk.tts_metrics", "LiveKit for JavaScript", "ttfbMs"),
    row!(1000.0, "lk.realtime_model_metrics", "LiveKit for JavaScript", "ttftMs"),
    row!(1.0, "lk.llm_metrics.ttft", "LiveKit, where a platform parses JSON text"),
    row!(1.0, "lk.tts_metrics.ttfb", "LiveKit, where a platform parses JSON text"),
    row!(1.0, "lk.realtime_model_metrics.ttft", "LiveKit, where a platform parses JSON text"),
    row!(1000.0, "lk.llm_metrics.ttftMs", "LiveKit for JavaScript, where a platform parses JSON text"),
    row!(1000.0, "lk.tts_metrics.ttfbMs", "LiveKit for JavaScript, where a platform parses JSON text"),
    row!(1000.0, "lk.realtime_model_metrics.ttftMs", "LiveKit for JavaScript, where a platform parses JSON text"),
    row!(1.0, "lk_llm_metrics_ttft", "LiveKit, by LangSmith's processor"),
    row!(1.0, "lk_tts_metrics_ttfb", "LiveKit, by LangSmith's processor"),
    row!(1.0, "lk_realtime_model_metrics_ttft", "LiveKit, by LangSmith's processor"),
    row!(1000.0, "ai.response.msToFirstChunk", "AI SDK 5"),
    row!(1000.0, "time_to_first_token_ms", "OpenInference, OpenAI Realtime"),
    row!(1000.0, "metrics.ttfb_ms", "people's own"),
    row!(1000.0, "llm.ttfb_ms", "people's own"),
    row!(1000.0, "llm.ttft_ms", "people's own"),
    row!(1000.0, "stt.ttfb_ms", "people's own"),
    row!(1000.0, "tts.ttfb_ms", "people's own"),
    row!(1000.0, "ttfb_ms", "people's own"),
    row!(1000.0, "ttft_ms", "people's own"),
];

/// Events that mark the first token, and who writes them.
pub const FIRST_TOKEN_EVENTS: &[(&str, &str)] = &[
    ("First Token Stream Event", "OpenInference"),
    ("gen_ai.first_token", "people's own"),
    ("ai.stream.firstChunk", "AI SDK 5"),
    ("gen_ai.content.completion.chunk", "OpenLLMetry, OpenAI"),
    ("llm.content.completion.chunk", "older OpenLLMetry, OpenAI"),
];

/// What the names in [`FirstByteRow::in_metadata`] begin with.
const METADATA: [&str; 2] = ["metadata.", "langfuse.observation.metadata."];
/// No call is longer: what claims to be was measured in something else.
const LONGEST: f64 = 86_400.0;

/// Something that happened during a span.
#[derive(Clone, Copy)]
pub struct EventView<'a> {
    /// What.
    pub name: &'a str,
    /// When.
    pub at: Timestamp,
    /// Its attributes.
    pub words: &'a dyn Words,
}

impl std::fmt::Debug for EventView<'_> {
    /// Without attributes: they hold what was said.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("EventView").field("at", &self.at).finish_non_exhaustive()
    }
}

/// Seconds to the first byte, as the span states.
#[must_use]
pub fn stated_first_byte(view: &SpanView<'_>) -> Option<f64> {
    stated_first_bytes(view).next().map(|(_, seconds)| seconds)
}

/// All that the span states of the first byte: the name of its row, and seconds.
pub fn stated_first_bytes(view: &SpanView<'_>) -> impl Iterator<Item = (&'static str, f64)> {
    let has_metadata = METADATA.iter().any(|prefix| view.words.has_below(prefix));
    FIRST_BYTE.iter().filter_map(move |row| Some((row.name, row.seconds(view, has_metadata)?)))
}

/// Seconds to the first byte: as the span states, else its event for the first token, else the moment of that event.
#[must_use]
pub fn first_byte<'a>(
    view: &SpanView<'_>,
    started_at: Timestamp,
    events: impl IntoIterator<Item = EventView<'a>>,
) -> Option<f64> {
    stated_first_byte(view).or_else(|| {
        let is_first_token = |event: &EventView<'_>| FIRST_TOKEN_EVENTS.iter().any(|(name, _)| *name == event.name);
        let event = events.into_iter().find(is_first_token)?;
        stated_first_byte(&SpanView { words: event.words, ..*view }).or_else(|| {
            // An event without a time of its own has its span's start: that says nothing.
            measured_first_byte(started_at, event.at)
        })
    })
}

/// Seconds from the start to the moment of the first byte, if they may be that.
#[must_use]
pub fn measured_first_byte(started_at: Timestamp, at: Timestamp) -> Option<f64> {
    Some(at.since(started_at).as_secs_f64()).filter(|seconds| is_first_byte(*seconds))
}

/// As an attribute, to the nanosecond: finer digits are the noise of a division.
#[must_use]
pub fn seconds_text(seconds: f64) -> String {
    ((seconds * 1e9).round() / 1e9).abs().to_string()
}

/// A time that a first byte may have taken. Nothing takes none: 0 is not known.
#[must_use]
pub fn is_first_byte(seconds: f64) -> bool {
    seconds > 0.0 && seconds <= LONGEST
}

impl FirstByteRow {
    /// Seconds, where the span has this attribute, or has it in its metadata.
    fn seconds(&self, view: &SpanView<'_>, has_metadata: bool) -> Option<f64> {
        if self.only_in.is_some_and(|vocabulary| !vocabulary.wrote(view)) {
            return None;
        }
        let in_metadata = || self.in_metadata.iter().filter(|_| has_metadata).find_map(|name| view.words.word(name));
        let word = view.words.word(self.name).or_else(in_metadata)?;
        let number = match self.member {
            None => word.trim().parse::<f64>().ok()?,
            Some(member) => serde_json::from_str::<spanlift_model::json::Value>(&word).ok()?.get(member)?.as_f64()?,
        };
        Some(number / self.per_second).filter(|seconds| is_first_byte(*seconds))
    }
}
