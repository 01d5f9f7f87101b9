//! Reading by `GET /api/public/v2/observations` (contract §3.1, §7.3).
//!
//! One page of everything first: a call's rows are mostly all that its window holds. If there is more, the rest of the
//! window is looked through without contents, and the traces that matched are read whole by their ids. Where there was
//! more the last time, that first page is left out.

use std::collections::HashSet;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Truncation, Window};
use spanlift_platform_client::{NextPage, PagingGuard};

use crate::api::{Answer, Api};
use crate::memory::{LARGEST_PAGE, PageRows};
use crate::observation::Observation;
use crate::page::{Page, Told};

use super::Outcome;
use super::batches::{batches, filter};
use super::gathered::Gathered;

/// Everything of a row.
const ALL: &str = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context";
/// What tells whose a row is.
const SLIM: &str = "core,basic,metadata,trace_context";
/// What is left of a row whose contents are too large to be had.
const WITHOUT_CONTENTS: &str = "core,basic,time,metadata,model,usage,prompt,metrics,trace_context";
/// Metadata is cut at 200 characters, unless contents are asked for or any key of it, and then none is (contract §3.1).
const UNCUT: (&str, &str) = ("expandMetadata", "simulation_output_id");

/// A page of everything, when nothing is known yet of how much there is.
const FIRST_PAGE: usize = 250;
/// What a page shrinks by when it is too large or too slow.
const SHRINK: usize = 6;
/// After a page over this, or one that took longer, the next ones are smaller.
const LARGE: usize = 4 << 20;
const SLOW: Duration = Duration::from_secs(5);

/// What pages to walk through.
struct Walk<'a> {
    window: Window,
    fields: &'static str,
    filter: Option<&'a str>,
    /// Rows a page, if the server manages so many.
    most: usize,
    /// So many pages as slow as the last one must still fit in, this one included.
    pages_in_time: u32,
}

/// What came of asking for a page.
enum Fetched {
    Page(Page<Observation>),
    NotHere(Outcome),
    /// The time is over.
    TooLate,
}

/// How pages come.
struct Pace {
    rows: PageRows,
    last_took: Duration,
}

pub(super) async fn read<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    gathered: &mut Gathered<'_>,
) -> Result<Outcome, PlatformError> {
    let mut reader = Reader { api, gathered, pace: Pace { rows: api.page_rows(), last_took: Duration::ZERO } };
    let window = reader.gathered.discovery;
    let first = if api.is_busy() { First::Before(window.to) } else { reader.first_page(window).await? };
    let rest = match first {
        First::NotHere(outcome) => return Ok(outcome),
        First::All => None,
        First::Before(to) => Some(Window { from: window.from, to }),
    };
    if let Some(rest) = rest
        && let Some(outcome) = reader.discover(rest).await?
    {
        return Ok(outcome);
    }
    let wanted = reader.gathered.wanted();
    reader.gathered.retain(&wanted);
    let missing: Vec<String> = match rest {
        None => wanted.iter().filter(|trace_id| !reader.is_whole(trace_id)).cloned().collect(),
        Some(_) => wanted,
    };
    reader.fill(&missing).await?;
    Ok(Outcome::Read)
}

enum First {
    NotHere(Outcome),
    /// The window holds no more.
    All,
    /// What begins up to here has not been seen.
    Before(Timestamp),
}

struct Reader<'r, 'a, 'q, N> {
    api: &'r Api<'a, N>,
    gathered: &'r mut Gathered<'q>,
    pace: Pace,
}

