//! Matched traces, read whole: a few one by one, many by listing their observations.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join;
use futures_util::{StreamExt as _, stream};
use spanlift_model::correlation::Outline;
use spanlift_model::{PlatformError, Timestamp, Truncation, Window};
use spanlift_platform_client::Response;

use crate::api::{Answer, Api};
use crate::page::{Page, WholeTrace};
use crate::row::{Detail, Entry};

use super::super::batches::{batches, filter};
use super::super::{MOST_EARLY, bound, early_window, is_passing};
use super::listing::{AT_ONCE, Listing, Walked, walk};
use super::{Reader, detail, is_plain};

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
    end: Result<Walked, PlatformError>,
    is_sound: bool,
}

impl<N: Fn() -> Timestamp + Copy> Reader<'_, '_, '_, N> {
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
            } else if self.gathered.cut == Some(Truncation::Budget) {
                self.gathered.leave(traces);
            } else {
                self.gathered.name_partial(traces);
            }
        }
        Ok(())
    }

    /// Traces one by one; those that cannot be had in one answer are handed back.
    async fn fill_singly(&mut self, traces: &[&String], early_to: Timestamp) -> Result<Vec<String>, PlatformError> {
        let api = self.api;
        let mut listed = Vec::new();
        // Built one by one: a closure here would not be general enough over lifetimes.
        let mut details = Vec::with_capacity(traces.len());
        for trace in traces {
            details.push(detail(api, trace, "core,io,observations"));
        }
        let mut answers = stream::iter(details).buffered(AT_ONCE).zip(stream::iter(traces));
        while let Some((answer, trace)) = answers.next().await {
            match answer {
                Ok(Some(Answer::Body(body))) => {
                    if !self.keep_trace(trace, body, early_to).await {
                        listed.push((*trace).clone());
                    }
                }
                Ok(Some(Answer::Broken(_)))
                | Err(PlatformError::TooLarge { .. } | PlatformError::Unavailable { retry_after: None, .. }) => {
                    listed.push((*trace).clone());
                }
                // Deleted since it was listed, or not flushed yet.
                Ok(Some(Answer::Missing(_))) => self.gathered.name_partial([trace.as_str()]),
                Ok(None) | Err(PlatformError::Timeout) => self.gathered.leave([trace.as_str()]),
                Err(error) if is_passing(&error) && !self.gathered.kept.is_empty() => {
                    self.gathered.leave([trace.as_str()]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(listed)
    }

    /// Keeps what an answer tells of a trace; false when that is not all of it.
    async fn keep_trace(&mut self, trace: &str, answer: Response, early_to: Timestamp) -> bool {
        let form = self.form(self.gathered.query.most_spans);
        let Ok(WholeTrace { record, page }) = WholeTrace::read(answer, form).await else { return false };
        let is_reached =
            record.as_ref().and_then(|record| record.timestamp).is_none_or(|at| at.minus(DETAIL_REACH) <= early_to);
        if let Some(record) = record.filter(|record| record.id == trace) {
            self.gathered.keep_record(record);
        }
        self.take_losses(&[trace], &page);
        self.keep_rows(&[trace], page);
        if self.gathered.kept.is_full() {
            self.gathered.cut = self.gathered.cut.or(Some(Truncation::Size));
            self.gathered.name_partial([trace]);
        }
        is_reached
    }

    /// Reads traces by listing their observations. False when nothing more is to be read.
    async fn fill_batch(&mut self, traces: &[&str]) -> Result<bool, PlatformError> {
        let (walked, is_sound) = self.list(traces).await?;
        if is_sound || traces.len() == 1 {
            return Ok(self.conclude(traces, walked, is_sound));
        }
        for trace in traces {
            if !self.gathered.take_alone() {
                self.gathered.name_partial([*trace]);
                continue;
            }
            let (walked, is_sound) = self.list(&[trace]).await?;
            if !self.conclude(&[trace], walked, is_sound) {
                self.gathered.leave(traces.iter().copied());
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Keeps the observations of traces: how that ended, and whether each came with its ids.
    async fn list(&mut self, traces: &[&str]) -> Result<(Walked, bool), PlatformError> {
        let window = self.gathered.query.window.whole_trace();
        let (from, to, filter) = (bound(window.from, 0), bound(window.to, 1), filter(traces));
        let query = vec![("fromStartTime", from.as_str()), ("toStartTime", &to), ("filter", &filter)];
        let listing = self.listing("observations", query, Detail::Whole);
        let api = self.api;
        let mut is_sound = true;
        let take = |page: Page<Entry>| {
            is_sound &= page.nameless.is_empty();
            if traces.len() == 1 {
                self.take_losses(traces, &page);
            }
            self.keep_rows(traces, page);
        };
        let walked = match walk(api, &listing, take).await {
            Ok(Walked::NotHere(_)) => return Err(PlatformError::unavailable(404)),
            // What was read whole is worth keeping; the rest is left to a later pass.
            Err(error) if is_passing(&error) && !self.gathered.kept.is_empty() => Walked::TooLate,
            walked => walked?,
        };
        Ok((walked, is_sound))
    }

    /// Names what is partial of traces that are not asked for again. False when nothing more is to be read.
    fn conclude(&mut self, traces: &[&str], walked: Walked, is_sound: bool) -> bool {
        let traces = traces.iter().copied();
        if self.gathered.kept.is_full() {
            self.gathered.cut = self.gathered.cut.or(Some(Truncation::Size));
            self.gathered.name_partial(traces);
            return false;
        }
        match walked {
            Walked::Whole if is_sound => return true,
            Walked::Whole | Walked::TooLong | Walked::NotHere(_) => {}
            Walked::Unsteady => self.gathered.cut = self.gathered.cut.or(Some(Truncation::Paging)),
            Walked::TooLate => {
                self.gathered.leave(traces);
                return false;
            }
        }
        self.gathered.name_partial(traces);
        true
    }

    /// Counts what came without ids of traces that are not asked for again.
    fn take_losses(&mut self, traces: &[&str], page: &Page<Entry>) {
        if !page.nameless.is_empty() {
            self.gathered.lose(&page.nameless);
            self.gathered.name_partial(traces.iter().copied());
        }
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
        match early.end {
            Ok(walked) => {
                self.conclude(&traces, walked, early.is_sound);
            }
            Err(_) => self.gathered.leave(traces),
        }
    }
}

/// Reads of traces what began in `window`, at most `room` rows.
async fn look_back<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
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
        let (mut entries, mut is_sound, mut bytes) = (Vec::new(), true, 0_usize);
        let take = |page: Page<Entry>| {
            is_sound &= page.nameless.is_empty();
            for entry in page.rows.into_iter().filter(|entry| entry.started_at().is_none_or(|at| window.contains(at))) {
                let entry = match entry.started_at() {
                    Some(at) if at < whole.from => Entry::Outline(entry.outside(Outline::BEFORE_CALL)),
                    _ => entry,
                };
                bytes = bytes.saturating_add(entry.size());
                if bytes <= MOST_EARLY_BYTES {
                    entries.push(entry);
                } else {
                    is_sound = false;
                }
            }
        };
        let end = walk(api, &listing, take).await;
        room = room.saturating_sub(entries.len());
        all.push(Early { traces: batch.clone(), entries, end, is_sound });
    }
    all
}
