//! From page to page.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Truncation};
use spanlift_platform_client::{NextPage, PagingGuard, Response};

use crate::api::{Answer, Api, Effort};
use crate::head::{Head, Nameless};
use crate::page::{NoPage, Page};
use crate::query::{Fields, RunsQuery, Version};
use crate::status::NotTaken;

/// A page that cannot come before the end of the reading is not asked for.
const LEAST_TIME: Duration = Duration::from_secs(1);
/// What a page shrinks by when it is too large, too slow or broken.
const SHRINK: usize = 2;

/// How far a walk may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) until: Timestamp,
    pub(crate) pages: usize,
    /// The first page that is too much or broken ends it: what is wanted can be had in another way.
    pub(crate) is_trial: bool,
}

/// Takes the rows of a walk. `Break` ends the walk.
pub(crate) trait Taker {
    /// The heads of a page, before its rows are taken one by one.
    fn page(&mut self, _heads: &[Result<Head, Nameless>], _is_last: bool) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A row: its head and its JSON.
    fn row(&mut self, head: Result<Head, Nameless>, json: &str) -> ControlFlow<()>;
}

impl<F: FnMut(Result<Head, Nameless>, &str) -> ControlFlow<()>> Taker for F {
    fn row(&mut self, head: Result<Head, Nameless>, json: &str) -> ControlFlow<()> {
        self(head, json)
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All rows were told, but for the holes.
    Whole,
    /// The time was over.
    Time,
    /// There were more pages than wanted.
    Pages,
    /// Pages without news.
    Stalled,
    /// A page did not come, and the walk was a trial.
    Broken,
    /// The caller had enough.
    Enough,
}

/// What became of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walked {
    pub(crate) end: End,
    /// Places at which one row or more were never told: whatever page would hold them is an error.
    pub(crate) holes: u64,
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The other version may be there.
    NotServed,
    /// The other version may take the query.
    NotTaken(NotTaken),
    Failed(PlatformError),
}

impl From<PlatformError> for Fault {
    fn from(error: PlatformError) -> Self {
        Self::Failed(error)
    }
}

impl Walked {
    /// Why the walk ended before all was told; `None` where it did not.
    pub(crate) const fn cut(self) -> Option<Truncation> {
        match self.end {
            End::Whole => None,
            End::Time | End::Pages | End::Broken => Some(Truncation::Budget),
            End::Stalled => Some(Truncation::Paging),
            End::Enough => Some(Truncation::Size),
        }
    }
}

impl Api<'_> {
    /// Hands every row to `take`, page by page. Some may come twice. `limit`, the rows of a page, shrinks to what the
    /// server is able to answer; a row that it can't tell at all is gone around.
    pub(crate) async fn walk(
        &self,
        version: Version,
        query: &RunsQuery,
        limit: &mut usize,
        bounds: Bounds,
        mut taker: impl Taker,
    ) -> Result<Walked, Fault> {
        let usual = *limit;
        let mut walk = Walk {
            api: self,
            version,
            query: query.clone(),
            bounds,
            cursor: None,
            guard: PagingGuard::default(),
            seen: HashSet::new(),
            ids: RandomState::new(),
            edge: None,
            holes: 0,
            limit: usual,
            usual,
            is_broken: false,
        };
        let end = match walk.run(&mut taker).await {
            // Its last request was not answered in time.
            Err(Fault::Failed(PlatformError::Timeout)) if walk.is_over() => End::Time,
            end => end?,
        };
        // What is too much here is so elsewhere; a row that breaks its page is not.
        *limit = if walk.is_broken { walk.usual } else { walk.limit };
        Ok(Walked { end, holes: walk.holes })
    }
}

pub(crate) struct Walk<'a, 'c> {
    pub(crate) api: &'a Api<'c>,
    pub(crate) version: Version,
    pub(crate) query: RunsQuery,
    pub(crate) bounds: Bounds,
    pub(crate) cursor: Option<String>,
    pub(crate) guard: PagingGuard,
    /// Fingerprints of the ids that were told.
    seen: HashSet<u64>,
    ids: RandomState,
    /// The start of the last row that was told, since the walk began or went around one that was not.
    pub(crate) edge: Option<Timestamp>,
    pub(crate) holes: u64,
    /// The rows of a page, and as many as there were before one broke.
    limit: usize,
    usual: usize,
    /// Near here is a row that breaks its page.
    is_broken: bool,
}

