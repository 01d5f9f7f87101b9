//! JSON that is read without being kept.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;
use spanlift_model::json::readable;

/// Hands the name and the JSON of every member of an object to `take`. False, perhaps after some, where `json` is no object.
pub(crate) fn each_member<'j>(json: &'j str, take: impl FnMut(&str, &'j str)) -> bool {
    let mut reader = Deserializer::from_str(json);
    reader.deserialize_map(Members(take)).is_ok() && reader.end().is_ok()
}

/// The JSON of the last item of a list; `None` where there is none.
pub(crate) fn last_item(json: &str) -> Option<&str> {
    let mut reader = Deserializer::from_str(json);
    reader.deserialize_seq(Last).ok().flatten()
}

/// A JSON string's text, with U+FFFD for halves of surrogate pairs; `None` where it is no string.
pub(crate) fn text_of(json: &str) -> Option<String> {
    json.starts_with('"').then(|| serde_json::from_str(&readable(json)).ok()).flatten()
}

struct Members<F>(F);

impl<'j, F: FnMut(&str, &'j str)> Visitor<'j> for Members<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(mut self, mut members: A) -> Result<(), A::Error> {
        // A name may be one that no string can hold: half of a surrogate pair.
        while let Some((name, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            if let Some(name) = name_of(name.get()) {
                (self.0)(&name, value.get());
            }
        }
        Ok(())
    }
}

fn name_of(json: &str) -> Option<Cow<'_, str>> {
    let plain = json.strip_prefix('"')?.strip_suffix('"')?;
    if plain.contains('\\') { text_of(json).map(Cow::Owned) } else { Some(Cow::Borrowed(plain)) }
}

struct Last;

impl<'j> Visitor<'j> for Last {
    type Value = Option<&'j str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<Option<&'j str>, A::Error> {
        let mut last = None;
        while let Some(item) = items.next_element::<&RawValue>()? {
            last = Some(item.get());
        }
        Ok(last)
    }
}
