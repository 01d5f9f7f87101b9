//! The reading plan: look through the window; where that does not come to its end, search on the server too; then read the
//! matched traces whole. `docs/adr/0005-reading-phoenix.md` says why.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::Value;
use spanlift_importer::{Discovery, Query, Reading};
use spanlift_model::correlation::Key;
use spanlift_model::{Hint, PlatformError, Timestamp, Truncation, Window, canonical_text};

use crate::api::Phoenix;
use crate::gathered::{Gathered, Part};
use crate::row::{PhoenixRow, Read};
use crate::span::Rejection;
use crate::version::Version;
use crate::walk::Walk;

/// Traces that one request asks for: 50 ids are some 2 KB of address.
const TRACES_A_REQUEST: usize = 50;
/// Hints that are searched for, at ten requests each.
const MOST_SEARCHED: usize = 3;
/// Traces that are asked for alone, after a row was lost that may belong to any of them.
const MOST_ALONE: usize = 20;

/// Reads the traces of one simulation.
pub(crate) async fn read<N: Fn() -> Timestamp + Copy>(
    phoenix: &Phoenix<'_, N>,
    query: &Query,
) -> Result<Reading<PhoenixRow>, PlatformError> {
    let project = phoenix.project().await?;
    let mut plan = Plan { phoenix, query, project: &project, gathered: Gathered::default(), lost: BTreeMap::new() };
    let discovery = plan.discover().await?;
    plan.read_whole(discovery).await?;
    let gathered = plan.gathered;
    Ok(Reading {
        spans: gathered.rows.into_values().collect(),
        outlines: gathered.outlines.into_values().collect(),
        sightings: gathered.sightings,
        partial_traces: gathered.partial_traces,
        cut: gathered.cut,
        discovery,
        requests: phoenix.requests(),
        rejected: gathered.rejected,
        server_version: phoenix.version(),
        bytes: gathered.bytes,
        ..Reading::of(phoenix.host())
    })
}

struct Plan<'a, 'c, N> {
    phoenix: &'a Phoenix<'c, N>,
    query: &'a Query,
    project: &'a str,
    gathered: Gathered,
    /// Rows of the window of which nobody knows which trace they are of.
    lost: BTreeMap<Rejection, u64>,
}

