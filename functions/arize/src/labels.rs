//! Where a simulation's id may stand among a span's attributes: by name, below `metadata`, and in a `metadata` that is JSON.
//!
//! Attributes are read through, however large they are, and nothing is kept of them but tags.

use std::borrow::Cow;
use std::ops::ControlFlow;

use spanlift_model::correlation::{Key, Label, may_hold_a_tag, scalar_text};
use spanlift_model::json::{each_item, each_member, readable, string};

/// Where agents put keys beside the span's own attributes. Phoenix explodes it unless it is no JSON.
const METADATA: &str = "metadata";
/// The member of metadata below which `session.id` may stand as `id`.
const SESSION: &str = "session";
/// Labels of one span. There are five keys and a few places for each: with more, it is not known whose the span is.
const MOST_LABELS: usize = 64;

/// What a span's attributes say of whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) labels: Vec<Label>,
    /// Something that may be a tag could not be read.
    pub(crate) is_unknown: bool,
}

impl Tags {
    /// Adds those of an attribute of the plain form: a flat name and its JSON.
    pub(crate) fn add_attribute(&mut self, name: &str, json: &str) {
        let below = name.strip_prefix(METADATA).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
        if name == METADATA {
            self.add_metadata(json);
        } else if let Some(key) = Key::parse(below) {
            self.add(key, json);
        }
    }

    /// Adds those of an attribute of the other form: an object with a name and a value.
    pub(crate) fn add_otlp_attribute(&mut self, json: &str) {
        match otlp_pair(json) {
            Some((name, OtlpValue::Scalar(value))) => self.add_attribute(&name, value),
            Some((name, OtlpValue::Object(members))) if name == METADATA => self.add_otlp_members(members, ""),
            Some(_) => {}
            None => self.note_fault(false, json),
        }
    }

    /// What is neither null nor of the form that it should have may hold a tag.
    pub(crate) fn note_fault(&mut self, is_sound: bool, json: &str) {
        self.is_unknown |= !is_sound && json != "null" && may_hold_a_tag(json);
    }

    /// Metadata that is an object, or the text of one. Other text holds no tag; the text of an object that an exporter cut may
    /// have held one.
    fn add_metadata(&mut self, json: &str) {
        if json.starts_with('{') {
            return self.add_members(json);
        }
        if let Some(text) = string(json).filter(|text| text.trim_start().starts_with('{')) {
            self.add_members(&readable(&text));
        }
    }

    /// `{"session": {"id": …}}` and `{"session.id": …}` are one and the same once Phoenix has exploded them.
    fn add_members(&mut self, json: &str) {
        let is_object = each_member(json, |name, value| {
            if name == SESSION && value.starts_with('{') {
                // Part of what was read to its end already.
                each_member(value, |inner, value| self.add_member(&format!("{SESSION}.{inner}"), value));
            } else {
                self.add_member(name, value);
            }
        });
        self.note_fault(is_object, json);
    }

    fn add_otlp_members(&mut self, json: &str, prefix: &str) {
        let is_list = each_item(json, |member| {
            match otlp_pair(member) {
                Some((name, OtlpValue::Scalar(value))) => self.add_member(&format!("{prefix}{name}"), value),
                // No key has more than one dot.
                Some((name, OtlpValue::Object(inner))) if name == SESSION && prefix.is_empty() => {
                    self.add_otlp_members(inner, "session.");
                }
                Some(_) => {}
                None => self.note_fault(false, member),
            }
            ControlFlow::Continue(())
        });
        self.note_fault(is_list, json);
    }

    fn add_member(&mut self, path: &str, json: &str) {
        if let Some(key) = Key::parse(path) {
            self.add(key, json);
        }
    }

    /// What is no scalar is no id.
    fn add(&mut self, key: Key, json: &str) {
        if let Some(label) = scalar_text(json).and_then(|value| Label::new(key, value)) {
            if self.labels.len() < MOST_LABELS {
                self.labels.push(label);
            } else {
                self.is_unknown = true;
            }
        }
    }
}

/// A value of the OTLP-like form, as far as it may hold a tag.
enum OtlpValue<'a> {
    /// The JSON of a text, a number or a truth value.
    Scalar(&'a str),
    /// The list of an object's members.
    Object(&'a str),
    /// Neither.
    Other,
}

/// The name and the value of an attribute in the OTLP-like form; `None` where it is not one.
fn otlp_pair(json: &str) -> Option<(String, OtlpValue<'_>)> {
    let (mut name, mut told) = (None, "null");
    let is_object = each_member(json, |member, value| match member {
        "key" => name = string(value).map(Cow::into_owned),
        "value" => told = value,
        _ => {}
    });
    let mut value = OtlpValue::Other;
    // Seven members, one of them set.
    let has_members = each_member(told, |member, json| match member {
        _ if json == "null" => {}
        "string_value" | "bool_value" | "int_value" | "double_value" => value = OtlpValue::Scalar(json),
        "kvlist_value" => _ = each_member(json, |_, members| value = OtlpValue::Object(members)),
        _ => {}
    });
    name.filter(|_| is_object && (has_members || told == "null")).map(|name| (name, value))
}
