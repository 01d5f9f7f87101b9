//! What a reading has gathered so far.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::mem;

use spanlift_importer::{Discovery, Mark};
use spanlift_model::correlation::{Outline, Sample, Sightings, says_ours};
use spanlift_model::{Hint, Rejected, SourceSpan, Truncation};

use crate::head::Head;
use crate::row::Row;

/// Rows of matched traces, and what is known of those that were not read.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Boxed: a row is large, and a table has room for up to twice as many.
    rows: HashMap<Place, Box<Row>>,
    outlines: HashMap<Place, Outline>,
    /// Bytes of both, about.
    pub(crate) bytes: usize,
    pub(crate) sightings: Sightings,
    pub(crate) partial_traces: HashSet<String>,
    pub(crate) cut: Option<Truncation>,
    /// Rows of matched traces that have no ids or were never told, by cause.
    pub(crate) rejected: Rejected,
    /// The traces that were looked for by their ids.
    pub(crate) traces: BTreeSet<String>,
    pub(crate) discovery: Discovery,
    pub(crate) mark: Option<Mark>,
    pub(crate) is_one_look: bool,
    /// The newest rows, where only these are asked for.
    pub(crate) sample: Sample,
}

/// Trace and run.
type Place = (String, String);

impl Gathered {
    /// Was no trace found to read?
    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }

    /// Was nothing seen at all?
    pub(crate) fn saw_nothing(&self) -> bool {
        self.sightings == Sightings::default()
    }

    /// Is the row kept?
    pub(crate) fn holds(&self, head: &Head) -> bool {
        self.rows.contains_key(&(head.trace_id.clone(), head.id.clone()))
    }

    /// Lets go of everything but these traces.
    pub(crate) fn retain(&mut self, traces: &BTreeSet<String>) {
        self.rows.retain(|(trace_id, _), _| traces.contains(trace_id));
        self.outlines.retain(|(trace_id, _), _| traces.contains(trace_id));
        let of_rows: usize = self.rows.values().map(|row| row.size()).sum();
        self.bytes = of_rows + self.outlines.values().map(Outline::size).sum::<usize>();
    }

    /// The traces whose root is here and says that it is ours, and whose every parent is here.
    pub(crate) fn rooted_in_ours(&self, hints: &[Hint]) -> BTreeSet<String> {
        let is_ours = |row: &Row| !row.is_tag_unknown() && says_ours(row.labels(), hints);
        let rows = self.rows.values().map(Box::as_ref);
        let roots = rows.clone().filter(|row| row.span_id() == row.trace_id() && is_ours(row));
        let mut rooted: BTreeSet<String> = roots.map(|row| row.trace_id().to_owned()).collect();
        let is_broken_off = |row: &&Row| match row.parent_id() {
            Some(parent) => !self.rows.contains_key(&(row.trace_id().to_owned(), parent.to_owned())),
            None => row.span_id() != row.trace_id(),
        };
        let broken_off = rows.filter(is_broken_off).map(SourceSpan::trace_id);
        for trace in broken_off.chain(self.outlines.keys().map(|(trace_id, _)| trace_id.as_str())) {
            rooted.remove(trace);
        }
        rooted
    }

    /// Rows and outlines.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.outlines.len()
    }

    /// Keeps a row, of two tellings the newer one: the one that knows its end. False where there is no room for it.
    pub(crate) fn keep(&mut self, row: Row, most_bytes: usize) -> bool {
        let place = (row.trace_id().to_owned(), row.span_id().to_owned());
        let known = self.rows.get(&place);
        if known.is_some_and(|known| known.ended_at().is_some() || row.ended_at().is_none()) {
            return true;
        }
        let bytes = self.bytes.saturating_sub(known.map_or(0, |known| known.size())).saturating_add(row.size());
        if bytes > most_bytes {
            return false;
        }
        self.bytes = bytes;
        self.rows.insert(place, Box::new(row));
        true
    }

    /// Keeps the outline of a row that is not stored. False where there is no room for it.
    pub(crate) fn note(&mut self, outline: Outline, most_bytes: usize) -> bool {
        let bytes = self.bytes.saturating_add(outline.size());
        if bytes > most_bytes {
            return false;
        }
        let place = (outline.trace_id.clone(), outline.span_id.clone());
        if let Entry::Vacant(vacant) = self.outlines.entry(place) {
            vacant.insert(outline);
            self.bytes = bytes;
        }
        true
    }

    /// The rows by their starts, and the outlines of what is not among them.
    pub(crate) fn take_rows(&mut self) -> (Vec<Row>, Vec<Outline>) {
        let (known, mut outlines) = (mem::take(&mut self.rows), mem::take(&mut self.outlines));
        outlines.retain(|place, _| !known.contains_key(place));
        let mut rows: Vec<Row> = known.into_values().map(|row| *row).collect();
        rows.sort_by(|a, b| (a.started_at(), a.span_id()).cmp(&(b.started_at(), b.span_id())));
        (rows, outlines.into_values().collect())
    }
}
