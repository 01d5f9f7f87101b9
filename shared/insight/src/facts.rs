use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use spanlift_model::Timestamp;

use crate::rows::{KeyRow, OutlineRow};
use crate::{Scope, Source, Subject, doubled};

/// What can be said of spans to somebody who may not see what was said in the call: counts, names and times, and no value of
/// any attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    /// What they are of.
    pub scope: Scope,
    /// Where the spans come from.
    pub sources: Vec<Source>,
    /// Rows, doubled ones too.
    pub total_spans: u64,
    /// Spans: rows that are not another's double. All that follows counts these.
    pub unique_spans: u64,
    /// Rows that are: a sender wrote them twice.
    pub duplicate_spans: u64,
    /// Traces.
    pub traces: u64,
    /// Spans without a parent.
    pub root_spans: u64,
    /// Spans whose parent is not there.
    pub orphan_spans: u64,
    /// Spans that begin before their parent or end after it.
    pub child_timing_violations: u64,
    /// How spans ended.
    pub status: StatusCounts,
    /// When the first one began.
    pub started_at: Option<Timestamp>,
    /// When the last one ended.
    pub ended_at: Option<Timestamp>,
    /// Spans by label and service, those that took longest together first.
    pub groups: Vec<SpanGroup>,
    /// Names of attributes, and on how many rows each is.
    pub attribute_keys: Vec<AttributeKey>,
    /// There are more rows than were looked at.
    pub is_truncated: bool,
    /// What a reader should know, as sentences.
    pub notes: Vec<String>,
}

/// How spans ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatusCounts {
    /// Nobody said.
    pub unset: u64,
    /// Well.
    pub ok: u64,
    /// Badly.
    pub error: u64,
}

/// Spans with one label, of one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpanGroup {
    /// The name, of a tool call with the tool.
    pub label: String,
    /// The service.
    pub service: String,
    /// How many.
    pub spans: u64,
    /// How many with status `Error`.
    pub errors: u64,
    /// How long they took together.
    pub total_seconds: f64,
    /// How long the longest took.
    pub longest_seconds: f64,
}

/// An attribute's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttributeKey {
    /// `resource` or `span`.
    pub place: String,
    /// The name.
    pub key: String,
    /// On how many rows it is.
    pub rows: u64,
}

type SpanId<'a> = (&'a str, &'a str, &'a str);

impl OutlineRow {
    fn id(&self) -> SpanId<'_> {
        (&self.import, &self.trace_id, &self.span_id)
    }

    fn parent(&self) -> Option<SpanId<'_>> {
        (!self.parent_span_id.is_empty()).then_some((&self.import, &self.trace_id, &self.parent_span_id))
    }

    fn end(&self) -> i64 {
        self.started_at.saturating_add_unsigned(self.duration)
    }
}

impl Facts {
    /// Of at most `limit` rows; one more says that there are more.
    pub(crate) fn of(
        subject: &Subject,
        mut rows: Vec<OutlineRow>,
        keys: Vec<KeyRow>,
        sources: Vec<Source>,
        limit: usize,
    ) -> Self {
        let is_truncated = rows.len() > limit;
        rows.truncate(limit);
        let mut seen = HashSet::new();
        let spans: Vec<_> = rows.iter().filter(|row| seen.insert(row.id())).collect();
        let by_id: HashMap<_, _> = spans.iter().map(|span| (span.id(), *span)).collect();
        let parents = spans.iter().filter_map(|span| Some((*span, span.parent()?)));
        let (mut orphans, mut violations) = (0, 0);
        for (span, parent) in parents {
            match by_id.get(&parent) {
                None => orphans += 1,
                Some(parent) if span.started_at < parent.started_at || span.end() > parent.end() => violations += 1,
                Some(_) => {}
            }
        }
        let mut status = StatusCounts::default();
        for span in &spans {
            *(match span.status.as_str() {
                "Ok" => &mut status.ok,
                "Error" => &mut status.error,
                _ => &mut status.unset,
            }) += 1;
        }
        let mut notes: Vec<_> = doubled(&sources).into_iter().collect();
        if is_truncated {
            notes.push(format!("There are more than {limit} rows; the first {limit} were looked at."));
        }
        Self {
            scope: subject.scope.clone(),
            total_spans: counted(rows.len()),
            unique_spans: counted(spans.len()),
            duplicate_spans: counted(rows.len() - spans.len()),
            traces: counted(spans.iter().map(|span| &span.trace_id).collect::<HashSet<_>>().len()),
            root_spans: counted(spans.iter().filter(|span| span.parent().is_none()).count()),
            orphan_spans: orphans,
            child_timing_violations: violations,
            status,
            started_at: spans.iter().map(|span| span.started_at).min().map(Timestamp::from_nanos),
            ended_at: spans.iter().map(|span| span.end()).max().map(Timestamp::from_nanos),
            groups: groups(&spans),
            attribute_keys: keys.into_iter().map(AttributeKey::of).collect(),
            is_truncated,
            notes,
            sources,
        }
    }
}

impl AttributeKey {
    fn of(row: KeyRow) -> Self {
        Self { place: row.place, key: row.key, rows: row.rows }
    }
}

fn groups(spans: &[&OutlineRow]) -> Vec<SpanGroup> {
    let mut groups: BTreeMap<(&str, &str), SpanGroup> = BTreeMap::new();
    for span in spans {
        let group = groups.entry((&span.label, &span.service)).or_insert_with(|| SpanGroup {
            label: span.label.clone(),
            service: span.service.clone(),
            spans: 0,
            errors: 0,
            total_seconds: 0.0,
            longest_seconds: 0.0,
        });
        let seconds = std::time::Duration::from_nanos(span.duration).as_secs_f64();
        group.spans += 1;
        group.errors += u64::from(span.status == "Error");
        group.total_seconds += seconds;
        group.longest_seconds = group.longest_seconds.max(seconds);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by(|one, other| other.total_seconds.total_cmp(&one.total_seconds));
    groups
}

fn counted(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
