//! Reading by the v1 endpoints of self-hosted v3 (contract §2, §3.2, §3.3, §7.3).
//!
//! The traces of the window first: most keys reach them. If none of them is ours, a key may still stand on an
//! observation below a root, and the window's observations are looked through. Self-hosted servers have no rate limit,
//! so that pages are asked for side by side.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use spanlift_model::{PlatformError, Timestamp, Truncation, Window};

use crate::api::{Answer, Api, LEAST_TIME, Missing};
use crate::observation::{Observation, TraceRecord};
use crate::page::{Page, ReadRow, read_trace};

use super::Outcome;
use super::batches::{batches, filter};
use super::gathered::Gathered;
use super::v2::{bound, is_passing};

/// The most rows that v1 gives a page.
const LARGEST_PAGE: &str = "100";
/// Requests at the same time: the server is one of the customer's own.
const AT_ONCE: usize = 4;
/// So many traces are asked for one by one; more are listed.
const MOST_SINGLE: usize = 40;

/// A listing that is paged through.
struct Listing<'a> {
    path: &'static str,
    query: Vec<(&'a str, &'a str)>,
}

/// What came of asking for a page.
enum Fetched<R> {
    Page(Page<R>),
    NotHere(Missing),
    /// The server could not do it.
    TooMuch,
    /// The time is over.
    TooLate,
}

pub(super) async fn read<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    gathered: &mut Gathered<'_>,
) -> Result<Outcome, PlatformError> {
    let mut reader = Reader { api, gathered };
    if let Some(missing) = reader.list_traces().await? {
        return Ok(Outcome::NotHere(missing));
    }
    if !reader.gathered.has_ours() && reader.gathered.cut.is_none() {
        reader.look_through_observations().await?;
    }
    let wanted = reader.gathered.wanted();
    reader.fill(&wanted).await?;
    reader.gathered.retain(&wanted);
    Ok(Outcome::Read)
}

struct Reader<'r, 'a, 'q, N> {
    api: &'r Api<'a, N>,
    gathered: &'r mut Gathered<'q>,
}

