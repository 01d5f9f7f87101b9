//! What a reading has found so far.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};
use spanlift_importer::{Query, Reading};
use spanlift_model::correlation::{Label, Sightings, says_ours};
use spanlift_model::{ServerVersion, SourceSpan as _, Timestamp, Truncation, Window, canonical_text};

use crate::MOST_TRACES;
use crate::connection::OwnTraces;
use crate::labels::at_path;
use crate::observation::{Observation, Rejection, TraceRecord};

use super::assemble::assemble;

/// Bytes of matched pages that are kept: more than an import stores, so that its caps choose and not we.
const MOST_BYTES: usize = 128 << 20;
/// Rows of traces that Coval wrote itself are counted as rejected under this.
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
    pub(super) partial_traces: HashSet<String>,
    pub(super) cut: Option<Truncation>,
    /// Rows that could not be read: of the window, and of the traces that were then read whole.
    overlooked: BTreeMap<Rejection, u64>,
    rejected: BTreeMap<Rejection, u64>,
}

/// What is known of a trace that the discovery window holds something of.
struct Seen {
    earliest: Timestamp,
    is_ours: bool,
    /// Something of it begins during the call itself.
    is_in_call: bool,
    /// Coval wrote it itself.
    is_own: bool,
    /// A key that it bears, whatever the value.
    key: Option<Label>,
}

