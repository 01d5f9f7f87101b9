use super::{Label, size_of_labels};
use crate::Timestamp;

/// What stands for a parent that cannot be read: something is above the row, and is never there.
pub const UNREADABLE_PARENT: &str = "";

/// A row of a trace that is not stored: it cannot be read, or it began long before the call. Its place in the tree and
/// its tags still tell whose the spans below it are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The platform's id of its trace.
    pub trace_id: String,
    /// The platform's id of the span.
    pub span_id: String,
    /// The span above it; `None` for a root.
    pub parent_id: Option<String>,
    /// When it began, if that can be read.
    pub started_at: Option<Timestamp>,
    /// It is known to have ended.
    pub has_ended: bool,
    /// The correlation keys that could be read.
    pub labels: Vec<Label>,
    /// Something in it that may be a tag could not be read.
    pub is_tag_unknown: bool,
    /// Why it is not stored, as one word: the cause under which it is counted. [`Self::BEFORE_CALL`], or the reader's.
    pub cause: &'static str,
}

impl Outline {
    /// The cause of what began too long before the call to be a part of it.
    pub const BEFORE_CALL: &'static str = "before_call";

    /// Could the row not be read?
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.cause != Self::BEFORE_CALL
    }

    /// The bytes that it takes, about. The ids count twice: a reading finds rows by them.
    #[must_use]
    pub fn size(&self) -> usize {
        let ids = 2 * (self.trace_id.len() + self.span_id.len()) + self.parent_id.as_ref().map_or(0, String::len);
        size_of::<Self>() + ids + size_of_labels(&self.labels)
    }
}
