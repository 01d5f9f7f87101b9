//! What a reading has found so far, within the memory that it may take.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;

use spanlift_importer::Query;
use spanlift_model::correlation::{Label, Outline, Sightings, says_ours};
use spanlift_model::{Hint, Rejected, SourceSpan, Truncation, Window};

use crate::row::{PhoenixRow, Read};

/// Rows from before the call that one reading looks at.
const MOST_EARLY: usize = 5_000;

type Ids = (String, String);

/// What a reading has found so far.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) rows: HashMap<Ids, PhoenixRow>,
    pub(crate) outlines: HashMap<Ids, Outline>,
    /// Bytes of both.
    pub(crate) bytes: usize,
    pub(crate) sightings: Sightings,
    /// Traces with a tag of ours in the window.
    pub(crate) matched: BTreeSet<String>,
    pub(crate) partial_traces: HashSet<String>,
    pub(crate) cut: Option<Truncation>,
    /// Rows of an unknown trace that may belong to a matched one, by cause.
    pub(crate) rejected: Rejected,
    /// Rows of the window were let go of for want of room: what matched is not all here.
    pub(crate) has_let_go: bool,
    /// Hashes of the rows from before the call that were looked at.
    early: HashSet<u64>,
    hasher: RandomState,
}

impl Gathered {
    /// A row of the window, of whatever trace. Servers ignore parameters that they do not know: what comes is checked.
    pub(crate) fn look(&mut self, read: Read, query: &Query) {
        let window = query.window.discovery();
        if read.started_at().is_some_and(|at| !window.contains(at)) {
            return;
        }
        match read {
            Read::Span(row) => {
                self.sight(row.labels(), row.is_tag_unknown());
                if says_ours(row.labels(), &query.hints) && !self.matched.contains(row.trace_id()) {
                    self.matched.insert(row.trace_id().to_owned());
                }
                if self.make_room(row.size(), query) {
                    self.keep(row);
                }
            }
            Read::Outline(outline) => {
                self.sight(&outline.labels, outline.is_tag_unknown);
                if outline.started_at.is_some() && says_ours(&outline.labels, &query.hints) {
                    self.matched.insert(outline.trace_id.clone());
                }
                if self.make_room(outline.size(), query) {
                    self.keep_outline(outline);
                }
            }
            Read::Lost { .. } => {}
        }
    }

    fn sight(&mut self, labels: &[Label], is_tag_unknown: bool) {
        if is_tag_unknown {
            self.sightings.add_unknown();
        }
        self.sightings.add(labels);
    }

    /// All rows are kept while there is room, for a trace may match by its last one. Once there is none, none is: what
    /// matched is read again.
    fn make_room(&mut self, size: usize, query: &Query) -> bool {
        let has_room = self.bytes + size <= query.most_bytes && self.count() < query.most_spans;
        if !has_room && !self.has_let_go {
            self.has_let_go = true;
            self.retain(&BTreeSet::new());
        }
        !self.has_let_go
    }

    fn count(&self) -> usize {
        self.rows.len() + self.outlines.len()
    }

    /// Rows and outlines of these traces.
    pub(crate) fn count_of(&self, traces: &[&str]) -> usize {
        let traces: HashSet<&str> = traces.iter().copied().collect();
        self.rows.keys().chain(self.outlines.keys()).filter(|(trace_id, _)| traces.contains(trace_id.as_str())).count()
    }

    /// May most of these rows be ours? A root begins first and may come last, and a tag with it: so may those of which nothing
    /// is tagged yet.
    pub(crate) fn may_mostly_be_ours(&self) -> bool {
        let is_others = |row: &&PhoenixRow| !row.labels().is_empty() && !self.matched.contains(row.trace_id());
        let others: HashSet<&str> = self.rows.values().filter(is_others).map(SourceSpan::trace_id).collect();
        let rows = self.rows.values().filter(|row| !others.contains(row.trace_id())).count();
        rows * 2 > self.rows.len()
    }

    /// The traces of which nobody can say more than the rows that are here: every parent is there, and the one root says that the
    /// trace is ours. A row that comes meanwhile can only add to them.
    pub(crate) fn told_whole(&self, hints: &[Hint]) -> HashSet<String> {
        let mut roots: HashMap<&str, Vec<&PhoenixRow>> = HashMap::new();
        let mut others: HashSet<&str> = self.outlines.keys().map(|(trace_id, _)| trace_id.as_str()).collect();
        for row in self.rows.values() {
            match row.parent_id() {
                None => roots.entry(row.trace_id()).or_default().push(row),
                Some(parent) if self.rows.contains_key(&(row.trace_id().to_owned(), parent.to_owned())) => {}
                Some(_) => _ = others.insert(row.trace_id()),
            }
        }
        let is_ours = |row: &PhoenixRow| !row.is_tag_unknown() && says_ours(row.labels(), hints);
        let told = roots.into_iter().filter(|(trace_id, roots)| {
            !others.contains(trace_id) && matches!(roots.as_slice(), [root] if is_ours(root))
        });
        told.map(|(trace_id, _)| trace_id.to_owned()).collect()
    }

