//! Where a simulation's id may stand among a span's attributes: by name, below `metadata`, and in a `metadata` that is JSON.
//!
//! Attributes are read through, however large they are, and nothing is kept of them but tags.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use spanlift_model::canonical_text;
use spanlift_model::correlation::{Key, Label, may_hold_a_tag};
use spanlift_model::json::readable;

use crate::span::OtlpValue;

/// Where agents put keys beside the span's own attributes. Phoenix explodes it unless it is no JSON.
const METADATA: &str = "metadata";

/// What a span's attributes say of whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) labels: Vec<Label>,
    /// Something that may be a tag could not be read.
    pub(crate) is_unknown: bool,
}

impl Tags {
    /// Those of the plain form's `attributes`, an object of flat names.
    pub(crate) fn of_plain(attributes: Option<&RawValue>) -> Self {
        let mut tags = Self::default();
        match attributes.map(RawValue::get) {
            None | Some("null") => {}
            Some(json) => tags.read(json, "", Self::add_attribute),
        }
        tags
    }

    /// Those of the other form's, a list of names and values.
    pub(crate) fn of_otlp(attributes: Option<&RawValue>) -> Self {
        #[derive(serde::Deserialize)]
        struct Attribute<'a> {
            #[serde(borrow)]
            key: Cow<'a, str>,
            #[serde(borrow)]
            value: Option<&'a RawValue>,
        }
        let mut tags = Self::default();
        let Some(json) = attributes.map(RawValue::get).filter(|json| *json != "null") else { return tags };
        let Ok(attributes) = serde_json::from_str::<Vec<Attribute<'_>>>(json) else {
            tags.is_unknown = may_hold_a_tag(json);
            return tags;
        };
        for Attribute { key, value } in attributes {
            let Some(value) = value.filter(|_| is_label_attribute(&key)) else { continue };
            match serde_json::from_str::<OtlpValue>(&readable(value.get())) {
                Ok(value) => tags.add_attribute(&key, &value.into_json().to_string()),
                Err(_) => tags.is_unknown = true,
            }
        }
        tags
    }

    /// Hands each member of an object to `add`, with its name behind `prefix`; one that is none is unknown if it may hold a
    /// tag.
    fn read(&mut self, json: &str, prefix: &str, add: fn(&mut Self, &str, &str)) {
        let members = Members { tags: &mut *self, prefix, add };
        let mut deserializer = serde_json::Deserializer::from_str(json);
        if members.deserialize(&mut deserializer).is_err() {
            self.is_unknown |= may_hold_a_tag(json);
        }
    }

    fn add_attribute(&mut self, name: &str, json: &str) {
        let below = below_metadata(name);
        if let Some(key) = Key::parse(below) {
            self.add(key, json);
        } else if name == METADATA {
            self.add_metadata(json);
        }
    }

    /// A member of metadata. `{"session": {"id": …}}` and `{"session.id": …}` are one and the same once Phoenix has exploded
    /// them; no key has more than one dot.
    fn add_member(&mut self, path: &str, json: &str) {
        if let Some(key) = Key::parse(path) {
            self.add(key, json);
        } else if path == "session" && json.starts_with('{') {
            self.read(json, "session.", Self::add_member);
        }
    }

    fn add_metadata(&mut self, json: &str) {
        if json.starts_with('{') {
            return self.read(json, "", Self::add_member);
        }
        let Ok(text) = serde_json::from_str::<Cow<'_, str>>(&readable(json)).map(Cow::into_owned) else {
            return;
        };
        // Other text is no metadata of ours; JSON that was cut by an exporter may have been.
        if text.trim_start().starts_with('{') {
            self.read(&text, "", Self::add_member);
        }
    }

    fn add(&mut self, key: Key, json: &str) {
        // What is no scalar is no id. Numbers out of range and halves of pairs are text.
        if json.starts_with(['{', '[']) {
            return;
        }
        let value = serde_json::from_str(&readable(json)).ok().as_ref().and_then(canonical_text);
        self.labels.extend(value.and_then(|value| Label::new(key, value)));
    }
}

/// May a correlation key stand in the attribute of this name?
fn is_label_attribute(name: &str) -> bool {
    name == METADATA || Key::parse(below_metadata(name)).is_some()
}

fn below_metadata(name: &str) -> &str {
    name.strip_prefix(METADATA).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
}

/// Reads the members of an object, and keeps none.
struct Members<'t, 'p> {
    tags: &'t mut Tags,
    prefix: &'p str,
    add: fn(&mut Tags, &str, &str),
}

impl<'de> DeserializeSeed<'de> for Members<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let path = format!("{}{name}", self.prefix);
            if is_label_attribute(&path) || path == "session" {
                let value: &RawValue = map.next_value()?;
                (self.add)(self.tags, &path, value.get());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    /// A list has no names.
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(serde::de::Error::custom("a list is no object"))
    }
}
