//! What an observation stands for, and the canonical name that follows (design §6; contract §8.2; contract coval §3).

use spanlift_model::{Attributes, names};

use crate::observation::Observation;

/// What an observation stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    ModelCall,
    ToolCall,
    SpeechToText,
    TextToSpeech,
    Embedding,
    Retrieval,
    Agent,
    Workflow,
    Other,
}

/// Types that say what an observation stands for. `SPAN` is not here: it says nothing, so that the operation and the
/// name may.
const TYPES: &[(&str, Role)] = &[
    ("GENERATION", Role::ModelCall),
    ("TOOL", Role::ToolCall),
    ("EMBEDDING", Role::Embedding),
    ("RETRIEVER", Role::Retrieval),
    ("AGENT", Role::Agent),
    ("CHAIN", Role::Workflow),
    ("EVENT", Role::Other),
    ("GUARDRAIL", Role::Other),
    ("EVALUATOR", Role::Other),
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
    ("invoke_workflow", Role::Workflow),
    ("stt", Role::SpeechToText),
    ("tts", Role::TextToSpeech),
];

/// Names that decide where nothing else does: Coval's canonical ones and the aliases that its own wizard renames
/// (contract coval §3). In their own case: Coval compares exactly.
const NAMES: &[(&str, Role)] = &[
    (names::span::LLM, Role::ModelCall),
    ("llm_request", Role::ModelCall),
    ("llm_request_run", Role::ModelCall),
    (names::span::TOOL_CALL, Role::ToolCall),
    ("tool_call", Role::ToolCall),
    ("function_tool", Role::ToolCall),
    (names::span::SPEECH_TO_TEXT, Role::SpeechToText),
    ("stt_request", Role::SpeechToText),
    ("stt_request_run", Role::SpeechToText),
    (names::span::TEXT_TO_SPEECH, Role::TextToSpeech),
    ("tts_request", Role::TextToSpeech),
    ("tts_request_run", Role::TextToSpeech),
];

/// The last segment of a name.
const SERVICES: &[(&str, Role)] = &[("stt", Role::SpeechToText), ("tts", Role::TextToSpeech)];

impl Role {
    /// The type decides; where it says nothing, the operation does, and at last the name. A generation is no more than
    /// "a model was at work": speech is one too where people write it so.
    pub(super) fn of(observation: &Observation, attributes: &Attributes) -> Self {
        let by_operation = || find(OPERATIONS, attributes.get(names::gen_ai::OPERATION_NAME)?);
        let by_name = || find(NAMES, &observation.name);
        match find(TYPES, &observation.kind) {
            Some(Self::ModelCall) => by_operation()
                .filter(|role| role.is_speech())
                .or_else(|| by_name().filter(|role| role.is_speech()))
                .or_else(|| by_last_segment(&observation.name))
                .unwrap_or(Self::ModelCall),
            Some(role) => role,
            None => by_operation().or_else(by_name).unwrap_or(Self::Other),
        }
    }

    /// The name under which Coval's metrics look for it; `None` where a span keeps its own.
    pub(super) const fn span_name(self) -> Option<&'static str> {
        match self {
            Self::ModelCall => Some(names::span::LLM),
            Self::ToolCall => Some(names::span::TOOL_CALL),
            Self::SpeechToText => Some(names::span::SPEECH_TO_TEXT),
            Self::TextToSpeech => Some(names::span::TEXT_TO_SPEECH),
            Self::Embedding | Self::Retrieval | Self::Agent | Self::Workflow | Self::Other => None,
        }
    }

    /// `gen_ai.operation.name`. The conventions have none for speech.
    pub(super) const fn operation(self) -> Option<&'static str> {
        match self {
            Self::ModelCall => Some("chat"),
            Self::ToolCall => Some("execute_tool"),
            Self::Embedding => Some("embeddings"),
            Self::Retrieval => Some("retrieval"),
            Self::Agent => Some("invoke_agent"),
            Self::Workflow => Some("invoke_workflow"),
            Self::SpeechToText | Self::TextToSpeech | Self::Other => None,
        }
    }

    /// Was it this observation that called a model? Others hold at most the sum of what is below them.
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

/// `deepgram.stt`, `voice/TTS`; not `tts_review`, which a model may well have been asked for.
fn by_last_segment(name: &str) -> Option<Role> {
    find(SERVICES, &name.rsplit(['.', '/', ':']).next()?.to_ascii_lowercase())
}

fn find(table: &[(&str, Role)], word: &str) -> Option<Role> {
    table.iter().find(|(known, _)| *known == word).map(|(_, role)| *role)
}
