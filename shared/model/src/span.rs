use std::sync::Arc;

use crate::{Attributes, SpanId, Timestamp, TraceId};

/// An OpenTelemetry span as the trace store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The span above it; `None` for a root.
    pub parent_span_id: Option<SpanId>,
    /// Canonical for model calls, tool calls and speech; else the platform's own.
    pub name: String,
    /// Its role in the call.
    pub kind: SpanKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` if the platform does not say.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub status: StatusCode,
    /// Why, if the platform says so.
    pub status_message: String,
    /// Everything else.
    pub attributes: Attributes,
    /// What happened during it.
    pub events: Vec<SpanEvent>,
    /// Whose it is and where it came from. The engine sets it; spans of one import share it.
    pub resource: Arc<Attributes>,
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanEvent {
    /// What.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Details.
    pub attributes: Attributes,
}

/// The role of a span in a call, in the collector exporter's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Work inside one process; also when the platform does not say.
    Internal,
    /// A call to another service.
    Client,
}

impl SpanKind {
    /// As the exporter stores it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "Internal",
            Self::Client => "Client",
        }
    }
}

/// How a span ended, in the collector exporter's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusCode {
    /// Nobody said.
    Unset,
    /// Well.
    Ok,
    /// Badly.
    Error,
}

impl StatusCode {
    /// As the exporter stores it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "Unset",
            Self::Ok => "Ok",
            Self::Error => "Error",
        }
    }
}

impl Span {
    /// The bytes that count towards an import's size: names, messages and attributes.
    #[must_use]
    pub fn size(&self) -> usize {
        let events: usize = self.events.iter().map(|event| event.name.len() + event.attributes.size()).sum();
        self.name.len() + self.status_message.len() + self.attributes.size() + events
    }
}
