//! Objects and lists in JSON, gone through one by one: a row may hold millions, and nothing is kept of them.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// Hands each member of an object to `take`: its name and the text of its value.
///
/// False where `json` is no object; the members before the fault have been taken.
pub(crate) fn each_member<'j>(json: &'j str, take: impl FnMut(Cow<'j, str>, &'j str)) -> bool {
    struct Members<F>(F);
    impl<'de, F: FnMut(Cow<'de, str>, &'de str)> Visitor<'de> for Members<F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                (self.0)(name, value.get());
            }
            Ok(())
        }
    }
    let mut json = Deserializer::from_str(json);
    json.deserialize_map(Members(take)).and_then(|()| json.end()).is_ok()
}

/// Hands the text of each item of a list to `take`, until it has had enough. False where `json` is no list, or was not gone
/// through to its end.
pub(crate) fn each_item<'j>(json: &'j str, take: impl FnMut(&'j str) -> ControlFlow<()>) -> bool {
    struct Items<F>(F);
    impl<'de, F: FnMut(&'de str) -> ControlFlow<()>> Visitor<'de> for Items<F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            while let Some(item) = list.next_element::<&'de RawValue>()? {
                if (self.0)(item.get()).is_break() {
                    return Err(A::Error::custom("enough"));
                }
            }
            Ok(())
        }
    }
    let mut json = Deserializer::from_str(json);
    json.deserialize_seq(Items(take)).and_then(|()| json.end()).is_ok()
}

/// A string, if the text is one.
pub(crate) fn string(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(json).ok().map(|Name(text)| text)
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
