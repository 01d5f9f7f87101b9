//! Listings of v1, page by page.
//!
//! They have no steady order: where several rows begin at the same moment, one may be told by two pages and another by
//! none.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use spanlift_model::PlatformError;

use crate::api::{Answer, Api, LEAST_TIME, Missing};
use crate::fields::{Nameless, Sought};
use crate::page::{Form, Page, ReadRow, Told};
use crate::row::Detail;

use super::gate::{AT_ONCE, Gate};

/// Rows a page: as many as v1 gives, and fewer where those are too much for the server, too large for us, or hold a row
/// on which the server breaks. Each is a multiple of the next, so that the parts of a page have numbers of their own.
const SIZES: &[usize] = &[LARGEST_PAGE, 25, 5, 1];
/// The most rows that v1 gives a page.
pub(super) const LARGEST_PAGE: usize = 100;
/// The same for a second walk, whose pages end elsewhere: what fell between two pages is on one of these.
const OTHER_SIZES: &[usize] = &[60, 20, 5, 1];
/// Single rows that break the server before anything came, until it is the server that is broken.
const MOST_BROKEN: u32 = 5;

/// A listing that is paged through.
pub(super) struct Listing<'a> {
    pub(super) path: &'static str,
    pub(super) query: Vec<(&'a str, &'a str)>,
    pub(super) detail: Detail,
    pub(super) sought: Arc<Sought>,
    pub(super) gate: &'a Gate,
    /// One that is longer is not read.
    pub(super) most: usize,
    /// No more pages are asked for: the newest rows are enough.
    pub(super) pages: usize,
}

/// How a walk through a listing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walked {
    Whole,
    /// Rows may be missing that no page told.
    Unsteady,
    NotHere(Missing),
    TooLate,
    TooLong,
}

/// What came of a walk, beside the pages.
pub(super) struct Listed {
    pub(super) walked: Walked,
    /// Rows without ids of the last walk; one that two pages tell stands here twice.
    pub(super) nameless: Vec<Nameless>,
}

impl Listed {
    pub(super) const TOO_LATE: Self = Self { walked: Walked::TooLate, nameless: Vec::new() };

    /// Is the trace of every row known?
    pub(super) fn is_sound(&self) -> bool {
        self.nameless.iter().all(|row| row.trace_id.is_some())
    }
}

/// What came of asking for a page.
enum Fetched<R> {
    Page(Page<R>),
    NotHere(Missing),
    /// The time is over.
    TooLate,
    /// It is too much for the server or too large for us, or holds a row that the server cannot tell.
    Broken(PlatformError),
}

/// Hands every page to `take`. Where the order was not steady and rows are missing, everything a second time.
pub(super) async fn walk<R: ReadRow>(
    api: &Api<'_>,
    listing: &Listing<'_>,
    take: impl FnMut(Page<R>),
) -> Result<Listed, PlatformError> {
    let (told, nameless) = (Told::default(), Vec::new());
    let mut walk = Walk { api, listing, sizes: SIZES, take, told, items: None, nameless, repeated: 0 };
    let mut walked = walk.once().await?;
    if walked == Walked::Unsteady {
        (walk.sizes, walk.nameless, walk.repeated) = (OTHER_SIZES, Vec::new(), 0);
        walked = walk.once().await?;
    }
    Ok(Listed { walked, nameless: walk.nameless })
}

struct Walk<'w, 'a, T> {
    api: &'w Api<'a>,
    listing: &'w Listing<'w>,
    sizes: &'static [usize],
    take: T,
    told: Told,
    /// How many rows the server says that there are.
    items: Option<usize>,
    /// Rows without ids.
    nameless: Vec<Nameless>,
    /// Rows that were told before.
    repeated: usize,
}

impl<T> Walk<'_, '_, T> {
    /// The first page, and then, as their number is known, the others side by side.
    async fn once<R: ReadRow>(&mut self) -> Result<Walked, PlatformError>
    where
        T: FnMut(Page<R>),
    {
        let (api, listing) = (self.api, self.listing);
        let size = self.sizes.first().copied().unwrap_or(1);
        // There are fewer pages than is said, if a walk before this one saw so.
        let is_second = self.told.count() > 0;
        let most = if is_second { self.told.count().saturating_add(size) } else { usize::MAX };
        let first = page(api, listing, 1, size, false).await;
        if let Some(end) = self.take_page(first, 1).await? {
            return Ok(end);
        }
        let items = self.items.unwrap_or_default();
        let others = (2..=items.min(most).div_ceil(size).min(listing.pages))
            .map(|number| page(api, listing, number, size, false));
        let mut others = stream::iter(others).buffered(AT_ONCE).zip(stream::iter(2..));
        while let Some((fetched, number)) = others.next().await {
            let known = self.count();
            if let Some(end) = self.take_page(fetched, number).await? {
                return Ok(end);
            }
            // Nothing new: there are fewer pages than was said.
            if !is_second && self.count() == known {
                break;
            }
        }
        // The server counts rows that it has not merged yet more than once: fewer different rows alone are none too few.
        let distinct = self.count();
        let is_suspect = self.repeated > 0 || is_second || distinct == 0;
        let is_all_wanted = listing.pages == usize::MAX;
        Ok(if is_suspect && is_all_wanted && distinct < items { Walked::Unsteady } else { Walked::Whole })
    }

