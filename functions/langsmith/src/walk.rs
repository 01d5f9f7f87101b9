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

impl<N: Fn() -> Timestamp + Copy> Api<'_, N> {
    /// Hands every run to `take`, page by page, until it has had enough or the time is over. Some may come twice.
    /// `limit`, the rows of a page, shrinks to what the server is able to answer.
    pub(crate) async fn walk(
        &self,
        version: Version,
        query: &RunsQuery,
        limit: &mut usize,
        until: Timestamp,
        mut take: impl FnMut(LangSmithRun, usize) -> ControlFlow<()>,
    ) -> Result<Walked, Fault> {
        let mut query = query.clone();
        let mut walked = Walked::default();
        let mut guard = PagingGuard::default();
        let mut seen: HashSet<String> = HashSet::new();
        let mut cursor: Option<String> = None;
        loop {
            let Some(page) = self.page_at(version, &mut query, cursor.as_deref(), limit, until).await? else {
                walked.cut = Some(Truncation::Budget);
                return Ok(walked);
            };
            // No rows are the end, whatever the cursor says (contract langsmith §3.3). Rows that are no runs are some.
            let is_empty = page.runs.is_empty() && page.rejected.is_empty();
            let mut has_news = !page.rejected.is_empty();
            for (cause, count) in page.rejected {
                *walked.rejected.entry(cause).or_default() += count;
            }
            for (run, length) in page.runs {
                has_news |= seen.insert(run.id.clone());
                if take(run, length).is_break() {
                    walked.cut = Some(Truncation::Size);
                    return Ok(walked);
                }
            }
            let next = page.next_cursor.filter(|_| !is_empty);
            cursor = match guard.next(next.as_deref(), has_news)? {
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
        cursor: Option<&str>,
        limit: &mut usize,
        until: Timestamp,
    ) -> Result<Option<Page>, Fault> {
        loop {
            if self.now().plus(LEAST_TIME) >= until {
                return Ok(None);
            }
            match self.page(version, query, *limit, cursor).await {
                Ok(Answer::Page(page)) => return Ok(Some(page)),
                Ok(Answer::NotServed) => return Err(Fault::NotServed),
                Ok(Answer::NotTaken(problem)) => match problem.most_rows {
                    Some(most) if most < *limit => *limit = most,
                    // A name that this server does not know may be among the fields.
                    _ if version == Version::V1 && query.fields != Fields::Unselected && cursor.is_none() => {
                        query.fields = Fields::Unselected;
                    }
                    _ => return Err(Fault::NotTaken(problem)),
                },
                Ok(Answer::TooMuch) | Err(PlatformError::TooLarge { .. }) if *limit > 1 => {
                    *limit = (*limit / SHRINK).max(1);
                }
                Ok(Answer::TooMuch) => return Err(Fault::Failed(PlatformError::unavailable(413))),
                Err(PlatformError::Timeout) if self.now().plus(LEAST_TIME) >= until => return Ok(None),
                Err(error) => return Err(Fault::Failed(error)),
            }
        }
    }
}
