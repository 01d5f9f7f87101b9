//! JSON in texts and in metadata.

use serde_json::{Map, Value};
use spanlift_model::Attributes;
use spanlift_model::json::text_of;

/// Text that is a JSON object or list.
pub(super) fn parsed(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Sets every value below `members`, objects flattened to dotted names as v2 does it itself (docs/platforms/langfuse.md#62-where-metadata-lands).
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
