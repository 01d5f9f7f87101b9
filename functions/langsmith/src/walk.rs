//! From page to page.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Truncation};
use spanlift_platform_client::{NextPage, PagingGuard};

use crate::api::{Answer, Api, Fields, RunsQuery, Version};
use crate::judge::NotTaken;
use crate::page::Page;
use crate::run::LangSmithRun;

/// A page that cannot come before the end of the reading is not asked for.
const LEAST_TIME: Duration = Duration::from_secs(1);
/// What a page shrinks by when it is too large or too slow.
const SHRINK: usize = 2;

/// How a walk ended.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Why it ended before the last page; `None` when it did not.
    pub(crate) cut: Option<Truncation>,
    /// Rows that are no runs, by cause.
    pub(crate) rejected: BTreeMap<&'static str, u64>,
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

/// Where a walk stands.
struct Position {
    cursor: Option<String>,
    limit: usize,
}

impl<N: Fn() -> Timestamp + Copy> Api<'_, N> {
    /// Hands every run to `take`, page by page, until it has had enough or the time is over. Some may come twice.
    pub(crate) async fn walk(
        &self,
        version: Version,
        query: &RunsQuery,
        until: Timestamp,
        mut take: impl FnMut(LangSmithRun, usize) -> ControlFlow<()>,
    ) -> Result<Walked, Fault> {
        let mut query = query.clone();
        let mut walked = Walked::default();
        let mut guard = PagingGuard::default();
        let mut seen: HashSet<String> = HashSet::new();
        let mut position = Position { cursor: None, limit: version.largest_page() };
        loop {
            let Some(page) = self.page_at(version, &mut query, &mut position, until).await? else {
                walked.cut = Some(Truncation::Budget);
                return Ok(walked);
            };
            for (cause, count) in page.rejected {
                *walked.rejected.entry(cause).or_default() += count;
            }
            // No runs are the end, whatever the cursor says (contract langsmith §3.3).
            let is_empty = page.runs.is_empty();
            let mut has_news = false;
            for (run, length) in page.runs {
                has_news |= seen.insert(run.id.clone());
                if take(run, length).is_break() {
                    walked.cut = Some(Truncation::Size);
                    return Ok(walked);
                }
            }
            let cursor = page.next_cursor.filter(|_| !is_empty);
            position.cursor = match guard.next(cursor.as_deref(), has_news)? {
                NextPage::Cursor(cursor) => Some(cursor.to_owned()),
                NextPage::End => return Ok(walked),
                NextPage::Stalled => {
                    walked.cut = Some(Truncation::Paging);
                    return Ok(walked);
                }
            };
        }
    }

    /// The page at a position, as small as it can be had; `None` when the time is over.
    async fn page_at(
        &self,
        version: Version,
        query: &mut RunsQuery,
        position: &mut Position,
        until: Timestamp,
    ) -> Result<Option<Page>, Fault> {
        loop {
            if self.now().plus(LEAST_TIME) >= until {
                return Ok(None);
            }
            let answer = self.page(version, query, position.limit, position.cursor.as_deref()).await;
            let error = match answer {
                Ok(Answer::Page(page)) => return Ok(Some(page)),
                Ok(Answer::NotServed) => return Err(Fault::NotServed),
                Ok(Answer::NotTaken(problem)) => match problem.most_rows {
                    Some(most) if most < position.limit => {
                        position.limit = most;
                        continue;
                    }
                    // A name that this server does not know may be among the fields.
                    _ if version == Version::V1 && query.fields != Fields::Unselected && position.cursor.is_none() => {
                        query.fields = Fields::Unselected;
                        continue;
                    }
                    _ => return Err(Fault::NotTaken(problem)),
                },
                Ok(Answer::TooMuch) => PlatformError::unavailable(413),
                Err(error) => error,
            };
            match error {
                PlatformError::Timeout if self.now().plus(LEAST_TIME) >= until => return Ok(None),
                // A server that says when to come again is not helped by smaller pages.
                PlatformError::Timeout
                | PlatformError::TooLarge { .. }
                | PlatformError::Unavailable { status: 413 | 502 | 503, retry_after: None }
                    if position.limit > 1 =>
                {
                    position.limit = (position.limit / SHRINK).max(1);
                }
                error => return Err(Fault::Failed(error)),
            }
        }
    }
}
