//! A project as it can be read at one moment: what has arrived, and what follows from it for each trace.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::metadata::nested;
use crate::scenario::{Ingestion, Observation, Project, Trace};

/// The rows of a trace that are there, and the trace.
pub(crate) struct TraceView<'a> {
    pub(crate) trace: Trace,
    /// All rows, updates that were not merged too.
    pub(crate) rows: Vec<&'a Observation>,
    /// v1's trace metadata.
    pub(crate) metadata: Map<String, Value>,
    pub(crate) timestamp: Timestamp,
}

/// What is there `now`, by trace.
pub(crate) fn traces(project: &Project, now: Duration) -> BTreeMap<&str, TraceView<'_>> {
    let has_come = |after: u64| Duration::from_millis(after) <= now;
    let mut rows: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for trace in project.traces.iter().filter(|trace| has_come(trace.arrives_after_ms)) {
        // One without a timestamp comes with its first row.
        if trace.timestamp.is_some() {
            rows.entry(&trace.id).or_default();
        }
    }
    let is_there = |row: &&Observation| has_come(row.arrives_after_ms) && !row.deleted_after_ms.is_some_and(has_come);
    for row in project.observations.iter().filter(is_there) {
        rows.entry(&row.trace_id).or_default().push(row);
    }
    rows.into_iter().map(|(id, rows)| (id, TraceView::new(project, id, rows))).collect()
}

impl<'a> TraceView<'a> {
    fn new(project: &Project, id: &str, rows: Vec<&'a Observation>) -> Self {
        let known = project.traces.iter().find(|trace| trace.id == id);
        let trace = known.cloned().unwrap_or_else(|| Trace { id: id.to_owned(), ..Trace::default() });
        let first = rows.iter().min_by_key(|row| (row.arrives_after_ms, row.start));
        let timestamp = trace.timestamp.or(first.map(|row| row.start)).unwrap_or(Timestamp::EPOCH);
        let mut metadata = trace.metadata.clone();
        for row in &rows {
            metadata.extend(row.trace_metadata.clone());
            if row.parent.is_none() {
                metadata.extend(nested(row));
            }
        }
        Self { trace, rows, metadata, timestamp }
    }

    pub(crate) fn is_dual(&self) -> bool {
        self.trace.ingestion == Ingestion::Dual
    }

    pub(crate) fn name(&self) -> Option<&str> {
        let root = self.rows.iter().find(|row| row.parent.is_none());
        self.trace.name.as_deref().or(root.map(|row| row.name.as_str()))
    }

    pub(crate) fn session_id(&self) -> Option<&str> {
        let of_row = self.rows.iter().find_map(|row| row.session_id.as_deref());
        self.trace.session_id.as_deref().or(of_row)
    }

    pub(crate) fn user_id(&self) -> Option<&str> {
        let of_row = self.rows.iter().find_map(|row| row.user_id.as_deref());
        self.trace.user_id.as_deref().or(of_row)
    }

    /// The rows with one for each id: the one that was written last.
    pub(crate) fn merged(&self) -> Vec<&'a Observation> {
        let mut last: BTreeMap<&str, &Observation> = BTreeMap::new();
        for row in &self.rows {
            let known = last.entry(&row.id).or_insert(row);
            if updated(row) >= updated(known) {
                *known = row;
            }
        }
        last.into_values().collect()
    }
}

pub(crate) fn updated(row: &Observation) -> Timestamp {
    row.updated.or(row.end).unwrap_or(row.start)
}

/// The row as it is told, if some of its members are told otherwise than they are.
pub(crate) fn retold(mut row: Map<String, Value>, observation: &Observation) -> Value {
    for (name, value) in &observation.told {
        if let Some(member) = row.get_mut(name) {
            member.clone_from(value);
        }
    }
    Value::Object(row)
}

/// ISO 8601 with milliseconds and `Z`, whatever the moment.
pub(crate) fn iso(moment: Timestamp) -> String {
    let micros = moment.to_micros_text();
    let cut = micros.len().saturating_sub(4);
    format!("{}Z", micros.get(..cut).unwrap_or(&micros))
}

pub(crate) fn iso_or_null(moment: Option<Timestamp>) -> Value {
    moment.map_or(Value::Null, |moment| json!(iso(moment)))
}

pub(crate) fn seconds(from: Timestamp, to: Option<Timestamp>) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of calls are small")]
    let seconds = |to: Timestamp| to.millis().saturating_sub(from.millis()) as f64 / 1000.0;
    to.map_or(Value::Null, |to| json!(seconds(to)))
}

/// The sum of the keys whose name contains `part`, as the server does it (docs/platforms/langfuse.md#84-token-counts-and-costs).
pub(crate) fn sum(details: &Map<String, Value>, part: &str) -> Option<f64> {
    let mut matching =
        details.iter().filter(|(name, _)| name.contains(part)).filter_map(|(_, value)| value.as_f64()).peekable();
    matching.peek().is_some().then(|| matching.sum())
}
