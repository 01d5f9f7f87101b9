//! What a span stands for (docs/platforms/phoenix.md#71-kinds-and-speech).

use serde_json::Value;
use spanlift_model::{Role, look_up, names};

use crate::record::PhoenixSpan;

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

/// Names that decide where neither kind nor operation does: beside those that are known everywhere, of Pipecat's
/// OpenInference instrumentor and of LiveKit.
const NAMES: &[(&str, Role)] = &[
    ("pipecat.llm", Role::ModelCall),
    ("pipecat.stt", Role::SpeechToText),
    ("pipecat.tts", Role::TextToSpeech),
    ("tts_node", Role::TextToSpeech),
];

/// How Pipecat's instrumentor begins the name of a tool call; the tool's name follows.
pub(super) const PIPECAT_TOOL: &str = "pipecat.tool.";

/// `service.type`.
const SERVICES: &[(&str, Role)] = &[("llm", Role::ModelCall), ("stt", Role::SpeechToText), ("tts", Role::TextToSpeech)];

/// The kind decides; where it says nothing, the operation does, and at last the name.
///
/// Kind `LLM` is no more than "a model was at work": Pipecat's instrumentor gives it to speech too, and Phoenix to
/// whatever has a `gen_ai.request.model`.
pub(super) fn role_of(span: &PhoenixSpan) -> Role {
    let kind = span.kind.as_deref().unwrap_or_default().trim().to_ascii_uppercase();
    match look_up(KINDS, &kind) {
        Some(Role::ModelCall) => by_service(span)
            .or_else(|| by_operation(span).filter(|role| role.is_speech()))
            .or_else(|| Role::of_last_segment(&span.name))
            .or_else(|| by_name(&span.name).filter(|role| role.is_speech()))
            .unwrap_or(Role::ModelCall),
        Some(role) => role,
        None => by_operation(span).or_else(|| by_name(&span.name)).unwrap_or(Role::Other),
    }
}

fn by_service(span: &PhoenixSpan) -> Option<Role> {
    look_up(SERVICES, text(span, "service.type")?)
}

fn by_operation(span: &PhoenixSpan) -> Option<Role> {
    Role::of_operation(text(span, names::gen_ai::OPERATION_NAME)?)
}

fn by_name(name: &str) -> Option<Role> {
    let own = || look_up(NAMES, name).or_else(|| name.starts_with(PIPECAT_TOOL).then_some(Role::ToolCall));
    Role::of_name(name).or_else(own)
}

fn text<'a>(span: &'a PhoenixSpan, name: &str) -> Option<&'a str> {
    span.attributes.get(name).and_then(Value::as_str)
}
