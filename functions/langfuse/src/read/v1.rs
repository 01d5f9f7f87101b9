//! Reading by the v1 endpoints of self-hosted v3 (contract §2, §3.2, §3.3, §7.3).
//!
//! The traces of the window first: most keys reach them. A key may still stand on an observation below a root alone,
//! and when what was found is read whole, the window's observations are looked through. Self-hosted servers have no
//! rate limit, so that pages are asked for side by side.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use spanlift_model::{PlatformError, Timestamp, Truncation, Window};
use spanlift_platform_client::Response;

use crate::api::{Answer, Api, LEAST_TIME, Missing};
use crate::observation::{Observation, TraceRecord};
use crate::page::{Page, ReadRow, Told, read_trace};

use super::Outcome;
use super::batches::{batches, filter};
use super::gathered::Gathered;
use super::v2::{bound, is_passing};

/// The most rows that v1 gives a page.
const LARGEST_PAGE: usize = 100;
/// Rows a page: fewer where those are too much for the server or too large for us. Each is a multiple of the next, so
/// that the parts of a page have numbers of their own.
const SIZES: [usize; 4] = [LARGEST_PAGE, 25, 5, 1];
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
    // By time nothing is wanted yet: what begins during the call is for observations to say.
    let found = reader.gathered.wanted();
    reader.fill(&found).await?;
    reader.look_through_observations().await?;
    let wanted = reader.gathered.wanted();
    let rest: Vec<String> = wanted.iter().filter(|trace| !found.contains(trace)).cloned().collect();
    reader.fill(&rest).await?;
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
            gathered.overlook(&page.rejected);
            page.rows.into_iter().for_each(|record| gathered.look_at_trace(record));
        };
        match walk(self.api, &listing, take).await? {
            Walked::NotHere(missing) => return Ok(Some(missing)),
            Walked::TooLate if self.gathered.sees_nothing() => return Err(PlatformError::Timeout),
            Walked::TooLate => self.gathered.cut = Some(Truncation::Budget),
            Walked::Unsteady => self.gathered.cut = Some(Truncation::Paging),
            Walked::Whole => {}
        }
        Ok(None)
    }

    async fn look_through_observations(&mut self) -> Result<(), PlatformError> {
        let window = self.gathered.discovery;
        let look = |gathered: &mut Gathered<'_>, page: Page<Observation>| {
            gathered.overlook(&page.rejected);
            page.rows.iter().for_each(|row| gathered.look(row));
        };
        self.list_observations(window, None, look).await?;
        Ok(())
    }

    /// Reads the traces whole: a few one by one, many by listing their observations.
    async fn fill(&mut self, traces: &[String]) -> Result<(), PlatformError> {
        let is_single = |trace: &&String| traces.len() <= MOST_SINGLE && is_plain(trace);
        let (single, listed): (Vec<&String>, Vec<&String>) = traces.iter().partition(is_single);
        let mut listed: Vec<String> = listed.into_iter().cloned().collect();
        listed.extend(self.fill_singly(&single).await?);
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

    /// Traces one by one; those that cannot be had in one answer are handed back.
    async fn fill_singly(&mut self, traces: &[&String]) -> Result<Vec<String>, PlatformError> {
        let api = self.api;
        let mut listed = Vec::new();
        // Built one by one: a closure here would not be general enough over lifetimes.
        let mut details = Vec::with_capacity(traces.len());
        for trace in traces {
            details.push(detail(api, trace));
        }
        let mut answers = stream::iter(details).buffered(AT_ONCE).zip(stream::iter(traces));
        while let Some((answer, trace)) = answers.next().await {
            match answer {
                Ok(Some(Answer::Body(body))) if self.keep_trace(trace, &body) => {}
                Ok(Some(Answer::Body(_) | Answer::TooMuch))
                | Err(PlatformError::TooLarge { .. } | PlatformError::Unavailable { retry_after: None, .. }) => {
                    listed.push((*trace).clone());
                }
                // Deleted since it was listed, or not flushed yet.
                Ok(Some(Answer::Missing(_))) => {
                    self.gathered.partial_traces.insert((*trace).clone());
                }
                Ok(None) | Err(PlatformError::Timeout) => self.leave(trace),
                Err(error) if is_passing(&error) && !self.gathered.is_empty() => self.leave(trace),
                Err(error) => return Err(error),
            }
        }
        Ok(listed)
    }

    /// Keeps what an answer tells of a trace; false when it is no trace.
    fn keep_trace(&mut self, trace: &str, answer: &Response) -> bool {
        let Ok((record, page)) = read_trace(answer.body()) else { return false };
        let window = self.gathered.query.window.whole_trace();
        self.gathered.reject(&page.rejected);
        self.gathered.add_bytes(page.bytes);
        if let Some(record) = record {
            self.gathered.keep_record(record);
        }
        for row in page.rows.into_iter().filter(|row| row.trace_id == trace && window.contains(row.started_at)) {
            self.gathered.keep(row);
        }
        true
    }

    /// Leaves a trace to a later pass.
    fn leave(&mut self, trace: &str) {
        self.gathered.cut = Some(Truncation::Budget);
        self.gathered.partial_traces.insert(trace.to_owned());
    }

    /// True when the traces were read to their end.
    async fn fill_batch(&mut self, batch: &[&str]) -> Result<bool, PlatformError> {
        let window = self.gathered.query.window.whole_trace();
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        let keep = |gathered: &mut Gathered<'_>, page: Page<Observation>| {
            gathered.reject(&page.rejected);
            gathered.add_bytes(page.bytes);
            for row in page.rows {
                if wanted.contains(row.trace_id.as_str()) && window.contains(row.started_at) {
                    gathered.keep(row);
                }
            }
        };
        self.list_observations(window, Some(&filter(batch)), keep).await
    }

    /// Hands every page of observations to `take`; true when that was all.
    async fn list_observations(
        &mut self,
        window: Window,
        filter: Option<&str>,
        mut take: impl FnMut(&mut Gathered<'_>, Page<Observation>),
    ) -> Result<bool, PlatformError> {
        let (from, to) = (bound(window.from, 0), bound(window.to, 1));
        let mut query = vec![("fromStartTime", from.as_str()), ("toStartTime", to.as_str())];
        query.extend(filter.map(|filter| ("filter", filter)));
        let listing = Listing { path: "observations", query };
        let gathered = &mut *self.gathered;
        match walk(self.api, &listing, |page| take(gathered, page)).await {
            Ok(Walked::Whole) => Ok(true),
            Ok(Walked::Unsteady) => {
                self.gathered.cut = self.gathered.cut.or(Some(Truncation::Paging));
                Ok(true)
            }
            Ok(Walked::NotHere(_)) => Err(PlatformError::unavailable(404)),
            Err(error) if !is_passing(&error) || self.gathered.is_empty() => Err(error),
            // What was read whole is worth keeping; the rest is left to a later pass.
            Ok(Walked::TooLate) | Err(_) => {
                self.gathered.cut = Some(Truncation::Budget);
                Ok(false)
            }
        }
    }
}

