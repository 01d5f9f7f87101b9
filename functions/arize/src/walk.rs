//! From page to page: the next one is on its way while the last one is being read.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use spanlift_model::{PlatformError, Timestamp, Truncation, Window};
use spanlift_platform_client::{NextPage, PagingGuard};

use crate::api::{Answer, PageRequest, Phoenix};
use crate::page::{Form, Page, Row, Rows};

/// The most rows that Phoenix gives a page.
const LARGEST_PAGE: usize = 1_000;
/// What a page shrinks by when it is too large, too slow, or holds a span on which Phoenix breaks.
const SHRINK: usize = 8;
/// Rows that are stepped over because neither form tells them; more are a server that is down.
const MOST_SKIPPED: u64 = 16;
/// A page that cannot come before the end of the reading is not asked for.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// What pages to walk through.
pub(crate) struct Walk<'a> {
    pub(crate) project: &'a str,
    pub(crate) window: Window,
    pub(crate) filters: &'a [(&'static str, String)],
    /// No page is asked for after this.
    pub(crate) until: Timestamp,
}

/// How a walk ended.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Why it ended before the last page; `None` when it did not.
    pub(crate) cut: Option<Truncation>,
    /// Rows that could not be read, by cause.
    pub(crate) rejected: BTreeMap<&'static str, u64>,
}

/// Where a walk stands.
struct Position {
    cursor: Option<String>,
    limit: usize,
    oldest_first: bool,
    skipped: u64,
}

/// Why there is no page.
enum Fault {
    /// The server breaks on a span of it while telling the oldest first. The other order has a second form.
    OrderBreaks,
    Failed(PlatformError),
}

