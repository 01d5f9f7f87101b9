//! Pipecat's own tracing, and its OpenInference instrumentor.

use spanlift_model::names::gen_ai;
use spanlift_model::{Role, look_up};

use crate::row::{KindTable, NameRow, Vocabulary};

const SEEN: &str = "pipecat-ai 1.14";

/// What Pipecat writes for a parameter that was not given.
pub(crate) const NOT_GIVEN: &str = "NOT_GIVEN";

/// What Pipecat writes as operation beside the conventions' own values.
///
/// Of a realtime model `llm_request` is what it was given, and `llm_response` the call.
pub const OPERATIONS: KindTable = KindTable {
    attribute: gen_ai::OPERATION_NAME,
    rows: &[
        ("stt", Role::SpeechToText, SEEN),
        ("tts", Role::TextToSpeech, SEEN),
        ("llm_response", Role::ModelCall, SEEN),
        ("llm_request", Role::Other, SEEN),
        ("llm_setup", Role::Other, SEEN),
        ("llm_tool_call", Role::ToolCall, SEEN),
        ("llm_tool_result", Role::ToolResult, SEEN),
    ],
};

/// `service.type`, of the instrumentor: its kind is `LLM` for speech too.
pub const SERVICE: KindTable = KindTable {
    attribute: "service.type",
    rows: &[
        ("llm", Role::ModelCall, "openinference-instrumentation-pipecat"),
        ("stt", Role::SpeechToText, "openinference-instrumentation-pipecat"),
        ("tts", Role::TextToSpeech, "openinference-instrumentation-pipecat"),
    ],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary =
    Vocabulary { scopes: &["pipecat"], kinds: &[OPERATIONS], names: NAMES, ..Vocabulary::named("Pipecat") };

const NAMES: &[NameRow] = &[
    NameRow::new("llm_response", Role::ModelCall, SEEN),
    NameRow::new("llm_request", Role::Other, SEEN),
    NameRow::new("llm_setup", Role::Other, SEEN),
    NameRow::new("llm_tool_result", Role::ToolResult, SEEN),
];

/// The end of a tool call told as a span of its own, where something else says that it is a tool's.
pub(crate) fn end_of_tool_call(name: &str) -> Option<Role> {
    look_up(&[("llm_tool_result", Role::ToolResult)], name)
}
