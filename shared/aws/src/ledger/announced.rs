//! What a pass had to announce, as its item keeps it: only what the item does not say anyway, because an item of up to 1 KB
//! costs one write unit.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};
use spanlift_importer::Outcome;

/// Fields of an outcome that every item has under the same name.
const NAMES: [&str; 6] = ["organization_id", "run_id", "simulation_output_id", "attempt", "provider", "import_id"];
/// Fields of a pass that counted, and the attributes that its completion writes them to.
const COUNTED: [(&str, &str); 11] = [
    ("status", "last_status"),
    ("reason", "reason"),
    ("error", "last_error"),
    ("stored", "stored"),
    ("matched_traces", "matched_traces"),
    ("matched_spans", "matched_spans"),
    ("requests", "requests"),
    ("truncated", "truncated"),
    ("incomplete", "incomplete"),
    ("matched_by", "matched_by"),
    ("duration_ms", "duration_ms"),
];

/// The attribute `outcome` of a completion that writes all its counts, or does not: then the item's are those of an earlier pass.
pub(super) fn kept(outcome: &Outcome, is_counted: bool) -> Option<String> {
    let Value::Object(mut json) = serde_json::to_value(outcome).ok()? else { return None };
    let is_in_item =
        |field: &str| NAMES.contains(&field) || is_counted && COUNTED.iter().any(|(name, _)| *name == field);
    json.retain(|field, _| !is_in_item(field));
    Some(Value::Object(json).to_string())
}

/// The outcome of an item's last completion.
pub(super) fn announced(item: &HashMap<String, AttributeValue>) -> Option<Outcome> {
    let mut json: Map<String, Value> = serde_json::from_str(item.get("outcome")?.as_s().ok()?).ok()?;
    let is_counted = !json.contains_key("status");
    let counted = COUNTED.into_iter().filter(|_| is_counted);
    for (field, attribute) in NAMES.map(|name| (name, name)).into_iter().chain(counted) {
        if let Some(value) = item.get(attribute).and_then(value) {
            json.insert(field.to_owned(), value);
        }
    }
    serde_json::from_value(Value::Object(json)).ok()
}

fn value(attribute: &AttributeValue) -> Option<Value> {
    match attribute {
        AttributeValue::S(text) => Some(Value::from(text.as_str())),
        AttributeValue::N(number) => number.parse::<u64>().ok().map(Value::from),
        AttributeValue::Bool(yes) => Some(Value::from(*yes)),
        AttributeValue::L(values) => values.iter().map(value).collect::<Option<Vec<_>>>().map(Value::from),
        _ => None,
    }
}
