use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

/// What stands at the end of a value that was cut.
pub const CUT_MARKER: &str = "…[cut]";

/// The attributes of a span or event: text by name, sorted.
#[derive(Clone, Default)]
pub struct Attributes {
    by_name: BTreeMap<Cow<'static, str>, String>,
    /// A bit for each name that was ever set, and one for its beginning. Tables ask every span for hundreds of names and
    /// prefixes, and most are not there.
    names: u128,
    beginnings: u128,
}

impl Attributes {
    /// Sets `name`, whatever it was.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let name = name.into();
        self.note(&name);
        self.by_name.insert(name, value.into());
    }

    /// Sets `name` unless the source did: a name that the source set wins over a derived one (docs/ARCHITECTURE.md#ids-names-and-times).
    pub fn derive(&mut self, name: &'static str, value: impl Into<String>) {
        self.note(name);
        self.by_name.entry(Cow::Borrowed(name)).or_insert_with(|| value.into());
    }

    /// [`Self::derive`] where there is something to derive from.
    pub fn derive_some(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.derive(name, value);
        }
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        if self.names & bit(name) == 0 {
            return None;
        }
        self.by_name.get(name).map(String::as_str)
    }

    /// Takes `name` out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.by_name.remove(name)
    }

    /// Keeps those that `keep` says yes to; it may change their values.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut String) -> bool) {
        self.by_name.retain(|name, value| keep(name, value));
    }

    /// Names and values, sorted by name.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.by_name.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Names that begin with `prefix`, and their values, sorted by name. Looks at no others.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let may_be_there = prefix.len() < BEGINNING || self.beginnings & bit_of_beginning(prefix) != 0;
        let from = may_be_there.then(|| self.by_name.range::<str, _>((Bound::Included(prefix), Bound::Unbounded)));
        from.into_iter()
            .flatten()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
            .take_while(move |(name, _)| name.starts_with(prefix))
    }

    fn note(&mut self, name: &str) {
        self.names |= bit(name);
        self.beginnings |= bit_of_beginning(name);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The bytes of all names and values.
    #[must_use]
    pub fn size(&self) -> usize {
        self.by_name.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Cuts every value that is longer than `limit` bytes, at a character, and marks it with [`CUT_MARKER`].
    pub fn cut_values(&mut self, limit: usize) {
        self.by_name.values_mut().for_each(|value| cut(value, limit));
    }

    /// Cuts every name that is longer than `limit` bytes in the same way. Of two names that become one the first stays.
    pub fn cut_names(&mut self, limit: usize) {
        let long: Vec<Cow<'static, str>> = self.by_name.keys().filter(|name| name.len() > limit).cloned().collect();
        for name in long {
            let Some(value) = self.by_name.remove(&name) else { continue };
            let mut short = name.into_owned();
            cut(&mut short, limit);
            self.note(&short);
            self.by_name.entry(Cow::Owned(short)).or_insert(value);
        }
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let by_name: BTreeMap<Cow<'static, str>, String> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let names = by_name.keys().fold(0, |names, name| names | bit(name));
        let beginnings = by_name.keys().fold(0, |beginnings, name| beginnings | bit_of_beginning(name));
        Self { by_name, names, beginnings }
    }
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        self.by_name == other.by_name
    }
}

impl Eq for Attributes {}

impl std::fmt::Debug for Attributes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Attributes").field(&self.by_name).finish()
    }
}

/// Bytes of a name that are its beginning: `lk.`, `ai.`, `llm`.
const BEGINNING: usize = 3;

/// One of 128 bits, by the beginning of a name or prefix.
fn bit_of_beginning(name: &str) -> u128 {
    let bytes = name.bytes().take(BEGINNING);
    1 << (bytes.fold(0, |sum, byte| sum * 31 + usize::from(byte)) % 128)
}

/// One of 128 bits, by the length of a name and some of its bytes: names often begin alike.
fn bit(name: &str) -> u128 {
    let bytes = name.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
    let (half, last) = (bytes.len() / 2, bytes.len().wrapping_sub(1));
    1 << ((bytes.len() * 31 + byte(last) * 7 + byte(half) * 3 + byte(half / 2)) % 128)
}

/// Cuts a text that is longer than `limit` bytes, at a character, and marks it with [`CUT_MARKER`].
pub fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit.saturating_sub(CUT_MARKER.len())));
        text.push_str(CUT_MARKER);
    }
}

/// A JSON scalar as text, the same whether a platform kept `"123"` or made it `123`.
///
/// `None` for null, lists and objects.
#[must_use]
pub fn canonical_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() && float.fract() == 0.0 => format!("{float:.0}"),
            _ => number.to_string(),
        }),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
