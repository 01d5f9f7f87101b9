//! What a reading has found so far.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use spanlift_importer::{Discovery, Mark, Query, Reading};
use spanlift_model::correlation::{Label, Sample, says_ours};
use spanlift_model::{Rejected, ServerVersion, Timestamp, TraceId, Truncation, Window};

use crate::MOST_TRACES;
use crate::connection::OwnTraces;
use crate::fields::{Nameless, Sought};
use crate::page::Page;
use crate::row::{Entry, Row};
use crate::trace_row::TraceRow;

use super::assemble::assemble;
use super::kept::{Kept, KeptTrace};
use super::seen::{Seen, Sight};

/// Rows of traces that Coval wrote itself are counted as rejected under this.
const OWN: &str = "written_by_coval";
/// Bytes that are kept of what is said of whole traces.
const MOST_RECORDS: usize = 8 << 20;
/// Traces that are asked for alone in a reading.
const MOST_ALONE: usize = 20;

/// Takes the rows that a trace told alone from those of a listing of several traces: they are counted with that trace.
pub(super) fn forget_told(listed: &mut Vec<Nameless>, alone: &[Nameless]) {
    for row in alone {
        if let Some(index) = listed.iter().position(|other| other.trace_id.is_none() && other.cause == row.cause) {
            listed.swap_remove(index);
        }
    }
}

