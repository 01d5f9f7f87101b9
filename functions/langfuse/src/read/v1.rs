//! Reading by the v1 endpoints of self-hosted v3.
//!
//! The traces of the window first: most keys reach them. A key may still stand on an observation below a root alone, and
//! the list of traces may lack some: when what was found is read whole, the window's observations are looked through.
//! Self-hosted servers have no rate limit, so that pages are asked for side by side. Their order is not steady: how far
//! down the window was seen can't be said, and every reading begins at the top.

mod by_id;
mod gate;
mod paging;

use std::collections::BTreeSet;
use std::sync::Arc;

use spanlift_importer::Discovery;
use spanlift_model::{PlatformError, Truncation};

use crate::api::{Answer, Api, LEAST_TIME, Missing};
use crate::page::{Form, Page, WholeTrace};
use crate::row::{Detail, Entry};
use crate::trace_row::TraceRow;

use self::gate::Gate;
use self::paging::{LARGEST_PAGE, Listed, Listing, Walked, walk};
use super::reading_state::Gathered;
use super::{Outcome, bound, is_passing};

/// Pages of traces that are looked at where only the newest rows are asked for.
const SAMPLED_TRACE_PAGES: usize = 2;
/// Traces that are asked for because the list of traces lacks them.
const MOST_UNLISTED: usize = 20;

