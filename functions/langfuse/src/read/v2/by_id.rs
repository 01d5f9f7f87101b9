//! Matched traces, read whole by their ids.

use std::collections::HashSet;
use std::mem;

use futures_util::future::join;
use spanlift_model::{PlatformError, Truncation, Window};

use crate::fields::Nameless;
use crate::memory::LARGEST_PAGE;
use crate::row::Entry;

use super::super::reading_state::forget_told;
use super::super::{MOST_EARLY, early_window, is_passing};
use super::Reader;
use super::paging::{ALL, End, Pager, SLIM, Step, Walk};
use crate::query::{batches, filter};

/// What came of asking for traces.
struct Asked {
    /// `None` where there was no room for all.
    end: Option<End>,
    /// Rows without ids.
    nameless: Vec<Nameless>,
}

/// What began before the call.
struct Early {
    asked: Asked,
    entries: Vec<Entry>,
}

impl Asked {
    const fn new() -> Self {
        Self { end: None, nameless: Vec::new() }
    }

    const fn nothing() -> Self {
        Self { end: Some(End::Whole), nameless: Vec::new() }
    }

    /// Is the trace of every row known?
    fn is_sound(&self) -> bool {
        self.nameless.iter().all(|row| row.trace_id.is_some())
    }
}

impl Reader<'_, '_, '_> {
    /// Reads what is wanted whole, and was not yet; what began long before the call at the same time as the rest.
    pub(super) async fn read_wanted(&mut self) -> Result<(), PlatformError> {
        let mut wanted = self.gathered.wanted();
        wanted.extend(self.gathered.stored_unseen());
        self.gathered.retain(&wanted);
        let mut is_first = self.done.is_empty();
        let new: Vec<String> = wanted.into_iter().filter(|trace| !self.done.contains(trace)).collect();
        self.done.extend(new.iter().cloned());
        let missing = new.iter().filter(|trace| !self.whole.contains(*trace)).cloned();
        let mut missing = self.in_pages(missing.collect()).into_iter();
        let mut early =
            batches(new.into_iter().map(|trace| (1, trace)), self.api.base_length(), usize::MAX).into_iter();
        let mut may_go_on = true;
        loop {
            let (call, early) = (missing.next().unwrap_or_default(), early.next().unwrap_or_default());
            if call.is_empty() && early.is_empty() {
                return Ok(());
            }
            let (call, early) = (texts(&call), texts(&early));
            if !may_go_on {
                self.gathered.give_up(call.into_iter().chain(early));
                continue;
            }
            may_go_on = match self.read_part(&call, &early).await {
                // What was read whole is worth keeping; the rest is left to a later pass.
                Err(error) if !is_first && is_passing(&error) => {
                    self.gathered.leave(call.into_iter().chain(early));
                    false
                }
                result => result?,
            };
            is_first = false;
        }
    }

    /// Traces together, about as many as a page holds.
    fn in_pages(&self, traces: Vec<String>) -> Vec<Vec<String>> {
        let rows = |trace: &str| self.gathered.seen.trace(trace).map_or(1, |seen| seen.rows);
        let sized = traces.into_iter().map(|trace| (rows(&trace), trace));
        batches(sized, self.api.base_length(), self.pager.whole_rows())
    }

    /// Reads some traces, and at the same time what began long before the call of some. False when nothing more is to be
    /// read.
    async fn read_part(&mut self, call: &[&str], early: &[&str]) -> Result<bool, PlatformError> {
        let mut pager = self.pager.another();
        let window = early_window(self.gathered.query.window);
        let looking_back = look_back(&mut pager, window, early, MOST_EARLY.saturating_sub(self.early_rows));
        let (asked, looked_back) = join(self.fill(call), looking_back).await;
        let may_go_on = self.settle(call, asked?).await?;
        Ok(self.keep_early(early, looked_back).await && may_go_on)
    }

    /// Keeps the rows of traces, as far as they can be had.
    async fn fill(&mut self, traces: &[&str]) -> Result<Asked, PlatformError> {
        if traces.is_empty() {
            return Ok(Asked::nothing());
        }
        let filter = filter(traces);
        let mut walk = Walk::new(self.gathered.query.window.whole_trace(), &ALL, Some(&filter), LARGEST_PAGE);
        let wanted: HashSet<&str> = traces.iter().copied().collect();
        let mut asked = Asked::new();
        loop {
            let page = match self.pager.next(&mut walk).await? {
                Step::Page(page) => page,
                Step::End(End::NotHere(_)) => return Err(PlatformError::unavailable(404)),
                Step::End(end) => {
                    asked.end = Some(end);
                    return Ok(asked);
                }
            };
            asked.nameless.extend(page.nameless);
            page.rows
                .into_iter()
                .filter(|entry| wanted.contains(entry.trace_id()))
                .for_each(|entry| self.gathered.keep(entry));
            if self.gathered.kept.is_full() {
                return Ok(asked);
            }
        }
    }

    /// Draws the conclusions: of traces of which something may be missing each is asked for alone. False when nothing
    /// more is to be read.
    async fn settle(&mut self, traces: &[&str], mut asked: Asked) -> Result<bool, PlatformError> {
        // Where there is no room, no trace finds more of it alone.
        if asked.is_sound() || asked.end.is_none() || traces.len() == 1 {
            return Ok(self.conclude(traces, &asked));
        }
        let told = asked.nameless.len();
        // Those that are not asked for alone.
        let mut others = Vec::new();
        for (index, trace) in traces.iter().enumerate() {
            if !self.gathered.take_alone() {
                self.gathered.name_partial([*trace]);
                others.push(*trace);
                continue;
            }
            let may_go_on = match self.fill(&[trace]).await {
                Err(error) if is_passing(&error) => {
                    self.gathered.leave([*trace]);
                    false
                }
                alone => {
                    let alone = alone?;
                    forget_told(&mut asked.nameless, &alone.nameless);
                    self.conclude(&[trace], &alone)
                }
            };
            if !may_go_on {
                // What was read whole before it stays so.
                self.gathered.give_up(traces.iter().skip(index + 1).copied());
                return Ok(false);
            }
        }
        self.gathered.take_unclaimed(traces, &others, told, mem::take(&mut asked.nameless));
        Ok(self.conclude(&[], &asked))
    }

    /// Names what is partial of traces that are not asked for again. False when nothing more is to be read.
    fn conclude(&mut self, traces: &[&str], asked: &Asked) -> bool {
        self.gathered.take_losses(traces, &asked.nameless);
        let traces = traces.iter().copied();
        let cut = match asked.end {
            Some(End::Whole) => return true,
            Some(End::Broken) => {
                self.gathered.name_partial(traces);
                return true;
            }
            Some(End::TooLate) => {
                self.gathered.leave(traces);
                return false;
            }
            Some(End::Stalled | End::NotHere(_)) => Truncation::Paging,
            None => Truncation::Size,
        };
        self.gathered.note(cut);
        self.gathered.name_partial(traces);
        false
    }

    /// Keeps the places of what began long before the call. False when nothing more is to be read.
    async fn keep_early(&mut self, traces: &[&str], early: Result<Early, PlatformError>) -> bool {
        let Ok(Early { mut asked, entries }) = early else {
            self.gathered.leave(traces.iter().copied());
            return false;
        };
        let wanted: HashSet<&str> = traces.iter().copied().collect();
        self.early_rows += entries.len();
        let entries = entries.into_iter().filter(|entry| wanted.contains(entry.trace_id()));
        entries.for_each(|entry| self.gathered.keep(entry));
        if self.gathered.kept.is_full() {
            return self.conclude(traces, &Asked::new());
        }
        let is_whole = asked.end == Some(End::Whole) && asked.is_sound();
        let is_over = matches!(asked.end, None | Some(End::TooLate));
        if is_whole || is_over || traces.len() == 1 {
            self.gathered.take_losses(traces, &asked.nameless);
            if asked.end == Some(End::TooLate) {
                self.gathered.leave(traces.iter().copied());
                return false;
            }
            if !is_whole {
                self.gathered.name_partial(traces.iter().copied());
            }
            return true;
        }
        let told = asked.nameless.len();
        let mut others = Vec::new();
        for trace in traces {
            if self.gathered.take_alone() {
                self.look_back_alone(trace, &mut asked.nameless).await;
            } else {
                self.gathered.name_partial([*trace]);
                others.push(*trace);
            }
        }
        self.gathered.take_unclaimed(traces, &others, told, asked.nameless);
        true
    }

    async fn look_back_alone(&mut self, trace: &str, nameless: &mut Vec<Nameless>) {
        let room = MOST_EARLY.saturating_sub(self.early_rows);
        let mut pager = self.pager.another();
        let early = look_back(&mut pager, early_window(self.gathered.query.window), &[trace], room).await;
        if let Ok(early) = &early {
            forget_told(nameless, &early.asked.nameless);
        }
        // One trace asks for nothing alone.
        Box::pin(self.keep_early(&[trace], early)).await;
    }
}

fn texts(traces: &[String]) -> Vec<&str> {
    traces.iter().map(String::as_str).collect()
}

/// Reads of traces what began long before the call, at most `room` rows: ids, parents, times and tags.
async fn look_back(
    pager: &mut Pager<'_, '_>,
    window: Window,
    traces: &[&str],
    room: usize,
) -> Result<Early, PlatformError> {
    if traces.is_empty() {
        return Ok(Early { asked: Asked::nothing(), entries: Vec::new() });
    }
    let filter = filter(traces);
    let mut walk = Walk::new(window, &SLIM, Some(&filter), LARGEST_PAGE);
    let mut early = Early { asked: Asked::new(), entries: Vec::new() };
    loop {
        let page = match pager.next(&mut walk).await? {
            Step::Page(page) => page,
            Step::End(end) => {
                early.asked.end = Some(end);
                return Ok(early);
            }
        };
        early.asked.nameless.extend(page.nameless);
        early
            .entries
            .extend(page.rows.into_iter().filter(|entry| entry.started_at().is_none_or(|at| window.contains(at))));
        if early.entries.len() > room {
            return Ok(early);
        }
    }
}
