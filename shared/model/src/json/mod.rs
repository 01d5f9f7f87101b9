//! JSON as an attribute's text: the same for the same content, whatever order a platform or a library keeps members in.

mod members;
mod mended;
mod value;

pub use members::{each_item, each_member, items, members, string};
pub use mended::{Room, mended, readable};
pub use value::{Map, Value};

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};

use crate::canonical_text;

/// A value as an attribute's text: scalars as they are, lists and objects as compact JSON; `None` for null.
#[must_use]
pub fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Array(_) | Value::Object(_) => Some(Cow::Owned(to_text(&Sorted(value)))),
        Value::Bool(_) | Value::Number(_) => canonical_text(value).map(Cow::Owned),
    }
}

/// [`text_of`] of a value that nobody needs any more.
#[must_use]
pub fn into_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        value => text_of(&value).map(Cow::into_owned),
    }
}

/// Compact JSON of what cannot fail to be some: names are text, and numbers finite.
#[must_use]
pub fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A value whose objects list their members by name.
#[derive(Clone, Copy, Debug)]
pub struct Sorted<'a>(pub &'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            Value::Object(members) => {
                serializer.collect_map(members.sorted().into_iter().map(|(name, value)| (name, Sorted(value))))
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
