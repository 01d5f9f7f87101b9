//! What a span stands for, and the canonical name that follows (design §6; contract phoenix §6.1 first row, §6.2).

use serde_json::Value;
use spanlift_model::names;

use crate::span::PhoenixSpan;

/// What a span stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    ModelCall,
    ToolCall,
    SpeechToText,
    TextToSpeech,
    Embedding,
    Retrieval,
    Agent,
    Other,
}

/// The OpenInference kinds that say what a span stands for. `CHAIN`, `UNKNOWN` and anything unheard of are not here:
/// they say nothing, so that the operation and the name may.
const KINDS: &[(&str, Role)] = &[
    ("LLM", Role::ModelCall),
    ("TOOL", Role::ToolCall),
    ("EMBEDDING", Role::Embedding),
    ("RETRIEVER", Role::Retrieval),
    ("AGENT", Role::Agent),
    ("RERANKER", Role::Other),
    ("GUARDRAIL", Role::Other),
    ("EVALUATOR", Role::Other),
    ("PROMPT", Role::Other),
    ("DECISION", Role::Other),
];

/// `gen_ai.operation.name`: the conventions' values, then Pipecat's own.
const OPERATIONS: &[(&str, Role)] = &[
    ("chat", Role::ModelCall),
    ("text_completion", Role::ModelCall),
    ("generate_content", Role::ModelCall),
    ("execute_tool", Role::ToolCall),
    ("embeddings", Role::Embedding),
    ("retrieval", Role::Retrieval),
    ("invoke_agent", Role::Agent),
    ("create_agent", Role::Agent),
    ("stt", Role::SpeechToText),
    ("tts", Role::TextToSpeech),
    ("llm_response", Role::ModelCall),
    ("llm_tool_call", Role::ToolCall),
];

/// Names that decide where neither kind nor operation does: Coval's canonical ones and their alias (contract coval
/// §3), those of Pipecat's OpenInference instrumentor, and LiveKit's. In their own case: Coval compares exactly.
const NAMES: &[(&str, Role)] = &[
    (names::span::LLM, Role::ModelCall),
    (names::span::TOOL_CALL, Role::ToolCall),
    ("tool_call", Role::ToolCall),
    (names::span::SPEECH_TO_TEXT, Role::SpeechToText),
    (names::span::TEXT_TO_SPEECH, Role::TextToSpeech),
    ("pipecat.llm", Role::ModelCall),
    ("pipecat.stt", Role::SpeechToText),
    ("pipecat.tts", Role::TextToSpeech),
    ("function_tool", Role::ToolCall),
    ("tts_node", Role::TextToSpeech),
];

/// How Pipecat's instrumentor begins the name of a tool call; the tool's name follows.
pub(super) const PIPECAT_TOOL: &str = "pipecat.tool.";

/// `service.type`, and the last segment of a name.
const SERVICES: &[(&str, Role)] = &[("llm", Role::ModelCall), ("stt", Role::SpeechToText), ("tts", Role::TextToSpeech)];

impl Role {
    /// The kind decides; where it says nothing, the operation does, and at last the name.
    ///
    /// Kind `LLM` is no more than "a model was at work": Pipecat's instrumentor gives it to speech too, and Phoenix
    /// to whatever has a `gen_ai.request.model`.
    pub(super) fn of(span: &PhoenixSpan) -> Self {
        let kind = span.kind.as_deref().unwrap_or_default().trim().to_ascii_uppercase();
        match find(KINDS, &kind) {
            Some(Self::ModelCall) => by_service(span)
                .or_else(|| by_operation(span).filter(|role| role.is_speech()))
                .or_else(|| by_last_segment(&span.name).filter(|role| role.is_speech()))
                .or_else(|| by_name(&span.name).filter(|role| role.is_speech()))
                .unwrap_or(Self::ModelCall),
            Some(role) => role,
            None => by_operation(span).or_else(|| by_name(&span.name)).unwrap_or(Self::Other),
        }
    }

    /// The name under which Coval's metrics look for it; `None` where a span keeps its own.
    pub(super) const fn span_name(self) -> Option<&'static str> {
        match self {
            Self::ModelCall => Some(names::span::LLM),
            Self::ToolCall => Some(names::span::TOOL_CALL),
            Self::SpeechToText => Some(names::span::SPEECH_TO_TEXT),
            Self::TextToSpeech => Some(names::span::TEXT_TO_SPEECH),
            Self::Embedding | Self::Retrieval | Self::Agent | Self::Other => None,
        }
    }

    /// `gen_ai.operation.name`. The conventions have none for speech.
    pub(super) const fn operation(self, completes_text: bool) -> Option<&'static str> {
        match self {
            Self::ModelCall if completes_text => Some("text_completion"),
            Self::ModelCall => Some("chat"),
            Self::ToolCall => Some("execute_tool"),
            Self::Embedding => Some("embeddings"),
            Self::Retrieval => Some("retrieval"),
            Self::Agent => Some("invoke_agent"),
            Self::SpeechToText | Self::TextToSpeech | Self::Other => None,
        }
    }

    /// Was it this span that called a model? Others hold at most the sum of what their descendants used.
    pub(super) const fn calls_a_model(self) -> bool {
        matches!(self, Self::ModelCall | Self::SpeechToText | Self::TextToSpeech | Self::Embedding)
    }

    /// Does it answer piece by piece, so that the first piece has a time?
    pub(super) const fn streams(self) -> bool {
        matches!(self, Self::ModelCall | Self::SpeechToText | Self::TextToSpeech)
    }

    const fn is_speech(self) -> bool {
        matches!(self, Self::SpeechToText | Self::TextToSpeech)
    }
}

fn by_service(span: &PhoenixSpan) -> Option<Role> {
    find(SERVICES, text(span, "service.type")?)
}

fn by_operation(span: &PhoenixSpan) -> Option<Role> {
    find(OPERATIONS, text(span, names::gen_ai::OPERATION_NAME)?)
}

fn by_name(name: &str) -> Option<Role> {
    find(NAMES, name).or_else(|| name.starts_with(PIPECAT_TOOL).then_some(Role::ToolCall))
}

/// `pipecat.stt`, `voice/TTS`; not `tts_review`, which a model may well have been asked for.
fn by_last_segment(name: &str) -> Option<Role> {
    find(SERVICES, &name.rsplit(['.', '/', ':']).next()?.to_ascii_lowercase())
}

fn text<'a>(span: &'a PhoenixSpan, name: &str) -> Option<&'a str> {
    span.attributes.get(name).and_then(Value::as_str)
}

fn find(table: &[(&str, Role)], word: &str) -> Option<Role> {
    table.iter().find(|(known, _)| *known == word).map(|(_, role)| *role)
}
