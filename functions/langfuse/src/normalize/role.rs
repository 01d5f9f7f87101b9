//! What an observation stands for (docs/platforms/langfuse.md#81-types).

use spanlift_model::{Attributes, Role, look_up, names};

use crate::record::Observation;

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

/// Names that decide where nothing else does, beside those that are known everywhere: the aliases that Coval's own wizard
/// renames (docs/REFERENCE.md#attributes).
const NAMES: &[(&str, Role)] = &[
    ("llm_request", Role::ModelCall),
    ("llm_request_run", Role::ModelCall),
    ("stt_request", Role::SpeechToText),
    ("stt_request_run", Role::SpeechToText),
    ("tts_request", Role::TextToSpeech),
    ("tts_request_run", Role::TextToSpeech),
];

/// The type decides; where it says nothing, the operation does, and at last the name. A generation is no more than "a
/// model was at work": speech is one too where people write it so.
pub(super) fn role_of(observation: &Observation, attributes: &Attributes) -> Role {
    let by_operation = || Role::of_operation(attributes.get(names::gen_ai::OPERATION_NAME)?);
    let by_name = || Role::of_name(&observation.name).or_else(|| look_up(NAMES, &observation.name));
    match look_up(TYPES, &observation.kind) {
        Some(Role::ModelCall) => by_operation()
            .filter(|role| role.is_speech())
            .or_else(|| by_name().filter(|role| role.is_speech()))
            .or_else(|| Role::of_last_segment(&observation.name))
            .unwrap_or(Role::ModelCall),
        Some(role) => role,
        None => by_operation().or_else(by_name).unwrap_or(Role::Other),
    }
}
