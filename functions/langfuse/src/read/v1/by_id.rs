//! Matched traces, read whole: a few one by one, many by listing their observations.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join;
use futures_util::{StreamExt as _, stream};
use spanlift_model::{PlatformError, Timestamp, Truncation, Window};

use crate::api::Api;
use crate::page::{Page, WholeTrace};
use crate::row::{Detail, Entry};

use super::super::reading_state::forget_told;
use super::super::{MOST_EARLY, bound, early_window, is_passing};
use super::gate::AT_ONCE;
use super::paging::{Listed, Listing, Walked, walk};
use super::{Reader, Told, detail, is_plain};
use crate::query::{batches, filter};

/// So many traces are asked for one by one; more are listed.
const MOST_SINGLE: usize = 40;
/// Langfuse tells with a trace only what began after so long before its timestamp.
const DETAIL_REACH: Duration = Duration::from_hours(1);
/// Bytes that are kept of what began before that, beside places in the tree.
const MOST_EARLY_BYTES: usize = 8 << 20;

/// What began too early to come with the traces themselves.
struct Early {
    traces: Vec<String>,
    entries: Vec<Entry>,
    listed: Result<Listed, PlatformError>,
    /// There was no room for all entries.
    is_cut: bool,
}

impl Reader<'_, '_, '_> {
    /// Reads traces whole, what began long before the call at the same time as the rest.
    pub(super) async fn fill(&mut self, traces: &[String]) -> Result<(), PlatformError> {
        if traces.is_empty() {
            return Ok(());
        }
        let early = self.early_window(traces);
        let listing = self.listing("observations", Vec::new(), Detail::Whole);
        let room = MOST_EARLY.saturating_sub(self.early_rows);
        let looking_back = look_back(self.api, &listing, early, self.gathered.query.window, traces, room);
        let (filled, looked_back) = join(self.fill_call(traces, early.to), looking_back).await;
        filled?;
        for early in looked_back {
            self.keep_early(early);
        }
        Ok(())
    }

    /// From long before the call to where what comes with a trace begins.
    fn early_window(&self, traces: &[String]) -> Window {
        let early = early_window(self.gathered.query.window);
        let latest = self.gathered.discovery.to;
        let told = |trace: &String| self.gathered.record(trace).and_then(|record| record.timestamp).unwrap_or(latest);
        let to = traces.iter().map(told).max().unwrap_or(latest).min(latest).minus(DETAIL_REACH);
        Window { to: to.max(early.to), ..early }
    }

    async fn fill_call(&mut self, traces: &[String], early_to: Timestamp) -> Result<(), PlatformError> {
        let is_single = |trace: &&String| traces.len() <= MOST_SINGLE && is_plain(trace);
        let (single, listed): (Vec<&String>, Vec<&String>) = traces.iter().partition(is_single);
        let mut listed: Vec<String> = listed.into_iter().cloned().collect();
        listed.extend(self.fill_singly(&single, early_to).await?);
        let sized = listed.into_iter().map(|trace| (1, trace));
        let mut may_go_on = true;
        for batch in batches(sized, self.api.base_length(), usize::MAX) {
            let traces: Vec<&str> = batch.iter().map(String::as_str).collect();
            if may_go_on {
                may_go_on = self.fill_batch(&traces).await?;
            } else {
                self.gathered.give_up(traces);
            }
        }
        Ok(())
    }

    /// Traces one by one; those that cannot be had in one answer are handed back.
    async fn fill_singly(&mut self, traces: &[&String], early_to: Timestamp) -> Result<Vec<String>, PlatformError> {
        let mut listed = Vec::new();
        // Built one by one: a closure here would not be general enough over lifetimes.
        let mut details = Vec::with_capacity(traces.len());
        for trace in traces {
            let form = self.form(self.gathered.query.most_spans);
            details.push(detail(self.api, self.gate, trace, "core,io,observations", form));
        }
        let mut answers = stream::iter(details).buffered(AT_ONCE).zip(stream::iter(traces));
        while let Some((answer, trace)) = answers.next().await {
            match answer {
                Ok(Told::Trace(whole)) => {
                    if !self.keep_trace(trace, whole, early_to) {
                        listed.push((*trace).clone());
                    }
                }
                Ok(Told::Broken) => listed.push((*trace).clone()),
                // Deleted since it was listed, or not flushed yet.
                Ok(Told::Missing) => self.gathered.name_partial([trace.as_str()]),
                Ok(Told::TooLate) => self.gathered.leave([trace.as_str()]),
                Err(error) if is_passing(&error) && !self.gathered.kept.is_empty() => {
                    self.gathered.leave([trace.as_str()]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(listed)
    }

    /// Keeps what is told of a trace; false when that is not all of it.
    fn keep_trace(&mut self, trace: &str, WholeTrace { record, page }: WholeTrace, early_to: Timestamp) -> bool {
        let timestamp = record.as_ref().and_then(|record| record.timestamp);
        if let Some(record) = record.filter(|record| record.id == trace) {
            self.gathered.keep_record(record);
        }
        let is_all = timestamp.is_none_or(|at| at.minus(DETAIL_REACH) <= early_to);
        // Else they are counted when the trace is listed.
        if is_all && !page.nameless.is_empty() {
            self.gathered.lose(&page.nameless);
            self.gathered.name_partial([trace]);
        }
        self.keep_rows(&[trace], page);
        if self.gathered.kept.is_full() {
            self.gathered.note(Truncation::Size);
            self.gathered.name_partial([trace]);
        }
        is_all
    }

    /// Reads traces by listing their observations. Where a row's trace is not known, each trace is asked for alone. False
    /// when nothing more is to be read.
    async fn fill_batch(&mut self, traces: &[&str]) -> Result<bool, PlatformError> {
        let mut listed = self.list(traces).await?;
        // Where there is no room, no trace finds more of it alone.
        if listed.is_sound() || traces.len() == 1 || self.gathered.kept.is_full() {
            return Ok(self.conclude(traces, &listed));
        }
        let told = listed.nameless.len();
        // Those that are not asked for alone.
        let mut others = Vec::new();
        for (index, trace) in traces.iter().enumerate() {
            if !self.gathered.take_alone() {
                self.gathered.name_partial([*trace]);
                others.push(*trace);
                continue;
            }
            let alone = self.list(&[trace]).await?;
            forget_told(&mut listed.nameless, &alone.nameless);
            if !self.conclude(&[trace], &alone) {
                // What was read whole before it stays so.
                self.gathered.give_up(traces.iter().skip(index + 1).copied());
                return Ok(false);
            }
        }
        self.gathered.take_unclaimed(traces, &others, told, listed.nameless);
        Ok(true)
    }

    /// Keeps the observations of traces, as far as they can be had.
    async fn list(&mut self, traces: &[&str]) -> Result<Listed, PlatformError> {
        let window = self.gathered.query.window.whole_trace();
        let (from, to, filter) = (bound(window.from, 0), bound(window.to, 1), filter(traces));
        let query = vec![("fromStartTime", from.as_str()), ("toStartTime", &to), ("filter", &filter)];
        let listing = self.listing("observations", query, Detail::Whole);
        let api = self.api;
        let listed = match walk(api, &listing, |page| self.keep_rows(traces, page)).await {
            Ok(Listed { walked: Walked::NotHere(_), .. }) => return Err(PlatformError::unavailable(404)),
            // What was read whole is worth keeping; the rest is left to a later pass.
            Err(error) if is_passing(&error) && !self.gathered.kept.is_empty() => return Ok(Listed::TOO_LATE),
            listed => listed?,
        };
        Ok(listed)
    }

    /// Names what is partial of traces that are not asked for again. False when nothing more is to be read.
    fn conclude(&mut self, traces: &[&str], listed: &Listed) -> bool {
        self.gathered.take_losses(traces, &listed.nameless);
        let traces = traces.iter().copied();
        if self.gathered.kept.is_full() {
            self.gathered.note(Truncation::Size);
            self.gathered.name_partial(traces);
            return false;
        }
        match listed.walked {
            Walked::Whole => return true,
            Walked::TooLong | Walked::NotHere(_) => {}
            Walked::Unsteady => self.gathered.note(Truncation::Paging),
            Walked::TooLate => {
                self.gathered.leave(traces);
                return false;
            }
        }
        self.gathered.name_partial(traces);
        true
    }

    fn keep_rows(&mut self, traces: &[&str], page: Page<Entry>) {
        let wanted: HashSet<&str> = traces.iter().copied().collect();
        let rows = page.rows.into_iter().filter(|entry| wanted.contains(entry.trace_id()));
        rows.for_each(|entry| self.gathered.keep(entry));
    }

    fn keep_early(&mut self, early: Early) {
        self.early_rows += early.entries.len();
        let traces: Vec<&str> = early.traces.iter().map(String::as_str).collect();
        let wanted: HashSet<&str> = traces.iter().copied().collect();
        let entries = early.entries.into_iter().filter(|entry| wanted.contains(entry.trace_id()));
        entries.for_each(|entry| self.gathered.keep(entry));
        let Ok(Listed { walked, nameless }) = early.listed else { return self.gathered.leave(traces) };
        // Not counted: where the call is listed too, the same rows may be there.
        let known = nameless.iter().filter_map(|row| row.trace_id.as_deref());
        self.gathered.name_partial(known.filter(|trace| wanted.contains(trace)));
        if early.is_cut || nameless.iter().any(|row| row.trace_id.is_none()) {
            self.gathered.name_partial(traces.iter().copied());
        }
        self.conclude(&traces, &Listed { walked, nameless: Vec::new() });
    }
}

/// Reads of traces what began in `window`, at most `room` rows.
async fn look_back(
    api: &Api<'_>,
    template: &Listing<'_>,
    window: Window,
    call: Window,
    traces: &[String],
    mut room: usize,
) -> Vec<Early> {
    let (from, to) = (bound(window.from, 0), bound(window.to, 1));
    let whole = call.whole_trace();
    let mut all = Vec::new();
    for batch in batches(traces.iter().map(|trace| (1, trace.clone())), api.base_length(), usize::MAX) {
        let ids: Vec<&str> = batch.iter().map(String::as_str).collect();
        let filter = filter(&ids);
        let query = vec![("fromStartTime", from.as_str()), ("toStartTime", &to), ("filter", &filter)];
        let listing = Listing { query, most: room, sought: template.sought.clone(), ..*template };
        let (mut entries, mut is_cut, mut bytes) = (Vec::new(), false, 0_usize);
        let take = |page: Page<Entry>| {
            for entry in page.rows.into_iter().filter(|entry| entry.started_at().is_none_or(|at| window.contains(at))) {
                let entry = entry.or_outline_before(whole.from);
                bytes = bytes.saturating_add(entry.size());
                if bytes <= MOST_EARLY_BYTES {
                    entries.push(entry);
                } else {
                    is_cut = true;
                }
            }
        };
        let listed = walk(api, &listing, take).await;
        room = room.saturating_sub(entries.len());
        all.push(Early { traces: batch.clone(), entries, listed, is_cut });
    }
    all
}
