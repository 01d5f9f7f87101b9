//! From page to page: the next one is on its way while the last one is being read.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use spanlift_model::{PlatformError, Rejected, Timestamp, Truncation, Window};
use spanlift_platform_client::{NextPage, PagingGuard};

use crate::api::Phoenix;
use crate::page::Page;
use crate::query::Form;
use crate::query::PageRequest;
use crate::record::Rejection;
use crate::row::Read;
use crate::version;

/// What a page shrinks by when it is too large, too slow, or holds a span on which Phoenix breaks.
const SHRINK: usize = 8;
/// What pages are kept below of the size that was too large or too slow.
const HEADROOM: usize = 4;
/// Rows that are stepped over because neither form tells them; more are a server that is down.
const MOST_SKIPPED: u64 = 4;
/// The cause of a row that was stepped over.
pub(crate) const UNTOLD: Rejection = "untold";
/// A page that cannot come before the end of the reading is not asked for.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// What pages to walk through.
pub(crate) struct Walk<'a> {
    pub(crate) project: &'a str,
    pub(crate) window: Window,
    pub(crate) filters: &'a [(&'static str, String)],
    /// No page is asked for after this.
    pub(crate) until: Timestamp,
    /// What came last is wanted first; the walk may end before what came first.
    pub(crate) newest_first: bool,
}

/// How a walk ended.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Why it ended before the last page; `None` when it did not.
    pub(crate) cut: Option<Truncation>,
    /// Rows of an unknown trace, by cause.
    pub(crate) lost: Rejected,
    /// One of these may say whose its trace is.
    pub(crate) may_hide_a_tag: bool,
}

impl Walked {
    fn lose(&mut self, cause: Rejection, count: u64, may_hide_a_tag: bool) {
        if count > 0 {
            self.lost.add(cause, count);
            self.may_hide_a_tag |= may_hide_a_tag;
        }
    }
}

/// The order in which a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Rows that come meanwhile are told too. Old servers ignore it, and the other form does not know it.
    OldestFirst,
    /// Every server's own, in both forms.
    NewestFirst,
    /// In case that the newest row of all is one that neither form tells: no cursor leads behind it.
    OldestFirstAgain,
}

/// Where a walk stands.
struct Position {
    order: Order,
    cursor: Option<String>,
    limit: usize,
    skipped: u64,
}

/// Why there is no page.
enum Fault {
    /// Something that the next order may get around.
    OfOrder(PlatformError),
    Failed(PlatformError),
}