    /// The first of two rows with the same ids counts, as it does for Phoenix itself.
    fn keep(&mut self, row: PhoenixRow) {
        let ids = (row.trace_id().to_owned(), row.span_id().to_owned());
        if let Some(outline) = self.outlines.remove(&ids) {
            self.bytes = self.bytes.saturating_sub(outline.size());
        }
        if let Entry::Vacant(place) = self.rows.entry(ids) {
            self.bytes += row.size();
            place.insert(row);
        }
    }

    fn keep_outline(&mut self, outline: Outline) {
        let ids = (outline.trace_id.clone(), outline.span_id.clone());
        if self.rows.contains_key(&ids) {
            return;
        }
        if let Entry::Vacant(place) = self.outlines.entry(ids) {
            self.bytes += outline.size();
            place.insert(outline);
        }
    }

    /// Is a row with these ids here? Rows of a trace may come again.
    fn holds(&self, read: &Read) -> bool {
        read.ids().is_some_and(|(trace_id, span_id)| {
            let ids = (trace_id.to_owned(), span_id.to_owned());
            self.rows.contains_key(&ids) || self.outlines.contains_key(&ids)
        })
    }

    pub(crate) fn note(&mut self, cut: Option<Truncation>) {
        self.cut = self.cut.or(cut);
    }

    pub(crate) fn doubt(&mut self, traces: &[&str]) {
        self.partial_traces.extend(traces.iter().map(|trace| (*trace).to_owned()));
    }

    /// Lets go of everything but these traces.
    pub(crate) fn retain(&mut self, traces: &BTreeSet<String>) {
        self.rows.retain(|(trace_id, _), _| traces.contains(trace_id));
        self.outlines.retain(|(trace_id, _), _| traces.contains(trace_id));
        let of_rows: usize = self.rows.values().map(PhoenixRow::size).sum();
        self.bytes = of_rows + self.outlines.values().map(Outline::size).sum::<usize>();
    }
}

/// The rows of a batch of traces, page after page.
pub(crate) struct Part<'a> {
    gathered: &'a mut Gathered,
    query: &'a Query,
    wanted: HashSet<&'a str>,
    window: Window,
    /// Why it was not read to its end, if that is for want of room.
    pub(crate) limit: Option<Limit>,
}

/// What there was too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Rows or bytes: what came after is left out.
    Room,
    /// Rows from before the call.
    Early,
}

impl<'a> Part<'a> {
    pub(crate) fn new(gathered: &'a mut Gathered, query: &'a Query, batch: &[&'a str], window: Window) -> Self {
        Self { gathered, query, wanted: batch.iter().copied().collect(), window, limit: None }
    }

    /// Takes a row of a page.
    pub(crate) fn take(&mut self, read: Read) -> ControlFlow<()> {
        let Some(ids) = read.ids() else { return ControlFlow::Continue(()) };
        let started_at = read.started_at();
        if started_at.is_some_and(|at| !self.window.contains(at)) {
            return ControlFlow::Continue(());
        }
        let is_early = started_at.is_some_and(|at| at < self.query.window.whole_trace().from);
        if is_early {
            // Where the server has no filter these are rows of all traces.
            let hash = self.gathered.hasher.hash_one(ids);
            self.gathered.early.insert(hash);
            if self.gathered.early.len() > MOST_EARLY {
                self.limit = Some(Limit::Early);
                return ControlFlow::Break(());
            }
        }
        if !self.wanted.contains(ids.0) || self.gathered.holds(&read) {
            return ControlFlow::Continue(());
        }
        match read {
            Read::Span(row) if !is_early => self.take_row(row),
            Read::Span(row) => self.take_outline(row.into_outline()),
            Read::Outline(outline) => self.take_outline(outline),
            Read::Lost { .. } => ControlFlow::Continue(()),
        }
    }

    /// A quarter of the room is kept for roots and for rows with tags: these say whose a trace is, and a root comes last.
    fn take_row(&mut self, row: PhoenixRow) -> ControlFlow<()> {
        let tells = row.parent_id().is_none() || !row.labels().is_empty();
        if self.has_room(row.size(), tells) {
            self.gathered.keep(row);
            return ControlFlow::Continue(());
        }
        self.limit = Some(Limit::Room);
        if tells { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn take_outline(&mut self, outline: Outline) -> ControlFlow<()> {
        if self.has_room(outline.size(), true) {
            self.gathered.keep_outline(outline);
            return ControlFlow::Continue(());
        }
        self.limit = Some(Limit::Room);
        ControlFlow::Break(())
    }

    fn has_room(&self, size: usize, tells: bool) -> bool {
        let quarters = if tells { 4 } else { 3 };
        let (bytes, count) = (self.gathered.bytes + size, self.gathered.count() + 1);
        bytes <= self.query.most_bytes / 4 * quarters && count * 4 <= self.query.most_spans * quarters
    }
}
