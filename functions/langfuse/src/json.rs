//! JSON text taken apart without building values of it: a platform may send any amount of anything.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use spanlift_model::json::{Room, mended};

/// Hands the name of every member of an object, and the text of its value, to `take`.
///
/// # Errors
/// When the text is no JSON object.
pub(crate) fn members<'j>(json: &'j str, take: impl FnMut(&str, &'j str)) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Members(take).deserialize(&mut deserializer)?;
    deserializer.end()
}

/// The texts of a list's items.
///
/// # Errors
/// When the text is no JSON list, or holds more than `most` items.
pub(crate) fn items(json: &str, most: usize) -> serde_json::Result<Vec<&str>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let items = Items { most }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(items)
}

/// The text that a JSON string stands for; `None` where the JSON is something else.
pub(crate) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains(|sign: char| matches!(sign, '\\' | '"') || sign.is_control()) {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// The whole text as `serde_json` reads it, whatever lenient writer wrote it.
pub(crate) fn whole(json: &str) -> Cow<'_, str> {
    let mut room = Room::ENDLESS;
    mended(json, &mut room)
}

/// The same, and no more of it than an import can use.
pub(crate) fn usable(json: &str) -> Cow<'_, str> {
    let mut room = Room::OF_ROW;
    mended(json, &mut room)
}

struct Members<F>(F);

impl<'de, F: FnMut(&str, &'de str)> DeserializeSeed<'de> for Members<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&str, &'de str)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name)? {
            let value: &'de RawValue = map.next_value()?;
            (self.0)(&name, value.get());
        }
        Ok(())
    }
}

/// A member's name, not copied where nothing in it is escaped.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

struct Items {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Vec<&'de str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<&'de str>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of at most {} items", self.most)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<&'de str>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<&'de RawValue>()? {
            if items.len() == self.most {
                return Err(A::Error::custom("too many items"));
            }
            items.push(item.get());
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_objects_and_lists_apart() {
        let mut taken = Vec::new();
        members(r#"{"a": 1e400, "\u0062": {"c": []}, "a": "x"}"#, |name, value| taken.push(format!("{name}={value}")))
            .unwrap();
        assert_eq!(taken, ["a=1e400", r#"b={"c": []}"#, r#"a="x""#]);
        assert_eq!(items(r#"[1, {"a": 2}, "]"]"#, 3).unwrap(), ["1", r#"{"a": 2}"#, r#""]""#]);
        for (json, text) in [
            (r#""a""#, Some("a")),
            (r#""\n""#, Some("\n")),
            ("7", None),
            ("\"", None),
            ("\"\n\"", None),
            (r#""a" "b""#, None),
        ] {
            assert_eq!(string(json).as_deref(), text, "{json}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for json in ["", "null", "7", "\"x\"", "[[], null]", "{}, {}", r#"{"a": }"#] {
            assert!(members(json, |_, _| {}).is_err(), "{json}");
        }
        for json in ["", "null", "{}", "[1, 2, 3, 4]", "[1", "[] []"] {
            assert!(items(json, 3).is_err(), "{json}");
        }
    }
}
