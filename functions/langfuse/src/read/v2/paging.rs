//! Pages of `GET /api/public/v2/observations`, as small as they can be had, and past rows on which the server breaks.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Window};
use spanlift_platform_client::{NextPage, PagingGuard};

use crate::api::{Answer, Api, Missing};
use crate::fields::{Nameless, Sought};
use crate::memory::{LARGEST_PAGE, PageRows};
use crate::page::{Form, Page, Told};
use crate::row::{Detail, Entry};

use super::super::bound;

/// Everything of a row.
pub(super) const ALL: Fields = Fields { names: ALL_NAMES, detail: Detail::Whole, fewer: Some(&WITHOUT_CONTENTS) };
/// What tells whose a row is.
pub(super) const SLIM: Fields =
    Fields { names: "core,basic,metadata,trace_context", detail: Detail::Slim, fewer: Some(&IDS) };
const ALL_NAMES: &str = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context";
/// What is left of a row whose contents cannot be had.
const WITHOUT_CONTENTS: Fields = Fields {
    names: "core,basic,time,metadata,model,usage,prompt,metrics,trace_context",
    detail: Detail::Whole,
    fewer: Some(&IDS),
};
/// What is left of a row that cannot be had without these alone: its place in the tree.
const IDS: Fields = Fields { names: "core", detail: Detail::Ids, fewer: None };
/// Langfuse cuts metadata at 200 characters, unless `io` or any key of it is asked for: then it cuts none.
const UNCUT: (&str, &str) = ("expandMetadata", "simulation_output_id");

/// What a page shrinks by when it is too large or too slow.
const SHRINK: usize = 6;
/// After a page over this, or one that took longer, the next ones are smaller.
const LARGE: usize = 4 << 20;
const SLOW: Duration = Duration::from_secs(5);
/// How far below the last row that came one looks for what can be told again, when a row cannot be had in any way. Each
/// time it is so many times as far.
const FIRST_STEP: Duration = Duration::from_millis(1);
const STEP_GROWTH: u32 = 16;
/// Then the gap is halved so many times.
const HALVINGS: u32 = 16;
/// Rows that are passed so in a reading.
const MOST_PASSED: u32 = 5;

/// What is asked for of a row.
#[derive(Debug)]
pub(super) struct Fields {
    names: &'static str,
    detail: Detail,
    /// What is asked for of a single row that cannot be had with these.
    fewer: Option<&'static Fields>,
}

/// A walk from the end of a window towards its beginning: Langfuse tells the newest rows first.
pub(super) struct Walk<'w> {
    from: Timestamp,
    /// What begins later is behind us.
    to: Timestamp,
    fields: &'static Fields,
    filter: Option<&'w str>,
    /// Rows a page, if the server manages so many.
    most: usize,
    /// Fewer, just behind a row on which the server broke.
    most_now: usize,
    /// So many pages as slow as the last one must still fit in, the next one included.
    pub(super) pages_in_time: u32,
    cursor: Option<String>,
    guard: PagingGuard,
    told: Told,
    end: Option<End>,
    /// Down to here every row was told, if the rows were in order.
    seen_from: Timestamp,
    is_in_order: bool,
}

/// What comes next on a walk.
pub(super) enum Step {
    Page(Page<Entry>),
    End(End),
}

/// How a walk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the window.
    Whole,
    /// With a page without news that names a further one.
    Stalled,
    /// The time is over.
    TooLate,
    /// The server tells no more, whatever it is asked for.
    Broken,
    /// The server does not have this API.
    NotHere(Missing),
}

/// Asks for pages, of sizes that the server was seen to manage.
pub(super) struct Pager<'p, 'a> {
    api: &'p Api<'a>,
    sought: Arc<Sought>,
    rows: PageRows,
    last_took: Duration,
    /// Pages that came.
    pub(super) pages: u32,
    /// The server was seen to break on a row: a 500 will not pass.
    is_brittle: bool,
    passed: u32,
}

impl<'w> Walk<'w> {
    pub(super) fn new(window: Window, fields: &'static Fields, filter: Option<&'w str>, most: usize) -> Self {
        Self {
            from: window.from,
            to: window.to,
            fields,
            filter,
            most,
            most_now: most,
            pages_in_time: 1,
            cursor: None,
            guard: PagingGuard::default(),
            told: Told::default(),
            end: None,
            seen_from: window.to,
            is_in_order: true,
        }
    }