impl<N: Fn() -> Timestamp + Copy> Reader<'_, '_, '_, N> {
    /// The window's traces; what the server says if it has no such endpoint.
    async fn list_traces(&mut self) -> Result<Option<Missing>, PlatformError> {
        let window = self.gathered.discovery;
        let (from, to) = (bound(window.from, 0), bound(window.to, 1));
        // Metadata comes with contents, and only if they are asked for.
        let listing = Listing {
            path: "traces",
            query: vec![("fields", "core,io"), ("fromTimestamp", &from), ("toTimestamp", &to)],
        };
        let gathered = &mut *self.gathered;
        let take = |page: Page<TraceRecord>| {
            gathered.reject(page.rejected);
            page.rows.into_iter().for_each(|record| gathered.look_at_trace(record));
        };
        match walk(self.api, &listing, take).await? {
            Walked::NotHere(missing) => return Ok(Some(missing)),
            Walked::TooMuch => return Err(PlatformError::unavailable(422)),
            Walked::TooLate if self.gathered.sees_nothing() => return Err(PlatformError::Timeout),
            Walked::TooLate => self.gathered.cut = Some(Truncation::Budget),
            Walked::Whole(_) => {}
        }
        Ok(None)
    }

    async fn look_through_observations(&mut self) -> Result<(), PlatformError> {
        let window = self.gathered.discovery;
        let gathered = &mut *self.gathered;
        let take = |page: Page<Observation>| page.rows.iter().for_each(|row| gathered.look(row));
        match list_observations(self.api, window, None, take).await? {
            Walked::NotHere(_) => Err(PlatformError::unavailable(404)),
            Walked::TooMuch => Err(PlatformError::unavailable(422)),
            Walked::TooLate => {
                self.gathered.cut = Some(Truncation::Budget);
                Ok(())
            }
            Walked::Whole(_) => Ok(()),
        }
    }

    /// Reads the traces whole: a few one by one, many by listing their observations.
    async fn fill(&mut self, traces: &[String]) -> Result<(), PlatformError> {
        let listed: Vec<String> =
            if traces.len() > MOST_SINGLE { traces.to_vec() } else { self.fill_singly(traces).await? };
        let batches = batches(&listed, self.api.base_length());
        let mut is_over = false;
        for batch in &batches {
            is_over = is_over || self.gathered.is_full() || !self.fill_batch(batch).await?;
            if is_over {
                self.gathered.cut = self.gathered.cut.or(Some(Truncation::Size));
                self.gathered.partial_traces.extend(batch.iter().map(|trace| (*trace).to_owned()));
            }
        }
        Ok(())
    }

    /// Traces one by one; those that are too large for one answer are handed back.
    async fn fill_singly(&mut self, traces: &[String]) -> Result<Vec<String>, PlatformError> {
        let api = self.api;
        let window = self.gathered.query.window.whole_trace();
        let mut too_large = Vec::new();
        let mut has_whole = false;
        // Built one by one: a closure here would not be general enough over lifetimes.
        let mut details = Vec::with_capacity(traces.len());
        for trace in traces {
            details.push(detail(api, trace));
        }
        let mut answers = stream::iter(details).buffered(AT_ONCE).zip(stream::iter(traces));
        while let Some((answer, trace)) = answers.next().await {
            match answer {
                Ok(Some(Answer::Body(body))) => {
                    let (record, page) = read_trace(body.body())?;
                    self.gathered.reject(page.rejected);
                    self.gathered.add_bytes(page.bytes);
                    self.gathered.keep_record(record);
                    for row in
                        page.rows.into_iter().filter(|row| row.trace_id == *trace && window.contains(row.started_at))
                    {
                        self.gathered.keep(row);
                    }
                    has_whole = true;
                }
                Ok(Some(Answer::TooMuch)) => too_large.push(trace.clone()),
                // Deleted since it was listed, or not flushed yet.
                Ok(Some(Answer::Missing(_))) => {
                    self.gathered.partial_traces.insert(trace.clone());
                }
                Err(error) if !(has_whole && is_passing(&error)) && error != PlatformError::Timeout => {
                    return Err(error);
                }
                Ok(None) | Err(_) => {
                    self.gathered.cut = Some(Truncation::Budget);
                    self.gathered.partial_traces.insert(trace.clone());
                }
            }
        }
        Ok(too_large)
    }

    /// True when the traces were read to their end.
    async fn fill_batch(&mut self, batch: &[&str]) -> Result<bool, PlatformError> {
        let window = self.gathered.query.window.whole_trace();
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        let filter = filter(batch);
        let mut ids: HashSet<(String, String)> = HashSet::new();
        let gathered = &mut *self.gathered;
        let take = |page: Page<Observation>| {
            gathered.reject(page.rejected);
            gathered.add_bytes(page.bytes);
            for row in page.rows {
                if wanted.contains(row.trace_id.as_str()) && window.contains(row.started_at) {
                    ids.insert((row.trace_id.clone(), row.id.clone()));
                    gathered.keep(row);
                }
            }
        };
        match list_observations(self.api, window, Some(&filter), take).await {
            Ok(Walked::Whole(items)) => {
                // Pages without a tie-breaker lose rows; another pass may not.
                if ids.len() < items {
                    self.gathered.cut = self.gathered.cut.or(Some(Truncation::Paging));
                }
                Ok(true)
            }
            Ok(Walked::TooLate) => {
                self.gathered.cut = Some(Truncation::Budget);
                Ok(false)
            }
            Ok(Walked::TooMuch) => Err(PlatformError::unavailable(422)),
            Ok(Walked::NotHere(_)) => Err(PlatformError::unavailable(404)),
            Err(error) if is_passing(&error) && !self.gathered.is_empty() => {
                self.gathered.cut = Some(Truncation::Budget);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// `None` when the time is over.
async fn detail<N: Fn() -> Timestamp + Copy>(api: &Api<'_, N>, trace: &str) -> Result<Option<Answer>, PlatformError> {
    if !api.has_time_for(LEAST_TIME) {
        return Ok(None);
    }
    api.get(&["traces", trace], &[("fields", "core,io,observations")]).await.map(Some)
}

async fn list_observations<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    window: Window,
    filter: Option<&str>,
    take: impl FnMut(Page<Observation>),
) -> Result<Walked, PlatformError> {
    let (from, to) = (bound(window.from, 0), bound(window.to, 1));
    let mut query = vec![("fromStartTime", from.as_str()), ("toStartTime", to.as_str())];
    query.extend(filter.map(|filter| ("filter", filter)));
    let listing = Listing { path: "observations", query };
    walk(api, &listing, take).await
}

/// How a walk through a listing ended.
enum Walked {
    /// With the rows that the server says there are.
    Whole(usize),
    NotHere(Missing),
    TooMuch,
    TooLate,
}

/// Hands every page to `take`: the first one, and then, as their number is known, the others side by side.
async fn walk<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    mut take: impl FnMut(Page<R>),
) -> Result<Walked, PlatformError> {
    let first = match page(api, listing, 1).await? {
        Fetched::Page(page) => page,
        Fetched::NotHere(missing) => return Ok(Walked::NotHere(missing)),
        Fetched::TooMuch => return Ok(Walked::TooMuch),
        Fetched::TooLate => return Ok(Walked::TooLate),
    };
    let (pages, items) = (first.pages, first.items);
    take(first);
    let others = (2..=pages).map(|number| page(api, listing, number));
    let mut others = stream::iter(others).buffered(AT_ONCE);
    while let Some(fetched) = others.next().await {
        match fetched {
            Ok(Fetched::Page(page)) => take(page),
            Ok(Fetched::NotHere(missing)) => return Ok(Walked::NotHere(missing)),
            Ok(Fetched::TooMuch) => return Ok(Walked::TooMuch),
            Ok(Fetched::TooLate) | Err(PlatformError::Timeout) => return Ok(Walked::TooLate),
            Err(error) => return Err(error),
        }
    }
    Ok(Walked::Whole(items))
}

async fn page<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    number: usize,
) -> Result<Fetched<R>, PlatformError> {
    if !api.has_time_for(LEAST_TIME) {
        return Ok(Fetched::TooLate);
    }
    let number = number.to_string();
    let mut query = vec![("page", number.as_str()), ("limit", LARGEST_PAGE)];
    query.extend(listing.query.iter().copied());
    Ok(match api.get(&[listing.path], &query).await? {
        Answer::Body(body) => Fetched::Page(Page::read(body.body())?),
        Answer::Missing(missing) => Fetched::NotHere(missing),
        Answer::TooMuch => Fetched::TooMuch,
    })
}
