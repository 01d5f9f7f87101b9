//! A walk through a window, page by page.

use std::ops::ControlFlow;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Window};
use spanlift_platform_client::{NextPage, PagingGuard};

use crate::api::{Answer, Missing};
use crate::memory::LARGEST_PAGE;
use crate::page::{Opened, Page, Told};
use crate::row::{Detail, Entry};

/// Everything of a row.
pub(super) const ALL: Fields = Fields { names: ALL_NAMES, detail: Detail::Whole, fewer: Some(&WITHOUT_CONTENTS) };
/// What tells whose a row is.
pub(super) const SLIM: Fields =
    Fields { names: "core,basic,metadata,trace_context", detail: Detail::Slim, fewer: Some(&IDS) };
pub(super) const ALL_NAMES: &str = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context";
/// What is left of a row whose contents cannot be had.
const WITHOUT_CONTENTS: Fields = Fields {
    names: "core,basic,time,metadata,model,usage,prompt,metrics,trace_context",
    detail: Detail::Whole,
    fewer: Some(&IDS),
};
/// What is left of a row that cannot be had without these alone: its place in the tree.
pub(super) const IDS: Fields = Fields { names: "core", detail: Detail::Ids, fewer: None };

/// What a page shrinks by when it is too large or too slow.
pub(super) const SHRINK: usize = 6;

/// What is asked for of a row.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) names: &'static str,
    pub(super) detail: Detail,
    /// What is asked for of a single row that cannot be had with these.
    pub(super) fewer: Option<&'static Fields>,
}

/// A walk from the end of a window towards its beginning: Langfuse tells the newest rows first.
pub(super) struct Walk<'w> {
    pub(super) from: Timestamp,
    /// What begins later is behind us.
    pub(super) to: Timestamp,
    pub(super) fields: &'static Fields,
    pub(super) filter: Option<&'w str>,
    /// Rows a page, if the server manages so many.
    most: usize,
    /// Fewer, just behind a row on which the server broke.
    pub(super) most_now: usize,
    /// So many pages as slow as the last one must still fit in, the next one included.
    pub(super) pages_in_time: u32,
    pub(super) cursor: Option<String>,
    /// Its pages are wanted to the end: the next one is asked for while one is being read.
    pub(super) reads_on: bool,
    pub(super) coming: Option<Coming>,
    guard: PagingGuard,
    told: Told,
    pub(super) end: Option<End>,
    /// Down to here every row was told, if the rows were in order.
    pub(super) seen_from: Timestamp,
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

/// What came of asking for a page.
pub(super) struct Coming {
    pub(super) answer: Result<Answer, PlatformError>,
    /// The rows that were asked for.
    pub(super) rows: usize,
    pub(super) took: Duration,
}

impl Fields {
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.detail, Detail::Whole)
    }
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
            reads_on: false,
            coming: None,
            guard: PagingGuard::default(),
            told: Told::default(),
            end: None,
            seen_from: window.to,
            is_in_order: true,
        }
    }

    /// The same for a walk of which all pages are wanted.
    pub(super) fn to_the_end(window: Window, fields: &'static Fields, filter: Option<&'w str>) -> Self {
        Self { reads_on: true, ..Self::new(window, fields, filter, LARGEST_PAGE) }
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

    /// Goes on behind a page of which the rows are still to be read: whether they are news is noted then.
    pub(super) fn turn(&mut self, page: &Opened) -> Result<(), PlatformError> {
        self.most_now = self.most_now.saturating_mul(SHRINK).min(self.most);
        match self.guard.next(page.cursor.as_deref(), true)? {
            NextPage::Cursor(next) => self.cursor = Some(next.to_owned()),
            NextPage::End => self.end = Some(End::Whole),
            NextPage::Stalled => self.end = Some(End::Stalled),
        }
        Ok(())
    }

    /// Notes the rows of the page before.
    pub(super) fn note(&mut self, page: &Page<Entry>) {
        for at in page.rows.iter().filter_map(Entry::started_at) {
            self.is_in_order &= at <= self.seen_from;
            self.seen_from = self.seen_from.min(at);
        }
        let again = self.told.again(page);
        if self.end.is_none() && page.is_only(again) {
            self.end = Some(End::Stalled);
        }
    }

    /// Goes on with what began at `to` and before.
    pub(super) fn go_on_below(&mut self, to: Timestamp) {
        self.to = to;
        self.cursor = None;
        self.guard = PagingGuard::default();
        self.is_in_order = false;
    }
}
