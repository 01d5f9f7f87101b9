use crate::lookup::look_up;
use crate::names::span;

/// What a span stands for, whatever its platform calls it; its canonical name follows (docs/ARCHITECTURE.md#ids-names-and-times).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A model was asked.
    ModelCall,
    /// A tool was called.
    ToolCall,
    /// The end of a tool call, told as a span of its own: counting both would count twice.
    ToolResult,
    /// Speech was recognised.
    SpeechToText,
    /// Speech was made.
    TextToSpeech,
    /// Somebody spoke, which is not how long recognising it took.
    Speech,
    /// Vectors were made.
    Embedding,
    /// Documents were looked for.
    Retrieval,
    /// An agent was at work.
    Agent,
    /// A workflow was.
    Workflow,
    /// Anything else.
    Other,
}

/// The last segment of a speech service's name.
const SPEECH_SERVICES: &[(&str, Role)] = &[("stt", Role::SpeechToText), ("tts", Role::TextToSpeech)];

impl Role {
    /// The kind of speech that a span's name ends with: `deepgram.stt`, `voice/TTS`; not `tts_review`, which a model
    /// may well have been asked for.
    #[must_use]
    pub fn of_last_segment(name: &str) -> Option<Self> {
        look_up(SPEECH_SERVICES, &name.rsplit(['.', '/', ':']).next()?.to_ascii_lowercase())
    }

    /// The name under which Coval's metrics look for it; `None` where a span keeps its own.
    #[must_use]
    pub const fn span_name(self) -> Option<&'static str> {
        match self {
            Self::ModelCall => Some(span::LLM),
            Self::ToolCall => Some(span::TOOL_CALL),
            Self::SpeechToText => Some(span::SPEECH_TO_TEXT),
            Self::TextToSpeech => Some(span::TEXT_TO_SPEECH),
            Self::ToolResult
            | Self::Speech
            | Self::Embedding
            | Self::Retrieval
            | Self::Agent
            | Self::Workflow
            | Self::Other => None,
        }
    }

    /// `gen_ai.operation.name`. The conventions have none for speech. Of a model call it is a chat; whoever can tell
    /// that it was asked to complete a text knows better.
    #[must_use]
    pub const fn operation(self) -> Option<&'static str> {
        match self {
            Self::ModelCall => Some("chat"),
            Self::ToolCall => Some("execute_tool"),
            Self::Embedding => Some("embeddings"),
            Self::Retrieval => Some("retrieval"),
            Self::Agent => Some("invoke_agent"),
            Self::Workflow => Some("invoke_workflow"),
            Self::ToolResult | Self::SpeechToText | Self::TextToSpeech | Self::Speech | Self::Other => None,
        }
    }

    /// Was it this span that had a model at work? Others hold at most the sum of what is below them.
    #[must_use]
    pub const fn calls_a_model(self) -> bool {
        matches!(self, Self::ModelCall | Self::Embedding) || self.is_speech()
    }

    /// Does it answer piece by piece, so that the first piece has a time?
    #[must_use]
    pub const fn streams(self) -> bool {
        matches!(self, Self::ModelCall | Self::SpeechToText | Self::TextToSpeech)
    }

    /// Is it about speech, heard or made?
    #[must_use]
    pub const fn is_speech(self) -> bool {
        matches!(self, Self::SpeechToText | Self::TextToSpeech | Self::Speech)
    }
}
