//! Where a simulation's id may stand in metadata.
//!
//! It is looked for in the whole text, however long, before anything of it is cut: only names are read, and the values
//! of correlation keys.

use std::borrow::Cow;
use std::collections::HashMap;

use spanlift_model::correlation::{Key, Label, may_hold_a_tag};
use spanlift_model::json::{each_member, readable, string};
use spanlift_model::{Hint, canonical_text};

/// The catch-alls for what was on the span and on its resource.
const CATCH_ALLS: [&str; 2] = ["attributes", "resourceAttributes"];
/// An attribute that holds metadata once more, as an object or as JSON text.
const METADATA: &str = "metadata";
/// So many objects inside each other are looked through below the metadata. A key stands at most two below it: in the
/// metadata of a catch-all.
const MAX_DEPTH: usize = 4;
/// More labels on one row than all places of all keys together.
const MOST_LABELS: usize = 32;
/// Bytes of a value that are kept: no id of a simulation has as many.
const MOST_VALUE: usize = 1024;

/// The values that mark a trace as this simulation's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    /// By every text that Langfuse may make of them.
    by_text: HashMap<String, String>,
    /// All of them are in quotes.
    are_quoted: bool,
}

impl Hints {
    pub(crate) fn new(hints: &[Hint]) -> Self {
        let hints: Vec<&str> = hints.iter().map(|hint| hint.as_str().trim()).collect();
        // Langfuse reads what it has stored as JSON: an id in quotes comes without them.
        let bare = hints.iter().map(|hint| (unquoted(hint).trim().to_owned(), *hint));
        let bare = bare.filter(|(text, _)| !text.is_empty());
        let whole = hints.iter().map(|hint| ((*hint).to_owned(), *hint));
        Self {
            by_text: bare.chain(whole).map(|(text, hint)| (text, hint.to_owned())).collect(),
            are_quoted: !hints.is_empty() && hints.iter().all(|hint| unquoted(hint) != *hint),
        }
    }

    /// The value of a key. SDK v5 sends text as JSON, and not every server decodes it: one pair of quotes may be
    /// Langfuse's, or be lost on the way. What is no hint is written as the hints are, so that the two look alike if
    /// their ids do.
    fn value_of(&self, text: &str) -> String {
        let text = text.trim();
        let bare = unquoted(text);
        let bare = bare.trim();
        match self.by_text.get(text).or_else(|| self.by_text.get(bare)) {
            Some(hint) => hint.clone(),
            None if self.are_quoted && !bare.is_empty() => format!("\"{bare}\""),
            None => bare.to_owned(),
        }
    }
}

/// The labels in an observation's or a trace's metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) labels: Vec<Label>,
    /// A value that may hold a label could not be read.
    pub(crate) is_unknown: bool,
}

impl Labels {
    /// Reads the JSON of metadata: an object, or text that is one.
    pub(crate) fn read(metadata: &str, hints: &Hints) -> Self {
        let mut labels = Self::default();
        labels.collect_value(metadata, 0, hints);
        labels
    }

    /// Adds Langfuse's own session, of its JSON.
    pub(crate) fn add_session(&mut self, id: &str, hints: &Hints) {
        if id.starts_with('"') {
            self.add(Key::SessionIdCamel, id, hints);
        }
    }

    /// Adds a key with its value's JSON.
    fn add(&mut self, key: Key, value: &str, hints: &Hints) {
        match value_text(value) {
            Ok(Some(text)) => self.add_text(key, hints.value_of(&text)),
            Ok(None) => {}
            Err(Unreadable) => self.is_unknown = true,
        }
    }

    fn add_text(&mut self, key: Key, mut value: String) {
        value.truncate(value.floor_char_boundary(MOST_VALUE));
        let Some(label) = Label::new(key, value).filter(|label| !self.labels.contains(label)) else { return };
        if self.labels.len() < MOST_LABELS {
            self.labels.push(label);
        } else {
            self.is_unknown = true;
        }
    }

    /// The labels in a value that holds metadata.
    fn collect_value(&mut self, value: &str, depth: usize, hints: &Hints) {
        if value.starts_with('{') {
            self.collect(value, depth, hints);
        } else if let Some(text) = string(&readable(value)).filter(|text| text.trim_start().starts_with('{')) {
            self.collect(&text, depth, hints);
        }
    }

    fn collect(&mut self, object: &str, depth: usize, hints: &Hints) {
        // What an SDK has cut is no JSON any more.
        let is_read = depth > MAX_DEPTH || self.collect_members(object, depth, hints);
        self.is_unknown |= !is_read && may_hold_a_tag(object);
    }

    fn collect_members(&mut self, object: &str, depth: usize, hints: &Hints) -> bool {
        each_member(object, |name, value| {
            let below = without_catch_all(name);
            if let Some(key) = Key::parse(below) {
                self.add(key, value, hints);
            } else if CATCH_ALLS.contains(&below) || below == METADATA {
                self.collect_value(value, depth + 1, hints);
            } else if below == "session"
                && let Some(id) = value_at(value, "id")
            {
                self.add(Key::SessionDotId, id, hints);
            }
        })
    }
}