/// What a reading has found so far.
pub(super) struct Gathered<'a> {
    pub(super) query: &'a Query,
    pub(super) sought: Arc<Sought>,
    /// Where tags are looked for.
    pub(super) discovery: Window,
    pub(super) seen: Seen,
    pub(super) kept: Kept,
    records: HashMap<String, TraceRow>,
    record_bytes: usize,
    pub(super) partial_traces: HashSet<String>,
    /// Traces for which the time was too short.
    pub(super) left: HashSet<String>,
    pub(super) cut: Option<Truncation>,
    /// How the walk through the window ended.
    pub(super) discovered: Discovery,
    pub(super) mark: Option<Mark>,
    /// The walk began at the window's end.
    pub(super) is_one_look: bool,
    /// The newest rows, where only these are asked for.
    pub(super) sample: Sample,
    rejected: Rejected,
    alone: usize,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(query: &'a Query, own: Option<&OwnTraces>) -> Self {
        Self {
            query,
            sought: Arc::new(Sought::new(&query.hints, own)),
            discovery: query.window.discovery(),
            seen: Seen::default(),
            kept: Kept::new(query.most_spans, query.most_bytes),
            records: HashMap::new(),
            record_bytes: 0,
            partial_traces: HashSet::new(),
            left: HashSet::new(),
            cut: None,
            discovered: Discovery::Whole,
            mark: None,
            is_one_look: true,
            sample: Sample::default(),
            rejected: Rejected::none(),
            alone: 0,
        }
    }

    /// Notes whose a row of the window says that its trace is.
    pub(super) fn look(&mut self, entry: &Entry) {
        let is_ours = self.is_ours(entry.labels(), entry.is_tag_unknown());
        if let Some(sight) = Sight::of_row(entry, is_ours, self.query.window, self.discovery) {
            let has_room = self.seen.see(&sight);
            self.has_seen(has_room);
        }
        self.seen.note(entry);
    }

    /// Looks at one of the newest rows, where only these are asked for. False where there are enough.
    pub(super) fn sample(&mut self, entry: &Entry, most: usize) -> bool {
        self.look(entry);
        let is_inside = entry.started_at().is_none_or(|at| self.discovery.contains(at));
        if is_inside && !self.seen.is_own(entry.trace_id()) && !self.sample.has(most) {
            self.sample.add(entry.trace_id(), entry.started_at(), entry.labels(), entry.is_tag_unknown());
        }
        !self.sample.has(most)
    }

    /// The same of a trace of v1.
    pub(super) fn sample_trace(&mut self, record: TraceRow) {
        if !record.is_own {
            self.sample.add(&record.id, record.timestamp, &record.labels, record.is_tag_unknown);
        }
        self.look_at_trace(record);
    }

    /// Notes whose a trace of v1 says that it is. The trace's own time is that of the span that reached Langfuse first. It
    /// does not tell whether a span began during the call: that is known when the trace's rows are read.
    pub(super) fn look_at_trace(&mut self, record: TraceRow) {
        let at = record.timestamp.unwrap_or(self.query.window.from);
        if self.discovery.contains(at) {
            let is_ours = self.is_ours(&record.labels, record.is_tag_unknown);
            let sight = Sight { trace_id: &record.id, at, is_ours, is_in_call: false, entry: None };
            let has_room = self.seen.see(&sight);
            self.has_seen(has_room);
        }
        self.keep_record(record);
    }

    /// The same for a trace that was not listed, and of which the window holds rows.
    pub(super) fn look_at_unlisted(&mut self, record: TraceRow) {
        if let Some(at) = self.seen.trace(&record.id).map(|seen| seen.earliest) {
            let is_ours = self.is_ours(&record.labels, record.is_tag_unknown);
            self.seen.see(&Sight { trace_id: &record.id, at, is_ours, is_in_call: false, entry: None });
        }
        self.keep_record(record);
    }

    /// Do these labels say that it is ours, and is each of them known?
    pub(super) fn is_ours(&self, labels: &[Label], is_tag_unknown: bool) -> bool {
        !is_tag_unknown && says_ours(labels, &self.query.hints)
    }

    fn has_seen(&mut self, has_room: bool) {
        if !has_room {
            self.note(Truncation::Size);
            self.discovered = Discovery::Unfinished;
        }
    }

    /// Notes what a page of the window holds that has no ids. A row that the server did not tell may be anybody's.
    pub(super) fn overlook<R>(&mut self, page: &Page<R>) {
        if page.nameless.iter().any(Nameless::is_untold) {
            self.discovered = Discovery::Unfinished;
        }
        page.nameless.iter().for_each(|nameless| self.seen.note_nameless(nameless));
    }

    /// Notes that nothing can be said of a part of the window.
    pub(super) fn overlook_rest(&mut self) {
        self.seen.note_untold();
        self.discovered = Discovery::Unfinished;
    }

    /// The traces that are to be read whole, in the order in which they are worth it: those that matched and are not
    /// stored, and then those that are. Without any key in a window that was read to its end, and if the query allows
    /// it, all of the call's, and all whose root is not there.
    pub(super) fn wanted(&mut self) -> Vec<String> {
        let falls_back = self.may_fall_back();
        let found = self.seen.others().filter(|(trace_id, seen)| {
            // A root that is not there may still come, and a tag with it: whether to wait is for the engine to say.
            let may_be_tagged = seen.rows > 0 && !seen.has_root;
            let is_wanted = seen.ours_from.is_some() || (falls_back && (seen.is_in_call || may_be_tagged));
            is_wanted && !self.is_stored(trace_id)
        });
        let mut found: Vec<(Timestamp, &String)> = found.map(|(trace_id, seen)| (seen.earliest, trace_id)).collect();
        found.sort_unstable();
        let most = MOST_TRACES.saturating_sub(self.query.stored_traces.len());
        if found.len() > most {
            self.cut = self.cut.or(Some(Truncation::Cap));
            found.truncate(most);
        }
        // Where the next pass goes on below, what lies above must be done with.
        if self.discovered != Discovery::Whole {
            found.reverse();
        }
        let stored = self.seen.others().map(|(trace_id, _)| trace_id).filter(|trace_id| self.is_stored(trace_id));
        // In the same order in every pass: what is asked for alone may not be all.
        let stored: BTreeSet<&String> = stored.collect();
        found.into_iter().map(|(_, trace_id)| trace_id).chain(stored).cloned().collect()
    }

    /// The stored traces that were not seen, as Langfuse may write them: an SDK's own 32 digits, or a UUID. One that
    /// was hashed cannot be told; it is read when it is seen again.
    pub(super) fn stored_unseen(&self) -> Vec<String> {
        let is_seen = |spellings: &[String; 2]| spellings.iter().any(|trace_id| self.seen.trace(trace_id).is_some());
        let spellings = self.query.stored_traces.iter().map(|trace| [trace.to_string(), trace.to_uuid()]);
        spellings.filter(|spellings| !is_seen(spellings)).flatten().collect()
    }

    /// May a trace of which the window holds rows be ours, by what has been told of it so far?
    pub(super) fn may_be_ours(&self, trace_id: &str) -> bool {
        let Some(seen) = self.seen.trace(trace_id).filter(|seen| !seen.is_own) else { return false };
        seen.ours_from.is_some() || seen.is_undecided() || self.is_stored(trace_id)
    }

    fn is_stored(&self, trace_id: &str) -> bool {
        self.query.stored_traces.contains(&TraceId::from_source(trace_id))
    }

    fn may_fall_back(&self) -> bool {
        let saw_all = self.cut.is_none() && self.discovered == Discovery::Whole && self.is_one_look;
        self.query.may_fall_back && saw_all && !self.seen.has_ours() && self.seen.sightings().is_untagged()
    }

    /// Keeps a row. Of what began long before the call only its place in the tree, and nothing of what began long after.
    pub(super) fn keep(&mut self, entry: Entry) {
        let whole = self.query.window.whole_trace();
        // v1 tells a trace with all that came later.
        if entry.started_at().is_some_and(|at| at > whole.to) {
            return;
        }
        self.seen.note(&entry);
        self.kept.keep(entry.or_outline_before(whole.from));
    }

    /// Keeps what is said of a whole trace; of one too many only its labels.
    pub(super) fn keep_record(&mut self, mut record: TraceRow) {
        self.seen.note_trace(&record);
        if self.record_bytes.saturating_add(record.size()) > MOST_RECORDS {
            record.forget_text();
            if record.labels.is_empty() && !record.is_tag_unknown {
                return;
            }
        }
        self.record_bytes = self.record_bytes.saturating_add(record.size());
        self.records.insert(record.id.clone(), record);
    }

    /// What is said of a trace.
    pub(super) fn record(&self, trace_id: &str) -> Option<&TraceRow> {
        self.records.get(trace_id)
    }

    /// Counts the rows of a trace that came without their ids.
    pub(super) fn lose(&mut self, nameless: &[Nameless]) {
        for Nameless { cause, .. } in nameless {
            self.rejected.add(cause, 1);
        }
    }

    /// Counts the rows without ids of traces that are not asked for again. A row whose trace is known makes that one
    /// partial, and no other; a row whose trace is not known makes all of them so.
    pub(super) fn take_losses(&mut self, traces: &[&str], nameless: &[Nameless]) {
        for row in nameless {
            let lost: &[&str] = match row.trace_id.as_deref() {
                None => traces,
                Some(trace) if traces.contains(&trace) => &[trace],
                Some(_) => &[],
            };
            if !lost.is_empty() {
                self.name_partial(lost.iter().copied());
                self.lose(std::slice::from_ref(row));
            }
        }
    }

    /// Counts what is left of a request's rows without ids, of which there were `told`, when its traces were asked for alone
    /// but for `others`. If each was asked for and no such row came again, what the server told was of an older state: it
    /// clears no trace.
    pub(super) fn take_unclaimed(&mut self, traces: &[&str], others: &[&str], told: usize, left: Vec<Nameless>) {
        if others.is_empty() && left.len() == told {
            let is_told = |row: &Nameless| row.trace_id.is_none() && !row.is_untold();
            self.take_losses(traces, &left.into_iter().filter(is_told).collect::<Vec<_>>());
        } else {
            self.take_losses(others, &left);
        }
    }

    /// May one more trace be asked for alone?
    pub(super) fn take_alone(&mut self) -> bool {
        self.alone += 1;
        self.alone <= MOST_ALONE
    }

    /// Notes why the reading stops before its end. What stopped it first counts.
    pub(super) fn note(&mut self, cut: Truncation) {
        self.cut = self.cut.or(Some(cut));
    }

    /// Names traces that are not read any more: left to a later pass where the time is over, else partial for good.
    pub(super) fn give_up<'t>(&mut self, traces: impl IntoIterator<Item = &'t str>) {
        if self.cut == Some(Truncation::Budget) {
            self.leave(traces);
        } else {
            self.name_partial(traces);
        }
    }

    /// Leaves traces to a later pass.
    pub(super) fn leave<'t>(&mut self, traces: impl IntoIterator<Item = &'t str>) {
        self.cut = Some(Truncation::Budget);
        for trace in traces {
            self.left.insert(trace.to_owned());
            self.partial_traces.insert(trace.to_owned());
        }
    }

    /// Names traces of which something is lost.
    pub(super) fn name_partial<'t>(&mut self, traces: impl IntoIterator<Item = &'t str>) {
        self.partial_traces.extend(traces.into_iter().map(str::to_owned));
    }

    /// Lets go of the rows of all other traces; Coval's own are counted.
    pub(super) fn retain(&mut self, wanted: &[String]) {
        let wanted: HashSet<&str> = wanted.iter().map(String::as_str).collect();
        self.records.retain(|trace_id, _| wanted.contains(trace_id.as_str()));
        let seen = &self.seen;
        let own = self.kept.retain(&wanted, |trace_id| seen.is_own(trace_id));
        self.rejected.add(OWN, own);
    }

    pub(super) fn into_reading(mut self, version: ServerVersion, requests: u64, host: String) -> Reading<Row> {
        // Of the two ways to write a stored trace's id only the one that brought rows names a trace.
        let guessed: HashSet<String> = self.stored_unseen().into_iter().collect();
        self.partial_traces.retain(|trace_id| !guessed.contains(trace_id) || self.kept.has(trace_id));
        let bytes = self.kept.bytes();
        let (mut spans, mut outlines) = (Vec::new(), Vec::new());
        for (trace_id, trace) in self.kept.into_traces() {
            if self.seen.is_own(&trace_id) {
                self.rejected.add(OWN, count(&trace));
                continue;
            }
            let is_partial = self.partial_traces.contains(&trace_id);
            let assembled = assemble(&trace_id, trace, self.records.remove(&trace_id), is_partial, self.query);
            spans.extend(assembled.spans);
            outlines.extend(assembled.outlines);
        }
        Reading {
            spans,
            outlines,
            sightings: self.seen.sightings(),
            partial_traces: self.partial_traces,
            cut: self.cut,
            discovery: self.discovered,
            mark: self.mark,
            is_one_look: self.is_one_look,
            requests,
            rejected: self.rejected,
            server_version: Some(version),
            bytes,
            sample: self.sample,
            ..Reading::of(host)
        }
    }
}

fn count(trace: &KeptTrace) -> u64 {
    u64::try_from(trace.rows.len()).unwrap_or(u64::MAX)
}
