//! Listings of v1, page by page.
//!
//! They have no steady order: where several rows begin at the same moment, one may be told by two pages and another by
//! none.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use spanlift_model::{PlatformError, Timestamp};

use crate::api::{Answer, Api, LEAST_TIME, Missing};
use crate::fields::{Nameless, Sought};
use crate::page::{Form, Page, ReadRow, Told};
use crate::row::Detail;

/// Rows a page: as many as v1 gives, and fewer where those are too much for the server, too large for us, or hold a row
/// on which the server breaks. Each is a multiple of the next, so that the parts of a page have numbers of their own.
const SIZES: &[usize] = &[100, 25, 5, 1];
/// The same for a second walk, whose pages end elsewhere: what fell between two pages is on one of these.
const OTHER_SIZES: &[usize] = &[60, 20, 5, 1];
/// Requests at the same time: the server is one of the customer's own.
pub(super) const AT_ONCE: usize = 4;
/// Single rows that break the server before anything came, until it is the server that is broken.
const MOST_BROKEN: u32 = 5;

/// A listing that is paged through.
pub(super) struct Listing<'a> {
    pub(super) path: &'static str,
    pub(super) query: Vec<(&'a str, &'a str)>,
    pub(super) detail: Detail,
    pub(super) sought: Arc<Sought>,
    /// One that is longer is not read.
    pub(super) most: usize,
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
pub(super) async fn walk<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    mut take: impl FnMut(Page<R>),
) -> Result<Walked, PlatformError> {
    let mut told = Told::default();
    match walk_once(api, listing, SIZES, &mut told, &mut take).await? {
        Walked::Unsteady => walk_once(api, listing, OTHER_SIZES, &mut told, &mut take).await,
        walked => Ok(walked),
    }
}

/// The first page, and then, as their number is known, the others side by side.
async fn walk_once<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    sizes: &'static [usize],
    told: &mut Told,
    take: &mut impl FnMut(Page<R>),
) -> Result<Walked, PlatformError> {
    let first = match page(api, listing, sizes, 1).await? {
        Fetched::Page(page) => page,
        Fetched::NotHere(missing) => return Ok(Walked::NotHere(missing)),
        Fetched::TooLate => return Ok(Walked::TooLate),
        Fetched::Broken(error) => return Err(error),
    };
    let items = first.items;
    if items > listing.most {
        return Ok(Walked::TooLong);
    }
    let is_second = told.count() > 0;
    let mut without_ids = first.nameless.len();
    let mut repeated = told.again(&first);
    let size = sizes.first().copied().unwrap_or(1);
    // There are fewer pages than is said, if a walk before this one saw so.
    let known = if is_second { told.count().saturating_add(size) } else { usize::MAX };
    let others = (2..=items.min(known).div_ceil(size)).map(|number| page(api, listing, sizes, number));
    take(first);
    let mut others = stream::iter(others).buffered(AT_ONCE);
    while let Some(fetched) = others.next().await {
        let page = match fetched {
            Ok(Fetched::Page(page)) => page,
            Ok(Fetched::NotHere(missing)) => return Ok(Walked::NotHere(missing)),
            Ok(Fetched::TooLate) | Err(PlatformError::Timeout) => return Ok(Walked::TooLate),
            Ok(Fetched::Broken(error)) | Err(error) => return Err(error),
        };
        without_ids += page.nameless.len();
        let again = told.again(&page);
        repeated += again;
        // Nothing new: there are fewer pages than was said.
        if page.is_only(again) && !is_second {
            break;
        }
        take(page);
    }
    // The server counts rows that it has not merged yet more than once: fewer different rows alone are none too few.
    let distinct = told.count() + without_ids;
    let is_suspect = repeated > 0 || is_second || distinct == 0;
    Ok(if is_suspect && distinct < items { Walked::Unsteady } else { Walked::Whole })
}

/// A page; in parts, where it cannot be had in one. A row that cannot be had by itself is left out.
async fn page<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    sizes: &'static [usize],
    number: usize,
) -> Result<Fetched<R>, PlatformError> {
    let mut page = Page::default();
    let mut parts: Vec<(usize, &[usize])> = vec![(number, sizes)];
    let (mut items, mut is_brittle, mut broken) = (None, false, 0);
    while let Some((number, [size, smaller @ ..])) = parts.pop() {
        let is_behind_the_end = items.is_some_and(|items| (number - 1) * size >= items);
        if is_behind_the_end {
            continue;
        }
        if !api.has_time_for(LEAST_TIME) {
            return Ok(Fetched::TooLate);
        }
        let error = match part(api, listing, number, *size, is_brittle).await? {
            Fetched::Page(part) => {
                page.append(part);
                items = Some(page.items);
                continue;
            }
            Fetched::Broken(error) => error,
            end => return Ok(end),
        };
        is_brittle = true;
        if let Some(part) = smaller.first() {
            let in_one = size / part;
            let first = (number - 1) * in_one + 1;
            parts.extend((first..first + in_one).rev().map(|part| (part, smaller)));
            continue;
        }
        broken += 1;
        if items.is_none() && broken == MOST_BROKEN {
            return Err(error);
        }
        page.nameless.push(Nameless::untold(&error));
    }
    Ok(Fetched::Page(page))
}

async fn part<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    number: usize,
    size: usize,
    is_brittle: bool,
) -> Result<Fetched<R>, PlatformError> {
    let (number, limit) = (number.to_string(), size.to_string());
    let mut query = vec![("page", number.as_str()), ("limit", limit.as_str())];
    query.extend(listing.query.iter().copied());
    let answer =
        if is_brittle { api.get_once(&[listing.path], &query).await } else { api.get(&[listing.path], &query).await };
    Ok(match answer {
        Ok(Answer::Body(body)) => {
            let form = Form { rows: size, detail: listing.detail, sought: Arc::clone(&listing.sought) };
            Page::read(body, form).await.map_or_else(Fetched::Broken, Fetched::Page)
        }
        Ok(Answer::Missing(missing)) => Fetched::NotHere(missing),
        Ok(Answer::Broken(status)) => Fetched::Broken(PlatformError::unavailable(status)),
        Err(error @ PlatformError::TooLarge { .. }) => Fetched::Broken(error),
        Err(error) => return Err(error),
    })
}