    /// Down to here the window was seen without a gap; `None` where nothing can be said.
    pub(super) fn seen_from(&self) -> Option<Timestamp> {
        Some(self.seen_from).filter(|_| self.is_in_order)
    }

    /// What is left of the window behind the first page, or how the walk ended with it.
    pub(super) fn rest(&self) -> ControlFlow<End, Window> {
        let to = if self.is_in_order { self.seen_from } else { self.to };
        self.end.map_or(ControlFlow::Continue(Window { from: self.from, to }), ControlFlow::Break)
    }

    fn advance(&mut self, page: &Page<Entry>) -> Result<(), PlatformError> {
        for at in page.rows.iter().filter_map(Entry::started_at) {
            self.is_in_order &= at <= self.seen_from;
            self.seen_from = self.seen_from.min(at);
        }
        self.most_now = self.most_now.saturating_mul(SHRINK).min(self.most);
        let again = self.told.again(page);
        match self.guard.next(page.cursor.as_deref(), !page.is_only(again))? {
            NextPage::Cursor(next) => self.cursor = Some(next.to_owned()),
            NextPage::End => self.end = Some(End::Whole),
            NextPage::Stalled => self.end = Some(End::Stalled),
        }
        Ok(())
    }

    /// Goes on with what began at `to` and before.
    fn go_on_below(&mut self, to: Timestamp) {
        self.to = to;
        self.cursor = None;
        self.guard = PagingGuard::default();
        self.is_in_order = false;
    }
}

impl<'p, 'a> Pager<'p, 'a> {
    pub(super) fn new(api: &'p Api<'a>, sought: Arc<Sought>) -> Self {
        let rows = api.page_rows();
        Self { api, sought, rows, last_took: Duration::ZERO, pages: 0, is_brittle: false, passed: 0 }
    }

    /// One for requests at the same time.
    pub(super) fn another(&self) -> Self {
        Self { sought: Arc::clone(&self.sought), passed: 0, ..*self }
    }

    /// Rows a whole page of everything.
    pub(super) const fn whole_rows(&self) -> usize {
        self.rows.whole
    }

    /// Could one more page as slow as the last one come in time?
    fn has_time(&self) -> bool {
        self.api.has_time_for(self.last_took)
    }

    /// The next page of a walk.
    pub(super) async fn next(&mut self, walk: &mut Walk<'_>) -> Result<Step, PlatformError> {
        if let Some(end) = walk.end {
            return Ok(Step::End(end));
        }
        let mut fields = walk.fields;
        loop {
            if !self.api.has_time_for(self.last_took * walk.pages_in_time) {
                return Ok(Step::End(End::TooLate));
            }
            let rows = if fields.detail == walk.fields.detail { walk.most_now.min(*self.rows_of(walk)) } else { 1 };
            let error = match self.page(walk, fields, rows).await {
                Ok(Fetched::Page(page)) => {
                    self.pages += 1;
                    self.adapt(walk, page.bytes);
                    walk.advance(&page)?;
                    return Ok(Step::Page(page));
                }
                Ok(Fetched::Missing(missing)) => return Ok(Step::End(End::NotHere(missing))),
                // It may hold a row that the server cannot tell.
                Ok(Fetched::Broken(error)) => {
                    walk.most_now = shrunk(rows);
                    self.is_brittle = true;
                    error
                }
                // It was too much: smaller ones may do, also the next time.
                Ok(Fetched::TooMuch(error)) => {
                    *self.rows_of(walk) = shrunk(rows);
                    self.api.learn_page_rows(self.rows);
                    error
                }
                Err(error) => return Err(error),
            };
            // One that took too long was asked for more than once already: smaller ones are for the next reading.
            if error == PlatformError::Timeout || !self.is_there(walk, &error).await {
                return Err(error);
            }
            match fields.fewer {
                _ if rows > 1 => {}
                Some(fewer) => fields = fewer,
                None => return self.pass(walk, error).await.map(Step::Page),
            }
        }
    }