/// Can a path hold it, as it is? Addresses know no `.`, and lose tabs and ends of lines.
fn is_plain(trace: &str) -> bool {
    trace.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// `None` when the time is over.
async fn detail<N: Fn() -> Timestamp + Copy>(api: &Api<'_, N>, trace: &str) -> Result<Option<Answer>, PlatformError> {
    if !api.has_time_for(LEAST_TIME) {
        return Ok(None);
    }
    api.get(&["traces", trace], &[("fields", "core,io,observations")]).await.map(Some)
}

/// How a walk through a listing ended.
enum Walked {
    Whole,
    /// A row was told by two pages: they have no steady order, and another row may be on none (contract §3.2).
    Unsteady,
    NotHere(Missing),
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
        Fetched::TooLate => return Ok(Walked::TooLate),
    };
    let mut told = Told::default();
    told.again(&first);
    let mut walked = Walked::Whole;
    let others = (2..=first.items.div_ceil(LARGEST_PAGE)).map(|number| page(api, listing, number));
    take(first);
    let mut others = stream::iter(others).buffered(AT_ONCE);
    while let Some(fetched) = others.next().await {
        let page = match fetched {
            Ok(Fetched::Page(page)) => page,
            Ok(Fetched::NotHere(missing)) => return Ok(Walked::NotHere(missing)),
            Ok(Fetched::TooLate) | Err(PlatformError::Timeout) => return Ok(Walked::TooLate),
            Err(error) => return Err(error),
        };
        let again = told.again(&page);
        if again > 0 {
            walked = Walked::Unsteady;
        }
        // Nothing new: there are fewer pages than was said.
        if page.is_only(again) {
            break;
        }
        take(page);
    }
    Ok(walked)
}

/// A page; in parts, where it cannot be had in one. A row that is too large by itself is left out.
async fn page<N: Fn() -> Timestamp + Copy, R: ReadRow>(
    api: &Api<'_, N>,
    listing: &Listing<'_>,
    number: usize,
) -> Result<Fetched<R>, PlatformError> {
    let mut page = Page::default();
    let mut parts: Vec<(usize, &[usize])> = vec![(number, &SIZES)];
    while let Some((number, [size, smaller @ ..])) = parts.pop() {
        // Behind the end.
        if page.items > 0 && (number - 1) * size >= page.items {
            continue;
        }
        if !api.has_time_for(LEAST_TIME) {
            return Ok(Fetched::TooLate);
        }
        let (number_text, limit) = (number.to_string(), size.to_string());
        let mut query = vec![("page", number_text.as_str()), ("limit", limit.as_str())];
        query.extend(listing.query.iter().copied());
        let error = match api.get(&[listing.path], &query).await {
            Ok(Answer::Body(body)) => {
                page.append(Page::read(body.body())?);
                continue;
            }
            Ok(Answer::Missing(missing)) => return Ok(Fetched::NotHere(missing)),
            Ok(Answer::TooMuch) => PlatformError::unavailable(422),
            Err(error @ PlatformError::TooLarge { .. }) => error,
            Err(error) => return Err(error),
        };
        match (smaller.first(), error) {
            (Some(part), _) => {
                let in_one = size / part;
                let first = (number - 1) * in_one + 1;
                parts.extend((first..first + in_one).rev().map(|part| (part, smaller)));
            }
            (None, PlatformError::TooLarge { .. }) => page.reject("too_large"),
            (None, error) => return Err(error),
        }
    }
    Ok(Fetched::Page(page))
}
