//! What a run stands for, and the canonical name that follows (contract langsmith §4.5, design §6).

use serde_json::Value;
use spanlift_model::{SpanKind, names};

use super::client;
use crate::run::LangSmithRun;

/// What a run stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    ModelCall,
    ToolCall,
    /// Pipecat tells the end of a tool call as a run of its own: counting both would count twice.
    ToolResult,
    SpeechToText,
    TextToSpeech,
    /// Somebody speaks, which is not how long recognising it took.
    Speech,
    Embedding,
    Retrieval,
    Other,
}

/// Runs of type `llm` that are speech, by name: Pipecat's and LiveKit's.
const SPEECH: &[(&str, Role)] = &[
    ("stt", Role::SpeechToText),
    ("stt_request", Role::SpeechToText),
    ("tts", Role::TextToSpeech),
    ("tts_request", Role::TextToSpeech),
    ("user_turn", Role::Speech),
    ("user_speaking", Role::Speech),
];

/// What a run of no telling type is by its name: Coval's canonical ones (contract coval §3), and those that Pipecat's
/// and LiveKit's integrations use with whatever type they are told to.
const NAMES: &[(&str, Role)] = &[
    (names::span::LLM, Role::ModelCall),
    (names::span::TOOL_CALL, Role::ToolCall),
    ("tool_call", Role::ToolCall),
    ("function_tool", Role::ToolCall),
    (names::span::SPEECH_TO_TEXT, Role::SpeechToText),
    (names::span::TEXT_TO_SPEECH, Role::TextToSpeech),
];

impl Role {
    pub(super) fn of(run: &LangSmithRun) -> Self {
        match run.run_type.as_str() {
            "llm" => Self::of_model_run(run),
            "tool" if run.name == "llm_tool_result" => Self::ToolResult,
            "tool" => Self::ToolCall,
            "embedding" => Self::Embedding,
            "retriever" => Self::Retrieval,
            _ => find(NAMES, &run.name).unwrap_or(Self::Other),
        }
    }

    /// The flag means no more than "not among the messages", and is inherited: a model call below a flagged run has it
    /// too, and has counts.
    fn of_model_run(run: &LangSmithRun) -> Self {
        let is_hidden = run.metadata.get("ls_message_view_exclude") == Some(&Value::Bool(true));
        find(SPEECH, &run.name.to_lowercase())
            .or_else(|| (is_hidden && !run.own.has_usage).then_some(Self::Speech))
            .unwrap_or(Self::ModelCall)
    }

    /// The name under which Coval's metrics look for it; `None` where a run keeps its own.
    pub(super) const fn span_name(self) -> Option<&'static str> {
        match self {
            Self::ModelCall => Some(names::span::LLM),
            Self::ToolCall => Some(names::span::TOOL_CALL),
            Self::SpeechToText => Some(names::span::SPEECH_TO_TEXT),
            Self::TextToSpeech => Some(names::span::TEXT_TO_SPEECH),
            Self::ToolResult | Self::Speech | Self::Embedding | Self::Retrieval | Self::Other => None,
        }
    }

    /// `gen_ai.operation.name`. The conventions have none for speech.
    pub(super) fn operation(self, run: &LangSmithRun) -> Option<&'static str> {
        let completes_text = run.metadata.get("ls_model_type").and_then(Value::as_str) == Some("llm");
        match self {
            Self::ModelCall if completes_text => Some("text_completion"),
            Self::ModelCall => Some("chat"),
            Self::ToolCall => Some("execute_tool"),
            Self::Embedding => Some("embeddings"),
            Self::Retrieval => Some("retrieval"),
            Self::ToolResult | Self::SpeechToText | Self::TextToSpeech | Self::Speech | Self::Other => None,
        }
    }

    pub(super) const fn kind(self) -> SpanKind {
        client(matches!(self, Self::ModelCall | Self::Embedding | Self::Retrieval))
    }

    /// Was it this run that called a model?
    pub(super) const fn calls_a_model(self) -> bool {
        matches!(self, Self::ModelCall | Self::Embedding) || self.is_speech()
    }

    /// Does it answer piece by piece, so that the first piece has a time?
    pub(super) const fn streams(self) -> bool {
        matches!(self, Self::ModelCall | Self::SpeechToText | Self::TextToSpeech)
    }

    pub(super) const fn is_speech(self) -> bool {
        matches!(self, Self::SpeechToText | Self::TextToSpeech | Self::Speech)
    }
}

fn find(table: &[(&str, Role)], name: &str) -> Option<Role> {
    table.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
}
