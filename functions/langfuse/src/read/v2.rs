//! Reading by `GET /api/public/v2/observations`.
//!
//! One page of everything first: a call's rows are mostly all that its window holds. If there is more, and most of the page
//! is of traces that may be ours, the walk goes on with everything; a trace of which nobody can say more than these pages do is
//! only looked at around the window. Else the rest of the window is looked through without contents, and the traces that matched
//! are read whole by their ids. Where there was more of others the last time, that first page is left out. Where the time was too
//! short the last time, one goes on from where that walk stopped, and looks at what came later at the end.

mod around;
mod asked;
mod by_id;
mod paging;
mod walk;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use futures_util::future::try_join;
use spanlift_importer::{Discovery, Mark};
use spanlift_model::{PlatformError, Timestamp, TraceId, Truncation, Window};

use crate::api::Api;
use crate::memory::LARGEST_PAGE;
use crate::page::Page;
use crate::row::{Entry, Row, is_synthetic};

use self::around::{Probed, probe};
use self::paging::Pager;
use self::walk::{ALL, End, SLIM, Step, Walk};
use super::reading_state::Gathered;
use super::{Outcome, is_passing};

/// The name of this API in a mark.
const API: &str = "v2";
/// A page of everything, when nothing is known yet of how much there is.
const FIRST_PAGE: usize = 250;

pub(super) async fn read(api: &Api<'_>, gathered: &mut Gathered<'_>) -> Result<Outcome, PlatformError> {
    let pager = Pager::new(api, Arc::clone(&gathered.sought));
    let (whole, done) = (HashSet::new(), HashSet::new());
    let mut reader = Reader { api, gathered, pager, early_rows: 0, whole, probed: Probed::default(), done };
    if let Some(most) = reader.gathered.query.newest {
        return reader.sample(most).await;
    }
    let walked = reader.walk().await?;
    if let End::NotHere(missing) = walked.end {
        return Ok(Outcome::NotHere(missing));
    }
    reader.read_wanted().await?;
    if let Some(later) = walked.later.filter(|_| walked.end == End::Whole && reader.gathered.cut.is_none()) {
        reader.look_again(later).await?;
    }
    reader.set_mark(&walked);
    Ok(Outcome::Read)
}

/// How the walk through the window ended.
struct Walked {
    end: End,
    /// Down to here the window was seen without a gap.
    seen_from: Option<Timestamp>,
    /// The part of the window that an earlier pass has seen.
    later: Option<Window>,
}

struct Reader<'r, 'a, 'q> {
    api: &'r Api<'a>,
    gathered: &'r mut Gathered<'q>,
    pager: Pager<'r, 'a>,
    /// Rows from before the call that were read.
    early_rows: usize,
    /// Traces of which the pages of everything held all that the window holds, and of which nothing is known around it.
    whole: HashSet<String>,
    /// What was seen around the window beside the walk.
    probed: Probed,
    /// Traces that were asked for by their ids.
    done: HashSet<String>,
}

