use crate::Timestamp;
use crate::correlation::Label;

/// A span as its platform told it, with what correlation and completeness need to know.
///
/// Ids are the platform's own text: they are compared, never interpreted.
pub trait SourceSpan {
    /// The trace that the span is part of.
    fn trace_id(&self) -> &str;
    /// The span's id, unique in its trace.
    fn span_id(&self) -> &str;
    /// The span above it; `None` for a root.
    fn parent_id(&self) -> Option<&str>;
    /// Its name, or as much of it as tells spans of one call from others (docs/adr/0019-one-call-one-canonical-span.md).
    fn name(&self) -> &str;
    /// When it began.
    fn started_at(&self) -> Timestamp;
    /// When it ended; `None` while it has not, or where the platform does not know.
    fn ended_at(&self) -> Option<Timestamp>;
    /// The correlation keys that it carries, with their values. They are read from the whole row, whatever of it is cut.
    fn labels(&self) -> &[Label];
    /// True where a value that may hold a tag could not be read: then nobody knows whose the span is.
    fn is_tag_unknown(&self) -> bool {
        false
    }
}