pub(super) async fn read(api: &Api<'_>, gathered: &mut Gathered<'_>) -> Result<Outcome, PlatformError> {
    let gate = Gate::new();
    let mut reader = Reader { api, gathered, gate: &gate, early_rows: 0 };
    if let Some(missing) = reader.list_traces().await? {
        return Ok(Outcome::NotHere(missing));
    }
    if let Some(most) = reader.gathered.query.newest {
        reader.sample_observations(most).await?;
        return Ok(Outcome::Read);
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

struct Reader<'r, 'a, 'q> {
    api: &'r Api<'a>,
    gathered: &'r mut Gathered<'q>,
    gate: &'r Gate,
    /// Rows from before the call that were read.
    early_rows: usize,
}

impl<'r> Reader<'r, '_, '_> {
    /// The window's traces; what the server says if it has no such endpoint.
    async fn list_traces(&mut self) -> Result<Option<Missing>, PlatformError> {
        let window = self.gathered.discovery;
        let (from, to) = (bound(window.from, 0), bound(window.to, 1));
        // Metadata comes with contents, and only if they are asked for.
        let query = vec![("fields", "core,io"), ("fromTimestamp", from.as_str()), ("toTimestamp", &to)];
        let listing = self.listing("traces", query, Detail::Whole);
        let is_sample = self.gathered.query.newest.is_some();
        let listing = Listing { pages: if is_sample { SAMPLED_TRACE_PAGES } else { usize::MAX }, ..listing };
        let gathered = &mut *self.gathered;
        let take = |page: Page<TraceRow>| {
            gathered.overlook(&page);
            for record in page.rows {
                if is_sample {
                    gathered.sample_trace(record);
                } else {
                    gathered.look_at_trace(record);
                }
            }
        };
        match walk(self.api, &listing, take).await?.walked {
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
            Ok(Listed { walked: Walked::NotHere(_), .. }) => return Err(PlatformError::unavailable(404)),
            Ok(listed) => self.end_discovery(listed.walked),
            // What was read whole is worth keeping; the rest is left to a later pass.
            Err(error) if is_passing(&error) && !self.gathered.kept.is_empty() => self.end_discovery(Walked::TooLate),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Looks at the newest observations of the window only.
    async fn sample_observations(&mut self, most: usize) -> Result<(), PlatformError> {
        let window = self.gathered.discovery;
        let (from, to) = (bound(window.from, 0), bound(window.to, 1));
        let query = vec![("fromStartTime", from.as_str()), ("toStartTime", &to)];
        let listing =
            Listing { pages: most.div_ceil(LARGEST_PAGE), ..self.listing("observations", query, Detail::Slim) };
        let gathered = &mut *self.gathered;
        let take = |page: Page<Entry>| {
            gathered.overlook(&page);
            page.rows.iter().for_each(|entry| {
                gathered.sample(entry, most);
            });
        };
        match walk(self.api, &listing, take).await {
            Ok(listed) => {
                self.gathered.discovered = Discovery::Unfinished;
                self.end_discovery(listed.walked);
            }
            // What the traces say is worth telling.
            Err(error) if is_passing(&error) && self.gathered.sample.rows() > 0 => self.end_discovery(Walked::TooLate),
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
        self.gathered.note(cut);
        self.gathered.discovered = Discovery::Unfinished;
    }

    /// The list of traces may lack one of which the window holds observations: what is said of it is asked for.
    async fn ask_unlisted(&mut self) -> Result<(), PlatformError> {
        let is_unlisted = |trace: &&String| self.gathered.record(trace).is_none();
        let others = self.gathered.seen.others().filter(|(_, seen)| seen.rows > 0 && seen.ours_from.is_none());
        // In the same order in every pass: not all of many are asked for.
        let unlisted: BTreeSet<String> = others.map(|(trace, _)| trace).filter(is_unlisted).cloned().collect();
        let (plain, odd): (Vec<&String>, Vec<&String>) = unlisted.iter().partition(|trace| is_plain(trace));
        if plain.len() > MOST_UNLISTED || !odd.is_empty() {
            self.gathered.overlook_rest();
        }
        for trace in plain.into_iter().take(MOST_UNLISTED) {
            match detail(self.api, self.gate, trace, "core,io", self.form(0)).await {
                Ok(Told::Trace(WholeTrace { record: Some(record), .. })) => self.gathered.look_at_unlisted(record),
                Ok(Told::Trace(_) | Told::Broken) => self.gathered.overlook_rest(),
                // Deleted since it was seen.
                Ok(Told::Missing) => {}
                Err(error) if !is_passing(&error) => return Err(error),
                // Nor would the next one come.
                Ok(Told::TooLate) | Err(_) => {
                    self.end_discovery(Walked::TooLate);
                    break;
                }
            }
        }
        Ok(())
    }

    fn listing<'l>(&self, path: &'static str, query: Vec<(&'l str, &'l str)>, detail: Detail) -> Listing<'l>
    where
        'r: 'l,
    {
        let sought = Arc::clone(&self.gathered.sought);
        Listing { path, query, detail, sought, gate: self.gate, most: usize::MAX, pages: usize::MAX }
    }

    fn form(&self, rows: usize) -> Form {
        Form { rows, detail: Detail::Whole, sought: Arc::clone(&self.gathered.sought) }
    }
}

/// Can the id stand in a path as it is? `.` and `..` are steps in an address, `/` ends a part of it, and tabs and ends of
/// lines are dropped from it. An id of letters, digits, `-` and `_` can.
fn is_plain(trace: &str) -> bool {
    trace.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What is told of a trace.
enum Told {
    Trace(WholeTrace),
    Missing,
    /// It is too much for one answer, or the answer is no trace.
    Broken,
    /// The time is over.
    TooLate,
}

/// A trace by its id.
async fn detail(api: &Api<'_>, gate: &Gate, trace: &str, fields: &str, form: Form) -> Result<Told, PlatformError> {
    let _place = gate.enter().await;
    if !api.has_time_for(LEAST_TIME) {
        return Ok(Told::TooLate);
    }
    match api.get(&["traces", trace], &[("fields", fields)]).await {
        Ok(Answer::Body(body)) => {
            gate.note(body.body().len());
            Ok(WholeTrace::read(body, form).await.map_or(Told::Broken, Told::Trace))
        }
        Ok(Answer::Missing(_)) => Ok(Told::Missing),
        Ok(Answer::Broken(_)) | Err(PlatformError::Unavailable { retry_after: None, .. }) => Ok(Told::Broken),
        Err(PlatformError::TooLarge { limit }) => {
            gate.note(limit);
            Ok(Told::Broken)
        }
        Err(PlatformError::Timeout) => Ok(Told::TooLate),
        Err(error) => Err(error),
    }
}