impl Seen {
    const fn at(earliest: Timestamp) -> Self {
        Self { earliest, is_ours: false, is_in_call: false, is_own: false, key: None }
    }
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
            partial_traces: HashSet::new(),
            cut: None,
            overlooked: BTreeMap::new(),
            rejected: BTreeMap::new(),
        }
    }

    /// Notes whose a row of the window says that its trace is. Servers are not trusted with the window.
    pub(super) fn look(&mut self, row: &Observation) {
        if self.discovery.contains(row.started_at) {
            let is_ours = says_ours(row.labels(), &self.query.hints);
            let is_in_call = self.query.window.contains(row.started_at);
            self.see(&row.trace_id, row.started_at, is_ours, is_in_call);
            self.note(&row.trace_id, &row.metadata, row.key_labels());
        }
    }

    /// The same for a trace of v1. Its time is that of the span that came first: whether anything of it begins during
    /// the call is for its rows to say.
    pub(super) fn look_at_trace(&mut self, record: TraceRecord) {
        let at = record.timestamp.unwrap_or(self.query.window.from);
        if self.discovery.contains(at) {
            let is_ours = says_ours(&record.labels(), &self.query.hints);
            self.see(&record.id, at, is_ours, false);
        }
        self.keep_record(record);
    }

    fn see(&mut self, trace_id: &str, at: Timestamp, is_ours: bool, is_in_call: bool) {
        let seen = self.seen.entry(trace_id.to_owned()).or_insert(Seen::at(at));
        seen.earliest = seen.earliest.min(at);
        seen.is_ours |= is_ours;
        seen.is_in_call |= is_in_call;
    }

    /// Notes what is said of a whole trace wherever in it that is said, also far from the call.
    fn note(&mut self, trace_id: &str, metadata: &Map<String, Value>, keys: Vec<Label>) {
        let is_own = self.is_own(metadata);
        if let Some(seen) = self.seen.get_mut(trace_id) {
            seen.is_own |= is_own;
            seen.key = seen.key.take().or_else(|| keys.into_iter().next());
        }
    }

    /// What the window holds, but for what Coval wrote itself.
    fn others(&self) -> impl Iterator<Item = (&String, &Seen)> {
        self.seen.iter().filter(|(_, seen)| !seen.is_own)
    }

    fn sightings(&self) -> Sightings {
        let mut sightings = Sightings::default();
        self.others().for_each(|(_, seen)| sightings.add(seen.key.as_slice()));
        sightings
    }

    pub(super) fn has_ours(&self) -> bool {
        self.others().any(|(_, seen)| seen.is_ours)
    }

    /// The traces that are to be read whole, the earliest first: those that matched; without any key in a window that
    /// was read to its end, and if the query allows it, all of the call's.
    pub(super) fn wanted(&mut self) -> Vec<String> {
        let may_fall_back = self.query.may_fall_back && self.cut.is_none();
        let falls_back = may_fall_back && !self.has_ours() && !self.sightings().is_tagged();
        let is_wanted = |seen: &Seen| seen.is_ours || (falls_back && seen.is_in_call);
        let wanted = self.others().filter(|(_, seen)| is_wanted(seen));
        let mut wanted: Vec<(Timestamp, String)> =
            wanted.map(|(trace_id, seen)| (seen.earliest, trace_id.clone())).collect();
        wanted.sort_unstable();
        if wanted.len() > MOST_TRACES {
            self.cut = self.cut.or(Some(Truncation::Cap));
        }
        wanted.into_iter().take(MOST_TRACES).map(|(_, trace_id)| trace_id).collect()
    }

    /// Keeps a row, if it is later than the one of the same observation that is kept already.
    pub(super) fn keep(&mut self, row: Observation) {
        self.note(&row.trace_id, &row.metadata, row.key_labels());
        match self.rows.entry((row.trace_id.clone(), row.id.clone())) {
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
        self.note(&record.id, &record.metadata, record.key_labels());
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

    /// Rows of the window that could not be read.
    pub(super) fn overlook(&mut self, rejected: &BTreeMap<Rejection, u64>) {
        add(&mut self.overlooked, rejected);
    }

    /// Rows of traces that are read whole that could not be read.
    pub(super) fn reject(&mut self, rejected: &BTreeMap<Rejection, u64>) {
        add(&mut self.rejected, rejected);
    }

    /// The rows of a trace that are kept.
    pub(super) fn rows_of<'s>(&'s self, trace_id: &'s str) -> impl Iterator<Item = &'s Observation> {
        self.rows.values().filter(move |row| row.trace_id == trace_id)
    }

    /// Lets go of the rows of all other traces; Coval's own are still to be counted.
    pub(super) fn retain(&mut self, wanted: &[String]) {
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let is_own = |trace_id: &str| self.seen.get(trace_id).is_some_and(|seen| seen.is_own);
        self.rows.retain(|(trace_id, _), _| wanted.contains(trace_id.as_str()) || is_own(trace_id));
    }

    fn is_own(&self, metadata: &Map<String, Value>) -> bool {
        let value = |own: &OwnTraces| at_path(metadata, &own.key).and_then(canonical_text);
        self.own.is_some_and(|own| value(own).as_deref() == Some(own.value.as_str()))
    }

    pub(super) fn into_reading(
        mut self,
        server_version: ServerVersion,
        requests: u64,
        source_host: String,
    ) -> Reading<Observation> {
        let (is_by_time, sightings) = (!self.has_ours(), self.sightings());
        // A row that is overlooked is rejected again where its trace is read whole: it is one.
        for (cause, count) in self.overlooked {
            let known = self.rejected.entry(cause).or_default();
            *known = count.max(*known);
        }
        let is_own = |trace_id: &str| self.seen.get(trace_id).is_some_and(|seen| seen.is_own);
        let (own, mut rows): (Vec<_>, Vec<_>) = self.rows.into_values().partition(|row| is_own(&row.trace_id));
        // By time alone nothing is taken as long as a row that could not be read may bear a key.
        if is_by_time && !self.rejected.is_empty() {
            rows.clear();
        }
        if !own.is_empty() {
            self.rejected.insert(OWN, u64::try_from(own.len()).unwrap_or(u64::MAX));
        }
        Reading {
            spans: assemble(rows, self.records, self.query),
            sightings,
            partial_traces: self.partial_traces,
            cut: self.cut,
            requests,
            rejected: self.rejected,
            server_version: Some(server_version),
            bytes: self.bytes,
            ..Reading::of(source_host)
        }
    }
}

fn add(counts: &mut BTreeMap<Rejection, u64>, more: &BTreeMap<Rejection, u64>) {
    for (cause, count) in more {
        *counts.entry(*cause).or_default() += count;
    }
}