impl<N: Fn() -> Timestamp + Copy> Reader<'_, '_, '_, N> {
    async fn first_page(&mut self, window: Window) -> Result<First, PlatformError> {
        let walk = Walk { window, fields: ALL, filter: None, most: FIRST_PAGE, pages_in_time: 1 };
        let page = match self.page(&walk, None).await {
            Ok(Fetched::Page(page)) => page,
            Ok(Fetched::NotHere(outcome)) => return Ok(First::NotHere(outcome)),
            Ok(Fetched::TooLate) => return Err(PlatformError::Timeout),
            Err(error) => return Err(error),
        };
        let oldest = page.rows.iter().map(|row| row.started_at).min();
        let has_more = page.cursor.as_deref().is_some_and(|cursor| !cursor.is_empty());
        self.api.learn_busy(has_more);
        self.gathered.overlook(&page.rejected);
        self.gathered.add_bytes(page.bytes);
        for row in page.rows {
            self.gathered.look(&row);
            self.gathered.keep(row);
        }
        Ok(match oldest.filter(|_| has_more) {
            Some(oldest) => First::Before(oldest),
            None if has_more => First::Before(window.to),
            None => First::All,
        })
    }

    /// Looks through the rest of the window without contents. An outcome when the server has no such endpoint.
    async fn discover(&mut self, rest: Window) -> Result<Option<Outcome>, PlatformError> {
        let mut paging = Paging::default();
        let mut cursor: Option<String> = None;
        let mut walk = Walk { window: rest, fields: SLIM, filter: None, most: LARGEST_PAGE, pages_in_time: 1 };
        let mut rows = 0_usize;
        loop {
            // What was found is worth more than finding more.
            walk.pages_in_time = if self.gathered.has_ours() { 2 } else { 1 };
            let page = match self.page(&walk, cursor.as_deref()).await {
                Ok(Fetched::Page(page)) => page,
                Ok(Fetched::TooLate) | Err(PlatformError::Timeout) if self.gathered.sees_nothing() => {
                    return Err(PlatformError::Timeout);
                }
                Ok(Fetched::TooLate) | Err(PlatformError::Timeout) => {
                    self.cut_short();
                    return Ok(None);
                }
                Ok(Fetched::NotHere(outcome)) if cursor.is_none() => return Ok(Some(outcome)),
                Ok(Fetched::NotHere(_)) => return Err(PlatformError::unavailable(404)),
                Err(error) => return Err(error),
            };
            rows = rows.saturating_add(page.rows.len());
            self.gathered.overlook(&page.rejected);
            for row in &page.rows {
                self.gathered.look(row);
            }
            match paging.next(&page)? {
                NextPage::Cursor(next) => cursor = Some(next.to_owned()),
                NextPage::End => break,
                NextPage::Stalled => {
                    self.gathered.cut = Some(Truncation::Paging);
                    return Ok(None);
                }
            }
        }
        // A quiet hour: the next window may well fit into one page again.
        if rest.to == self.gathered.discovery.to && rows < FIRST_PAGE {
            self.api.learn_busy(false);
        }
        Ok(None)
    }

    /// Is a trace of the only page whole? Nothing of it can have begun after the page yet, nor before its one root; and
    /// every parent is there.
    fn is_whole(&self, trace_id: &str) -> bool {
        let ids: HashSet<&str> = self.gathered.rows_of(trace_id).map(|row| row.id.as_str()).collect();
        let has_parent = |row: &Observation| row.parent_id.as_deref().is_none_or(|parent| ids.contains(parent));
        self.gathered.discovery.to >= self.gathered.query.now
            && self.gathered.rows_of(trace_id).filter(|row| row.parent_id.is_none()).count() == 1
            && self.gathered.rows_of(trace_id).all(has_parent)
    }

    /// Reads the traces whole.
    async fn fill(&mut self, traces: &[String]) -> Result<(), PlatformError> {
        let batches = batches(traces, self.api.base_length());
        let mut is_over = false;
        for (index, batch) in batches.iter().enumerate() {
            if !is_over {
                match self.fill_batch(batch).await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    // What was read whole is worth keeping; the rest is left to a later pass.
                    Err(error) if index > 0 && is_passing(&error) => self.cut_short(),
                    Err(error) => return Err(error),
                }
                is_over = true;
            }
            self.gathered.partial_traces.extend(batch.iter().map(|trace| (*trace).to_owned()));
        }
        Ok(())
    }

    fn cut_short(&mut self) {
        self.gathered.cut = Some(Truncation::Budget);
    }

    /// True when the traces were read to their end.
    async fn fill_batch(&mut self, batch: &[&str]) -> Result<bool, PlatformError> {
        let filter = filter(batch);
        let window = self.gathered.query.window.whole_trace();
        let walk = Walk { window, fields: ALL, filter: Some(&filter), most: LARGEST_PAGE, pages_in_time: 1 };
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        let mut paging = Paging::default();
        let mut cursor: Option<String> = None;
        loop {
            let page = match self.page(&walk, cursor.as_deref()).await? {
                Fetched::Page(page) => page,
                Fetched::TooLate => {
                    self.cut_short();
                    return Ok(false);
                }
                Fetched::NotHere(_) => return Err(PlatformError::unavailable(404)),
            };
            let next = match paging.next(&page)? {
                NextPage::Cursor(next) => Some(next.to_owned()),
                NextPage::End => None,
                NextPage::Stalled => {
                    self.gathered.cut = self.gathered.cut.or(Some(Truncation::Paging));
                    return Ok(false);
                }
            };
            self.gathered.reject(&page.rejected);
            self.gathered.add_bytes(page.bytes);
            for row in page.rows {
                if wanted.contains(row.trace_id.as_str()) && window.contains(row.started_at) {
                    self.gathered.keep(row);
                }
            }
            if next.is_none() {
                return Ok(true);
            }
            if self.gathered.is_full() {
                self.gathered.cut = Some(Truncation::Size);
                return Ok(false);
            }
            cursor = next;
        }
    }

    /// A page, as small as it can be had.
    async fn page(&mut self, walk: &Walk<'_>, cursor: Option<&str>) -> Result<Fetched, PlatformError> {
        let mut fields = walk.fields;
        loop {
            if !self.api.has_time_for(self.pace.last_took * walk.pages_in_time) {
                return Ok(Fetched::TooLate);
            }
            let rows = walk.most.min(*self.pace.rows(walk.fields));
            let began = self.api.now();
            let answer = self.ask(walk, fields, rows, cursor).await;
            self.pace.last_took = self.api.now().since(began);
            let error = match answer {
                Ok(Answer::Body(body)) => {
                    let page = Page::read(body.body())?;
                    self.pace.adapt(walk.fields, page.bytes);
                    self.api.learn_page_rows(self.pace.rows);
                    return Ok(Fetched::Page(page));
                }
                Ok(Answer::Missing(missing)) => return Ok(Fetched::NotHere(Outcome::NotHere(missing))),
                Ok(Answer::TooMuch) => PlatformError::unavailable(422),
                Err(error @ (PlatformError::Timeout | PlatformError::TooLarge { .. })) => error,
                Err(error) => return Err(error),
            };
            *self.pace.rows(walk.fields) = shrunk(rows);
            self.api.learn_page_rows(self.pace.rows);
            if rows == 1 && fields == ALL && matches!(error, PlatformError::TooLarge { .. }) {
                fields = WITHOUT_CONTENTS;
            } else if rows == 1 || error == PlatformError::Timeout {
                // One that took too long was asked for more than once already: smaller ones are for the next reading.
                return Err(error);
            }
        }
    }

    async fn ask(
        &self,
        walk: &Walk<'_>,
        fields: &str,
        rows: usize,
        cursor: Option<&str>,
    ) -> Result<Answer, PlatformError> {
        let limit = rows.to_string();
        let (from, to) = (bound(walk.window.from, 0), bound(walk.window.to, 1));
        let mut query =
            vec![("fields", fields), ("limit", limit.as_str()), ("fromStartTime", &from), ("toStartTime", &to)];
        query.extend((fields != ALL).then_some(UNCUT));
        query.extend(walk.filter.map(|filter| ("filter", filter)));
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.api.get(&["v2", "observations"], &query).await
    }
}

