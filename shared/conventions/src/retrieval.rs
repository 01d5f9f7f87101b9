//! What a retriever was asked and what it found, and the vectors of embeddings, of which only the length is kept.

use spanlift_model::json::{Sorted, Value, to_text};
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, Role};

use crate::derived::Derived;
use crate::json_text::Nested;
use crate::messages::indexed;
use crate::payload::Carried;
use crate::sent::{SentSpan, json_of};

/// Attributes that hold vectors, and who writes them; `*` at the beginning of a name is anything.
pub const VECTORS: &[(&str, &str)] = &[
    ("embedding.vector", "OpenInference"),
    ("*.embedding.vector", "OpenInference"),
    ("ai.embedding", "AI SDK 5, 6"),
    ("ai.embeddings", "AI SDK 5, 6"),
];

/// Members of what went into a retriever that are the query, and of what came out that are the documents.
pub const QUERIES: &[&str] = &["query", "input"];
/// See [`QUERIES`].
pub const FOUND: &[&str] = &["documents", "output", "outputs"];

/// Documents, member by member.
const DOCUMENTS: &str = "retrieval.documents";

/// Derives query and documents.
pub(crate) fn derive(
    role: Role,
    span: &SentSpan,
    [input, output]: [Option<&Carried<'_>>; 2],
    derived: &mut Derived<'_>,
) {
    if derived.get(gen_ai::RETRIEVAL_DOCUMENTS).is_none() {
        derived.derive_some(gen_ai::RETRIEVAL_DOCUMENTS, documents(&span.attributes));
    }
    if role != Role::Retrieval {
        return;
    }
    let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let asked = input.and_then(|input| match input.json() {
        Some(json) => QUERIES.iter().find_map(|name| text(json.get(name)?)),
        None => Some(input.text.to_owned()),
    });
    derived.derive_some(gen_ai::RETRIEVAL_QUERY_TEXT, asked);
    let found = output.and_then(Carried::json).and_then(|json| {
        let list = FOUND.iter().find_map(|name| json.get(name));
        list.or(Some(json)).filter(|found| found.is_array())
    });
    derived.derive_some(gen_ai::RETRIEVAL_DOCUMENTS, found.map(|found| to_text(&Sorted(found))));
}

/// Takes vectors out, and derives their length.
pub(crate) fn derive_dimensions(span: &SentSpan, derived: &mut Derived<'_>) {
    let length = |(name, value)| Some((name, vector_length(name, value)?));
    let vectors: Vec<(&str, usize)> = span.attributes.iter().filter_map(length).collect();
    for (name, _) in &vectors {
        derived.leave_out(name);
    }
    // Names are sorted: the first is of the first text.
    let length = vectors.first().map(|(_, length)| length.to_string());
    derived.derive_some(gen_ai::EMBEDDINGS_DIMENSION_COUNT, length);
}

fn vector_length(name: &str, value: &str) -> Option<usize> {
    let is_it = |row: &str| row.strip_prefix('*').map_or(name == row, |end| name.ends_with(end));
    let is_vector = value.trim_start().starts_with('[') && VECTORS.iter().any(|(row, _)| is_it(row));
    let vector = |text: &str| serde_json::from_str::<Vec<f64>>(text).ok().filter(|vector| !vector.is_empty());
    let vectors = || {
        serde_json::from_str::<Vec<String>>(value).ok().filter(|texts| texts.iter().all(|text| vector(text).is_some()))
    };
    is_vector.then(|| vector(value).or_else(|| vector(vectors()?.first()?)).map(|vector| vector.len())).flatten()
}

fn documents(attributes: &Attributes) -> Option<String> {
    let found = indexed(attributes, DOCUMENTS);
    let document = |entries: &Vec<(&str, &str)>| {
        let members: Vec<(&str, Value)> = entries
            .iter()
            .filter_map(|(name, text)| {
                let name = name.strip_prefix("document.")?;
                Some((name, typed(name, text)))
            })
            .collect();
        Nested::collect(members.iter().map(|(name, value)| (*name, value))).map(|nested| to_text(&nested))
    };
    let documents: Vec<String> = found.values().filter_map(document).collect();
    (!documents.is_empty()).then(|| format!("[{}]", documents.join(",")))
}

/// Ids and contents are texts; scores and what people know about documents may be anything that JSON has.
fn typed(name: &str, text: &str) -> Value {
    let is_text = matches!(name, "id" | "content");
    let scalar = || serde_json::from_str(text).ok().filter(|value: &Value| to_text(value) == text);
    let typed = if is_text { None } else { json_of(text).or_else(scalar) };
    typed.unwrap_or_else(|| Value::from(text))
}
