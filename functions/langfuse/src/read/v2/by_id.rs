//! Matched traces, read whole by their ids.

use std::collections::HashSet;
use std::mem;

use futures_util::future::{join_all, join3};
use spanlift_model::{PlatformError, Truncation, Window};

use crate::query::{batches, filter};

use super::super::reading_state::forget_told;
use super::super::{MOST_EARLY, is_passing};
use super::Reader;
use super::around::{Look, look};
use super::asked::{Asked, texts};
use super::paging::Pager;
use super::walk::{ALL, Coming, End, Step, Walk};

/// Batches of whole traces at the same time. Not more: the server may be a small one of the customer's own, and an answer that
/// waits for its turn is a body in memory.
const BATCHES_AT_ONCE: usize = 2;
/// Looks at the same time, beside them.
const LOOKS_AT_ONCE: usize = 2;

impl Reader<'_, '_, '_> {
    /// Reads what is wanted whole, and was not yet: by ids what the walk did not tell, and of what it told whole only what is
    /// around the window.
    pub(super) async fn read_wanted(&mut self) -> Result<(), PlatformError> {
        let mut wanted = self.gathered.wanted();
        wanted.extend(self.gathered.stored_unseen());
        self.gathered.retain(&wanted);
        let is_first = self.done.is_empty();
        let new = wanted.into_iter().filter(|trace| !self.done.contains(trace));
        let (whole, missing): (Vec<String>, Vec<String>) = new.partition(|trace| self.whole.contains(trace));
        self.done.extend(whole.iter().chain(&missing).cloned());
        self.take_probed(&whole);
        let looks = self.looks(&whole, &missing);
        let may_go_on = self.read_parts(missing, looks, is_first).await?;
        let reaches_out: Vec<String> = whole.into_iter().filter(|trace| !self.whole.contains(trace)).collect();
        if may_go_on {
            self.read_parts(reaches_out, Vec::new(), false).await?;
        } else {
            self.gathered.give_up(texts(&reaches_out));
        }
        Ok(())
    }

    /// Reads traces by their ids, and at the same time makes looks. False when nothing more is to be read.
    async fn read_parts(
        &mut self,
        traces: Vec<String>,
        looks: Vec<Look>,
        mut is_first: bool,
    ) -> Result<bool, PlatformError> {
        let (mut batches, mut looks) = (self.in_pages(traces).into_iter(), looks.into_iter());
        let mut may_go_on = true;
        loop {
            let batches: Vec<Vec<String>> = batches.by_ref().take(BATCHES_AT_ONCE).collect();
            let looks: Vec<Look> = looks.by_ref().take(LOOKS_AT_ONCE).collect();
            if batches.is_empty() && looks.is_empty() {
                return Ok(may_go_on);
            }
            if may_go_on {
                may_go_on = self.read_part(&batches, &looks, is_first).await?;
                is_first = false;
            } else {
                let all = batches.iter().chain(looks.iter().map(|look| &look.traces)).flatten();
                self.gathered.give_up(all.map(String::as_str));
            }
        }
    }

    /// Traces together, about as many as a page holds.
    fn in_pages(&self, traces: Vec<String>) -> Vec<Vec<String>> {
        let rows = |trace: &str| self.gathered.seen.trace(trace).map_or(1, |seen| seen.rows);
        let sized = traces.into_iter().map(|trace| (rows(&trace), trace));
        batches(sized, self.api.base_length(), self.pager.whole_rows())
    }

    /// Reads some traces, and at the same time looks at some. The batches' first pages come at the same time; what came is taken
    /// in the order of the batches. False when nothing more is to be read.
    async fn read_part(
        &mut self,
        batches: &[Vec<String>],
        looks: &[Look],
        is_first: bool,
    ) -> Result<bool, PlatformError> {
        let (pager, window) = (self.pager.another(), self.gathered.query.window);
        let room = MOST_EARLY.saturating_sub(self.early_rows);
        // Where the first batch fills the room, a second one would come for nothing.
        let has_room = self.gathered.kept.has_room_behind(self.rows_of(batches.iter().take(1).flatten()));
        let mut batches = batches.iter().map(|batch| texts(batch));
        let (first, others): (Vec<&str>, Vec<Vec<&str>>) = (batches.next().unwrap_or_default(), batches.collect());
        let beginning =
            join_all(others.iter().map(async |batch| if has_room { begin(&pager, batch, window).await } else { None }));
        let looking = join_all(looks.iter().map(async |one| look(pager.another(), one, window, room).await));
        let (asked, begun, looked) = join3(self.fill(&first, None), beginning, looking).await;
        let mut may_go_on = self.take(&first, asked, is_first).await?;
        for (look, looked) in looks.iter().zip(looked) {
            may_go_on &= self.keep_looked(look, looked).await;
        }
        for (batch, begun) in others.iter().zip(begun) {
            if may_go_on {
                let asked = self.fill(batch, begun).await;
                may_go_on = self.take(batch, asked, false).await?;
            } else {
                self.take_whole(batch, begun).await?;
            }
        }
        Ok(may_go_on)
    }

    /// Takes what came of traces. False when nothing more is to be read.
    async fn take(
        &mut self,
        traces: &[&str],
        asked: Result<Asked, PlatformError>,
        is_first: bool,
    ) -> Result<bool, PlatformError> {
        match asked {
            // What was read whole is worth keeping; the rest is left to a later pass.
            Err(error) if !is_first && is_passing(&error) => {
                self.gathered.leave(traces.iter().copied());
                self.pager.stop();
                Ok(false)
            }
            asked => self.settle(traces, asked?).await,
        }
    }

    /// Takes traces of which the first page came when nothing more is to be read: it counts where it is all of them.
    async fn take_whole(&mut self, traces: &[&str], begun: Option<Coming>) -> Result<(), PlatformError> {
        self.pager.stop();
        let begun = begun.filter(|_| !self.gathered.kept.is_full());
        match self.fill(traces, begun).await {
            Ok(asked) if asked.is_whole() => _ = self.conclude(traces, &asked),
            Err(error) if !is_passing(&error) => return Err(error),
            _ => self.gathered.give_up(traces.iter().copied()),
        }
        Ok(())
    }

    /// Keeps the rows of traces, as far as they can be had; their first page may have begun to come.
    async fn fill(&mut self, traces: &[&str], begun: Option<Coming>) -> Result<Asked, PlatformError> {
        if traces.is_empty() {
            return Ok(Asked::nothing());
        }
        let filter = filter(traces);
        let mut walk = walk(&filter, self.gathered.query.window);
        walk.coming = begun;
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
            let may_go_on = match self.fill(&[trace], None).await {
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
    pub(super) fn conclude(&mut self, traces: &[&str], asked: &Asked) -> bool {
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
}

/// Asks for the first page of traces before it is their turn, if there is time for it.
async fn begin(pager: &Pager<'_, '_>, traces: &[&str], call: Window) -> Option<Coming> {
    let filter = filter(traces);
    pager.ask_ahead(&walk(&filter, call)).await
}

/// A walk through all that is read of traces.
fn walk(filter: &str, call: Window) -> Walk<'_> {
    Walk::to_the_end(call.whole_trace(), &ALL, Some(filter))
}