impl<N: Fn() -> Timestamp + Copy> Plan<'_, '_, N> {
    /// Looks through the window; a search finds what it can of what that did not see.
    async fn discover(&mut self) -> Result<Discovery, PlatformError> {
        let looked = self.look_through(&[], self.share(1, 2)).await;
        let error = match looked {
            Ok(None) => return Ok(Discovery::Whole),
            Ok(Some(cut)) => {
                self.gathered.note(Some(cut));
                None
            }
            // A page that breaks for good hides what stands behind it from the walk, and not from a search.
            Err(error @ PlatformError::Unavailable { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        if !self.can_search() {
            return error.map_or(Ok(Discovery::Unfinished), Err);
        }
        match (self.search().await, error) {
            // A search that found nothing is no answer where the walk has failed.
            (Ok(()), Some(error)) if self.gathered.matched.is_empty() => Err(error),
            (Ok(()), _) => Ok(Discovery::Searched),
            // Whoever cannot search could be read.
            (Err(PlatformError::Malformed { .. } | PlatformError::Unavailable { .. }), None) => {
                Ok(Discovery::Unfinished)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Walks through the window; what cut the walk, if something did.
    async fn look_through(
        &mut self,
        filters: &[(&'static str, String)],
        until: Timestamp,
    ) -> Result<Option<Truncation>, PlatformError> {
        let walk = Walk { project: self.project, window: self.query.window.discovery(), filters, until };
        let (gathered, query) = (&mut self.gathered, self.query);
        let look = |read: Read| {
            gathered.look(read, query);
            ControlFlow::Continue(())
        };
        let walked = self.phoenix.walk(&walk, look).await?;
        for (cause, count) in walked.lost {
            *self.lost.entry(cause).or_default() += count;
        }
        Ok(walked.cut)
    }

    fn can_search(&self) -> bool {
        let hints = &self.query.hints;
        hints.len() <= MOST_SEARCHED
            && hints.iter().any(is_searchable)
            && self.phoenix.is_at_least(Version::FILTERS_ATTRIBUTES)
    }

    /// Asks the server for the spans that carry a key, one key and value at a time. It cannot ask for every shape: a key in
    /// a metadata that is text, or one written with its dot, is found by no filter.
    async fn search(&mut self) -> Result<(), PlatformError> {
        let until = self.share(2, 3);
        for hint in self.query.hints.iter().filter(|hint| is_searchable(hint)) {
            for key in Key::ALL {
                for prefix in ["", "metadata."] {
                    for value in stored_forms(hint) {
                        let filter = format!("{prefix}{}:{value}", key.as_str());
                        let cut = self.look_through(&[("attribute", filter)], until).await?;
                        if cut == Some(Truncation::Budget) {
                            return Ok(());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads every trace that matched or is stored already, as far as the look through the window has not done so.
    async fn read_whole(&mut self, discovery: Discovery) -> Result<(), PlatformError> {
        let wanted: BTreeSet<String> = self.gathered.matched.union(&self.query.stored_traces).cloned().collect();
        // What a search let through is not all of a trace.
        let has_window = discovery == Discovery::Whole && !self.gathered.let_go;
        self.gathered.retain(&wanted);
        if !has_window {
            // What was lost of the window is asked for again.
            self.lost.clear();
        }
        let has_filter = self.phoenix.is_at_least(Version::FILTERS_TRACES);
        let windows = self.missing(has_window);
        let traces: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let batch_size = if has_filter { TRACES_A_REQUEST } else { traces.len() };
        let mut is_over = false;
        for batch in traces.chunks(batch_size.max(1)) {
            for window in &windows {
                is_over = is_over || !self.read_batch(batch, *window, has_filter).await?;
            }
            if is_over {
                self.gathered.partial_traces.extend(batch.iter().map(|trace| (*trace).to_owned()));
            }
        }
        if !self.lost.is_empty() {
            self.ask_alone(&traces, has_filter).await?;
        }
        Ok(())
    }

    /// What of the matched traces was not seen: from a day before the call until an hour after it.
    fn missing(&self, has_window: bool) -> Vec<Window> {
        let (inner, outer) = (self.query.window.discovery(), self.query.window.whole_trace());
        let from = self.query.window.before_whole_trace().from;
        let windows = if has_window {
            vec![Window { from, to: inner.from }, Window { from: inner.to, to: outer.to }]
        } else {
            vec![Window { from, to: outer.to }]
        };
        // What starts in the future has not been told yet.
        windows.into_iter().filter(|window| window.from < self.query.now).collect()
    }

    /// True when the traces were read to their end.
    async fn read_batch(&mut self, batch: &[&str], window: Window, has_filter: bool) -> Result<bool, PlatformError> {
        let filter = |trace: &&str| ("trace_id", (*trace).to_owned());
        let filters: Vec<_> = if has_filter { batch.iter().map(filter).collect() } else { Vec::new() };
        let walk = Walk { project: self.project, window, filters: &filters, until: self.phoenix.ends_at() };
        let mut part = Part::new(self.query, batch, window, &self.gathered);
        let walked = self.phoenix.walk(&walk, |read| part.take(read)).await?;
        let is_whole = part.end(&walked, &mut self.gathered);
        // Whose they are is to be found out trace by trace.
        for (cause, count) in walked.lost {
            *self.lost.entry(cause).or_default() += count;
        }
        Ok(is_whole)
    }

    /// A row was lost that may belong to any of these traces. One that comes without a loss when it is asked for alone is
    /// whole.
    async fn ask_alone(&mut self, traces: &[&str], has_filter: bool) -> Result<(), PlatformError> {
        let window =
            Window { from: self.query.window.before_whole_trace().from, to: self.query.window.whole_trace().to };
        let most = if has_filter { MOST_ALONE } else { 0 };
        let (alone, rest) = traces.split_at(most.min(traces.len()));
        for trace in alone {
            let filters = [("trace_id", (*trace).to_owned())];
            let walk = Walk { project: self.project, window, filters: &filters, until: self.phoenix.ends_at() };
            let mut part = Part::new(self.query, &[trace], window, &self.gathered);
            let walked = self.phoenix.walk(&walk, |read| part.take(read)).await?;
            if !part.end(&walked, &mut self.gathered) || !walked.lost.is_empty() {
                self.gathered.partial_traces.insert((*trace).to_owned());
            }
            self.gathered.lose(&walked.lost);
        }
        if !rest.is_empty() {
            self.gathered.partial_traces.extend(rest.iter().map(|trace| (*trace).to_owned()));
            self.gathered.lose(&self.lost);
        }
        Ok(())
    }

    /// The moment at which this share of the time that is left is over.
    fn share(&self, of: u32, parts: u32) -> Timestamp {
        let now = self.phoenix.now();
        let left: Duration = self.phoenix.ends_at().since(now);
        now.plus(left * of / parts)
    }
}

/// Phoenix compares with an ASCII-escaped dump of the value: no other text is ever found.
fn is_searchable(hint: &Hint) -> bool {
    hint.as_str().bytes().all(|byte| byte.is_ascii() && byte != 0x7f)
}

/// The values as which Phoenix may have stored a hint: as text, and as the number or truth value that it reads as.
fn stored_forms(hint: &Hint) -> Vec<String> {
    let reads_as_hint = |form: &String| {
        let value = serde_json::from_str(form).ok().filter(|value| match value {
            // No server stores a number of more bits, and who knows what asking for one does.
            Value::Number(number) => number.is_i64() || number.as_f64().is_some_and(|float| float.abs() < 1e15),
            value => value.is_boolean(),
        });
        value.as_ref().and_then(canonical_text).as_deref() == Some(hint.as_str())
    };
    let text = Value::from(hint.as_str()).to_string();
    [hint.to_string(), format!("{hint}.0")].into_iter().filter(reads_as_hint).chain([text]).collect()
}