    /// Goes on below a row that cannot be had in any way: where the server tells something again, as near as can be found.
    ///
    /// # Errors
    /// `error`, where the server has not told anything yet and tells nothing now.
    async fn pass(&mut self, walk: &mut Walk<'_>, error: PlatformError) -> Result<Page<Entry>, PlatformError> {
        let untold = Page { nameless: vec![Nameless::untold(&error)], ..Page::default() };
        self.passed += 1;
        let (mut bad, mut good) = (walk.seen_from, None);
        let mut step = FIRST_STEP;
        while self.passed <= MOST_PASSED && good.is_none() && bad > walk.from {
            let to = walk.seen_from.minus(step).max(walk.from);
            step *= STEP_GROWTH;
            if self.tells(walk, to).await {
                good = Some(to);
            } else {
                bad = to;
            }
        }
        let Some(mut good) = good else {
            walk.end = Some(End::Broken);
            return if self.pages > 0 { Ok(untold) } else { Err(error) };
        };
        for _ in 0..HALVINGS {
            let half = bad.since(good) / 2;
            if half < FIRST_STEP {
                break;
            }
            let to = good.plus(half);
            if self.tells(walk, to).await {
                good = to;
            } else {
                bad = to;
            }
        }
        walk.go_on_below(good);
        Ok(untold)
    }

    /// Is something of what began at `to` and before told? No answer in time is none.
    async fn tells(&mut self, walk: &Walk<'_>, to: Timestamp) -> bool {
        matches!(self.probe(walk, to).await, Some(Fetched::Page(_)))
    }

    /// Is it one row that is broken, not the server? Where nothing came yet, a moment is tried at which hardly anything began.
    async fn is_there(&mut self, walk: &Walk<'_>, error: &PlatformError) -> bool {
        if self.pages > 0 || matches!(error, PlatformError::TooLarge { .. }) {
            return true;
        }
        let is_there = matches!(self.probe(walk, walk.from).await, Some(Fetched::Page(_) | Fetched::Missing(_)));
        self.pages += u32::from(is_there);
        is_there
    }

    async fn probe(&mut self, walk: &Walk<'_>, to: Timestamp) -> Option<Fetched> {
        let probe = Walk::new(Window { from: walk.from, to }, &IDS, walk.filter, 1);
        if !self.has_time() {
            return None;
        }
        self.page(&probe, &IDS, 1).await.ok()
    }

    async fn page(&mut self, walk: &Walk<'_>, fields: &Fields, rows: usize) -> Result<Fetched, PlatformError> {
        let began = self.api.now();
        let answer = self.ask(walk, fields, rows).await;
        self.last_took = self.api.now().since(began);
        match answer {
            Ok(Answer::Body(body)) => {
                let form = Form { rows, detail: fields.detail, sought: Arc::clone(&self.sought) };
                Ok(Page::read(body, form).await.map_or_else(Fetched::Broken, Fetched::Page))
            }
            Ok(Answer::Missing(missing)) => Ok(Fetched::Missing(missing)),
            Ok(Answer::Broken(500)) => Ok(Fetched::Broken(PlatformError::unavailable(500))),
            Ok(Answer::Broken(status)) => Ok(Fetched::TooMuch(PlatformError::unavailable(status))),
            Err(error @ (PlatformError::Timeout | PlatformError::TooLarge { .. })) => Ok(Fetched::TooMuch(error)),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, walk: &Walk<'_>, fields: &Fields, rows: usize) -> Result<Answer, PlatformError> {
        let limit = rows.to_string();
        let (from, to) = (bound(walk.from, 0), bound(walk.to, 1));
        let mut query =
            vec![("fields", fields.names), ("limit", limit.as_str()), ("fromStartTime", &from), ("toStartTime", &to)];
        query.extend((fields.names != ALL_NAMES).then_some(UNCUT));
        query.extend(walk.filter.map(|filter| ("filter", filter)));
        query.extend(walk.cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let path = &["v2", "observations"];
        if self.is_brittle { self.api.get_once(path, &query).await } else { self.api.get(path, &query).await }
    }

    /// Rows a page of such a walk.
    fn rows_of(&mut self, walk: &Walk<'_>) -> &mut usize {
        if walk.fields.detail == Detail::Whole { &mut self.rows.whole } else { &mut self.rows.slim }
    }

    /// Asks for fewer rows after a page that was large, or slow and not small; for more again after quick ones.
    fn adapt(&mut self, walk: &Walk<'_>, bytes: usize) {
        let is_slow = self.last_took > SLOW;
        let rows = self.rows_of(walk);
        if bytes > LARGE || (is_slow && bytes > LARGE / 8) {
            *rows = shrunk(*rows);
        } else if !is_slow {
            *rows = rows.saturating_mul(2).min(LARGEST_PAGE);
        }
        self.api.learn_page_rows(self.rows);
    }
}

/// What came of asking for a page.
enum Fetched {
    Page(Page<Entry>),
    Missing(Missing),
    Broken(PlatformError),
    TooMuch(PlatformError),
}

fn shrunk(rows: usize) -> usize {
    (rows / SHRINK).max(1)
}
