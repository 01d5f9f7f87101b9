use std::borrow::Cow;

use spanlift_model::Attributes;

use crate::sent::SentSpan;

/// What is said of a span beside what was sent with it. A name that the source itself set wins over a derived one
/// (docs/ARCHITECTURE.md#ids-names-and-times).
pub(crate) struct Derived<'a> {
    sent: &'a SentSpan,
    added: Vec<(&'static str, String)>,
    left_out: Vec<String>,
}

impl<'a> Derived<'a> {
    /// Nothing yet.
    pub(crate) const fn of(sent: &'a SentSpan) -> Self {
        Self { sent, added: Vec::new(), left_out: Vec::new() }
    }

    /// The value that is stored under `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let added = || self.added.iter().find(|(added, _)| *added == name).map(|(_, value)| value.as_str());
        self.source(name).or_else(added)
    }

    /// Adds `name` unless it is there.
    pub(crate) fn derive(&mut self, name: &'static str, value: impl Into<String>) {
        if self.get(name).is_none() {
            self.added.push((name, value.into()));
        }
    }

    /// [`Self::derive`] where there is something to derive from.
    pub(crate) fn derive_some(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.derive(name, value);
        }
    }

    /// Does not store what was sent as `name`.
    pub(crate) fn leave_out(&mut self, name: &str) {
        self.left_out.push(name.to_owned());
    }

    /// What was added, and what is to be left out of what was sent.
    pub(crate) fn end(self) -> Additions {
        Additions { added: self.added, left_out: self.left_out }
    }

    fn source(&self, name: &str) -> Option<&str> {
        let sent = || self.sent.attributes.get(name).filter(|_| self.sent.prefix.is_empty());
        self.sent.platform.stored.get(name).or_else(sent)
    }
}

/// What [`Derived`] comes to.
pub(crate) struct Additions {
    added: Vec<(&'static str, String)>,
    left_out: Vec<String>,
}

impl Additions {
    /// Adds `name`, whatever the source set.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.added.push((name, value));
    }

    /// All attributes of a span: what was sent, what its platform says, and what is added.
    pub(crate) fn beside(self, mut sent: Attributes, prefix: &str, stored: Attributes) -> Attributes {
        for name in &self.left_out {
            sent.remove(name);
        }
        let mut attributes = if prefix.is_empty() { sent } else { sent.behind(prefix) };
        let added = self.added.into_iter().map(|(name, value)| (Cow::Borrowed(name), value));
        attributes.extend(stored.into_iter().chain(added));
        attributes
    }
}
