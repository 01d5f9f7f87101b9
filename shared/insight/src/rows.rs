//! What the statements answer, as their columns are called.

use clickhouse::Row;
use serde::Deserialize;

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct ExtentRow {
    pub(crate) rows: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct SourceRow {
    pub(crate) simulation: String,
    pub(crate) service: String,
    pub(crate) import: String,
    pub(crate) attempt: u32,
    pub(crate) spans: u64,
}

#[derive(Clone, Debug, Default, Row, Deserialize)]
pub(crate) struct FigureRow {
    pub(crate) simulation: String,
    pub(crate) is_of_all: u8,
    pub(crate) figure: String,
    pub(crate) spans: u64,
    pub(crate) errors: u64,
    pub(crate) measured: u64,
    pub(crate) sum: f64,
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
    pub(crate) percentiles: Vec<f64>,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct ToolRow {
    pub(crate) simulation: String,
    pub(crate) is_of_all: u8,
    pub(crate) tool: String,
    pub(crate) calls: u64,
    pub(crate) errors: u64,
    pub(crate) average_seconds: f64,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct TransitionRow {
    pub(crate) from_label: String,
    pub(crate) to_label: String,
    pub(crate) count: u64,
    pub(crate) simulations: u64,
    pub(crate) failures: u64,
    pub(crate) failed_in: Vec<String>,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct OutlineRow {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_span_id: String,
    pub(crate) label: String,
    pub(crate) service: String,
    pub(crate) import: String,
    pub(crate) status: String,
    pub(crate) started_at: i64,
    pub(crate) duration: u64,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct KeyRow {
    pub(crate) place: String,
    pub(crate) key: String,
    pub(crate) rows: u64,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct SpanRow {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_span_id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) service: String,
    pub(crate) started_at: i64,
    pub(crate) duration: u64,
    pub(crate) status: String,
    pub(crate) status_message: String,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) event_times: Vec<i64>,
    pub(crate) event_names: Vec<String>,
    pub(crate) event_attributes: Vec<Vec<(String, String)>>,
}

#[derive(Clone, Debug, Default, Row, Deserialize)]
pub(crate) struct TextRow {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_span_id: String,
    pub(crate) label: String,
    pub(crate) import: String,
    pub(crate) status: String,
    pub(crate) started_at: i64,
    pub(crate) duration: u64,
    pub(crate) first_byte: Option<f64>,
    pub(crate) input_tokens: Option<f64>,
    pub(crate) output_tokens: Option<f64>,
    pub(crate) model: String,
    pub(crate) error: String,
    pub(crate) error_length: u64,
    pub(crate) input: String,
    pub(crate) input_length: u64,
    pub(crate) output: String,
    pub(crate) output_length: u64,
}

#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct ExplainRow {
    pub(crate) explain: String,
}