impl Reader<'_, '_, '_> {
    /// Looks through the window: all of it, or what an earlier pass has left of it.
    async fn walk(&mut self) -> Result<Walked, PlatformError> {
        let window = self.gathered.discovery;
        let mark = self.gathered.query.resume.as_ref().filter(|mark| mark.api == API).map(|mark| mark.seen_from);
        let (rest, later) = match mark.filter(|at| window.contains(*at)) {
            Some(seen_from) => {
                self.gathered.is_one_look = false;
                (Window { to: seen_from, ..window }, Some(Window { from: seen_from, ..window }))
            }
            None if self.api.is_busy() => (window, None),
            None => match self.first_page(window).await? {
                ControlFlow::Continue(rest) => (rest, None),
                ControlFlow::Break(end) => return Ok(self.ended(Walked { end, seen_from: None, later: None })),
            },
        };
        let (end, seen_from) = self.discover(rest).await?;
        Ok(self.ended(Walked { end, seen_from, later }))
    }

    fn ended(&mut self, walked: Walked) -> Walked {
        self.note_end(walked.end);
        walked
    }

    /// Notes how looking through a part of the window ended.
    fn note_end(&mut self, end: End) {
        let cut = match end {
            End::TooLate => Truncation::Budget,
            End::Stalled => Truncation::Paging,
            End::Broken => return self.gathered.overlook_rest(),
            End::Whole | End::NotHere(_) => return,
        };
        self.gathered.note(cut);
        self.gathered.discovered = Discovery::Unfinished;
    }

    /// Looks at the newest rows of the window only.
    async fn sample(&mut self, most: usize) -> Result<Outcome, PlatformError> {
        let mut walk = Walk::new(self.gathered.discovery, &SLIM, None, most.clamp(1, LARGEST_PAGE));
        loop {
            let page = match self.pager.next(&mut walk).await {
                Ok(Step::Page(page)) => page,
                Ok(Step::End(End::TooLate)) | Err(PlatformError::Timeout) if self.pager.pages == 0 => {
                    return Err(PlatformError::Timeout);
                }
                Ok(Step::End(End::NotHere(missing))) if self.pager.pages == 0 => return Ok(Outcome::NotHere(missing)),
                Ok(Step::End(end)) => {
                    self.note_end(end);
                    return Ok(Outcome::Read);
                }
                Err(PlatformError::Timeout) => {
                    self.note_end(End::TooLate);
                    return Ok(Outcome::Read);
                }
                Err(error) => return Err(error),
            };
            self.gathered.overlook(&page);
            let is_wanting = page.rows.iter().fold(true, |_, entry| self.gathered.sample(entry, most));
            if !is_wanting {
                self.gathered.discovered = Discovery::Unfinished;
                return Ok(Outcome::Read);
            }
        }
    }

    /// Looks for what came later to a part that an earlier pass has seen, and reads it. What was read before it stands,
    /// whatever comes of this.
    async fn look_again(&mut self, later: Window) -> Result<(), PlatformError> {
        let end = match self.discover(later).await {
            Ok((end, _)) => end,
            Err(error) if is_passing(&error) => End::TooLate,
            Err(error) => return Err(error),
        };
        self.note_end(end);
        self.read_wanted().await
    }

    /// Reads a page of everything: what is left of the window behind it, or how the walk ended with it.
    async fn first_page(&mut self, window: Window) -> Result<ControlFlow<End, Window>, PlatformError> {
        let mut walk = Walk::new(window, &ALL, None, FIRST_PAGE);
        let page = match self.pager.next(&mut walk).await? {
            Step::Page(page) => page,
            Step::End(End::TooLate) => return Err(PlatformError::Timeout),
            Step::End(end) => return Ok(ControlFlow::Break(end)),
        };
        let mut is_sound = page.nameless.is_empty();
        let may_be_ours = self.keep_page(page);
        let mut rest = walk.rest();
        let is_one_answer = rest.is_break();
        if let (ControlFlow::Continue(left), true) = (rest, may_be_ours) {
            let (pager, query) = (self.pager.another(), self.gathered.query);
            let probing = async { Ok(probe(&pager, query).await) };
            (rest, self.probed) = try_join(self.walk_on(left, &mut is_sound), probing).await?;
        }
        self.api.learn_busy(rest.is_continue());
        let is_whole = rest == ControlFlow::Break(End::Whole) && self.gathered.discovered == Discovery::Whole;
        if is_whole && is_sound && !self.gathered.kept.is_full() {
            self.note_whole(is_one_answer);
        }
        Ok(rest)
    }

    /// Reads pages of everything as long as most of each may be ours: what is left of the window then, or how the walk ended.
    async fn walk_on(
        &mut self,
        window: Window,
        is_sound: &mut bool,
    ) -> Result<ControlFlow<End, Window>, PlatformError> {
        let mut walk = Walk::to_the_end(window, &ALL, None);
        // What was found is worth more than finding more.
        walk.pages_in_time = 2;
        loop {
            let page = match self.pager.next(&mut walk).await {
                Ok(Step::Page(page)) => page,
                Ok(Step::End(End::NotHere(_))) => return Err(PlatformError::unavailable(404)),
                // Pages without contents may still come in time.
                Ok(Step::End(End::TooLate)) | Err(PlatformError::Timeout) => return Ok(walk.rest()),
                Ok(Step::End(end)) => return Ok(ControlFlow::Break(end)),
                Err(error) => return Err(error),
            };
            *is_sound &= page.nameless.is_empty();
            if !self.keep_page(page) || self.gathered.kept.is_full() {
                return Ok(walk.rest());
            }
        }
    }

    /// Keeps a page of everything. May most of it be ours? A root begins first and comes last, and a tag with it: so may what
    /// has no root yet and no tag of another's.
    fn keep_page(&mut self, page: Page<Entry>) -> bool {
        self.gathered.overlook(&page);
        let mut rows_of: HashMap<String, usize> = HashMap::new();
        let rows = page.rows.len();
        for entry in page.rows {
            self.gathered.look(&entry);
            *rows_of.entry(entry.trace_id().to_owned()).or_default() += 1;
            self.gathered.keep(entry);
        }
        let ours = rows_of.iter().filter(|(trace_id, _)| self.gathered.may_be_ours(trace_id));
        ours.map(|(_, rows)| rows).sum::<usize>() * 2 > rows
    }

    /// Notes which traces of a window that was kept whole are whole in it: every parent is there, and the one root says that the
    /// trace is ours. Langfuse knows traces of several roots: where the root that is there does not say it, another one may
    /// have begun before the window.
    ///
    /// Where the window took several answers, a row that came meanwhile may be in none. It can only add to such a trace: whose these
    /// rows are is said by the rows above them, and all of these are there. Not so where a synthetic row speaks for the trace, for any
    /// row may gainsay that one ([`super::assemble`]). Such a trace is asked for by its id.
    fn note_whole(&mut self, is_one_answer: bool) {
        for (trace_id, trace) in self.gathered.kept.traces() {
            let has_parent = |row: &Row| row.parent_id.as_ref().is_none_or(|parent| trace.rows.contains_key(parent));
            let mut roots = trace.rows.values().filter(|row| row.parent_id.is_none());
            let only_root = roots.next().filter(|_| roots.next().is_none());
            let may_speak = |root: &&Row| is_one_answer || !is_synthetic(&root.id, trace_id);
            let only_root = only_root.filter(may_speak);
            let is_ours = only_root.is_some_and(|root| self.gathered.is_ours(&root.labels, root.is_tag_unknown));
            if trace.outlines.is_empty() && is_ours && trace.rows.values().all(has_parent) {
                self.whole.insert(trace_id.clone());
            }
        }
    }

    /// Looks through a part of the window without contents: how that ended, and how far it came.
    async fn discover(&mut self, window: Window) -> Result<(End, Option<Timestamp>), PlatformError> {
        let mut walk = Walk::to_the_end(window, &SLIM, None);
        let mut rows = 0_usize;
        let end = loop {
            // What was found is worth more than finding more.
            walk.pages_in_time = if self.gathered.seen.has_ours() { 2 } else { 1 };
            let page = match self.pager.next(&mut walk).await {
                Ok(Step::Page(page)) => page,
                Ok(Step::End(End::TooLate)) | Err(PlatformError::Timeout) if self.pager.pages == 0 => {
                    return Err(PlatformError::Timeout);
                }
                Ok(Step::End(End::NotHere(_))) if self.pager.pages > 0 => return Err(PlatformError::unavailable(404)),
                Ok(Step::End(end)) => break end,
                Err(PlatformError::Timeout) => break End::TooLate,
                Err(error) => return Err(error),
            };
            rows = rows.saturating_add(page.rows.len());
            self.gathered.overlook(&page);
            page.rows.iter().for_each(|entry| self.gathered.look(entry));
        };
        // A quiet hour: the next window may well fit into one page again.
        if end == End::Whole && window == self.gathered.discovery && rows < FIRST_PAGE {
            self.api.learn_busy(false);
        }
        Ok((end, walk.seen_from()))
    }

    /// Where the next pass goes on. It has to find again what was found and is not stored.
    fn set_mark(&mut self, walked: &Walked) {
        let Gathered { left, seen, query, .. } = &*self.gathered;
        let new = left.iter().filter(|trace| !query.stored_traces.contains(&TraceId::from_source(trace)));
        let found = new.filter_map(|trace| seen.trace(trace)?.ours_from).max();
        let seen_from = match walked.end {
            End::TooLate => walked.seen_from.map(|at| found.map_or(at, |found| found.max(at))),
            _ => found,
        };
        self.gathered.mark = seen_from.map(|seen_from| Mark { api: API.to_owned(), seen_from });
    }
}