impl<N: Fn() -> Timestamp + Copy> Phoenix<'_, N> {
    /// The first page, if it is all that there is.
    pub(crate) async fn only_page(&self, walk: &Walk<'_>) -> Result<Option<Page>, PlatformError> {
        for oldest_first in [true, false] {
            let mut position = Position {
                cursor: None,
                limit: LARGEST_PAGE,
                oldest_first,
                skipped: 0,
            };
            match self.page_at(walk, &mut position).await {
                Ok(page) => return Ok(page.filter(|page| page.next_cursor.is_none() && position.skipped == 0)),
                Err(Fault::OrderBreaks) => {}
                Err(Fault::Failed(error)) => return Err(error),
            }
        }
        Err(PlatformError::Unavailable { status: 500 })
    }

    /// Hands every row to `take`, page by page, until it has had enough. Some rows may be handed over twice.
    pub(crate) async fn walk<R: Row>(
        &self,
        walk: &Walk<'_>,
        mut take: impl FnMut(R, usize) -> ControlFlow<()>,
    ) -> Result<Walked, PlatformError> {
        for oldest_first in [true, false] {
            match self.walk_in_order(walk, oldest_first, &mut take).await {
                Ok(walked) => return Ok(walked),
                Err(Fault::OrderBreaks) => {}
                Err(Fault::Failed(error)) => return Err(error),
            }
        }
        Err(PlatformError::Unavailable { status: 500 })
    }

    async fn walk_in_order<R: Row>(
        &self,
        walk: &Walk<'_>,
        oldest_first: bool,
        take: &mut impl FnMut(R, usize) -> ControlFlow<()>,
    ) -> Result<Walked, Fault> {
        let mut walked = Walked::default();
        let mut guard = PagingGuard::default();
        let mut seen: HashSet<u64> = HashSet::new();
        let mut position = Position {
            cursor: None,
            limit: LARGEST_PAGE,
            oldest_first,
            skipped: 0,
        };
        let mut next = self.page_at(walk, &mut position).await?;
        while let Some(page) = next {
            let cursor = match guard.next(page.next_cursor.as_deref(), true).map_err(Fault::Failed)? {
                NextPage::Cursor(cursor) => Some(cursor.to_owned()),
                NextPage::End | NextPage::Stalled => None,
            };
            let is_last = cursor.is_none();
            position.cursor = cursor;
            let coming = async {
                if is_last {
                    Ok(None)
                } else {
                    self.page_at(walk, &mut position).await
                }
            };
            let reading = tokio::task::spawn_blocking(move || page.rows::<R>());
            let (coming, read) = tokio::join!(coming, reading);
            let Rows { rows, rejected } = read.unwrap_or_else(|_| Err(unreadable())).map_err(Fault::Failed)?;
            for (cause, count) in rejected {
                *walked.rejected.entry(cause).or_default() += count;
            }
            let mut has_news = false;
            for (row, length) in rows {
                has_news |= seen.insert(row.fingerprint());
                if take(row, length).is_break() {
                    walked.cut = Some(Truncation::Size);
                    return Ok(walked);
                }
            }
            next = coming?;
            if !is_last && next.is_none() {
                walked.cut = Some(Truncation::Budget);
            } else if !is_last && !has_news {
                walked.cut = Some(Truncation::Paging);
                break;
            }
        }
        if position.skipped > 0 {
            *walked.rejected.entry("untold").or_default() += position.skipped;
        }
        Ok(walked)
    }

    /// The page at a position, as small and in whatever form it can be had; `None` when the time is over.
    async fn page_at(&self, walk: &Walk<'_>, position: &mut Position) -> Result<Option<Page>, Fault> {
        loop {
            if self.now().plus(LEAST_TIME) >= walk.until {
                return Ok(None);
            }
            let fault = match self.page_in_form(walk, position, Form::Plain).await {
                Ok(Answer::Page(page)) => return Ok(Some(position.grow(page))),
                Ok(Answer::Broken) if position.oldest_first => return Err(Fault::OrderBreaks),
                Ok(Answer::Broken) => match self.page_in_form(walk, position, Form::Otlp).await {
                    Ok(Answer::Page(page)) => return Ok(Some(position.grow(page))),
                    Ok(Answer::Broken) => PlatformError::Unavailable { status: 500 },
                    Err(error) => error,
                },
                Err(error) => error,
            };
            match fault {
                PlatformError::Timeout if self.now().plus(LEAST_TIME) >= walk.until => return Ok(None),
                PlatformError::Timeout
                | PlatformError::TooLarge { .. }
                | PlatformError::Unavailable { status: 500 } => {
                    if !position.shrink() {
                        return Err(Fault::Failed(fault));
                    }
                }
                error => return Err(Fault::Failed(error)),
            }
        }
    }

    async fn page_in_form(&self, walk: &Walk<'_>, position: &Position, form: Form) -> Result<Answer, PlatformError> {
        let request = PageRequest {
            project: walk.project,
            form,
            limit: position.limit,
            cursor: position.cursor.as_deref(),
            from: walk.window.from,
            to: walk.window.to,
            oldest_first: position.oldest_first,
            filters: walk.filters,
        };
        self.page(&request).await
    }
}

impl Position {
    fn grow(&mut self, page: Page) -> Page {
        self.limit = self.limit.saturating_mul(2).min(LARGEST_PAGE);
        page
    }

    /// Asks for less; for a single row that cannot be had, for the row behind it. False when nothing is left to try.
    fn shrink(&mut self) -> bool {
        if self.limit > 1 {
            self.limit = (self.limit / SHRINK).max(1);
            return true;
        }
        let behind = self
            .cursor
            .as_deref()
            .and_then(|cursor| row_behind(cursor, self.oldest_first));
        self.skipped += 1;
        let can_skip = behind.is_some() && self.skipped <= MOST_SKIPPED;
        self.cursor = behind;
        can_skip
    }
}

/// A cursor is base64 of `Span:<row id>` and names the first row of its page (contract phoenix §2.3).
fn row_behind(cursor: &str, oldest_first: bool) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    let row: i64 = decoded.strip_prefix("Span:")?.parse().ok()?;
    let behind = if oldest_first {
        row.checked_add(1)?
    } else {
        row.checked_sub(1)?
    };
    (behind > 0).then(|| STANDARD.encode(format!("Span:{behind}")))
}

fn unreadable() -> PlatformError {
    PlatformError::Malformed {
        problem: "a page of spans could not be read".to_owned(),
    }
}
