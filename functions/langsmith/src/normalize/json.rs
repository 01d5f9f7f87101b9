//! JSON as text: the same for the same content, whatever order members come in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use spanlift_model::canonical_text;

/// A value as an attribute's text: scalars as they are, lists and objects as compact JSON; `None` for null.
pub(super) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Array(_) | Value::Object(_) => Some(Cow::Owned(to_text(&Sorted(value)))),
        Value::Bool(_) | Value::Number(_) => canonical_text(value).map(Cow::Owned),
    }
}

/// A value as JSON; `None` for null and for an object without members, which says nothing.
pub(super) fn json_of(value: &Value) -> Option<String> {
    let says_nothing = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    (!says_nothing).then(|| to_text(&Sorted(value)))
}

/// A text that is not blank.
pub(super) fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

/// Compact JSON.
pub(super) fn to_text(value: &impl Serialize) -> String {
    // Names are text and numbers finite: nothing here can fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// A value whose objects list their members by name.
struct Sorted<'a>(&'a Value);

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
