use clickhouse::Row;
use serde::Deserialize;
use spanlift_model::{Timestamp, names};

/// A span as the store has it, imported or native.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSpan {
    /// The trace, hex.
    pub trace_id: String,
    /// The span, hex.
    pub span_id: String,
    /// The span above it; empty for a root.
    pub parent_span_id: String,
    /// Its name.
    pub name: String,
    /// The provider that it was imported from, or the agent's own service.
    pub service: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// `Unset`, `Ok` or `Error`.
    pub status: String,
    /// Why.
    pub status_message: String,
    /// Whose it is and where it came from, sorted by name.
    pub resource: Vec<(String, String)>,
    /// Everything else, sorted by name.
    pub attributes: Vec<(String, String)>,
}

impl StoredSpan {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        value(&self.attributes, name)
    }

    /// The import that brought it; `None` for a native span.
    #[must_use]
    pub fn import_id(&self) -> Option<&str> {
        value(&self.resource, names::resource::IMPORT_ID)
    }
}

/// A row of the query for spans.
#[derive(Debug, Row, Deserialize)]
pub(crate) struct StoredRow {
    started_at: i64,
    duration: u64,
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: String,
    service: String,
    status: String,
    status_message: String,
    resource: Vec<(String, String)>,
    attributes: Vec<(String, String)>,
}

impl From<StoredRow> for StoredSpan {
    fn from(row: StoredRow) -> Self {
        let started_at = Timestamp::from_nanos(row.started_at);
        Self {
            trace_id: row.trace_id,
            span_id: row.span_id,
            parent_span_id: row.parent_span_id,
            name: row.name,
            service: row.service,
            started_at,
            ended_at: started_at.plus(std::time::Duration::from_nanos(row.duration)),
            status: row.status,
            status_message: row.status_message,
            resource: row.resource,
            attributes: row.attributes,
        }
    }
}

fn value<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
