//! JSON inside JSON, and JSON that Phoenix took apart, put together again.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use spanlift_model::json::Sorted;

/// Names of exploded JSON are put together again to this depth; what is deeper stays one dotted name. JSON that
/// Phoenix took in is no deeper, and the depth of a name must not become the depth of a recursion.
const MAX_DEPTH: usize = 64;

/// JSON inside JSON: text that is JSON becomes part of it, untouched; any other text stays text.
pub(super) enum Embedded<'a> {
    Json(&'a RawValue),
    Text(&'a str),
    Value(&'a Value),
}

impl<'a> Embedded<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        match value {
            Value::String(text) => match serde_json::from_str(text) {
                Ok(json) => Self::Json(json),
                Err(_) => Self::Text(text),
            },
            value => Self::Value(value),
        }
    }
}

impl Serialize for Embedded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(json) => json.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Value(value) => Sorted(value).serialize(serializer),
        }
    }
}

/// The entries below `prefix.N.`, by N. Names whose N is no plain number are not among them.
pub(super) fn indexed<'a>(
    entries: impl IntoIterator<Item = (&'a str, &'a Value)>,
    prefix: &str,
) -> BTreeMap<u64, Vec<(&'a str, &'a Value)>> {
    let mut groups: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for (name, value) in entries {
        let below = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
        if let Some((index, rest)) = below.and_then(|below| below.split_once('.'))
            && let Some(index) = index_of(index)
        {
            groups.entry(index).or_default().push((rest, value));
        }
    }
    groups
}

/// One text for one number: `+1` and `01` are names.
fn index_of(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok()).flatten()
}

/// JSON that Phoenix exploded to dotted names, put together again (docs/platforms/phoenix.md#53-what-ingest-changes).
#[derive(Default)]
pub(super) struct Nested<'a> {
    value: Option<&'a Value>,
    members: BTreeMap<&'a str, Nested<'a>>,
}

impl<'a> Nested<'a> {
    /// From the names below what was exploded; `None` where there are none.
    pub(super) fn collect(entries: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Option<Self> {
        let mut whole = Self::default();
        for (path, value) in entries {
            let steps = path.splitn(MAX_DEPTH, '.');
            steps.fold(&mut whole, |at, step| at.members.entry(step).or_default()).value = Some(value);
        }
        (!whole.members.is_empty()).then_some(whole)
    }

    /// Were the members a list's? Then there are all of 0 to n − 1.
    fn items(&self) -> Option<Vec<&Self>> {
        (0..self.members.len()).map(|index| self.members.get(index.to_string().as_str())).collect()
    }
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.members.is_empty() {
            self.value.map(Sorted).serialize(serializer)
        } else if let Some(items) = self.items() {
            let mut list = serializer.serialize_seq(Some(items.len()))?;
            items.into_iter().try_for_each(|item| list.serialize_element(item))?;
            list.end()
        } else {
            let mut object = serializer.serialize_map(Some(self.members.len()))?;
            self.members.iter().try_for_each(|(name, member)| object.serialize_entry(name, member))?;
            object.end()
        }
    }
}
