//! JSON that Phoenix took apart to dotted names, put together again (docs/platforms/phoenix.md#53-what-ingest-changes).

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use spanlift_model::json::Sorted;

/// Names are put together again to this depth; what is deeper stays one dotted name. JSON that Phoenix took in is no deeper, and
/// the depth of a name must not become the depth of a recursion.
const MAX_DEPTH: usize = 64;

/// JSON that was taken apart.
#[derive(Default)]
pub(crate) struct Exploded<'a> {
    value: Option<&'a Value>,
    members: BTreeMap<&'a str, Exploded<'a>>,
}

impl<'a> Exploded<'a> {
    /// From the names below what was taken apart; `None` where there are none.
    pub(crate) fn collect(entries: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Option<Self> {
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

impl Serialize for Exploded<'_> {
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
