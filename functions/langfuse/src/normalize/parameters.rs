//! What a model was asked for, and who serves it (docs/platforms/langfuse.md#83-model-and-provider).

use serde_json::{Map, Value};
use spanlift_model::json::{Sorted, to_text};
use spanlift_model::names::{gen_ai, model_provider};
use spanlift_model::{Attributes, canonical_text, look_up};

/// How a parameter is read: values may be numbers as text. What does not fit is left out; the original stays.
#[derive(Clone, Copy)]
enum Read {
    Number,
    Integer,
    /// A text, or a list of them.
    Texts,
}

const PARAMETERS: &[(&str, &[&str], Read)] = &[
    (gen_ai::REQUEST_TEMPERATURE, &["temperature"], Read::Number),
    (gen_ai::REQUEST_TOP_P, &["top_p", "topP"], Read::Number),
    (gen_ai::REQUEST_TOP_K, &["top_k", "topK"], Read::Number),
    (gen_ai::REQUEST_MAX_TOKENS, &["max_tokens", "maxTokens", "max_completion_tokens"], Read::Integer),
    (gen_ai::REQUEST_FREQUENCY_PENALTY, &["frequency_penalty"], Read::Number),
    (gen_ai::REQUEST_PRESENCE_PENALTY, &["presence_penalty"], Read::Number),
    (gen_ai::REQUEST_SEED, &["seed"], Read::Integer),
    (gen_ai::REQUEST_STOP_SEQUENCES, &["stop_sequences", "stop"], Read::Texts),
];

/// The older `gen_ai.system`, and the conventions' name, beside those that are known everywhere; any other keeps its own.
const SYSTEMS: &[(&str, &str)] = &[("azure", "azure.ai.openai")];

pub(super) fn derive(parameters: &Map<String, Value>, attributes: &mut Attributes) {
    for (target, keys, read) in PARAMETERS {
        let value = keys.iter().find_map(|key| read.text(parameters.get(*key)?));
        attributes.derive_some(target, value);
    }
}

/// Langfuse keeps no provider of its own: only what the instrumentation wrote is known.
pub(super) fn derive_provider(attributes: &mut Attributes) {
    let system = attributes.get("gen_ai.system").map(|system| system.trim().to_lowercase());
    let Some(system) = system.filter(|system| !system.is_empty()) else {
        return;
    };
    let known = look_up(SYSTEMS, &system).or_else(|| model_provider(&system));
    attributes.derive(gen_ai::PROVIDER_NAME, known.map_or(system, str::to_owned));
}

impl Read {
    fn text(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Texts, Value::Array(items)) => (!items.is_empty()).then(|| to_text(&Sorted(value))),
            (Self::Texts, Value::String(text)) => Some(to_text(&[text])),
            (Self::Texts, _) => None,
            (Self::Number, value) => canonical_text(value).filter(|text| text.trim().parse().is_ok_and(f64::is_finite)),
            (Self::Integer, value) => canonical_text(value).filter(|text| text.trim().parse::<i64>().is_ok()),
        }
    }
}
