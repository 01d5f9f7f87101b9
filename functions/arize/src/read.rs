//! The reading plan: look through the window; where that does not come to its end, search on the server too; then read the
//! matched traces whole. `docs/adr/0005-reading-phoenix.md` says why.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use spanlift_importer::{Discovery, Query, Reading};
use spanlift_model::correlation::Key;
use spanlift_model::json::Value;
use spanlift_model::{Hint, PlatformError, Rejected, Timestamp, TraceId, Truncation, Window, canonical_text};
use tokio::sync::oneshot;

use crate::api::Phoenix;
use crate::paging::{UNTOLD, Walk, Walked};
use crate::reading_state::{Gathered, Limit, Part};
use crate::row::{PhoenixRow, Read};
use crate::sample::sample;
use crate::version;

/// Traces that one request asks for: 150 ids are some 6 KB of address, and a proxy before a server may take no more than 8.
const TRACES_A_REQUEST: usize = 150;
/// Hints that are searched for, with ten to thirty requests each.
const MOST_SEARCHED: usize = 3;
/// Rows of a walk that is worth a look around the window meanwhile.
const MANY: usize = 1_000;
/// Traces that are asked for alone, after a row was lost that may belong to any of them.
const MOST_ALONE: usize = 20;

/// Reads the traces of one simulation.
pub(crate) async fn read(phoenix: &Phoenix<'_>, query: &Query) -> Result<Reading<PhoenixRow>, PlatformError> {
    let project = phoenix.project().await?;
    if let Some(most) = query.newest {
        return sample(phoenix, query, &project, most).await;
    }
    let mut plan = Plan {
        phoenix,
        query,
        project: &project,
        gathered: Gathered::default(),
        is_seen: false,
        around: None,
        is_over: false,
    };
    let discovery = plan.discover().await?;
    plan.read_whole().await?;
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

struct Plan<'a, 'c> {
    phoenix: &'a Phoenix<'c>,
    query: &'a Query,
    project: &'a str,
    gathered: Gathered,
    /// All of the window is among what was gathered.
    is_seen: bool,
    /// The traces of which something begins outside the window, where that is known.
    around: Option<HashSet<String>>,
    /// There is no time or no room for more traces.
    is_over: bool,
}

impl Plan<'_, '_> {
    /// Walks through the window. Where time or rows that cannot be had end the walk, a search finds what it can of what the
    /// walk did not see.
    async fn discover(&mut self) -> Result<Discovery, PlatformError> {
        let walked = self.look_through_all().await?;
        if walked.cut.is_none() {
            self.is_seen = walked.lost.is_empty() && !self.gathered.has_let_go;
            return Ok(if walked.may_hide_a_tag { Discovery::Unfinished } else { Discovery::Whole });
        }
        let is_searched = match self.search().await {
            Ok(is_searched) => is_searched,
            // Whoever cannot search could be walked through.
            Err(
                PlatformError::BrokenOff { .. }
                | PlatformError::Unavailable { .. }
                | PlatformError::Malformed { .. }
                | PlatformError::Timeout
                | PlatformError::TooLarge { .. },
            ) => false,
            Err(error) => return Err(error),
        };
        if is_searched && !self.gathered.matched.is_empty() {
            return Ok(Discovery::Searched);
        }
        self.gathered.note(walked.cut);
        Ok(Discovery::Unfinished)
    }

    /// Looks at every span of the window, and around it meanwhile if there are many and most may be ours.
    async fn look_through_all(&mut self) -> Result<Walked, PlatformError> {
        let (phoenix, query, project) = (self.phoenix, self.query, self.project);
        let walk = self.whole_window(&[], self.share(1, 2));
        let (are_many, many) = oneshot::channel();
        let (mut are_many, mut rows) = (Some(are_many), 0);
        let gathered = &mut self.gathered;
        // It ends with the walk, and with it the waiting for many rows.
        let look = move |read: Read| {
            gathered.look(read, query);
            rows += 1;
            if rows == MANY && gathered.may_mostly_be_ours() {
                _ = are_many.take().map(|are_many| are_many.send(()));
            }
            ControlFlow::Continue(())
        };
        let around = async {
            match many.await {
                Ok(()) => Ok(phoenix.traces_around(project, query).await),
                Err(_) => Ok(None),
            }
        };
        let (walked, around) = tokio::try_join!(phoenix.walk(&walk, look), around)?;
        self.around = around;
        Ok(walked)
    }

    /// Looks at those spans of the window that a filter lets through.
    async fn look_through(
        &mut self,
        filters: &[(&'static str, String)],
        until: Timestamp,
    ) -> Result<Walked, PlatformError> {
        let walk = self.whole_window(filters, until);
        let (gathered, query) = (&mut self.gathered, self.query);
        let look = |read: Read| {
            gathered.look(read, query);
            ControlFlow::Continue(())
        };
        self.phoenix.walk(&walk, look).await
    }

    fn whole_window<'w>(&self, filters: &'w [(&'static str, String)], until: Timestamp) -> Walk<'w>
    where
        Self: 'w,
    {
        Walk { project: self.project, window: self.query.window.discovery(), filters, until, newest_first: false }
    }

    /// Asks the server for the spans that carry a key, one key and value at a time. It cannot ask for every shape: a key in
    /// a metadata that is text, or one written with its dot, is found by no filter. True when all was asked for that can be.
    async fn search(&mut self) -> Result<bool, PlatformError> {
        let hints = &self.query.hints;
        if hints.len() > MOST_SEARCHED || !self.phoenix.is_at_least(version::FILTERS_ATTRIBUTES) {
            return Ok(false);
        }
        let until = self.share(2, 3);
        let mut is_whole = true;
        for hint in hints.iter().filter(|hint| is_searchable(hint)) {
            for key in Key::ALL {
                for prefix in ["", "metadata."] {
                    for value in stored_forms(hint) {
                        let filter = format!("{prefix}{}:{value}", key.as_str());
                        let walked = self.look_through(&[("attribute", filter)], until).await?;
                        is_whole &= walked.cut.is_none() && !walked.may_hide_a_tag;
                        if walked.cut == Some(Truncation::Budget) {
                            return Ok(false);
                        }
                    }
                }
            }
        }
        Ok(is_whole)
    }

    /// Reads every trace that matched or is stored already, as far as the look through the window has not done so.
    async fn read_whole(&mut self) -> Result<(), PlatformError> {
        let stored = self.query.stored_traces.iter().map(TraceId::to_string);
        let wanted: BTreeSet<String> = self.gathered.matched.iter().cloned().chain(stored).collect();
        self.gathered.retain(&wanted);
        let has_filter = self.phoenix.is_at_least(version::FILTERS_TRACES);
        let told = self.told_whole();
        let traces: Vec<&str> = wanted.iter().filter(|trace| !told.contains(*trace)).map(String::as_str).collect();
        let batch_size = if has_filter { TRACES_A_REQUEST } else { traces.len() };
        let (mut doubtful, mut lost) = (Vec::new(), Rejected::none());
        for batch in traces.chunks(batch_size.max(1)) {
            let windows = self.missing(batch, has_filter);
            let batch_lost = self.read_batch(batch, &windows, has_filter).await?;
            if batch_lost.is_empty() {
                continue;
            }
            if has_filter && batch.len() > 1 {
                doubtful.extend(batch);
                lost.merge(&batch_lost);
            } else {
                self.gathered.doubt(batch);
                self.gathered.rejected.merge(&batch_lost);
            }
        }
        self.ask_alone(&doubtful, lost).await
    }

    /// Traces of which nothing is left to be asked for: the window held them whole, and the hours around it nothing of them.
    fn told_whole(&self) -> HashSet<String> {
        let Some(around) = self.around.as_ref().filter(|_| self.is_seen) else { return HashSet::new() };
        let mut told = self.gathered.told_whole(&self.query.hints);
        told.retain(|trace| !around.contains(trace));
        told
    }

    /// What of these matched traces was not seen: from a day before the call until an hour after it.
    fn missing(&self, batch: &[&str], has_filter: bool) -> Vec<Window> {
        let (inner, outer) = (self.query.window.discovery(), self.query.window.whole_trace());
        let early = self.query.window.before_whole_trace();
        // What starts in the future has not been told yet.
        let is_late = inner.to < self.query.now;
        let mut windows = match (self.is_seen, is_late) {
            (true, false) => vec![Window { from: outer.from, to: inner.from }],
            // With a filter, rows that come twice cost less than one more request, as long as they fit into one page.
            (true, true) if !has_filter || self.gathered.count_of(batch) >= self.phoenix.most_rows() => {
                vec![Window { from: outer.from, to: inner.from }, Window { from: inner.to, to: outer.to }]
            }
            _ => vec![outer],
        };
        match windows.first_mut().filter(|_| has_filter) {
            Some(first) => first.from = early.from,
            // Without one these are rows of the whole project, and come last.
            None => windows.push(early),
        }
        windows
    }

    /// Reads these traces; the rows that were lost and may belong to any of them.
    async fn read_batch(
        &mut self,
        batch: &[&str],
        windows: &[Window],
        has_filter: bool,
    ) -> Result<Rejected, PlatformError> {
        let filter = |trace: &&str| ("trace_id", (*trace).to_owned());
        let filters: Vec<_> = if has_filter { batch.iter().map(filter).collect() } else { Vec::new() };
        let (mut lost, mut lost_early) = (Rejected::none(), Rejected::none());
        let mut windows: Vec<Window> = windows.iter().rev().copied().collect();
        while let Some(window) = windows.pop() {
            if self.is_over {
                self.gathered.doubt(batch);
                break;
            }
            let until = self.phoenix.ends_at();
            let walk = Walk { project: self.project, window, filters: &filters, until, newest_first: false };
            let mut part = Part::new(&mut self.gathered, self.query, batch, window);
            let walked = self.phoenix.walk(&walk, |read| part.take(read)).await?;
            let limit = part.limit;
            let call_from = self.query.window.whole_trace().from;
            if limit == Some(Limit::Early) && call_from < window.to {
                // The call itself is read all the same, and what it loses counts then.
                windows.push(Window { from: call_from, to: window.to });
                lost_early = walked.lost;
            } else {
                lost_early.subtract(&walked.lost);
                lost.merge(&walked.lost);
            }
            match limit {
                Some(Limit::Early) => {}
                Some(Limit::Room) => self.end_reading(Some(Truncation::Size)),
                None => self.end_reading(walked.cut),
            }
            if limit.is_some() || walked.cut.is_some() {
                self.gathered.doubt(batch);
            }
        }
        lost.merge(&lost_early);
        Ok(lost)
    }

    fn end_reading(&mut self, cut: Option<Truncation>) {
        self.is_over = matches!(cut, Some(Truncation::Budget | Truncation::Size));
        self.gathered.note(cut);
    }

    /// Rows were lost that may belong to any of these traces. One that comes without a loss when it is asked for alone is
    /// whole.
    async fn ask_alone(&mut self, traces: &[&str], mut lost: Rejected) -> Result<(), PlatformError> {
        let from = self.query.window.before_whole_trace().from;
        let window = Window { from, to: self.query.window.whole_trace().to };
        let (alone, rest) = traces.split_at(MOST_ALONE.min(traces.len()));
        for trace in alone {
            let lost_alone = self.read_batch(&[trace], &[window], true).await?;
            if !lost_alone.is_empty() {
                self.gathered.doubt(&[trace]);
            }
            self.gathered.rejected.merge(&lost_alone);
            lost.subtract(&lost_alone);
        }
        // Whose a row is was not found out though each trace was asked for: what the server told was of an older state, and
        // clears no trace.
        let is_older = rest.is_empty() && lost.iter().any(|(cause, _)| *cause != UNTOLD);
        let doubtful = if is_older { alone } else { rest };
        if !doubtful.is_empty() {
            self.gathered.doubt(doubtful);
            // What a trace lost alone has been counted.
            self.gathered.rejected.merge(&lost);
        }
        Ok(())
    }

    /// The moment at which this share of the time that is left is over.
    fn share(&self, of: u32, parts: u32) -> Timestamp {
        let now = self.phoenix.now();
        now.plus(self.phoenix.ends_at().since(now) * of / parts)
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
            value => value.as_bool().is_some(),
        });
        value.as_ref().and_then(canonical_text).as_deref() == Some(hint.as_str())
    };
    let text = Value::from(hint.as_str()).to_string();
    [hint.to_string(), format!("{hint}.0")].into_iter().filter(reads_as_hint).chain([text]).collect()
}
