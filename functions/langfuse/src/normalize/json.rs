//! JSON as text: the same for the same content, whatever order a platform or a library keeps members in.

use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};
use spanlift_model::{Attributes, canonical_text};

/// A value as an attribute's text: scalars as they are, lists and objects as compact JSON; `None` for null.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(_) | Value::Object(_) => Some(to_text(&Sorted(value))),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => canonical_text(value),
    }
}

/// Compact JSON.
pub(super) fn to_text(value: &impl Serialize) -> String {
    // Names are text and numbers finite: nothing here can fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// Text that is a JSON object or list.
pub(super) fn parsed(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Sets every value below `members`, objects flattened to dotted names as v2 does it itself (contract §5.2).
pub(super) fn set_flat(prefix: &str, members: &Map<String, Value>, attributes: &mut Attributes) {
    for (name, value) in members {
        let path = format!("{prefix}{name}");
        match value {
            Value::Object(inner) if !inner.is_empty() => set_flat(&format!("{path}."), inner, attributes),
            value => {
                if let Some(text) = text_of(value) {
                    attributes.set(path, text);
                }
            }
        }
    }
}

/// A value whose objects list their members by name.
pub(super) struct Sorted<'a>(pub(super) &'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            Value::Object(members) => {
                let members: BTreeMap<&String, Sorted<'_>> =
                    members.iter().map(|(name, value)| (name, Sorted(value))).collect();
                serializer.collect_map(members)
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
