//! What a run's `error` says: SDKs write the exception and its traceback into one text (docs/platforms/langsmith.md#55-errors-of-a-run).

use spanlift_model::names::exception;
use spanlift_model::{Attributes, SpanEvent, Timestamp};

const TRACEBACK: &str = "Traceback (most recent call last)";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exception<'a> {
    /// The exception's type, if the text begins with one.
    pub(super) kind: Option<&'a str>,
    pub(super) message: &'a str,
    stack: Option<&'a str>,
}

impl<'a> Exception<'a> {
    /// `TimeoutError('…')Traceback…` of Python's SDK, `TimeoutError: …` of others, or any text.
    pub(super) fn read(error: &'a str) -> Self {
        let (head, stack) = match error.find(TRACEBACK).and_then(|at| error.split_at_checked(at)) {
            Some((head, stack)) => (head.trim(), Some(stack)),
            None => (error.trim(), None),
        };
        // A traceback alone ends with the exception.
        let head = if head.is_empty() { error.trim().lines().next_back().unwrap_or_default() } else { head };
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
        let end = head.find(|character| !is_part(character)).unwrap_or(head.len());
        let (kind, rest) = head.split_at_checked(end).unwrap_or_default();
        let message = rest.strip_prefix(": ").or_else(|| unquoted(rest));
        let is_kind = message.is_some() && kind.starts_with(|first: char| first.is_ascii_alphabetic());
        Self {
            kind: Some(kind).filter(|_| is_kind),
            message: message.filter(|_| is_kind).map_or(head, str::trim),
            stack,
        }
    }

    pub(super) fn event(self, at: Timestamp) -> SpanEvent {
        let mut attributes = Attributes::default();
        attributes.set(exception::MESSAGE, self.message);
        attributes.derive_some(exception::TYPE, self.kind);
        attributes.derive_some(exception::STACKTRACE, self.stack);
        SpanEvent { name: exception::EVENT.to_owned(), at, attributes }
    }
}

/// `('…')`, as Python shows an exception with one argument.
fn unquoted(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('(')?.strip_suffix(')')?;
    ['\'', '"'].iter().find_map(|quote| inner.strip_prefix(*quote)?.strip_suffix(*quote))
}
