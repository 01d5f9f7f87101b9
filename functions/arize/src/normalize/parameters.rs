//! What a model was asked for: `llm.invocation_parameters` (docs/platforms/phoenix.md#72-models-and-providers).

use serde_json::{Map, Value};
use spanlift_model::json::{Sorted, text_of, to_text};
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, look_up};

/// How a parameter is read. What does not fit is left out; the original stays.
#[derive(Clone, Copy)]
enum Read {
    Number,
    Integer,
    /// An integer that says nothing when it is 1.
    Count,
    Bool,
    /// A text, or a list of them.
    Texts,
    /// `json_object` and the like, or an object whose `type` says so.
    Format,
}

const PARAMETERS: &[(&str, &[&str], Read)] = &[
    (gen_ai::REQUEST_TEMPERATURE, &["temperature"], Read::Number),
    (gen_ai::REQUEST_TOP_P, &["top_p"], Read::Number),
    (gen_ai::REQUEST_TOP_K, &["top_k"], Read::Number),
    (gen_ai::REQUEST_MAX_TOKENS, &["max_tokens", "max_completion_tokens", "max_output_tokens"], Read::Integer),
    (gen_ai::REQUEST_FREQUENCY_PENALTY, &["frequency_penalty"], Read::Number),
    (gen_ai::REQUEST_PRESENCE_PENALTY, &["presence_penalty"], Read::Number),
    (gen_ai::REQUEST_SEED, &["seed"], Read::Integer),
    (gen_ai::REQUEST_STREAM, &["stream"], Read::Bool),
    (gen_ai::REQUEST_STOP_SEQUENCES, &["stop_sequences", "stop"], Read::Texts),
    (gen_ai::REQUEST_CHOICE_COUNT, &["n", "choice_count", "candidate_count"], Read::Count),
    (gen_ai::REQUEST_ENCODING_FORMATS, &["encoding_formats", "encoding_format"], Read::Texts),
    (gen_ai::OUTPUT_TYPE, &["response_format"], Read::Format),
];

const FORMATS: &[(&str, &str)] =
    &[("json", "json"), ("json_object", "json"), ("json_schema", "json"), ("text", "text")];

/// Derives the request's parameters, and its model where nothing better named it.
pub(super) fn derive(attributes: &mut Attributes) {
    for name in ["llm.invocation_parameters", "embedding.invocation_parameters"] {
        let Some(parameters) = attributes.get(name).and_then(parse) else {
            continue;
        };
        for (target, keys, read) in PARAMETERS {
            let value = keys.iter().find_map(|key| read.text(parameters.get(*key)?));
            attributes.derive_some(target, value);
        }
        let model = parameters.get("model").and_then(Value::as_str);
        attributes.derive_some(gen_ai::REQUEST_MODEL, model.filter(|model| !model.trim().is_empty()));
    }
}

fn parse(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

impl Read {
    fn text(self, value: &Value) -> Option<String> {
        match self {
            Self::Number => scalar(value).filter(|text| text.parse().is_ok_and(f64::is_finite)),
            Self::Integer => scalar(value).filter(|text| text.parse::<i64>().is_ok()),
            Self::Count => Self::Integer.text(value).filter(|text| text != "1"),
            Self::Bool => scalar(value).filter(|text| matches!(text.as_str(), "true" | "false")),
            Self::Texts => match value {
                Value::Array(items) => (!items.is_empty()).then(|| to_text(&Sorted(value))),
                Value::String(text) => Some(to_text(&[text])),
                _ => None,
            },
            Self::Format => {
                let format = value.get("type").unwrap_or(value).as_str()?.to_lowercase();
                look_up(FORMATS, &format).map(str::to_owned)
            }
        }
    }
}

/// A number or a text that may be one, in one spelling.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        value => text_of(value).map(|text| text.trim().to_lowercase()),
    }
}
