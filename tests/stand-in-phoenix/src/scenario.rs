//! What a stand-in holds. Everything has a default, so that a scenario says only what matters to it.

use serde_json::{Map, Value};
use spanlift_model::Timestamp;

use crate::version::Version;

/// A whole Phoenix.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its release: what it can do, and what it says in `x-phoenix-server-version`.
    pub version: Version,
    /// Does that header come?
    pub tells_version: bool,
    /// The key that lets a request in; anybody is let in where there is none.
    pub api_key: Option<String>,
    /// Where a proxy has put it: `/s/acme`.
    pub path_prefix: String,
    /// The most rows of a page, whatever the limit.
    pub page_rows: usize,
    /// Projects that are there from the start. One that a span names and that is not among them is there when its
    /// first span is.
    pub projects: Vec<String>,
    /// Spans in the order of their insertion; those that arrive later come behind those that arrive earlier.
    pub spans: Vec<Span>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            version: Version::new(20, 26, 1),
            tells_version: true,
            api_key: None,
            path_prefix: String::new(),
            page_rows: 1_000,
            projects: vec![default_project()],
            spans: Vec::new(),
        }
    }
}

/// A span as an agent sends it, with what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The name of its project. The project that saw the trace first has all of its spans.
    pub project: String,
    /// In lower-case hexadecimal digits, but nobody checks.
    pub trace_id: String,
    /// The first of two spans with the same id counts, in whichever project they are.
    pub span_id: String,
    /// The span above it.
    pub parent_id: Option<String>,
    /// May be empty.
    pub name: String,
    /// The attribute `openinference.span.kind`. Null: it was not sent, and `UNKNOWN` is told. The plain form breaks on
    /// what is not text.
    pub kind: Value,
    /// When it began.
    pub start_time: Timestamp,
    /// When it ended; the epoch is told where that is not known.
    pub end_time: Option<Timestamp>,
    /// How it ended.
    pub status_code: StatusCode,
    /// Why.
    pub status_message: String,
    /// By dotted names, as they are sent: `{"session.id": "…", "metadata": "{\"turn\": 1}"}`.
    pub attributes: Map<String, Value>,
    /// What happened meanwhile.
    pub events: Vec<Event>,
    /// Seconds from when the scenario was set until it is there.
    pub arrives_after: f64,
    /// Seconds from when the scenario was set until it is there no more.
    pub deleted_after: Option<f64>,
    /// Told in its place, in both forms, whatever it is: a row that is no span. What stands beside it is still what
    /// filters go by: without ids and times, no filter finds the row. It may have the ids of another span.
    pub raw: Option<String>,
    /// Told in place of its start, in both forms.
    pub start_told_as: Option<String>,
    /// Which forms break on it, beside those that break on what it holds.
    pub breaks: Breaks,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            project: default_project(),
            trace_id: String::new(),
            span_id: String::new(),
            parent_id: None,
            name: String::new(),
            kind: Value::Null,
            start_time: Timestamp::EPOCH,
            end_time: None,
            status_code: StatusCode::Unset,
            status_message: String::new(),
            attributes: Map::new(),
            events: Vec::new(),
            arrives_after: 0.0,
            deleted_after: None,
            raw: None,
            start_told_as: None,
            breaks: Breaks::Nothing,
        }
    }
}

/// Where Phoenix puts what names no project.
fn default_project() -> String {
    "default".to_owned()
}

/// How a span ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusCode {
    /// Nobody said.
    #[default]
    Unset,
    /// Well.
    Ok,
    /// Not well.
    Error,
}

impl StatusCode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }
}

/// Something that happened during a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `exception`, …
    pub name: String,
    /// When.
    pub timestamp: Timestamp,
    /// What is known of it.
    pub attributes: Map<String, Value>,
}

impl Default for Event {
    fn default() -> Self {
        Self { name: String::new(), timestamp: Timestamp::EPOCH, attributes: Map::new() }
    }
}

/// The forms in which a page that holds a span is a 500.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breaks {
    /// None.
    #[default]
    Nothing,
    /// `…/spans`.
    Plain,
    /// `…/spans/otlpv1`.
    Otlp,
    /// Both.
    Both,
}
