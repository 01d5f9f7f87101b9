//! What a reading has found so far, within the memory that it may take.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use spanlift_importer::Query;
use spanlift_model::correlation::{Outline, Sightings, says_ours};
use spanlift_model::{SourceSpan as _, Truncation, Window};

use crate::row::{PhoenixRow, Read};
use crate::span::Rejection;
use crate::walk::Walked;

/// Rows from before the call that one reading looks at, and rows that cannot be read.
pub(crate) const MOST_OUTLINES: usize = 5_000;

type Ids = (String, String);

/// What a reading has found so far.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) rows: HashMap<Ids, PhoenixRow>,
    pub(crate) outlines: HashMap<Ids, Outline>,
    pub(crate) bytes: usize,
    pub(crate) sightings: Sightings,
    /// Traces with a tag of ours in the window.
    pub(crate) matched: BTreeSet<String>,
    pub(crate) partial_traces: HashSet<String>,
    pub(crate) cut: Option<Truncation>,
    /// Rows of which nobody knows which trace they are of, where they may be of one that matched.
    pub(crate) rejected: BTreeMap<Rejection, u64>,
    /// Rows of the window were let go of for want of room: what matched is not all here.
    pub(crate) let_go: bool,
}

impl Gathered {
    /// A row of the window, of whatever trace. Servers ignore parameters that they do not know: what comes is checked.
    pub(crate) fn look(&mut self, read: Read, query: &Query) {
        let window = query.window.discovery();
        match read {
            Read::Span(row) if window.contains(row.started_at()) => {
                self.sight(row.labels(), row.is_tag_unknown());
                if says_ours(row.labels(), &query.hints) && !self.matched.contains(row.trace_id()) {
                    self.matched.insert(row.trace_id().to_owned());
                }
                self.keep_if_room(row, query);
            }
            Read::Outline(outline) if outline.started_at.is_none_or(|at| window.contains(at)) => {
                self.sight(&outline.labels, outline.is_tag_unknown);
                if outline.started_at.is_some() && says_ours(&outline.labels, &query.hints) {
                    self.matched.insert(outline.trace_id.clone());
                }
                self.keep_outline(outline);
            }
            Read::Span(_) | Read::Outline(_) | Read::Lost(_) => {}
        }
    }

    fn sight(&mut self, labels: &[spanlift_model::correlation::Label], is_tag_unknown: bool) {
        if is_tag_unknown {
            self.sightings.add_unknown();
        }
        self.sightings.add(labels);
    }

    /// All rows are kept while there is room, for a trace may match by its last one; then those of matched traces only.
    fn keep_if_room(&mut self, row: PhoenixRow, query: &Query) {
        let has_room = |gathered: &Self, row: &PhoenixRow| {
            gathered.bytes + row.size() <= query.most_bytes && gathered.rows.len() < query.most_spans
        };
        if !has_room(self, &row) && !self.let_go {
            self.let_go = true;
            let matched = &self.matched;
            self.rows.retain(|(trace_id, _), _| matched.contains(trace_id));
            self.bytes = self.rows.values().map(PhoenixRow::size).sum();
        }
        if !self.let_go || (self.matched.contains(row.trace_id()) && has_room(self, &row)) {
            self.keep(row);
        }
    }

    /// The first of two rows with the same ids counts, as it does for Phoenix itself.
    pub(crate) fn keep(&mut self, row: PhoenixRow) {
        let ids = (row.trace_id().to_owned(), row.span_id().to_owned());
        self.outlines.remove(&ids);
        if let Entry::Vacant(place) = self.rows.entry(ids) {
            self.bytes += row.size();
            place.insert(row);
        }
    }

    /// False when there are too many.
    pub(crate) fn keep_outline(&mut self, outline: Outline) -> bool {
        let ids = (outline.trace_id.clone(), outline.span_id.clone());
        let has_room = self.outlines.len() < MOST_OUTLINES;
        if has_room && !self.rows.contains_key(&ids) {
            self.outlines.entry(ids).or_insert(outline);
        }
        if !has_room {
            self.let_go = true;
        }
        has_room
    }

