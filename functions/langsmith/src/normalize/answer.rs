//! How a model ended its answer (docs/platforms/langsmith.md#74-answers-and-tools).

use serde_json::Value;
use spanlift_model::Attributes;
use spanlift_model::json::to_text;
use spanlift_model::names::{self, gen_ai};

use super::json::said;
use crate::record::LangSmithRun;
use crate::usage::{at, generations};

/// Where a generation says why it ended, and where the whole output does.
const OF_GENERATION: &[&[&str]] = &[
    &["generation_info", "finish_reason"],
    &["message", "kwargs", "response_metadata", "finish_reason"],
    &["message", "kwargs", "response_metadata", "stop_reason"],
    &["message", "response_metadata", "finish_reason"],
    &["message", "response_metadata", "stop_reason"],
];
const OF_OUTPUT: &[&[&str]] = &[
    &["stop_reason"],
    &["finish_reason"],
    &["output", "kwargs", "response_metadata", "finish_reason"],
    &["output", "response_metadata", "finish_reason"],
    &["llm_output", "stop_reason"],
];

/// Derives finish reasons and the answer's id.
pub(super) fn derive(run: &LangSmithRun, attributes: &mut Attributes) {
    let outputs = &run.outputs;
    let choices = outputs.get("choices").and_then(Value::as_array).into_iter().flatten();
    let mut reasons: Vec<&str> = choices.filter_map(|choice| choice.get("finish_reason").and_then(said)).collect();
    if reasons.is_empty() {
        reasons = generations(outputs).filter_map(|generation| first(generation, OF_GENERATION)).collect();
    }
    if reasons.is_empty() {
        reasons.extend(first(outputs, OF_OUTPUT));
    }
    attributes.derive_some(names::LLM_FINISH_REASON, reasons.first().copied());
    if !reasons.is_empty() {
        attributes.derive(gen_ai::RESPONSE_FINISH_REASONS, to_text(&reasons));
    }
    let of_generation: &[&[&str]] = &[&["message", "kwargs", "response_metadata", "id"]];
    let id = first(outputs, &[&["id"], &["llm_output", "id"]])
        .or_else(|| generations(outputs).find_map(|generation| first(generation, of_generation)));
    attributes.derive_some(gen_ai::RESPONSE_ID, id);
}

fn first<'a>(value: &'a Value, paths: &[&[&str]]) -> Option<&'a str> {
    paths.iter().find_map(|path| at(value, path).and_then(said))
}