/// Langfuse counts in milliseconds, and leaves the end itself out.
pub(super) fn bound(moment: Timestamp, more: i64) -> String {
    Timestamp::from_millis(moment.millis().saturating_add(more)).to_string()
}

/// May the same succeed later?
pub(super) const fn is_passing(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::RateLimited { .. }
            | PlatformError::Timeout
            | PlatformError::TooLarge { .. }
            | PlatformError::Unavailable { .. }
            | PlatformError::Unreachable { .. }
    )
}

impl Pace {
    /// Rows a page of these fields.
    fn rows(&mut self, fields: &str) -> &mut usize {
        if fields == SLIM { &mut self.rows.slim } else { &mut self.rows.whole }
    }

    /// Asks for fewer rows after a page that was large, or slow and not small; for more again after quick ones.
    fn adapt(&mut self, fields: &str, bytes: usize) {
        let is_slow = self.last_took > SLOW;
        let rows = self.rows(fields);
        if bytes > LARGE || (is_slow && bytes > LARGE / 8) {
            *rows = shrunk(*rows);
        } else if !is_slow {
            *rows = rows.saturating_mul(2).min(LARGEST_PAGE);
        }
    }
}

fn shrunk(rows: usize) -> usize {
    (rows / SHRINK).max(1)
}

/// Sees to it that pages lead on.
#[derive(Default)]
struct Paging {
    guard: PagingGuard,
    told: Told,
}

impl Paging {
    fn next<'p>(&mut self, page: &'p Page<Observation>) -> Result<NextPage<'p>, PlatformError> {
        let again = self.told.again(page);
        self.guard.next(page.cursor.as_deref(), !page.is_only(again))
    }
}
