use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

/// What stands at the end of a value that was cut.
pub const CUT_MARKER: &str = "…[cut]";

/// The attributes of a span or event: text by name, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<Cow<'static, str>, String>);

impl Attributes {
    /// Sets `name`, whatever it was.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Sets `name` unless the source did: a name that the source set wins over a derived one (docs/ARCHITECTURE.md#ids-names-and-times).
    pub fn derive(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.entry(Cow::Borrowed(name)).or_insert_with(|| value.into());
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
        self.0.get(name).map(String::as_str)
    }

    /// Takes `name` out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Keeps those that `keep` says yes to; it may change their values.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut String) -> bool) {
        self.0.retain(|name, value| keep(name, value));
    }

    /// Names and values, sorted by name.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Names that begin with `prefix`, and their values, sorted by name. Looks at no others.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let from = self.0.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map(|(name, value)| (name.as_ref(), value.as_str())).take_while(move |(name, _)| name.starts_with(prefix))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of all names and values.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Cuts every value that is longer than `limit` bytes, at a character, and marks it with [`CUT_MARKER`].
    pub fn cut_values(&mut self, limit: usize) {
        self.0.values_mut().for_each(|value| cut(value, limit));
    }

    /// Cuts every name that is longer than `limit` bytes in the same way. Of two names that become one the first stays.
    pub fn cut_names(&mut self, limit: usize) {
        let long: Vec<Cow<'static, str>> = self.0.keys().filter(|name| name.len() > limit).cloned().collect();
        for name in long {
            let Some(value) = self.0.remove(&name) else { continue };
            let mut short = name.into_owned();
            cut(&mut short, limit);
            self.0.entry(Cow::Owned(short)).or_insert(value);
        }
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
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
