//! What a row says of whose it is, before the tree is looked at.

use std::collections::BTreeSet;

use super::rows::{Seen, Text};
use crate::world::{Span, Tag};

/// What a row says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It is ours, and which kind of key says so.
    Ours {
        /// A key that names a simulation.
        by_specific: bool,
        /// A session's key.
        by_session: bool,
    },
    /// It is another's.
    Other,
    /// Session values that are no mark of ours: the tree decides what they say.
    Sessions(BTreeSet<String>),
    /// Nothing.
    Nothing,
    /// It can't be read, and may say anything.
    Unknown,
}

/// Both sides are compared as canonical text: trimmed, and without quotes that are JSON's.
pub(super) fn canonical(text: &str) -> String {
    let trimmed = text.trim();
    serde_json::from_str::<String>(trimmed).map_or_else(|_| trimmed.to_owned(), |inner| inner.trim().to_owned())
}

/// What a tag's value is taken for that is a number beyond all numbers.
const MANGLED: &str = "1e400";

/// Rule 1: a span is ours if any key on it equals a mark of ours, unless a key that names a simulation holds another
/// value: then it is another's. A blank value is no value.
pub(super) fn own_word(seen: &Seen<'_>, marks: &BTreeSet<String>) -> Word {
    match seen.text {
        Text::Unknown => return Word::Unknown,
        Text::Untagged => return Word::Nothing,
        Text::Sound | Text::Tags | Text::Mangled => {}
    }
    let values = |tag: &Tag| if seen.text == Text::Mangled { MANGLED.to_owned() } else { canonical(&tag.value) };
    let tags: Vec<&Tag> = seen.span.tags.iter().filter(|tag| !values(tag).is_empty()).collect();
    let is_ours = |tag: &&&Tag| marks.contains(&values(tag));
    if tags.iter().any(|tag| tag.key.is_specific() && !marks.contains(&values(tag))) {
        return Word::Other;
    }
    let by_specific = tags.iter().filter(is_ours).any(|tag| tag.key.is_specific());
    let by_session = tags.iter().filter(is_ours).any(|tag| !tag.key.is_specific());
    if by_specific || by_session {
        return Word::Ours { by_specific, by_session };
    }
    match (tags.is_empty(), seen.text) {
        (true, _) => Word::Nothing,
        (false, Text::Mangled) => Word::Sessions([MANGLED.to_owned()].into()),
        (false, _) => Word::Sessions(other_sessions(seen.span, marks)),
    }
}

/// The session values of a span that are no mark of ours. The three session keys count as one.
pub(super) fn other_sessions(span: &Span, marks: &BTreeSet<String>) -> BTreeSet<String> {
    let sessions = span.tags.iter().filter(|tag| !tag.key.is_specific());
    sessions.map(|tag| canonical(&tag.value)).filter(|value| !value.is_empty() && !marks.contains(value)).collect()
}

/// Has a value the form of a mark: a length within 5 of the mark's, and capital letters, small letters and other signs
/// exactly where the mark has any; digits don't count.
pub(super) fn has_form_of(value: &str, mark: &str) -> bool {
    let kinds = |text: &str| {
        let has = |is_kind: fn(char) -> bool| text.chars().any(is_kind);
        let is_sign = |letter: char| !letter.is_uppercase() && !letter.is_lowercase() && !letter.is_numeric();
        (has(char::is_uppercase), has(char::is_lowercase), has(is_sign))
    };
    value.chars().count().abs_diff(mark.chars().count()) <= 5 && kinds(value) == kinds(mark)
}
