//! Coval's own names (docs/REFERENCE.md#span-names).

use spanlift_model::names::span;
use spanlift_model::{Role, look_up};

/// In their own case: Coval compares exactly.
pub const NAMES: &[(&str, Role)] = &[
    (span::LLM, Role::ModelCall),
    (span::TOOL_CALL, Role::ToolCall),
    // Its alias.
    ("tool_call", Role::ToolCall),
    (span::SPEECH_TO_TEXT, Role::SpeechToText),
    (span::TEXT_TO_SPEECH, Role::TextToSpeech),
];

macro_rules! in_metadata {
    ($($name:literal),*) => {
        &[$(($name, [concat!("metadata.", $name), concat!("langfuse.observation.metadata.", $name)])),*]
    };
}

/// Its attributes that people write into metadata where an SDK lets them set nothing else, and their names there: those of
/// `OpenInference` (and people's own), and those of Langfuse's SDKs.
pub const IN_METADATA: &[(&str, [&str; 2])] = in_metadata!(
    "metrics.ttfb",
    "function.name",
    "function.arguments",
    "tool_call_id",
    "tool.result",
    "transcript",
    "llm.finish_reason",
    "stt.confidence"
);

/// What a name of Coval's stands for, in whatever scope.
#[must_use]
pub fn role_of_name(name: &str) -> Option<Role> {
    look_up(NAMES, name)
}
