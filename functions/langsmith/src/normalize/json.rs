//! Values that say something.

use serde_json::Value;
use spanlift_model::json::{Sorted, to_text};

/// A value as JSON; `None` for null and for an object without members, which says nothing.
pub(super) fn json_of(value: &Value) -> Option<String> {
    let says_nothing = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    (!says_nothing).then(|| to_text(&Sorted(value)))
}

/// A text that is not blank.
pub(super) fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}
