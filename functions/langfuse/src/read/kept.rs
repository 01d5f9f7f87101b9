//! The rows that are kept of traces, and how much of them.

use std::collections::hash_map::Entry as Place;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::row::{Entry, Outlined, Row};

/// Rows of traces, each once.
pub(super) struct Kept {
    traces: HashMap<String, KeptTrace>,
    rows: usize,
    bytes: usize,
    most_rows: usize,
    most_bytes: usize,
    /// There was no room for a row.
    is_full: bool,
}

/// What is kept of a trace.
#[derive(Default)]
pub(super) struct KeptTrace {
    pub(super) rows: HashMap<String, Row>,
    pub(super) outlines: HashMap<String, Outlined>,
}

impl Kept {
    pub(super) fn new(most_rows: usize, most_bytes: usize) -> Self {
        Self { traces: HashMap::new(), rows: 0, bytes: 0, most_rows, most_bytes, is_full: false }
    }

    /// Keeps a row, if it is later than what is kept of the same observation already, and if there is room.
    pub(super) fn keep(&mut self, entry: Entry) {
        let trace = self.traces.entry(entry.trace_id().to_owned()).or_default();
        let id = entry.id().to_owned();
        let before = trace.bytes_of(&id);
        let others = self.bytes.saturating_sub(before);
        let is_one_more = before == 0;
        if (is_one_more && self.rows >= self.most_rows) || others.saturating_add(entry.size()) > self.most_bytes {
            self.is_full = true;
            return;
        }
        trace.keep(entry);
        self.rows += usize::from(is_one_more);
        self.bytes = others.saturating_add(trace.bytes_of(&id));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Would one more row find room behind so many?
    pub(super) const fn has_room_behind(&self, rows: usize) -> bool {
        self.rows.saturating_add(rows) < self.most_rows
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Is there a row of the trace?
    pub(super) fn has(&self, trace_id: &str) -> bool {
        self.traces.contains_key(trace_id)
    }

    pub(super) fn traces(&self) -> impl Iterator<Item = (&String, &KeptTrace)> {
        self.traces.iter()
    }

    /// Lets go of all other traces, and says how many rows of them there were that `is_counted`.
    pub(super) fn retain(&mut self, wanted: &HashSet<&str>, is_counted: impl Fn(&str) -> bool) -> u64 {
        let mut counted = 0;
        self.traces.retain(|trace_id, trace| {
            let is_wanted = wanted.contains(trace_id.as_str());
            if !is_wanted && is_counted(trace_id) {
                counted += trace.rows.len();
            }
            is_wanted
        });
        self.rows = self.traces.values().map(|trace| trace.rows.len() + trace.outlines.len()).sum();
        self.bytes = self.traces.values().map(KeptTrace::bytes).sum();
        self.is_full = false;
        u64::try_from(counted).unwrap_or(u64::MAX)
    }

    /// Every trace, by its id.
    pub(super) fn into_traces(self) -> BTreeMap<String, KeptTrace> {
        self.traces.into_iter().collect()
    }
}

impl KeptTrace {
    /// A state of a row that can be read counts before one that can't.
    fn keep(&mut self, entry: Entry) {
        match entry {
            Entry::Row(row) => {
                self.outlines.remove(&row.id);
                match self.rows.entry(row.id.clone()) {
                    Place::Vacant(place) => {
                        place.insert(row);
                    }
                    Place::Occupied(mut place) => {
                        if row.supersedes(place.get()) {
                            place.insert(row);
                        }
                    }
                }
            }
            Entry::Outline(outlined) => {
                if !self.rows.contains_key(&outlined.outline.span_id) {
                    self.outlines.insert(outlined.outline.span_id.clone(), outlined);
                }
            }
        }
    }

    fn bytes_of(&self, id: &str) -> usize {
        let of_outline = || self.outlines.get(id).map_or(0, |outlined| outlined.outline.size());
        self.rows.get(id).map_or_else(of_outline, Row::size)
    }

    fn bytes(&self) -> usize {
        let rows: usize = self.rows.values().map(Row::size).sum();
        let outlines: usize = self.outlines.values().map(|outlined| outlined.outline.size()).sum();
        rows + outlines
    }
}
