use std::borrow::Cow;

use crate::json::Value;

/// What stands at the end of a value that was cut.
pub const CUT_MARKER: &str = "…[cut]";

/// The attributes of a span or event: text by name, sorted.
#[derive(Clone, Default)]
pub struct Attributes {
    /// Sorted by name, each name once.
    pairs: Vec<(Cow<'static, str>, String)>,
    /// A bit for each name that was ever set, and one for its beginning. Tables ask every span for hundreds of names and
    /// prefixes, and most are not there.
    names: [u128; 2],
    beginnings: u128,
}

impl Attributes {
    /// Sets `name`, whatever it was. For many names: [`Self::extend`].
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        self.note(&name);
        match self.place(&name) {
            Ok(at) => {
                if let Some((_, own)) = self.pairs.get_mut(at) {
                    *own = value;
                }
            }
            Err(at) => self.pairs.insert(at, (name, value)),
        }
    }

    /// Sets `name` unless it is there.
    pub fn derive(&mut self, name: &'static str, value: impl Into<String>) {
        if self.get(name).is_none() {
            self.set(name, value);
        }
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
        let (half, bit) = bit(name);
        if self.names.get(half)? & bit == 0 {
            return None;
        }
        self.pairs.get(self.place(name).ok()?).map(|(_, value)| value.as_str())
    }

    /// Takes `name` out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.place(name).ok().map(|at| self.pairs.remove(at).1)
    }

    /// Keeps those that `keep` says yes to; it may change their values.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut String) -> bool) {
        self.pairs.retain_mut(|(name, value)| keep(name, value));
    }

    /// Names and values, sorted by name.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Names that begin with `prefix`, and their values, sorted by name. Looks at no others.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let may_be_there = prefix.len() < BEGINNING || self.beginnings & bit_of_beginning(prefix) != 0;
        let from = || self.pairs.partition_point(|(name, _)| name.as_ref() < prefix);
        let pairs = may_be_there.then(|| self.pairs.get(from()..)).flatten().unwrap_or_default();
        let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
        pairs.take_while(move |(name, _)| name.starts_with(prefix))
    }

    /// The same values behind longer names.
    #[must_use]
    pub fn behind(self, prefix: &str) -> Self {
        self.pairs.into_iter().map(|(name, value)| ([prefix, &name].concat(), value)).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The bytes of all names and values.
    #[must_use]
    pub fn size(&self) -> usize {
        self.pairs.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Cuts every value that is longer than `limit` bytes, at a character, and marks it with [`CUT_MARKER`].
    pub fn cut_values(&mut self, limit: usize) {
        self.pairs.iter_mut().for_each(|(_, value)| cut(value, limit));
    }

    /// Cuts every name that is longer than `limit` bytes in the same way. Of two names that become one the first stays.
    pub fn cut_names(&mut self, limit: usize) {
        if self.pairs.iter().all(|(name, _)| name.len() <= limit) {
            return;
        }
        let (mut long, short): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pairs).into_iter().partition(|(name, _)| name.len() > limit);
        for (name, _) in &mut long {
            cut(name.to_mut(), limit);
        }
        // Of several the last counts.
        self.extend(long.into_iter().rev().chain(short));
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.pairs.binary_search_by(|(own, _)| own.as_ref().cmp(name))
    }

    fn note(&mut self, name: &str) {
        let (half, bit) = bit(name);
        if let Some(names) = self.names.get_mut(half) {
            *names |= bit;
        }
        self.beginnings |= bit_of_beginning(name);
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<String>> Extend<(N, V)> for Attributes {
    /// Sets all; of several of one name the last counts.
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        let pairs = pairs.into_iter();
        let (least, most) = pairs.size_hint();
        self.pairs.reserve_exact(most.unwrap_or(least));
        for (name, value) in pairs {
            let name = name.into();
            self.note(&name);
            self.pairs.push((name, value.into()));
        }
        self.pairs.sort_by(|(one, _), (two, _)| one.cmp(two));
        self.pairs.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                std::mem::swap(later, earlier);
            }
            is_same
        });
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut attributes = Self::default();
        attributes.extend(pairs);
        attributes
    }
}

impl IntoIterator for Attributes {
    type Item = (Cow<'static, str>, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.pairs.into_iter()
    }
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for Attributes {}

impl std::fmt::Debug for Attributes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

/// Bytes of a name that are its beginning: `lk.`, `ai.`, `llm`.
const BEGINNING: usize = 3;

/// One of 128 bits, by the beginning of a name or prefix.
fn bit_of_beginning(name: &str) -> u128 {
    let bytes = name.bytes().take(BEGINNING);
    1 << (bytes.fold(0, |sum, byte| sum * 31 + usize::from(byte)) % 128)
}

/// One of twice 128 bits, by the length of a name and some of its bytes: names often begin alike.
fn bit(name: &str) -> (usize, u128) {
    let bytes = name.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
    let (half, last) = (bytes.len() / 2, bytes.len().wrapping_sub(1));
    let place = bytes.len() * 31 + byte(last) * 7 + byte(half) * 3 + byte(half / 2);
    (place / 128 % 2, 1 << (place % 128))
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
