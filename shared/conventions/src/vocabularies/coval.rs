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

/// What a name of Coval's stands for, in whatever scope.
#[must_use]
pub fn role_of_name(name: &str) -> Option<Role> {
    look_up(NAMES, name)
}
