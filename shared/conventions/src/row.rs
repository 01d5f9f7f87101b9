use spanlift_model::json::Map;
use spanlift_model::{Role, look_up, names};

use crate::view::{SpanView, Words};

/// What one SDK or convention writes.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// Whose it is.
    pub name: &'static str,
    /// Its instrumentation scopes: these, and those below them (`x`, `x.y`).
    pub scopes: &'static [&'static str],
    /// What its attributes begin with: they stand for a scope that the platform dropped.
    pub prefixes: &'static [&'static str],
    /// Attributes that stand for the scope by their value.
    pub marks: &'static [(&'static str, &'static str)],
    /// Members of JSON in attributes that stand for the scope by being there.
    pub members: &'static [(&'static str, &'static str)],
    /// Attributes that say what a span is.
    pub kinds: &'static [KindTable],
    /// Names that say so, within the scope.
    pub names: &'static [NameRow],
    /// All of its names that mean something are here: any other span of it is only itself, whatever a platform makes of it.
    pub is_closed: bool,
}

/// An attribute that says what a span is, and its values.
#[derive(Clone, Copy, Debug)]
pub struct KindTable {
    /// Its name.
    pub attribute: &'static str,
    /// What the values mean.
    pub rows: &'static [KindRow],
}

/// A value, what it means, and where it was seen.
pub type KindRow = (&'static str, Role, &'static str);

/// A span's name within its vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct NameRow {
    /// The name; `*` at its beginning or end is anything.
    pub name: &'static str,
    /// What it means.
    pub role: Role,
    /// The name alone decides, whatever operation the span states: it lies around, or inside, the span that stands for the call.
    pub is_wrapper: bool,
    /// Only where an attribute begins so.
    pub only_with: Option<&'static str>,
    /// Since which version, or where it was seen.
    pub seen: &'static str,
}

/// What wraps what for one call.
#[derive(Clone, Copy, Debug)]
pub struct CallTable {
    /// Who writes it.
    pub vocabulary: Vocabulary,
    /// What the call is.
    pub role: Role,
    /// Names of spans, from the outside to the inside; `*` at the beginning or end of a name is anything.
    pub layers: &'static [&'static str],
    /// What wraps what besides: the attempt of an adapter, around the request of the service that it asks.
    pub again: &'static [(&'static str, &'static str)],
    /// Which of them stands for the call where none has counts; of several the innermost.
    pub named: &'static str,
    /// Which of them stands for the call where that is not there, if it states the operation itself.
    pub alone: Option<&'static str>,
    /// Which of them asks the service. Spans around one another without it asked nobody, and are no call.
    pub asks: Option<&'static str>,
    /// Does a span alone wait for the others? Else only the one that the table names does: the rest is written of calls of others, too.
    pub waits: bool,
    /// Since which version, or where it was seen.
    pub seen: &'static str,
}

impl NameRow {
    pub(crate) const fn new(name: &'static str, role: Role, seen: &'static str) -> Self {
        Self { name, role, is_wrapper: false, only_with: None, seen }
    }

    pub(crate) const fn wrapper(name: &'static str, seen: &'static str) -> Self {
        Self { is_wrapper: true, ..Self::new(name, Role::Other, seen) }
    }

    pub(crate) const fn only_with(self, prefix: &'static str) -> Self {
        Self { only_with: Some(prefix), ..self }
    }

    fn is_of(&self, name: &str, words: &dyn Words) -> bool {
        is_named(self.name, name) && self.only_with.is_none_or(|prefix| words.has_below(prefix))
    }
}

impl Vocabulary {
    /// One without rows.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self { name, scopes: &[], prefixes: &[], marks: &[], members: &[], kinds: &[], names: &[], is_closed: false }
    }

    /// Was the span written in it?
    #[must_use]
    pub fn wrote(&self, view: &SpanView<'_>) -> bool {
        let is_scope = |scope: &str| self.scopes.iter().any(|own| names::is_within(scope, own));
        view.scope.is_some_and(is_scope)
            || self.prefixes.iter().any(|prefix| view.words.has_below(prefix))
            || self
                .members
                .iter()
                .any(|(name, member)| view.words.word(name).is_some_and(|json| has_member(&json, member)))
            || self.marks.iter().any(|(name, value)| view.words.word(name).is_some_and(|word| word == *value))
    }

    pub(crate) fn row(&self, view: &SpanView<'_>) -> Option<&'static NameRow> {
        self.names.iter().find(|row| row.is_of(view.name, view.words))
    }
}

impl KindTable {
    pub(crate) fn role(&self, words: &dyn Words) -> Option<Role> {
        let word = words.word(self.attribute)?;
        self.rows.iter().find(|(value, ..)| *value == word).map(|(_, role, _)| *role)
    }
}

/// Is it JSON with this member? The text is looked at before anything is read.
fn has_member(json: &str, member: &str) -> bool {
    let read = || serde_json::from_str::<Map>(json);
    json.contains(member) && read().is_ok_and(|members| members.contains_key(member))
}

/// Is it the name of a row? `*` at the beginning or end of that is anything.
pub(crate) fn is_named(row: &str, name: &str) -> bool {
    match (row.strip_suffix('*'), row.strip_prefix('*')) {
        (Some(beginning), _) => name.starts_with(beginning),
        (_, Some(end)) => name.ends_with(end),
        _ => name == row,
    }
}

/// What a table of names says of a name, whatever its case.
pub(crate) fn look_up_any_case(table: &[(&str, Role)], name: &str) -> Option<Role> {
    look_up(table, &name.to_ascii_lowercase())
}
