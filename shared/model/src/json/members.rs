//! Objects and lists taken apart without building values of them: a platform may send any amount of anything.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::readable;

/// Hands the name and the JSON of every member of an object to `take`.
///
/// False where `json` is no object; the members before the fault have been taken.
pub fn each_member<'j>(json: &'j str, mut take: impl FnMut(&str, &'j str)) -> bool {
    each_named(json, |name, value| take(&name, value))
}

/// The names and the JSON of an object's members, in their order; `None` where it is no object.
#[must_use]
pub fn members(json: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut members = Vec::with_capacity(USUAL_MEMBERS);
    each_named(json, |name, value| members.push((name, value))).then_some(members)
}

/// Hands the JSON of every item of a list to `take`, until that breaks off.
///
/// False where `json` is no list, or `take` broke off.
pub fn each_item<'j>(json: &'j str, take: impl FnMut(&'j str) -> ControlFlow<()>) -> bool {
    let mut reader = Deserializer::from_str(json);
    reader.deserialize_seq(Items(take)).and_then(|()| reader.end()).is_ok()
}

/// The JSON of a list's items; `None` where it is no list, or has more than `most`.
#[must_use]
pub fn items(json: &str, most: usize) -> Option<Vec<&str>> {
    let mut items = Vec::new();
    let is_list = each_item(json, |item| {
        if items.len() == most {
            return ControlFlow::Break(());
        }
        items.push(item);
        ControlFlow::Continue(())
    });
    is_list.then_some(items)
}

/// The text that a JSON string stands for, not copied where nothing in it is escaped; `None` where it is no string.
#[must_use]
pub fn string(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(json).ok().map(|Text(text)| text)
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// About as many members does a platform tell of a span.
const USUAL_MEMBERS: usize = 24;

fn each_named<'j>(json: &'j str, take: impl FnMut(Cow<'j, str>, &'j str)) -> bool {
    let mut reader = Deserializer::from_str(json);
    reader.deserialize_map(Members(take)).and_then(|()| reader.end()).is_ok()
}

struct Members<F>(F);

impl<'j, F: FnMut(Cow<'j, str>, &'j str)> Visitor<'j> for Members<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(mut self, mut members: A) -> Result<(), A::Error> {
        // A name may be one that no string can hold: half of a surrogate pair.
        while let Some((name, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            if let Some(name) = unescaped(name.get()) {
                (self.0)(Cow::Borrowed(name), value.get());
            } else if let Some(name) = string(&readable(name.get())) {
                (self.0)(Cow::Owned(name.into_owned()), value.get());
            }
        }
        Ok(())
    }
}

/// The text of a JSON string in which nothing is escaped, as nearly all names are.
fn unescaped(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"').filter(|text| !text.contains('\\'))
}

struct Items<F>(F);

impl<'j, F: FnMut(&'j str) -> ControlFlow<()>> Visitor<'j> for Items<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'j>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            if (self.0)(item.get()).is_break() {
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}
