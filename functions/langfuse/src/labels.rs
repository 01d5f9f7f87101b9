//! Where a simulation's id may stand in metadata (contract §5.2 to §5.4).

use serde_json::{Map, Value};
use spanlift_model::canonical_text;
use spanlift_model::correlation::{Key, Label};

/// The catch-alls for what was on the span and on its resource.
const CATCH_ALLS: [&str; 2] = ["attributes", "resourceAttributes"];
/// An attribute that holds metadata once more, as an object or as JSON text.
const METADATA: &str = "metadata";
/// A catch-all, a metadata in it, and a session in that.
const MAX_DEPTH: usize = 4;

/// A correlation key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: Key,
    pub(crate) value: String,
}

impl Tag {
    pub(crate) fn session(id: &str) -> Option<Self> {
        let tag = Self { key: Key::SessionIdCamel, value: id.to_owned() };
        (!id.trim().is_empty()).then_some(tag)
    }

    /// Langfuse's own session, the attribute that Langfuse makes it from (contract §5.3), or one of its name. It can
    /// match a hint, but does not show that anybody tags: specific keys and `session_id` do (design §5).
    pub(crate) const fn is_session(&self) -> bool {
        matches!(self.key, Key::SessionDotId | Key::SessionIdCamel)
    }

    /// `None` when the value is blank.
    pub(crate) fn label(&self) -> Option<Label> {
        Label::new(self.key, self.value.as_str())
    }
}

/// The keys in an observation's or a trace's metadata.
pub(crate) fn tags(metadata: &Map<String, Value>) -> Vec<Tag> {
    let mut tags = Vec::new();
    collect(metadata, 0, &mut tags);
    tags
}

fn collect(members: &Map<String, Value>, depth: usize, tags: &mut Vec<Tag>) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, value) in members {
        let below = without_catch_all(name);
        if let Some(key) = Key::parse(below) {
            let value = value_text(value).filter(|value| !value.trim().is_empty());
            let tag = value.map(|value| Tag { key, value });
            tags.extend(tag.filter(|tag| !tags.contains(tag)));
        } else if CATCH_ALLS.contains(&below) || below == METADATA {
            match value {
                Value::Object(inner) => collect(inner, depth + 1, tags),
                Value::String(text) => {
                    if let Ok(inner) = serde_json::from_str::<Map<String, Value>>(text) {
                        collect(&inner, depth + 1, tags);
                    }
                }
                _ => {}
            }
        } else if let ("session", Value::Object(session)) = (below, value)
            && let Some(id) = session.get("id")
        {
            let inner = Map::from_iter([("session.id".to_owned(), id.clone())]);
            collect(&inner, depth + 1, tags);
        }
    }
}

/// Flattened names are `attributes.metadata.simulation_output_id` and the like.
fn without_catch_all(name: &str) -> &str {
    let mut below = name;
    for prefix in CATCH_ALLS.into_iter().chain([METADATA]) {
        below = below.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')).unwrap_or(below);
    }
    below
}

/// SDK v5 sends text as JSON, and not every server decodes it (contract §2.2).
fn value_text(value: &Value) -> Option<String> {
    let text = canonical_text(value)?;
    Some(unquoted(text))
}

/// Text that is a JSON string, decoded; any other as it is.
pub(crate) fn unquoted(text: String) -> String {
    if !(text.starts_with('"') && text.ends_with('"')) {
        return text;
    }
    serde_json::from_str::<String>(&text).unwrap_or(text)
}

/// The value at a dotted path, whichever of its dots are steps into objects.
pub(crate) fn at_path<'a>(members: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = members.get(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| {
        let (step, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
        match members.get(step)? {
            Value::Object(inner) => at_path(inner, rest),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(metadata: &Value) -> Vec<String> {
        tags(metadata.as_object().unwrap())
            .into_iter()
            .map(|tag| format!("{}={}", tag.key.as_str(), tag.value))
            .collect()
    }

    #[test]
    fn finds_a_key_wherever_it_may_stand() {
        for metadata in [
            json!({"simulation_output_id": "so_1"}),
            json!({"simulation_output_id": "\"so_1\""}),
            json!({"attributes": {"simulation_output_id": "so_1"}}),
            json!({"attributes.simulation_output_id": "so_1"}),
            json!({"attributes": {"metadata": {"simulation_output_id": "so_1"}}}),
            json!({"attributes": {"metadata": "{\"simulation_output_id\":\"so_1\"}"}}),
            json!({"attributes.metadata": "{\"simulation_output_id\":\"so_1\"}"}),
            json!({"attributes.metadata.simulation_output_id": "so_1"}),
            json!({"attributes": "{\"simulation_output_id\":\"so_1\"}"}),
            json!({"resourceAttributes": {"simulation_output_id": "so_1"}}),
            json!({"resourceAttributes.simulation_output_id": "so_1"}),
            json!({"metadata": {"simulation_output_id": "so_1"}}),
        ] {
            assert_eq!(found(&metadata), ["simulation_output_id=so_1"], "{metadata}");
        }
        assert_eq!(
            found(&json!({"session": {"id": 7}, "attributes.session.id": "x"})),
            ["session.id=7", "session.id=x"]
        );
        assert_eq!(found(&json!({"simulation_output_id": 12345})), ["simulation_output_id=12345"]);
        for metadata in [
            json!({"scope": {"session_id": "x"}, "nested": {"simulation_output_id": "x"}}),
            json!({"simulation_output_id": " ", "session_id": null, "sessionId": ["x"], "metadata": "simulation_output_id"}),
        ] {
            assert!(found(&metadata).is_empty(), "{metadata}");
        }
    }

    #[test]
    fn steps_into_objects_at_any_dot() {
        for metadata in [
            json!({"resourceAttributes.service.name": "coval"}),
            json!({"resourceAttributes": {"service.name": "coval"}}),
            json!({"resourceAttributes": {"service": {"name": "coval"}}}),
        ] {
            let value = at_path(metadata.as_object().unwrap(), "resourceAttributes.service.name");
            assert_eq!(value, Some(&json!("coval")));
        }
    }
}
