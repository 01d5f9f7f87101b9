//! One file a vocabulary.

pub mod adk;
pub mod ai_sdk;
pub mod anthropic;
pub mod coval;
pub mod langchain;
pub mod litellm;
pub mod livekit;
pub mod llama_index;
pub mod openai_agents;
pub mod openinference;
pub mod openllmetry;
pub mod otel_genai;
pub mod pipecat;
pub mod pydantic_ai;
pub mod strands;

use spanlift_model::Role;

use crate::row::{CallTable, Vocabulary};

/// All, in the order in which they are asked. The AI SDK's operations come before the conventions': they tell a call
/// from what lies around it.
pub const ALL: &[Vocabulary] = &[
    ai_sdk::VOCABULARY,
    otel_genai::VOCABULARY,
    pipecat::VOCABULARY,
    strands::VOCABULARY,
    openllmetry::VOCABULARY,
    langchain::VOCABULARY,
    llama_index::VOCABULARY,
    openinference::VOCABULARY,
    livekit::VOCABULARY,
    adk::VOCABULARY,
    pydantic_ai::VOCABULARY,
    litellm::VOCABULARY,
];

/// What wraps what for one call, in all of them.
pub const CALLS: &[CallTable] = &[
    livekit::MODEL_CALL,
    livekit::REALTIME,
    livekit::SYNTHESIS,
    livekit::RECOGNITION,
    adk::MODEL_CALL,
    litellm::MODEL_CALL,
    llama_index::MODEL_CALL,
    anthropic::MODEL_CALL,
];

/// Spans that clients write of their own requests: the innermost of a call of this role, whichever library uses the client.
pub(crate) const REQUESTS_OF_CLIENTS: &[(Role, &str)] = &[(Role::ModelCall, anthropic::REQUEST)];

/// Where a model is named: the last evidence that one was asked.
pub(crate) const MODELS: &[&str] = &["gen_ai.request.model", "gen_ai.response.model", "llm.model_name"];

/// Names of speech in any vocabulary, where a platform keeps neither scope nor prefix. Alone they say nothing; where
/// something else says that a model was at work and no tokens were counted, they say what kind.
pub(crate) const SPEECH_NAMES: &[(&str, Role)] = &[
    ("stt_request", Role::SpeechToText),
    ("tts_node", Role::TextToSpeech),
    ("tts_request", Role::TextToSpeech),
    ("user_turn", Role::Speech),
    ("user_speaking", Role::Speech),
];
