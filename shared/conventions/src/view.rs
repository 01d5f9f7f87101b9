use std::borrow::Cow;

use spanlift_model::json::{Map, text_of};
use spanlift_model::{Attributes, Role};

/// A span as the agent's SDK sent it, its platform's wrapping undone.
#[derive(Clone, Copy)]
pub struct SpanView<'a> {
    /// Its name.
    pub name: &'a str,
    /// The instrumentation scope, where the platform keeps it.
    pub scope: Option<&'a str>,
    /// Its attributes.
    pub words: &'a dyn Words,
    /// The platform hands attributes down to the spans below: they may speak of a span above.
    pub words_are_inherited: bool,
    /// What the platform says that it is.
    pub told: Told,
    /// It has token counts of its own.
    pub has_counts: bool,
}

/// What a platform says that a span is, and how much that is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Nothing, or nothing that decides.
    #[default]
    Nothing,
    /// It may be the platform's guess.
    Guess(Role),
    /// The agent set it on the platform.
    ByAgent(Role),
    /// The instrumentation set it, span by span.
    BySdk(Role),
}

/// Attributes by name.
pub trait Words {
    /// The value of `name`, as text.
    fn word(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Is there a name that begins with `prefix`?
    fn has_below(&self, prefix: &str) -> bool;
}

impl Words for Attributes {
    fn word(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(Cow::Borrowed)
    }

    fn has_below(&self, prefix: &str) -> bool {
        self.below(prefix).next().is_some()
    }
}

impl Words for Map {
    fn word(&self, name: &str) -> Option<Cow<'_, str>> {
        text_of(self.get(name)?)
    }

    fn has_below(&self, prefix: &str) -> bool {
        self.keys().any(|name| name.starts_with(prefix))
    }
}

impl std::fmt::Debug for SpanView<'_> {
    /// Without attributes: they hold what was said.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SpanView").field("scope", &self.scope).field("told", &self.told).finish_non_exhaustive()
    }
}
