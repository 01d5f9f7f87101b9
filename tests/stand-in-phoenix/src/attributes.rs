//! What becomes of attributes: they are stored nested and told flat.
//!
//! The dots of a sent name are levels of the store. Those of a name inside a JSON text are not: `session.id` in
//! `metadata` stays one name, though it is told as `metadata.session.id` too, and no path leads to it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(crate) const KIND: &str = "openinference.span.kind";

/// Texts under names that end so are read as JSON.
const JSON_TEXTS: [&str; 3] = ["metadata", "tool.parameters", "llm.prompt_template.variables"];

/// As the database holds them.
pub(crate) fn stored<'a>(sent: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Map<String, Value> {
    let mut root = Node::default();
    for (name, value) in sent {
        if let Some(value) = loaded(name, value) {
            root.insert(name.trim(), value);
        }
    }
    root.members()
}

/// As they are told.
pub(crate) fn flat(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut told = Map::new();
    flatten("", stored, &mut told);
    told
}

/// What stands at the end of a path of names.
pub(crate) fn find<'a>(stored: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => stored.get(path),
        Some((first, rest)) => find(stored.get(first)?.as_object()?, rest),
    }
}

/// A text that is no JSON stays, and what is nothing is dropped.
fn loaded(name: &str, value: &Value) -> Option<Value> {
    let mut value = value.clone();
    if let Value::String(text) = &value
        && JSON_TEXTS.iter().any(|ending| name.ends_with(ending))
        && let Ok(json) = serde_json::from_str(text)
    {
        value = json;
    }
    let is_nothing = value.is_null() || value.as_object().is_some_and(Map::is_empty);
    (!is_nothing).then_some(value)
}

#[derive(Default)]
struct Node {
    value: Option<Value>,
    below: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, name: &str, value: Value) {
        let parts = name.split('.').filter(|part| !part.is_empty());
        let place = parts.fold(self, |node, part| node.below.entry(part.to_owned()).or_default());
        place.value = Some(value);
    }

    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, node) in &self.below {
            node.write(name, &mut members);
        }
        members
    }

    /// What has a value of its own and others below it keeps both: theirs get a name with a dot.
    fn write(&self, name: &str, into: &mut Map<String, Value>) {
        let mut below: Vec<(&String, &Self)> = self.below.iter().collect();
        if let Some(value) = &self.value {
            into.insert(name.to_owned(), value.clone());
        } else {
            let elements = self.elements();
            if elements.is_empty() {
                into.insert(name.to_owned(), Value::Object(self.members()));
                return;
            }
            below.retain(|(name, node)| node.index(name).is_none());
            into.insert(name.to_owned(), Value::Array(elements));
        }
        for (branch, node) in below {
            node.write(&format!("{name}.{branch}"), into);
        }
    }

    /// Numbers with names below them are places in a list; gaps are closed.
    fn elements(&self) -> Vec<Value> {
        let places = self.below.iter().filter_map(|(name, node)| Some((node.index(name)?, node)));
        let places: BTreeMap<u64, &Self> = places.collect();
        places.into_values().map(|node| Value::Object(node.members())).collect()
    }

    fn index(&self, name: &str) -> Option<u64> {
        name.parse().ok().filter(|_| self.value.is_none())
    }
}

fn flatten(prefix: &str, object: &Map<String, Value>, told: &mut Map<String, Value>) {
    for (name, value) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(members) => flatten(&path, members, told),
            // Of a list with objects in it, nothing else survives.
            Value::Array(elements) if elements.iter().any(Value::is_object) => {
                for (index, element) in elements.iter().enumerate() {
                    if let Value::Object(members) = element {
                        flatten(&format!("{path}.{index}"), members, told);
                    }
                }
            }
            Value::Null => {}
            value => {
                told.insert(path, value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn both(sent: &Value) -> (Value, Value) {
        let sent = sent.as_object().unwrap();
        let stored = stored(sent.iter().map(|(name, value)| (name.as_str(), value)));
        let told = flat(&stored);
        (Value::Object(stored), Value::Object(told))
    }

    #[test]
    fn names_are_nested_and_told_flat() {
        for (sent, stored, told) in [
            (json!({"session.id": "7"}), json!({"session": {"id": "7"}}), json!({"session.id": "7"})),
            (
                json!({"metadata": r#"{"session": {"id": 1}, "n": null, "e": {}}"#}),
                json!({"metadata": {"session": {"id": 1}, "n": null, "e": {}}}),
                json!({"metadata.session.id": 1}),
            ),
            (
                json!({"metadata": r#"{"session.id": 1}"#}),
                json!({"metadata": {"session.id": 1}}),
                json!({"metadata.session.id": 1}),
            ),
            (json!({"xmetadata": "[{\"a\": 1}]"}), json!({"xmetadata": [{"a": 1}]}), json!({"xmetadata.0.a": 1})),
            (json!({"metadata": "no {"}), json!({"metadata": "no {"}), json!({"metadata": "no {"})),
            (
                json!({"metadata": r#""{\"a\": 1}""#}),
                json!({"metadata": r#"{"a": 1}"#}),
                json!({"metadata": r#"{"a": 1}"#}),
            ),
            (json!({"metadata": "null", "my.metadata": "{}", "n": null}), json!({}), json!({})),
            (json!({"metadata": "123"}), json!({"metadata": 123}), json!({"metadata": 123})),
            (json!({"a": 1, "a.b": 2}), json!({"a": 1, "a.b": 2}), json!({"a": 1, "a.b": 2})),
            (
                json!({"dotted..key": 1, " sp ace ": 2}),
                json!({"dotted": {"key": 1}, "sp ace": 2}),
                json!({"dotted.key": 1, "sp ace": 2}),
            ),
            (json!({"x.0": 1, "x.1": 2}), json!({"x": {"0": 1, "1": 2}}), json!({"x.0": 1, "x.1": 2})),
            (
                json!({"l.0.k": 1, "l.2.k": 2, "l.10.k": 3}),
                json!({"l": [{"k": 1}, {"k": 2}, {"k": 3}]}),
                json!({"l.0.k": 1, "l.1.k": 2, "l.2.k": 3}),
            ),
            (json!({"m": [1, {"b": 2}]}), json!({"m": [1, {"b": 2}]}), json!({"m.1.b": 2})),
            (json!({"tags": ["a", null]}), json!({"tags": ["a", null]}), json!({"tags": ["a", null]})),
            (
                json!({"tool.name": "t", "tool.parameters": "{\"a\": {\"b\": 1}}"}),
                json!({"tool": {"name": "t", "parameters": {"a": {"b": 1}}}}),
                json!({"tool.name": "t", "tool.parameters.a.b": 1}),
            ),
        ] {
            assert_eq!(both(&sent), (stored, told), "{sent}");
        }
    }

    #[test]
    fn a_path_goes_through_names_only() {
        let sent = json!({"metadata": r#"{"session": {"id": 1}, "thread.id": 2, "text": "{\"a\": 3}"}"#, "l.0.k": 4});
        let stored = both(&sent).0;
        let found = |path: &str| find(stored.as_object().unwrap(), path).cloned();
        assert_eq!(found("metadata.session.id"), Some(json!(1)));
        for path in ["metadata.thread.id", "metadata.text.a", "session.id", "l.0.k", "", "."] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}
