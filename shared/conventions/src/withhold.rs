//! Takes out of a span what was said: only what a table marks as not content stays (docs/adr/0020-content-off-is-an-allow-list.md).

use std::borrow::Cow;

use spanlift_model::names::{self, exception};
use spanlift_model::{Attributes, Span, SpanEvent};

use crate::kept::kept_kind;
use crate::value_kind::{cut_name, is_error_type};

/// What stands in place of a status message or of an exception's text, behind the error's type where that is known.
pub const NOT_KEPT: &str = "the message is not kept";

/// What is kept beside what the tables name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Attributes that are kept whatever they hold, by their exact names.
    pub keep_attributes: Vec<String>,
    /// The values by which traces are the simulation's: an id of a session is kept if it is one.
    pub hints: Vec<String>,
}

impl std::fmt::Debug for Kept {
    /// Without names and hints: they are the customer's.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Kept").field("keep_attributes", &self.keep_attributes.len()).finish_non_exhaustive()
    }
}

/// Takes content out of a span, its events, its messages; cuts its names. How many attributes went, whole or in part, is said in
/// [`names::IMPORT_WITHHELD`].
pub fn withhold_content(span: &mut Span, kept: &Kept) {
    span.attributes.remove(names::IMPORT_WITHHELD);
    let mut withheld = kept.reduce(&mut span.attributes);
    for event in &mut span.events {
        withheld += kept.reduce_event(event);
    }
    if !span.status_message.is_empty() {
        span.status_message = neutral(span.attributes.get(names::ERROR_TYPE));
    }
    shorten(&mut span.name);
    if withheld > 0 {
        span.attributes.set(names::IMPORT_WITHHELD, withheld.to_string());
    }
}

impl Kept {
    /// Leaves what may be kept of the attributes, and says how many others there were.
    fn reduce(&self, attributes: &mut Attributes) -> u64 {
        let mut withheld = 0;
        attributes.retain(|name, value| {
            if self.keep_attributes.iter().any(|kept| kept == name) {
                return true;
            }
            let (is_kept, part) = match self.left(name, value) {
                Some(Cow::Borrowed(_)) => (true, None),
                Some(Cow::Owned(part)) => (true, Some(part)),
                None => (false, None),
            };
            withheld += u64::from(!is_kept || part.is_some());
            if let Some(part) = part {
                *value = part;
            }
            is_kept
        });
        withheld
    }

    /// What is left of a value.
    fn left<'a>(&self, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
        match name {
            names::ERROR_TYPE | exception::TYPE => is_error_type(value).then_some(Cow::Borrowed(value)),
            _ => kept_kind(name)?.kept(value, &self.hints),
        }
    }

    fn reduce_event(&self, event: &mut SpanEvent) -> u64 {
        let is_kept = self.keep_attributes.iter().any(|kept| kept == exception::MESSAGE);
        let had_message = event.attributes.get(exception::MESSAGE).is_some();
        let withheld = self.reduce(&mut event.attributes);
        if had_message && !is_kept {
            let message = neutral(event.attributes.get(exception::TYPE));
            event.attributes.set(exception::MESSAGE, message);
        }
        shorten(&mut event.name);
        withheld
    }
}

fn neutral(kind: Option<&str>) -> String {
    kind.map_or_else(|| NOT_KEPT.to_owned(), |kind| format!("{kind}: {NOT_KEPT}"))
}

fn shorten(name: &mut String) {
    if let Cow::Owned(short) = cut_name(name) {
        *name = short;
    }
}