    /// How many different rows there were, with or without ids.
    fn count(&self) -> usize {
        self.told.count() + self.nameless.len()
    }

    /// Hands a page on; how the walk ends, if it does.
    async fn take_page<R: ReadRow>(
        &mut self,
        fetched: Result<Fetched<R>, PlatformError>,
        number: usize,
    ) -> Result<Option<Walked>, PlatformError>
    where
        T: FnMut(Page<R>),
    {
        match fetched {
            Ok(Fetched::Broken(_)) => self.take_parts(number).await,
            fetched => self.accept(fetched),
        }
    }

    fn accept<R: ReadRow>(
        &mut self,
        fetched: Result<Fetched<R>, PlatformError>,
    ) -> Result<Option<Walked>, PlatformError>
    where
        T: FnMut(Page<R>),
    {
        match fetched {
            Ok(Fetched::Page(page)) => {
                self.items = self.items.max(Some(page.items));
                self.repeated += self.told.again(&page);
                self.hand_over(page);
                Ok(self.items.filter(|items| *items > self.listing.most).map(|_| Walked::TooLong))
            }
            Ok(Fetched::NotHere(missing)) => Ok(Some(Walked::NotHere(missing))),
            Ok(Fetched::TooLate) => Ok(Some(Walked::TooLate)),
            Err(PlatformError::Timeout) if self.items.is_some() => Ok(Some(Walked::TooLate)),
            Ok(Fetched::Broken(error)) | Err(error) => Err(error),
        }
    }

    /// A page in parts, where it cannot be had in one. A row that cannot be had by itself is left out.
    async fn take_parts<R: ReadRow>(&mut self, number: usize) -> Result<Option<Walked>, PlatformError>
    where
        T: FnMut(Page<R>),
    {
        let mut broken = 0;
        let mut parts = parts_of(number, self.sizes);
        while let Some((number, sizes)) = parts.pop() {
            let size = sizes.first().copied().unwrap_or(1);
            let is_behind_the_end = self.items.is_some_and(|items| (number - 1) * size >= items);
            if is_behind_the_end {
                continue;
            }
            let error = match page(self.api, self.listing, number, size, true).await {
                Ok(Fetched::Broken(error)) => error,
                fetched => match self.accept(fetched)? {
                    None => continue,
                    end => return Ok(end),
                },
            };
            if size > 1 {
                parts.extend(parts_of(number, sizes));
                continue;
            }
            broken += 1;
            if self.items.is_none() && broken == MOST_BROKEN {
                return Err(error);
            }
            self.hand_over(Page { nameless: vec![Nameless::untold(&error)], ..Page::default() });
        }
        Ok(None)
    }

    fn hand_over<R>(&mut self, page: Page<R>)
    where
        T: FnMut(Page<R>),
    {
        self.nameless.extend_from_slice(&page.nameless);
        (self.take)(page);
    }
}

/// The parts of a page, the last one first.
fn parts_of(number: usize, sizes: &'static [usize]) -> Vec<(usize, &'static [usize])> {
    let [size, smaller @ ..] = sizes else { return Vec::new() };
    let in_one = smaller.first().map_or(0, |part| size / part);
    let first = (number - 1) * in_one + 1;
    (first..first + in_one).rev().map(|part| (part, smaller)).collect()
}

async fn page<R: ReadRow>(
    api: &Api<'_>,
    listing: &Listing<'_>,
    number: usize,
    size: usize,
    is_brittle: bool,
) -> Result<Fetched<R>, PlatformError> {
    let (number, limit) = (number.to_string(), size.to_string());
    let mut query = vec![("page", number.as_str()), ("limit", limit.as_str())];
    query.extend(listing.query.iter().copied());
    let _place = listing.gate.enter().await;
    if !api.has_time_for(LEAST_TIME) {
        return Ok(Fetched::TooLate);
    }
    let path = &[listing.path];
    let answer = if is_brittle { api.get_once(path, &query).await } else { api.get(path, &query).await };
    Ok(match answer {
        Ok(Answer::Body(body)) => {
            listing.gate.note(body.body().len());
            let form = Form { rows: size, detail: listing.detail, sought: Arc::clone(&listing.sought) };
            Page::read(body, form).await.map_or_else(Fetched::Broken, Fetched::Page)
        }
        Ok(Answer::Missing(missing)) => Fetched::NotHere(missing),
        Ok(Answer::Broken(status)) => Fetched::Broken(PlatformError::unavailable(status)),
        Err(error @ PlatformError::TooLarge { limit }) => {
            listing.gate.note(limit);
            Fetched::Broken(error)
        }
        Err(error) => return Err(error),
    })
}
