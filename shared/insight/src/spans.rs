use serde::Serialize;
use spanlift_model::{Timestamp, names};

use crate::rows::SpanRow;

/// Spans by their start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spans {
    /// The spans.
    pub spans: Vec<Span>,
    /// There are more.
    pub is_truncated: bool,
}

/// A span with all that is stored of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    /// The trace, hex.
    pub trace_id: String,
    /// The span, hex.
    pub span_id: String,
    /// The span above it; `None` for a root.
    pub parent_span_id: Option<String>,
    /// Its name.
    pub name: String,
    /// `Internal`, `Client`, …
    pub kind: String,
    /// The provider that it was imported from, or the agent's own service.
    pub service: String,
    /// Did the agent send it itself?
    pub is_native: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
    /// `Unset`, `Ok` or `Error`.
    pub status: String,
    /// Why.
    pub status_message: String,
    /// Whose it is and where it came from.
    pub resource: Vec<(String, String)>,
    /// Everything else.
    pub attributes: Vec<(String, String)>,
    /// What happened during it.
    pub events: Vec<Event>,
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub name: String,
    /// Details.
    pub attributes: Vec<(String, String)>,
}

impl Spans {
    pub(crate) fn of(mut rows: Vec<SpanRow>, limit: usize) -> Self {
        let is_truncated = rows.len() > limit;
        rows.truncate(limit);
        Self { spans: rows.into_iter().map(Span::of).collect(), is_truncated }
    }
}

impl Span {
    fn of(row: SpanRow) -> Self {
        let events = row.event_times.into_iter().zip(row.event_names).zip(row.event_attributes);
        let events = events.map(|((at, name), attributes)| Event { at: Timestamp::from_nanos(at), name, attributes });
        let imported = row.resource.iter().any(|(name, value)| name == names::resource::IMPORT_ID && !value.is_empty());
        Self {
            trace_id: row.trace_id,
            span_id: row.span_id,
            parent_span_id: Some(row.parent_span_id).filter(|parent| !parent.is_empty()),
            name: row.name,
            kind: row.kind,
            service: row.service,
            is_native: !imported,
            started_at: Timestamp::from_nanos(row.started_at),
            duration_ns: row.duration,
            status: row.status,
            status_message: row.status_message,
            resource: row.resource,
            attributes: row.attributes,
            events: events.collect(),
        }
    }
}
