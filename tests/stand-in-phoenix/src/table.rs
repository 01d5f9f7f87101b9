//! The table of spans, and the projects that they made.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json::{Map, Value};
use spanlift_model::Timestamp;

use crate::attributes::{self, KIND};
use crate::form;
use crate::scenario::Span;

/// What has arrived, and what has not yet.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) projects: Vec<String>,
    /// In the order of insertion.
    pub(crate) rows: Vec<Row>,
    /// In the order of arrival.
    expected: VecDeque<Span>,
    last_id: i64,
    span_ids: HashSet<String>,
    /// The project that saw a trace first.
    owners: HashMap<String, usize>,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) project: usize,
    pub(crate) span: Span,
    stored: Map<String, Value>,
    flat: Map<String, Value>,
    plain: Option<String>,
}

impl Table {
    pub(crate) fn new(projects: Vec<String>, mut spans: Vec<Span>) -> Self {
        spans.sort_by(|one, other| one.arrives_after.total_cmp(&other.arrives_after));
        Self { projects, expected: spans.into(), ..Self::default() }
    }

    /// Goes on to so long after the scenario was set.
    pub(crate) fn advance(&mut self, elapsed: Duration) {
        let elapsed = elapsed.as_secs_f64();
        while let Some(span) = self.expected.pop_front_if(|span| span.arrives_after <= elapsed) {
            self.insert(span);
        }
        let is_gone = |span: &Span| span.deleted_after.is_some_and(|after| after <= elapsed);
        for gone in self.rows.extract_if(.., |row| is_gone(&row.span)) {
            self.span_ids.remove(&gone.span.span_id);
        }
    }

    /// A row of text has no ids that could be there already.
    pub(crate) fn insert(&mut self, span: Span) {
        if span.raw.is_none() && !self.span_ids.insert(span.span_id.clone()) {
            return;
        }
        let own = self.project(&span.project);
        let project = *self.owners.entry(span.trace_id.clone()).or_insert(own);
        self.last_id += 1;
        self.rows.push(Row::new(self.last_id, project, span));
    }

    /// The project of a name, made if need be.
    fn project(&mut self, name: &str) -> usize {
        let known = self.projects.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.projects.push(name.to_owned());
            self.projects.len() - 1
        })
    }
}

impl Row {
    fn new(id: i64, project: usize, mut span: Span) -> Self {
        span.start_time = rounded(span.start_time);
        span.end_time = span.end_time.map(rounded);
        for event in &mut span.events {
            event.timestamp = rounded(event.timestamp);
        }
        let stored = span.stored();
        let flat = attributes::flat(&stored);
        Self { id, project, plain: form::plain(id, &span, &flat), span, stored, flat }
    }

    pub(crate) fn plain(&self) -> Option<String> {
        self.plain.clone()
    }

    pub(crate) fn otlp(&self) -> Option<String> {
        form::otlp(&self.span, &self.flat)
    }

    /// Compares the stored JSON with a dump in ASCII: no text with other characters is ever equal.
    pub(crate) fn has(&self, path: &str, asked: &Value) -> bool {
        let is_ascii = asked.as_str().is_none_or(|text| text.bytes().all(|byte| byte.is_ascii() && byte != 0x7f));
        is_ascii && attributes::find(&self.stored, path) == Some(asked)
    }

    /// The column that `span_kind` is compared with.
    pub(crate) fn kind(&self) -> &'static str {
        let kind = self.flat.get(KIND).and_then(Value::as_str).unwrap_or_default();
        KINDS.into_iter().find(|known| known.eq_ignore_ascii_case(kind)).unwrap_or("UNKNOWN")
    }
}

/// What `span_kind` can be asked for.
pub(crate) const KINDS: [&str; 11] = [
    "UNKNOWN",
    "LLM",
    "CHAIN",
    "TOOL",
    "AGENT",
    "EMBEDDING",
    "RETRIEVER",
    "RERANKER",
    "EVALUATOR",
    "GUARDRAIL",
    "PROMPT",
];

impl Span {
    /// The attributes as the plain form tells them: by dotted names, with what was in JSON texts, without the kind.
    #[must_use]
    pub fn told_attributes(&self) -> Map<String, Value> {
        let mut told = attributes::flat(&self.stored());
        told.remove(KIND);
        told
    }

    fn stored(&self) -> Map<String, Value> {
        let kind = (!self.kind.is_null()).then_some((KIND, &self.kind));
        attributes::stored(self.attributes.iter().map(|(name, value)| (name.as_str(), value)).chain(kind))
    }
}

/// Times are kept in microseconds.
fn rounded(moment: Timestamp) -> Timestamp {
    let micros = moment.nanos().saturating_add(500).div_euclid(1_000);
    Timestamp::from_nanos(micros.saturating_mul(1_000))
}