/// Langfuse's own session, the attribute that Langfuse makes it from, or one of its name, is no key. It can match a
/// hint, but does not show that anybody tags.
pub(crate) fn is_key(label: &Label) -> bool {
    !matches!(label.key(), Key::SessionDotId | Key::SessionIdCamel)
}

/// Flattened names are `attributes.metadata.simulation_output_id` and the like.
fn without_catch_all(name: &str) -> &str {
    let mut below = name;
    for prefix in CATCH_ALLS.into_iter().chain([METADATA]) {
        below = below.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')).unwrap_or(below);
    }
    below
}

/// A value that no library reads, or of which a part is gone.
struct Unreadable;

/// A scalar's canonical text, of its JSON.
fn value_text(json: &str) -> Result<Option<String>, Unreadable> {
    if json.starts_with(['{', '[']) {
        return Ok(None);
    }
    let text = canonical_text(&serde_json::from_str(json).map_err(|_| Unreadable)?);
    match text {
        Some(text) if text.contains(char::REPLACEMENT_CHARACTER) => Err(Unreadable),
        text => Ok(text),
    }
}

/// Text that is a JSON string, decoded; any other as it is.
pub(crate) fn unquoted(text: &str) -> Cow<'_, str> {
    let quoted = Some(text).filter(|text| text.starts_with('"') && text.ends_with('"'));
    quoted.and_then(string).unwrap_or(Cow::Borrowed(text))
}

/// The JSON of the value at a dotted path, whichever of its dots are steps into objects; the last one that says it.
pub(crate) fn value_at<'j>(object: &'j str, path: &str) -> Option<&'j str> {
    let mut found = None;
    let mut below = None;
    each_member(object, |name, value| {
        if name == path {
            found = Some(value);
        } else if let Some(rest) = path.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) {
            below = value_at(value, rest).or(below);
        }
    });
    found.or(below)
}

/// The canonical text at a dotted path in metadata.
pub(crate) fn text_at(metadata: &str, path: &str) -> Option<String> {
    let value = value_at(metadata, path).filter(|value| !value.starts_with(['{', '[']))?;
    canonical_text(&serde_json::from_str(value).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(metadata: &Value) -> Vec<String> {
        let labels = Labels::read(&metadata.to_string(), &Hints::default());
        assert!(!labels.is_unknown, "{metadata}");
        labels.labels.iter().map(|label| format!("{}={}", label.key().as_str(), label.value())).collect()
    }

    #[test]
    fn finds_a_key_wherever_it_may_stand() {
        for metadata in [
            json!({"simulation_output_id": "so_1"}),
            json!({"simulation_output_id": " so_1\r\n"}),
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
            json!("{\"simulation_output_id\":\"so_1\"}"),
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
            json!(["session_id"]),
            json!("session_id"),
            json!(null),
        ] {
            assert!(found(&metadata).is_empty(), "{metadata}");
        }
    }

    #[test]
    fn takes_one_pair_of_quotes_off_unless_they_are_the_ids_own() {
        for (hint, sent, value) in [
            ("so_1", "so_1", "so_1"),
            ("so_1", "\"so_1\"", "so_1"),
            ("\"so_1\"", "\"so_1\"", "\"so_1\""),
            ("\"so_1\"", "\"\\\"so_1\\\"\"", "\"so_1\""),
            ("\"so_1\"", "so_1", "\"so_1\""),
            ("so_1", "\"\\\"so_1\\\"\"", "\"so_1\""),
        ] {
            let hints = Hints::new(&[hint.parse().unwrap()]);
            let labels = Labels::read(&json!({"simulation_output_id": sent}).to_string(), &hints);
            assert_eq!(labels.labels[0].value(), value, "{hint} {sent}");
        }
    }

    #[test]
    fn says_what_it_cannot_read() {
        let cut = r#"{"simulation_output_id": "so_1", "note": "cut he"#;
        let many = (0..40).map(|number| format!("\"session_id\": {number}")).collect::<Vec<_>>().join(",");
        for (metadata, is_unknown) in [
            (json!({"attributes.metadata": cut}).to_string(), true),
            (json!({"attributes.metadata": "{\"note\": \"cut he"}).to_string(), false),
            (format!("{{{many}}}"), true),
            (r#"{"session_id": 1e400}"#.to_owned(), true),
            (r#"{"session_id": "so_\ud83d"}"#.to_owned(), true),
            (json!({"attributes": {"metadata": "{\"session_id\": \"so_\\ud83d\"}"}}).to_string(), true),
            (json!({"attributes": {"metadata": "{\"session_id\": 1e400}"}}).to_string(), true),
            (r#"{"note": 1e400, "\ud83d": {"session_id": 1e400}}"#.to_owned(), false),
        ] {
            assert_eq!(Labels::read(&metadata, &Hints::default()).is_unknown, is_unknown, "{metadata}");
        }
    }

    #[test]
    fn steps_into_objects_at_any_dot() {
        for metadata in [
            json!({"resourceAttributes.service.name": "coval"}),
            json!({"resourceAttributes": {"service.name": "coval"}}),
            json!({"resourceAttributes": {"service": {"name": "coval"}}}),
        ] {
            let path = "resourceAttributes.service.name";
            assert_eq!(text_at(&metadata.to_string(), path).as_deref(), Some("coval"));
        }
        assert_eq!(text_at("[]", "a"), None);
    }
}
