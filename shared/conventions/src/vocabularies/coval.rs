//! Coval's own names (docs/REFERENCE.md#span-names).

use spanlift_model::names::{self, span};
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

/// Its attributes that people write into metadata where an SDK lets them set nothing else.
pub const IN_METADATA: &[&str] = &[
    names::METRICS_TTFB,
    names::FUNCTION_NAME,
    names::FUNCTION_ARGUMENTS,
    names::TOOL_CALL_ID,
    names::TOOL_RESULT,
    names::TRANSCRIPT,
    names::LLM_FINISH_REASON,
    "stt.confidence",
];

/// What an attribute's name stands behind that was set as metadata, and by whose SDK.
pub const METADATA_PREFIXES: &[(&str, &str)] =
    &[("metadata.", "OpenInference, people's own"), ("langfuse.observation.metadata.", "Langfuse's SDKs")];

/// What a name of Coval's stands for, in whatever scope.
#[must_use]
pub fn role_of_name(name: &str) -> Option<Role> {
    look_up(NAMES, name)
}
