//! Reading by the v1 endpoints of self-hosted v3.
//!
//! The traces of the window first: most keys reach them. A key may still stand on an observation below a root alone, and
//! the list of traces may lack some: when what was found is read whole, the window's observations are looked through.
//! Self-hosted servers have no rate limit, so that pages are asked for side by side. Their order is not steady: how far
//! down the window was seen can't be said, and every reading begins at the top.

mod by_id;
mod listing;

use std::sync::Arc;

use spanlift_importer::Discovery;
use spanlift_model::{PlatformError, Timestamp, Truncation};

use crate::api::{Answer, Api, LEAST_TIME, Missing};
use crate::page::{Form, Page, WholeTrace};
use crate::row::{Detail, Entry};
use crate::trace_row::TraceRow;

use self::listing::{Listing, Walked, walk};
use super::gathered::Gathered;
use super::{Outcome, bound, is_passing};

/// Traces that are asked for because the list of traces lacks them.
const MOST_UNLISTED: usize = 20;

pub(super) async fn read<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    gathered: &mut Gathered<'_>,
) -> Result<Outcome, PlatformError> {
    let mut reader = Reader { api, gathered, early_rows: 0 };
    if let Some(missing) = reader.list_traces().await? {
        return Ok(Outcome::NotHere(missing));
    }
    // By time nothing is wanted yet: what begins during the call is for observations to say.
    let found = reader.gathered.wanted();
    reader.fill(&found).await?;
    reader.look_through_observations().await?;
    reader.ask_unlisted().await?;
    let wanted = reader.gathered.wanted();
    let rest: Vec<String> = wanted.iter().filter(|trace| !found.contains(trace)).cloned().collect();
    reader.fill(&rest).await?;
    reader.gathered.retain(&wanted);
    Ok(Outcome::Read)
}

struct Reader<'r, 'a, 'q, N> {
    api: &'r Api<'a, N>,
    gathered: &'r mut Gathered<'q>,
    /// Rows from before the call that were read.
    early_rows: usize,
}

impl<N: Fn() -> Timestamp + Copy> Reader<'_, '_, '_, N> {
    /// The window's traces; what the server says if it has no such endpoint.
    async fn list_traces(&mut self) -> Result<Option<Missing>, PlatformError> {
        let window = self.gathered.discovery;
        let (from, to) = (bound(window.from, 0), bound(window.to, 1));
        // Metadata comes with contents, and only if they are asked for.
        let query = vec![("fields", "core,io"), ("fromTimestamp", from.as_str()), ("toTimestamp", &to)];
        let listing = self.listing("traces", query, Detail::Whole);
        let gathered = &mut *self.gathered;
        let take = |page: Page<TraceRow>| {
            gathered.overlook(&page);
            page.rows.into_iter().for_each(|record| gathered.look_at_trace(record));
        };
        match walk(self.api, &listing, take).await? {
            Walked::NotHere(missing) => return Ok(Some(missing)),
            Walked::TooLate if self.gathered.seen.is_empty() => return Err(PlatformError::Timeout),
            walked => self.end_discovery(walked),
        }
        Ok(None)
    }

    async fn look_through_observations(&mut self) -> Result<(), PlatformError> {
        let window = self.gathered.discovery;
        let (from, to) = (bound(window.from, 0), bound(window.to, 1));
        let query = vec![("fromStartTime", from.as_str()), ("toStartTime", &to)];
        let listing = self.listing("observations", query, Detail::Slim);
        let gathered = &mut *self.gathered;
        let look = |page: Page<Entry>| {
            gathered.overlook(&page);
            page.rows.iter().for_each(|entry| gathered.look(entry));
        };
        match walk(self.api, &listing, look).await {
            Ok(Walked::NotHere(_)) => return Err(PlatformError::unavailable(404)),
            Ok(walked) => self.end_discovery(walked),
            // What was read whole is worth keeping; the rest is left to a later pass.
            Err(error) if is_passing(&error) && !self.gathered.kept.is_empty() => self.end_discovery(Walked::TooLate),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn end_discovery(&mut self, walked: Walked) {
        let cut = match walked {
            Walked::TooLate => Truncation::Budget,
            Walked::Unsteady => Truncation::Paging,
            Walked::Whole | Walked::TooLong | Walked::NotHere(_) => return,
        };
        self.gathered.cut = self.gathered.cut.or(Some(cut));
        self.gathered.discovered = Discovery::Unfinished;
    }

    /// The list of traces may lack one of which the window holds observations: what is said of it is asked for.
    async fn ask_unlisted(&mut self) -> Result<(), PlatformError> {
        let is_unlisted = |trace: &&String| self.gathered.record(trace).is_none();
        let others = self.gathered.seen.others().filter(|(_, seen)| seen.rows > 0 && seen.ours_from.is_none());
        let unlisted: Vec<String> = others.map(|(trace, _)| trace).filter(is_unlisted).cloned().collect();
        if unlisted.len() > MOST_UNLISTED {
            self.gathered.overlook_rest();
        }
        for trace in unlisted.iter().filter(|trace| is_plain(trace)).take(MOST_UNLISTED) {
            match self.detail(trace, "core,io").await {
                Ok(Some(Answer::Body(body))) => {
                    let form = self.form(0);
                    match WholeTrace::read(body, form).await {
                        Ok(WholeTrace { record: Some(record), .. }) => self.gathered.look_at_unlisted(record),
                        _ => self.gathered.overlook_rest(),
                    }
                }
                // Deleted since it was seen.
                Ok(Some(Answer::Missing(_))) => {}
                Ok(Some(Answer::Broken(_))) => self.gathered.overlook_rest(),
                Ok(None) => self.end_discovery(Walked::TooLate),
                Err(error) if is_passing(&error) => self.end_discovery(Walked::TooLate),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn listing<'l>(&self, path: &'static str, query: Vec<(&'l str, &'l str)>, detail: Detail) -> Listing<'l> {
        Listing { path, query, detail, sought: Arc::clone(&self.gathered.sought), most: usize::MAX }
    }

    fn form(&self, rows: usize) -> Form {
        Form { rows, detail: Detail::Whole, sought: Arc::clone(&self.gathered.sought) }
    }

    async fn detail(&self, trace: &str, fields: &str) -> Result<Option<Answer>, PlatformError> {
        detail(self.api, trace, fields).await
    }
}

/// Can a path hold it, as it is? Addresses know no `.`, and lose tabs and ends of lines.
fn is_plain(trace: &str) -> bool {
    trace.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A trace by its id; `None` when the time is over.
async fn detail<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    trace: &str,
    fields: &str,
) -> Result<Option<Answer>, PlatformError> {
    if !api.has_time_for(LEAST_TIME) {
        return Ok(None);
    }
    api.get(&["traces", trace], &[("fields", fields)]).await.map(Some)
}
