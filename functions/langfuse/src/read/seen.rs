//! What the window was seen to hold, trace by trace.

use std::collections::HashMap;

use spanlift_model::correlation::{Label, Sightings};
use spanlift_model::{Timestamp, Window};

use crate::fields::Nameless;
use crate::labels::is_key;
use crate::row::Entry;
use crate::trace_row::TraceRow;

/// Bytes that may be kept of what was seen: more than 200,000 traces take.
const MOST_BYTES: usize = 48 << 20;
/// The memory that a trace takes beside its id, about.
const BESIDE_ID: usize = 120;

/// What the window was seen to hold.
#[derive(Default)]
pub(super) struct Seen {
    traces: HashMap<String, SeenTrace>,
    bytes: usize,
    /// Something is there that names no trace.
    has_nameless: bool,
    /// Something is there of which nobody knows whether it is tagged.
    is_unknown: bool,
}

/// What is known of a trace of which the window holds something.
pub(super) struct SeenTrace {
    pub(super) earliest: Timestamp,
    /// The earliest thing in the window that says that the trace is ours.
    pub(super) ours_from: Option<Timestamp>,
    /// Something of it begins during the call itself.
    pub(super) is_in_call: bool,
    /// Coval wrote it itself.
    pub(super) is_own: bool,
    tags: Tags,
    /// Its root was seen in the window.
    pub(super) has_root: bool,
    /// Rows of it that were seen, some perhaps twice.
    pub(super) rows: usize,
}

/// What is known of a trace's tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tags {
    None,
    /// It may bear a key.
    Unknown,
    /// It bears a key, whatever the value.
    Key,
}

/// A sight of a trace.
pub(super) struct Sight<'s> {
    pub(super) trace_id: &'s str,
    pub(super) at: Timestamp,
    pub(super) is_ours: bool,
    pub(super) is_in_call: bool,
    /// The row, if it is not what v1 lists of traces.
    pub(super) entry: Option<&'s Entry>,
}

impl Seen {
    /// Notes a trace; false when there is no room for one more.
    pub(super) fn see(&mut self, sight: &Sight<'_>) -> bool {
        if !self.traces.contains_key(sight.trace_id) {
            self.bytes = self.bytes.saturating_add(sight.trace_id.len() + BESIDE_ID);
            if self.bytes > MOST_BYTES {
                return false;
            }
            self.traces.insert(sight.trace_id.to_owned(), SeenTrace::at(sight.at));
        }
        if let Some(seen) = self.traces.get_mut(sight.trace_id) {
            seen.earliest = seen.earliest.min(sight.at);
            if sight.is_ours {
                seen.ours_from = Some(seen.ours_from.map_or(sight.at, |from| from.min(sight.at)));
            }
            seen.is_in_call |= sight.is_in_call;
            seen.rows = seen.rows.saturating_add(usize::from(sight.entry.is_some()));
            seen.has_root |= sight.entry.is_some_and(Entry::is_root);
        }
        true
    }

    /// Notes what a row says that counts wherever in its trace it is said, also far from the call.
    pub(super) fn note(&mut self, entry: &Entry) {
        self.note_labels(entry.trace_id(), entry.labels(), entry.is_tag_unknown(), entry.is_own());
    }

    /// The same of a trace.
    pub(super) fn note_trace(&mut self, trace: &TraceRow) {
        self.note_labels(&trace.id, &trace.labels, trace.is_tag_unknown, trace.is_own);
    }

    fn note_labels(&mut self, trace_id: &str, labels: &[Label], is_unknown: bool, is_own: bool) {
        let Some(seen) = self.traces.get_mut(trace_id) else { return };
        seen.is_own |= is_own;
        let tags = if labels.iter().any(is_key) {
            Tags::Key
        } else if is_unknown {
            Tags::Unknown
        } else {
            Tags::None
        };
        seen.tags = seen.tags.max(tags);
    }

    /// Notes a row that has no ids.
    pub(super) fn note_nameless(&mut self, nameless: &Nameless) {
        self.has_nameless = true;
        self.is_unknown |= nameless.may_be_tagged;
    }

    /// Notes that a part of the window was not told.
    pub(super) fn note_untold(&mut self) {
        self.has_nameless = true;
        self.is_unknown = true;
    }

    /// What there is of a trace.
    pub(super) fn trace(&self, trace_id: &str) -> Option<&SeenTrace> {
        self.traces.get(trace_id)
    }

    /// What the window holds, but for what Coval wrote itself.
    pub(super) fn others(&self) -> impl Iterator<Item = (&String, &SeenTrace)> {
        self.traces.iter().filter(|(_, seen)| !seen.is_own)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }

    pub(super) fn has_ours(&self) -> bool {
        self.others().any(|(_, seen)| seen.ours_from.is_some())
    }

    pub(super) fn is_own(&self, trace_id: &str) -> bool {
        self.trace(trace_id).is_some_and(|seen| seen.is_own)
    }

    pub(super) fn sightings(&self) -> Sightings {
        let mut sightings = Sightings::default();
        for (_, seen) in self.others() {
            match seen.tags {
                Tags::None => sightings.add(&[]),
                Tags::Unknown => sightings.add_unknown(),
                Tags::Key => sightings.add_tagged(),
            }
        }
        if self.has_nameless {
            sightings.add(&[]);
        }
        if self.is_unknown {
            sightings.add_unknown();
        }
        sightings
    }
}

impl SeenTrace {
    /// Nothing has said whose it is yet, and its root may.
    pub(super) fn is_undecided(&self) -> bool {
        !self.has_root && self.tags != Tags::Key
    }

    const fn at(earliest: Timestamp) -> Self {
        Self { earliest, ours_from: None, is_in_call: false, is_own: false, tags: Tags::None, has_root: false, rows: 0 }
    }
}

impl<'s> Sight<'s> {
    /// A row, where the window holds its beginning: servers are not trusted with that. One whose beginning can't be
    /// read is there, and makes its trace neither ours nor the call's.
    pub(super) fn of_row(entry: &'s Entry, is_ours: bool, call: Window, discovery: Window) -> Option<Self> {
        let sight =
            Self { trace_id: entry.trace_id(), at: call.from, is_ours: false, is_in_call: false, entry: Some(entry) };
        let Some(at) = entry.started_at() else { return Some(sight) };
        let is_in_call = call.contains(at);
        discovery.contains(at).then_some(Self { at, is_ours, is_in_call, ..sight })
    }
}
