//! What a reading has found so far.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};
use spanlift_importer::{Query, Reading};
use spanlift_model::correlation::{Sightings, says_ours};
use spanlift_model::{SourceSpan as _, Timestamp, Truncation, Window, canonical_text};

use crate::MOST_TRACES;
use crate::connection::OwnTraces;
use crate::labels::at_path;
use crate::observation::{Observation, Rejection, TraceRecord};

use super::assemble::assemble;

/// Bytes of matched pages that are kept: more than an import stores, so that its caps choose and not we.
const MOST_BYTES: usize = 128 << 20;
/// Rows that Coval wrote itself are counted as rejected under this.
const OWN: &str = "written_by_coval";

/// What a reading has found so far.
pub(super) struct Gathered<'a> {
    pub(super) query: &'a Query,
    own: Option<&'a OwnTraces>,
    /// Where tags are looked for.
    pub(super) discovery: Window,
    rows: HashMap<(String, String), Observation>,
    bytes: usize,
    /// What is known of whole traces: v1's listing.
    records: HashMap<String, TraceRecord>,
    seen: BTreeMap<String, Seen>,
    sightings: Sightings,
    is_tagged: bool,
    own_rows: HashSet<(String, String)>,
    pub(super) partial_traces: HashSet<String>,
    pub(super) cut: Option<Truncation>,
    rejected: BTreeMap<Rejection, u64>,
}

/// What the discovery window holds of a trace.
struct Seen {
    earliest: Timestamp,
    is_ours: bool,
    /// Something of it begins during the call itself.
    is_in_call: bool,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(query: &'a Query, own: Option<&'a OwnTraces>) -> Self {
        Self {
            query,
            own,
            discovery: query.window.discovery(),
            rows: HashMap::new(),
            bytes: 0,
            records: HashMap::new(),
            seen: BTreeMap::new(),
            sightings: Sightings::default(),
            is_tagged: false,
            own_rows: HashSet::new(),
            partial_traces: HashSet::new(),
            cut: None,
            rejected: BTreeMap::new(),
        }
    }

    /// Notes whose a row of the window says that its trace is. Servers are not trusted with the window.
    pub(super) fn look(&mut self, row: &Observation) {
        if !self.discovery.contains(row.started_at) || self.is_own(&row.metadata) {
            return;
        }
        let keys = row.key_labels();
        self.sightings.add(&keys);
        self.is_tagged |= !keys.is_empty();
        let is_ours = says_ours(row.labels(), &self.query.hints);
        self.note(&row.trace_id, row.started_at, is_ours, self.query.window.contains(row.started_at));
    }

    /// The same for a trace of v1. Its time is that of the span that came first, perhaps after the call.
    pub(super) fn look_at_trace(&mut self, record: TraceRecord) {
        let at = record.timestamp.unwrap_or(self.query.window.from);
        if self.discovery.contains(at) && !self.is_own(&record.metadata) {
            let keys = record.key_labels();
            self.sightings.add(&keys);
            self.is_tagged |= !keys.is_empty();
            let is_ours = says_ours(&record.labels(), &self.query.hints);
            self.note(&record.id, at, is_ours, true);
        }
        self.records.insert(record.id.clone(), record);
    }

    fn note(&mut self, trace_id: &str, at: Timestamp, is_ours: bool, is_in_call: bool) {
        if let Some(seen) = self.seen.get_mut(trace_id) {
            seen.earliest = seen.earliest.min(at);
            seen.is_ours |= is_ours;
            seen.is_in_call |= is_in_call;
            return;
        }
        let seen = Seen { earliest: at, is_ours, is_in_call };
        self.seen.insert(trace_id.to_owned(), seen);
    }

    pub(super) fn has_ours(&self) -> bool {
        self.seen.values().any(|seen| seen.is_ours)
    }

    /// The traces that are to be read whole, the earliest first: those that matched; without any key in a window that
    /// was read to its end, and if the query allows it, all of the call's.
    pub(super) fn wanted(&mut self) -> Vec<String> {
        let falls_back = self.query.may_fall_back && self.cut.is_none() && !self.is_tagged && !self.has_ours();
        let is_wanted = |seen: &&Seen| seen.is_ours || (falls_back && seen.is_in_call);
        let mut wanted: Vec<(Timestamp, &String)> = self
            .seen
            .iter()
            .filter(|(_, seen)| is_wanted(seen))
            .map(|(trace_id, seen)| (seen.earliest, trace_id))
            .collect();
        wanted.sort_unstable();
        if wanted.len() > MOST_TRACES {
            self.cut = self.cut.or(Some(Truncation::Cap));
        }
        wanted.into_iter().take(MOST_TRACES).map(|(_, trace_id)| trace_id.clone()).collect()
    }

    /// Keeps a row, if it is later than the one of the same observation that is kept already.
    pub(super) fn keep(&mut self, row: Observation) {
        let key = (row.trace_id.clone(), row.id.clone());
        if self.is_own(&row.metadata) {
            self.own_rows.insert(key);
            return;
        }
        match self.rows.entry(key) {
            Entry::Vacant(place) => {
                place.insert(row);
            }
            Entry::Occupied(mut place) => {
                if row.supersedes(place.get()) {
                    place.insert(row);
                }
            }
        }
    }

    pub(super) fn keep_record(&mut self, record: TraceRecord) {
        self.records.insert(record.id.clone(), record);
    }

    pub(super) fn add_bytes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    pub(super) fn sees_nothing(&self) -> bool {
        self.seen.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As much as an import can take, and more.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() > self.query.most_spans || self.bytes > MOST_BYTES
    }

    pub(super) fn reject(&mut self, rejected: BTreeMap<Rejection, u64>) {
        for (cause, count) in rejected {
            *self.rejected.entry(cause).or_default() += count;
        }
    }

    /// The rows of a trace that are kept.
    pub(super) fn rows_of<'s>(&'s self, trace_id: &'s str) -> impl Iterator<Item = &'s Observation> {
        self.rows.values().filter(move |row| row.trace_id == trace_id)
    }

    /// Lets go of the rows of all other traces.
    pub(super) fn retain(&mut self, wanted: &[String]) {
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        self.rows.retain(|(trace_id, _), _| wanted.contains(trace_id.as_str()));
    }

    fn is_own(&self, metadata: &Map<String, Value>) -> bool {
        let value = |own: &OwnTraces| at_path(metadata, &own.key).and_then(canonical_text);
        self.own.is_some_and(|own| value(own).as_deref() == Some(own.value.as_str()))
    }

    pub(super) fn into_reading(
        mut self,
        server_version: String,
        requests: u64,
        source_host: String,
    ) -> Reading<Observation> {
        if !self.own_rows.is_empty() {
            let count = u64::try_from(self.own_rows.len()).unwrap_or(u64::MAX);
            self.rejected.insert(OWN, count);
        }
        Reading {
            spans: assemble(self.rows.into_values().collect(), self.records, &self.query.hints),
            sightings: self.sightings,
            partial_traces: self.partial_traces,
            cut: self.cut,
            requests,
            rejected: self.rejected,
            server_version: Some(server_version),
            source_host,
        }
    }
}