impl Phoenix<'_> {
    /// Hands every row to `take`, page by page, until it has had enough. Some rows may be handed over twice.
    pub(crate) async fn walk(
        &self,
        walk: &Walk<'_>,
        mut take: impl FnMut(Read) -> ControlFlow<()>,
    ) -> Result<Walked, PlatformError> {
        let mut last = PlatformError::Timeout;
        let orders = Order::ALL.into_iter().filter(|order| !(walk.newest_first && *order == Order::OldestFirst));
        for order in orders {
            if order == Order::OldestFirstAgain {
                // Both orders ended at a row that cannot be had, or at a server that is down.
                if !self.is_up(walk).await {
                    return Err(last);
                }
                // One that does not sort would tell the second order again.
                if !self.is_at_least(version::SORTS) {
                    break;
                }
            }
            match self.walk_in_order(walk, order, &mut take).await {
                Ok(walked) => return Ok(walked),
                Err(Fault::OfOrder(error)) => last = error,
                Err(Fault::Failed(error)) => return Err(error),
            }
        }
        let mut walked = Walked { cut: Some(Truncation::Paging), ..Walked::default() };
        walked.lose(UNTOLD, 1, true);
        Ok(walked)
    }

    /// Does the server answer where there is no row to break on?
    async fn is_up(&self, walk: &Walk<'_>) -> bool {
        let nothing = PageRequest {
            project: walk.project,
            form: Form::Plain,
            limit: self.most_rows(),
            cursor: None,
            from: walk.window.to,
            to: walk.window.from,
            oldest_first: false,
            filters: &[],
        };
        self.page(&nothing).await.is_ok()
    }

    async fn walk_in_order(
        &self,
        walk: &Walk<'_>,
        order: Order,
        take: &mut impl FnMut(Read) -> ControlFlow<()>,
    ) -> Result<Walked, Fault> {
        let mut walked = Walked::default();
        let mut guard = PagingGuard::default();
        let (mut seen, hasher) = (HashSet::new(), RandomState::new());
        let mut position = Position::new(order, self.most_rows());
        let mut next = self.page_at(walk, &mut position).await?;
        if next.is_none() {
            walked.cut = Some(Truncation::Budget);
        }
        while let Some(page) = next {
            let cursor = match guard.next(page.next_cursor.as_deref(), true).map_err(Fault::Failed)? {
                NextPage::Cursor(cursor) => Some(cursor.to_owned()),
                NextPage::End | NextPage::Stalled => None,
            };
            let is_last = cursor.is_none();
            position.cursor = cursor;
            let coming = async { if is_last { Ok(None) } else { self.page_at(walk, &mut position).await } };
            let (coming, read) = tokio::join!(coming, page.rows());
            let mut has_news = false;
            for row in read.map_err(Fault::Failed)? {
                // What cannot be read may be new.
                has_news |= row.ids().is_none_or(|ids| seen.insert(hasher.hash_one(ids)));
                if let Read::Lost { cause, may_hold_a_tag } = row {
                    walked.lose(cause, 1, may_hold_a_tag);
                } else if take(row).is_break() {
                    walked.cut = Some(Truncation::Size);
                    walked.lose(UNTOLD, position.skipped, true);
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
        walked.lose(UNTOLD, position.skipped, true);
        Ok(walked)
    }

    /// The page at a position, as small and in whatever form it can be had; `None` when the time is over.
    async fn page_at(&self, walk: &Walk<'_>, position: &mut Position) -> Result<Option<Page>, Fault> {
        let is_over = || self.now().plus(LEAST_TIME) >= walk.until;
        while !is_over() {
            let mut page = self.page_in_form(walk, position, Form::Plain).await;
            if page.as_ref().is_err_and(is_broken) {
                match position.order {
                    Order::OldestFirst => return page.map(Some).map_err(Fault::OfOrder),
                    Order::NewestFirst => page = self.page_in_form(walk, position, Form::Otlp).await,
                    Order::OldestFirstAgain => {}
                }
            }
            let error = match page {
                Ok(page) => {
                    position.limit = position.limit.saturating_mul(2).min(self.most_rows());
                    return Ok(Some(page));
                }
                Err(error) => error,
            };
            if matches!(error, PlatformError::Timeout | PlatformError::TooLarge { .. }) {
                self.ask_for_at_most((position.limit / HEADROOM).max(1));
            } else if !is_broken(&error) {
                return Err(Fault::Failed(error));
            }
            if position.limit > 1 {
                position.limit = (position.limit / SHRINK).max(1);
            } else if error == PlatformError::Timeout {
                // The row may come another time.
                return if is_over() { Ok(None) } else { Err(Fault::Failed(error)) };
            } else if !position.step_over() {
                return Err(Fault::OfOrder(error));
            }
        }
        Ok(None)
    }

    async fn page_in_form(&self, walk: &Walk<'_>, position: &Position, form: Form) -> Result<Page, PlatformError> {
        let request = PageRequest {
            project: walk.project,
            form,
            limit: position.limit,
            cursor: position.cursor.as_deref(),
            from: walk.window.from,
            to: walk.window.to,
            oldest_first: position.order != Order::NewestFirst,
            filters: walk.filters,
        };
        self.page(&request).await
    }
}

impl Order {
    const ALL: [Self; 3] = [Self::OldestFirst, Self::NewestFirst, Self::OldestFirstAgain];
}

impl Position {
    const fn new(order: Order, limit: usize) -> Self {
        Self { order, cursor: None, limit, skipped: 0 }
    }

    /// Goes on behind a row that cannot be had. False where nobody knows which that is: without a cursor, or where
    /// the server may have ignored the order that it was asked for.
    fn step_over(&mut self) -> bool {
        let behind = match (self.order, self.cursor.as_deref().and_then(row_of)) {
            (Order::NewestFirst, Some(row)) => row.checked_sub(1),
            (Order::OldestFirstAgain, Some(row)) => row.checked_add(1),
            _ => None,
        };
        self.cursor = behind.map(|row| STANDARD.encode(format!("Span:{row}")));
        self.skipped += 1;
        behind.is_some() && self.skipped <= MOST_SKIPPED
    }
}

fn is_broken(error: &PlatformError) -> bool {
    matches!(error, PlatformError::Unavailable { status: 500, .. })
}

/// A cursor is base64 of `Span:<row id>` and names the first row of its page.
fn row_of(cursor: &str) -> Option<i64> {
    let decoded = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    decoded.strip_prefix("Span:")?.parse().ok()
}
