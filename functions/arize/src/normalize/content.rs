//! What models, retrievers and embedders gave back (docs/platforms/phoenix.md#7-meaning).

use serde::Deserialize;
use serde_json::{Map, Value};
use spanlift_model::json::to_text;
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, canonical_text};

use super::json::{Nested, indexed};

/// What identifies an answer among its other members.
#[derive(Deserialize)]
struct Answer {
    id: Option<Value>,
    model: Option<Value>,
}

/// Did Phoenix make `output.value` up? Since 15.10.0 it writes the native response's id and model there, and no more.
pub(super) fn is_output_made_up(source: &Map<String, Value>) -> bool {
    let Some(Value::String(output)) = source.get("output.value").filter(|_| is_json(source, "output.mime_type")) else {
        return false;
    };
    let Ok(members) = serde_json::from_str::<Map<String, Value>>(output) else {
        return false;
    };
    let is_native = |(name, value): (&String, &Value)| match name.as_str() {
        "id" => source.get(gen_ai::RESPONSE_ID) == Some(value),
        "model" => source.get(gen_ai::RESPONSE_MODEL) == Some(value),
        _ => false,
    };
    !members.is_empty() && members.iter().all(is_native)
}

/// Derives id and model of an answer that was recorded as the API gave it.
pub(super) fn derive_answer(source: &Map<String, Value>, attributes: &mut Attributes) {
    let output = source.get("output.value").and_then(Value::as_str);
    let output = output.filter(|_| is_json(source, "output.mime_type"));
    if let Some(answer) = output.and_then(|output| serde_json::from_str::<Answer>(output).ok()) {
        let text =
            |value: Option<Value>| value.as_ref().and_then(canonical_text).filter(|text| !text.trim().is_empty());
        attributes.derive_some(gen_ai::RESPONSE_ID, text(answer.id));
        attributes.derive_some(gen_ai::RESPONSE_MODEL, text(answer.model));
    }
}

/// Derives the documents that were found.
pub(super) fn derive_documents(source: &Map<String, Value>, attributes: &mut Attributes) {
    if attributes.get(gen_ai::RETRIEVAL_DOCUMENTS).is_some() {
        return;
    }
    let found = indexed(source.iter().map(|(name, value)| (name.as_str(), value)), "retrieval.documents");
    let document = |entries: &Vec<(&'_ str, &'_ Value)>| {
        let members = entries.iter().filter_map(|(name, value)| Some((name.strip_prefix("document.")?, *value)));
        Nested::collect(members).map(|nested| to_text(&nested))
    };
    let documents: Vec<String> = found.values().filter_map(document).collect();
    if !documents.is_empty() {
        attributes.derive(gen_ai::RETRIEVAL_DOCUMENTS, format!("[{}]", documents.join(",")));
    }
}

/// Derives what a retriever was asked, where that is text.
pub(super) fn derive_query(source: &Map<String, Value>, attributes: &mut Attributes) {
    let query = source.get("input.value").filter(|_| !is_json(source, "input.mime_type"));
    attributes.derive_some(gen_ai::RETRIEVAL_QUERY_TEXT, query.and_then(Value::as_str));
}

/// The length of an embedding's vector: it is all that is kept of one.
pub(super) fn vector_length(name: &str, value: &Value) -> Option<usize> {
    let is_vector = name == "embedding.vector" || name.ends_with(".embedding.vector");
    match value {
        _ if !is_vector => None,
        Value::Array(vector) => Some(vector.len()),
        Value::String(text) => serde_json::from_str::<Vec<f64>>(text).ok().map(|vector| vector.len()),
        _ => None,
    }
}

fn is_json(source: &Map<String, Value>, mime_type: &str) -> bool {
    source.get(mime_type).and_then(Value::as_str) == Some("application/json")
}
