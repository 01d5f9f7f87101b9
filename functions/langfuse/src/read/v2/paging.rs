//! Pages of `GET /api/public/v2/observations`, as small as they can be had, and past rows on which the server breaks.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use spanlift_model::{PlatformError, Timestamp, Window};

use crate::api::{Answer, Api, Missing};
use crate::fields::{Nameless, Sought};
use crate::memory::{LARGEST_PAGE, PageRows};
use crate::page::{Form, Opened, Page};
use crate::row::Entry;

use super::super::bound;
use super::walk::{ALL_NAMES, Coming, End, Fields, IDS, SHRINK, Step, Walk};

/// Langfuse cuts metadata at 200 characters, unless `io` or any key of it is asked for: then it cuts none.
const UNCUT: (&str, &str) = ("expandMetadata", "simulation_output_id");
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
    /// Nothing more is asked for, as if the time were over.
    is_over: bool,
}

impl<'p, 'a> Pager<'p, 'a> {
    pub(super) fn new(api: &'p Api<'a>, sought: Arc<Sought>) -> Self {
        let rows = api.page_rows();
        Self { api, sought, rows, last_took: Duration::ZERO, pages: 0, is_brittle: false, passed: 0, is_over: false }
    }

    /// One for requests at the same time.
    pub(super) fn another(&self) -> Self {
        Self { sought: Arc::clone(&self.sought), passed: 0, ..*self }
    }

    /// Rows a whole page of everything.
    pub(super) const fn whole_rows(&self) -> usize {
        self.rows.whole
    }

    /// Asks for nothing more.
    pub(super) const fn stop(&mut self) {
        self.is_over = true;
    }

    /// Could so many more pages as slow as the last one come in time?
    fn has_time_for(&self, pages: u32) -> bool {
        !self.is_over && self.api.has_time_for(self.last_took * pages)
    }

    /// Rows of the next page of a walk.
    fn rows_on(&self, walk: &Walk<'_>) -> usize {
        walk.most_now.min(self.rows_of(walk))
    }

    /// The next page of a walk.
    pub(super) async fn next(&mut self, walk: &mut Walk<'_>) -> Result<Step, PlatformError> {
        if let Some(end) = walk.end {
            return Ok(Step::End(end));
        }
        let mut fields = walk.fields;
        loop {
            let coming = match walk.coming.take() {
                Some(coming) => coming,
                None if !self.has_time_for(walk.pages_in_time) => return Ok(Step::End(End::TooLate)),
                None if fields.detail == walk.fields.detail => self.ask(walk, fields, self.rows_on(walk)).await,
                None => self.ask(walk, fields, 1).await,
            };
            let rows = coming.rows;
            let error = match self.open(coming, fields).await {
                Ok(Fetched::Page(page)) => {
                    self.pages += 1;
                    self.adapt(walk, page.bytes());
                    walk.turn(&page)?;
                    // In this order: a small page is read at once.
                    let (coming, page) = join(self.ask_ahead(walk), page.rows()).await;
                    let page = page?;
                    walk.coming = coming;
                    walk.note(&page);
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
                    self.set_rows_of(walk, shrunk(rows));
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
        if !self.has_time_for(1) {
            return None;
        }
        let coming = self.ask(&probe, &IDS, 1).await;
        self.open(coming, &IDS).await.ok()
    }

    async fn open(&mut self, coming: Coming, fields: &Fields) -> Result<Fetched, PlatformError> {
        self.last_took = coming.took;
        match coming.answer {
            Ok(Answer::Body(body)) => {
                let form = Form { rows: coming.rows, detail: fields.detail, sought: Arc::clone(&self.sought) };
                Ok(Opened::open(body, form).await.map_or_else(Fetched::Broken, Fetched::Page))
            }
            Ok(Answer::Missing(missing)) => Ok(Fetched::Missing(missing)),
            Ok(Answer::Broken(500)) => Ok(Fetched::Broken(PlatformError::unavailable(500))),
            Ok(Answer::Broken(status)) => Ok(Fetched::TooMuch(PlatformError::unavailable(status))),
            Err(error @ (PlatformError::Timeout | PlatformError::TooLarge { .. })) => Ok(Fetched::TooMuch(error)),
            Err(error) => Err(error),
        }
    }

    /// Asks for a page that is wanted after another one, while that one comes or is being read. What that one holds may be worth
    /// the time of a page more.
    pub(super) async fn ask_ahead(&self, walk: &Walk<'_>) -> Option<Coming> {
        let has_time = self.has_time_for(walk.pages_in_time.max(2));
        if !walk.reads_on || walk.end.is_some() || !has_time {
            return None;
        }
        Some(self.ask(walk, walk.fields, self.rows_on(walk)).await)
    }

    async fn ask(&self, walk: &Walk<'_>, fields: &Fields, rows: usize) -> Coming {
        let began = self.api.now();
        let limit = rows.to_string();
        let (from, to) = (bound(walk.from, 0), bound(walk.to, 1));
        let mut query =
            vec![("fields", fields.names), ("limit", limit.as_str()), ("fromStartTime", &from), ("toStartTime", &to)];
        query.extend((fields.names != ALL_NAMES).then_some(UNCUT));
        query.extend(walk.filter.map(|filter| ("filter", filter)));
        query.extend(walk.cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let path = &["v2", "observations"];
        let answer =
            if self.is_brittle { self.api.get_once(path, &query).await } else { self.api.get(path, &query).await };
        Coming { answer, rows, took: self.api.now().since(began) }
    }

    /// Rows a page of such a walk.
    const fn rows_of(&self, walk: &Walk<'_>) -> usize {
        if walk.fields.is_whole() { self.rows.whole } else { self.rows.slim }
    }

    fn set_rows_of(&mut self, walk: &Walk<'_>, rows: usize) {
        *(if walk.fields.is_whole() { &mut self.rows.whole } else { &mut self.rows.slim }) = rows;
        self.api.learn_page_rows(self.rows);
    }

    /// Asks for fewer rows after a page that was large, or slow and not small; for more again after quick ones.
    fn adapt(&mut self, walk: &Walk<'_>, bytes: usize) {
        let is_slow = self.last_took > SLOW;
        let rows = self.rows_of(walk);
        if bytes > LARGE || (is_slow && bytes > LARGE / 8) {
            self.set_rows_of(walk, shrunk(rows));
        } else if !is_slow {
            self.set_rows_of(walk, rows.saturating_mul(2).min(LARGEST_PAGE));
        }
    }
}

/// What an answer is.
enum Fetched {
    Page(Opened),
    Missing(Missing),
    Broken(PlatformError),
    TooMuch(PlatformError),
}

fn shrunk(rows: usize) -> usize {
    (rows / SHRINK).max(1)
}
