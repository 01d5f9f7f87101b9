//! What a model was asked with: `invocation_params` and `ls_*` metadata (docs/platforms/langsmith.md#74-answers-and-tools).

use serde_json::Value;
use spanlift_model::json::to_text;
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, canonical_text};

use super::json::json_of;
use crate::record::LangSmithRun;

/// How a parameter is read. What does not fit is left out.
#[derive(Clone, Copy)]
enum Read {
    Number,
    Integer,
    Bool,
    /// A text, or a list of them.
    Texts,
    /// A list that is not empty.
    List,
}

/// The convention's name, the parameter's, and the metadata's.
const PARAMETERS: &[(&str, &[&str], &str, Read)] = &[
    (gen_ai::REQUEST_TEMPERATURE, &["temperature"], "ls_temperature", Read::Number),
    (gen_ai::REQUEST_TOP_P, &["top_p"], "", Read::Number),
    (gen_ai::REQUEST_TOP_K, &["top_k"], "", Read::Number),
    (
        gen_ai::REQUEST_MAX_TOKENS,
        &["max_tokens", "max_completion_tokens", "max_output_tokens"],
        "ls_max_tokens",
        Read::Integer,
    ),
    (gen_ai::REQUEST_FREQUENCY_PENALTY, &["frequency_penalty"], "", Read::Number),
    (gen_ai::REQUEST_PRESENCE_PENALTY, &["presence_penalty"], "", Read::Number),
    (gen_ai::REQUEST_SEED, &["seed"], "", Read::Integer),
    (gen_ai::REQUEST_STREAM, &["stream"], "", Read::Bool),
    (gen_ai::REQUEST_STOP_SEQUENCES, &["stop", "stop_sequences"], "ls_stop", Read::Texts),
    (gen_ai::TOOL_DEFINITIONS, &["tools"], "", Read::List),
];

/// Derives the request's parameters.
pub(super) fn derive(run: &LangSmithRun, attributes: &mut Attributes) {
    for (target, names, of_metadata, read) in PARAMETERS {
        let parameter = |name: &&str| run.invocation_params().find_map(|parameters| read.text(parameters.get(*name)?));
        let value = names.iter().find_map(parameter).or_else(|| read.text(run.metadata.get(*of_metadata)?));
        attributes.derive_some(target, value);
    }
}

impl Read {
    fn text(self, value: &Value) -> Option<String> {
        let scalar = || canonical_text(value).map(|text| text.trim().to_lowercase());
        match self {
            Self::Number => scalar().filter(|text| text.parse().is_ok_and(f64::is_finite)),
            Self::Integer => scalar().filter(|text| text.parse::<i64>().is_ok()),
            Self::Bool => scalar().filter(|text| matches!(text.as_str(), "true" | "false")),
            Self::Texts => match value {
                Value::String(text) => Some(to_text(&[text])),
                value => Self::List.text(value),
            },
            Self::List => value.as_array().filter(|list| !list.is_empty()).and_then(|_| json_of(value)),
        }
    }
}