    pub(crate) fn note(&mut self, cut: Option<Truncation>) {
        self.cut = self.cut.or(cut);
    }

    pub(crate) fn lose(&mut self, lost: &BTreeMap<Rejection, u64>) {
        for (cause, count) in lost {
            *self.rejected.entry(cause).or_default() += count;
        }
    }

    /// Lets go of everything but these traces.
    pub(crate) fn retain(&mut self, traces: &BTreeSet<String>) {
        self.rows.retain(|(trace_id, _), _| traces.contains(trace_id));
        self.outlines.retain(|(trace_id, _), _| traces.contains(trace_id));
        self.bytes = self.rows.values().map(PhoenixRow::size).sum();
    }
}

/// What one request for traces brought, page after page.
pub(crate) struct Part<'a> {
    query: &'a Query,
    wanted: HashSet<&'a str>,
    window: Window,
    /// What begins before it is outlined.
    whole: Window,
    rows: Vec<PhoenixRow>,
    outlines: Vec<Outline>,
    bytes: usize,
    /// Bytes and rows of what was read before, of other traces.
    taken: (usize, usize),
    is_too_large: bool,
}

impl<'a> Part<'a> {
    pub(crate) fn new(query: &'a Query, batch: &[&'a str], window: Window, beside: &Gathered) -> Self {
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        // Rows of the same traces may come again.
        let others = || beside.rows.values().filter(|row| !wanted.contains(row.trace_id()));
        let taken = (others().map(PhoenixRow::size).sum(), others().count());
        Self {
            query,
            wanted,
            window,
            whole: query.window.whole_trace(),
            rows: Vec::new(),
            outlines: Vec::new(),
            bytes: 0,
            taken,
            is_too_large: false,
        }
    }

    /// Takes a row of a page.
    pub(crate) fn take(&mut self, read: Read) -> ControlFlow<()> {
        if read.ids().is_none_or(|(trace_id, _)| !self.wanted.contains(trace_id)) {
            return ControlFlow::Continue(());
        }
        match read {
            Read::Span(row) if self.whole.contains(row.started_at()) && self.window.contains(row.started_at()) => {
                return self.take_row(row);
            }
            Read::Span(row) if self.window.contains(row.started_at()) => self.outlines.push(row.into_outline()),
            Read::Outline(outline) if outline.started_at.is_none_or(|at| self.window.contains(at)) => {
                self.outlines.push(outline);
            }
            Read::Span(_) | Read::Outline(_) | Read::Lost(_) => {}
        }
        if self.outlines.len() > MOST_OUTLINES {
            self.is_too_large = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// A root comes last and may be all that says whose its trace is: for those that tell, a quarter is kept free.
    fn take_row(&mut self, row: PhoenixRow) -> ControlFlow<()> {
        let tells = row.parent_id().is_none() || !row.labels().is_empty();
        let quarters = if tells { 4 } else { 3 };
        let (bytes, rows) = (self.taken.0 + self.bytes + row.size(), self.taken.1 + self.rows.len());
        if bytes <= self.query.most_bytes / 4 * quarters && rows <= self.query.most_spans / 4 * quarters {
            self.bytes += row.size();
            self.rows.push(row);
            return ControlFlow::Continue(());
        }
        self.is_too_large = true;
        if tells { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Adds it to the rest. True when the traces were read to their end.
    pub(crate) fn end(self, walked: &Walked, gathered: &mut Gathered) -> bool {
        let cut = if self.is_too_large { Some(Truncation::Size) } else { walked.cut };
        gathered.note(cut);
        let mut has_room = true;
        self.rows.into_iter().for_each(|row| gathered.keep(row));
        for outline in self.outlines {
            has_room &= gathered.keep_outline(outline);
        }
        cut.is_none() && has_room
    }
}