/// What comes of asking for a page.
enum Next {
    Told(Response),
    Broken(PlatformError),
    /// It may be had in another way.
    Again,
}

impl Walk<'_, '_> {
    async fn run(&mut self, taker: &mut impl Taker) -> Result<End, Fault> {
        let mut pages = 0;
        while pages < self.bounds.pages {
            if self.is_over() {
                return Ok(End::Time);
            }
            let error = match self.next().await? {
                Next::Told(answer) => match Page::read(&answer, self.version, self.limit) {
                    Ok(page) => {
                        pages += usize::from(!self.is_broken);
                        if let ControlFlow::Break(end) = self.hand_over(page, taker)? {
                            return Ok(end);
                        }
                        continue;
                    }
                    Err(NoPage::NoJson) => NoPage::NoJson.into(),
                    Err(NoPage::Other) => return Err(Fault::Failed(NoPage::Other.into())),
                },
                Next::Broken(error) => error,
                Next::Again => continue,
            };
            if self.bounds.is_trial {
                return Ok(End::Broken);
            }
            if self.limit > 1 {
                self.shrink(&error);
                continue;
            }
            (self.limit, self.is_broken) = (self.usual, false);
            if let ControlFlow::Break(end) = self.go_around(error).await? {
                return Ok(end);
            }
        }
        Ok(End::Pages)
    }

    fn shrink(&mut self, error: &PlatformError) {
        let is_too_much =
            matches!(error, PlatformError::TooLarge { .. } | PlatformError::Unavailable { status: 413, .. });
        self.is_broken |= !is_too_much;
        self.limit /= SHRINK;
    }

    fn hand_over(&mut self, page: Page<'_>, taker: &mut impl Taker) -> Result<ControlFlow<End>, PlatformError> {
        // No rows are the end, whatever the cursor says.
        let next = page.next_cursor.filter(|cursor| !cursor.is_empty() && !page.rows.is_empty());
        let heads: Vec<Result<Head, Nameless>> = page.rows.iter().map(|row| Head::read(row)).collect();
        let mut has_news = false;
        for head in &heads {
            has_news |= self.is_news(head.as_ref());
        }
        if taker.page(&heads, next.is_none()).is_break() {
            return Ok(ControlFlow::Break(End::Enough));
        }
        for (head, row) in heads.into_iter().zip(page.rows) {
            if self.is_over() {
                return Ok(ControlFlow::Break(End::Time));
            }
            if taker.row(head, row).is_break() {
                return Ok(ControlFlow::Break(End::Enough));
            }
        }
        Ok(match self.guard.next(next.as_deref(), has_news)? {
            NextPage::Cursor(cursor) => {
                self.cursor = Some(cursor.to_owned());
                ControlFlow::Continue(())
            }
            NextPage::End => ControlFlow::Break(End::Whole),
            NextPage::Stalled => ControlFlow::Break(End::Stalled),
        })
    }

    /// Rows without ids are news: nobody knows them.
    fn is_news(&mut self, head: Result<&Head, &Nameless>) -> bool {
        let Ok(head) = head else { return true };
        self.edge = head.started_at.or(self.edge);
        self.seen.insert(self.ids.hash_one((&head.trace_id, &head.id)))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.api.now().plus(LEAST_TIME) >= self.bounds.until
    }

    async fn next(&mut self) -> Result<Next, Fault> {
        // Where a smaller page may be had, the same one is not asked for twice.
        let effort = match self.bounds.is_trial {
            true => Effort::Trial,
            false if self.is_broken && self.limit > 1 => Effort::Once,
            false => Effort::Usual,
        };
        let answer = self.api.page(self.version, &self.query, self.limit, self.cursor.as_deref(), effort).await;
        match answer {
            Ok(Answer::Page(answer)) => Ok(Next::Told(answer)),
            Ok(Answer::NotServed) => Err(Fault::NotServed),
            Ok(Answer::NotTaken(problem)) => {
                if let Some(most) = problem.most_rows.filter(|most| *most < self.limit) {
                    (self.limit, self.usual) = (most, most);
                } else if self.version == Version::V1
                    && self.query.fields != Fields::Unselected
                    && self.cursor.is_none()
                {
                    // A name that this server does not know may be among the fields.
                    self.query.fields = Fields::Unselected;
                } else {
                    return Err(Fault::NotTaken(problem));
                }
                Ok(Next::Again)
            }
            Ok(Answer::Broken(error)) => Ok(Next::Broken(error)),
            Err(error) => Err(Fault::Failed(error)),
        }
    }
}
