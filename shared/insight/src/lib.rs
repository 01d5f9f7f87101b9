//! Questions to the trace store: spans, summary, text for a judge, metrics, transitions (docs/INSIGHT.md).
//!
//! Each question is one SQL statement, or a few, in a file of its own below `sql/`. All of them stand on the same three parts,
//! which say once which rows count: those of one organization and of one [`Scope`], between two moments, of the highest
//! attempt, each span once. They name columns only, so the collector exporter's own table serves as well as ours. What
//! is worked out from rows here is in modules without I/O.

mod aggregation;
mod custom;
mod facts;
mod figure;
mod insight;
mod metrics;
mod rows;
mod scope;
mod source;
mod spans;
mod statements;
#[cfg(test)]
mod tests;
mod text;
mod transitions;

pub use aggregation::{Aggregation, Statistics};
pub use custom::{CustomAnswer, CustomMetric, CustomMetricError, CustomResult, ValueSource};
pub use facts::{AttributeKey, Facts, SpanGroup, StatusCounts};
pub use figure::{Figure, Unit};
pub use insight::Insight;
pub use metrics::{Figures, Metrics, ToolCalls, ToolFigure};
pub use scope::{LOOKBACK, Scope, Subject};
pub use source::{Source, doubled};
pub use spans::{Event, Span, Spans};
pub use statements::Statement;
pub use text::{JudgeText, TextLimits};
pub use transitions::{TRANSITION_DEFINITION, Transition, Transitions};
