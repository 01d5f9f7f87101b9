//! The correlation keys of a run's metadata, read from the whole text whatever its size: only their values are kept.

use spanlift_model::correlation::{Key, Label, may_hold_a_tag, scalar_text};
use spanlift_model::json::{each_member, readable, string};
use spanlift_platform_client::has_broken_byte;

/// No run has more, in two places and under five names.
const MOST_LABELS: usize = 32;

/// What a run says of whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) labels: Vec<Label>,
    /// Something that may be a tag could not be read.
    pub(crate) is_unknown: bool,
}

impl Tags {
    /// Adds those of the member `extra`, whose metadata v1 tells.
    pub(crate) fn add_extra(&mut self, extra: &str) {
        self.is_unknown |= has_broken_byte(extra);
        let is_object = each_member(extra, |name, value| {
            if name == "metadata" {
                self.add_metadata(value);
            }
        });
        self.is_unknown |= !is_object && may_hold_a_tag(extra);
    }

    /// Adds those of the member `metadata`, which v2 tells beside `extra`. Where both say something of a key, both count.
    pub(crate) fn add_metadata(&mut self, metadata: &str) {
        self.is_unknown |= has_broken_byte(metadata);
        // Some write it as JSON within a string.
        let json = readable(metadata);
        let text = string(&json);
        let metadata = text.as_deref().unwrap_or(metadata);
        let is_object = each_member(metadata, |name, value| {
            let label = Key::parse(name).and_then(|key| Label::new(key, scalar_text(value)?));
            let label = label.filter(|label| !self.labels.contains(label));
            self.is_unknown |= label.is_some() && self.labels.len() == MOST_LABELS;
            self.labels.extend(label.filter(|_| self.labels.len() < MOST_LABELS));
        });
        self.is_unknown |= !is_object && may_hold_a_tag(metadata);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use spanlift_model::canonical_text;

    use super::*;

    fn labels(extra: &Value) -> Vec<(Key, String)> {
        let mut tags = Tags::default();
        tags.add_extra(&extra.to_string());
        assert!(!tags.is_unknown, "{extra}");
        tags.labels.iter().map(|label| (label.key(), label.value().to_owned())).collect()
    }

    #[test]
    fn what_cannot_be_read_may_hold_a_tag() {
        for (extra, is_unknown) in [
            (r#"{"metadata": {"k": "v", "session_id": null}}"#, false),
            (r#""{\"metadata\": {\"session_id\": \"a\"}}""#, true),
            (r#"{"metadata": "{\"session_id\": 1e"}"#, true),
            (r#"{"metadata": "a note"}"#, false),
            (r#"{"metadata": ["session_id"]}"#, true),
            ("{\"metadata\": {\"k\": \"\u{FFFF}\"}}", true),
            ("{\"runtime\": \"\u{FFFF}\"}", true),
            ("null", false),
            ("7", false),
        ] {
            let mut tags = Tags::default();
            tags.add_extra(extra);
            assert_eq!((tags.labels, tags.is_unknown), (Vec::new(), is_unknown), "{extra}");
        }
    }

    #[test]
    fn labels_have_bounds() {
        let mut tags = Tags::default();
        let many: Vec<String> = (0..100_000).map(|value| format!("\"session_id\":{value}")).collect();
        tags.add_metadata(&format!("{{{}}}", many.join(",")));
        assert_eq!((tags.labels.len(), tags.is_unknown), (MOST_LABELS, true));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The same as a library would read that keeps all of it.
        #[test]
        fn any_metadata(
            members in proptest::collection::hash_map(
                prop_oneof![proptest::sample::select(Key::ALL.map(Key::as_str).to_vec()).prop_map(str::to_owned), ".{0,8}"],
                prop_oneof![
                    ".{0,20}".prop_map(Value::from),
                    any::<i64>().prop_map(Value::from),
                    any::<f64>().prop_map(Value::from),
                    any::<bool>().prop_map(Value::from),
                    Just(json!(null)),
                    Just(json!({"session_id": "inner"})),
                ],
                0..10,
            ),
        ) {
            let metadata: serde_json::Map<String, Value> = members.into_iter().collect();
            prop_assume!(!metadata.values().chain([&json!(metadata.keys().collect::<Vec<_>>())]).any(|value| has_broken_byte(&value.to_string())));
            let expected: Vec<(Key, String)> = metadata
                .iter()
                .filter_map(|(name, value)| Some((Key::parse(name)?, canonical_text(&value.clone().into())?.trim().to_owned())))
                .filter(|(_, value)| !value.is_empty())
                .collect();
            prop_assert_eq!(labels(&json!({"metadata": metadata})), expected);
        }
    }
}
