//! The reading plan: the first page of the window; if that is not all, a search on the server or a walk; then the
//! matched traces whole (contract phoenix §8, design §5).

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use serde_json::Value;
use spanlift_importer::{Query, Reading};
use spanlift_model::correlation::{Key, Sightings, says_ours};
use spanlift_model::{Hint, PlatformError, SourceSpan as _, Timestamp, Truncation, Window, canonical_text};

use crate::api::Phoenix;
use crate::page::Sighting;
use crate::span::PhoenixSpan;
use crate::version::Version;
use crate::walk::{Walk, Walked};

/// Traces that one request asks for: 50 ids are some 2 KB of address.
const TRACES_A_REQUEST: usize = 50;
/// Hints that are searched for, at ten requests each: with more of them a walk is kinder to the server.
const MOST_SEARCHED: usize = 3;
/// Bytes of matched spans that are kept: more than an import stores, so that its caps choose and not we.
const MOST_BYTES: usize = 128 << 20;

/// Reads the traces of one simulation.
pub(crate) async fn read<N: Fn() -> Timestamp + Copy>(
    phoenix: &Phoenix<'_, N>,
    query: &Query,
) -> Result<Reading<PhoenixSpan>, PlatformError> {
    let project = phoenix.project().await?;
    let mut plan = Plan { phoenix, query, project: &project, gathered: Gathered::default() };
    match plan.first_page().await? {
        FirstPage::IsAll => plan.fill_flanks().await?,
        FirstPage::HasMore => {
            let traces = plan.discover().await?;
            if !traces.is_empty() {
                // The rows of these traces are read again, and counted then.
                plan.gathered.rejected.clear();
            }
            plan.fill(&traces, &[query.window.whole_trace()]).await?;
        }
    }
    let gathered = plan.gathered;
    Ok(Reading {
        spans: gathered.spans.into_values().collect(),
        sightings: gathered.sightings,
        partial_traces: gathered.partial_traces,
        cut: gathered.cut,
        requests: phoenix.requests(),
        rejected: gathered.rejected,
        server_version: phoenix.version(),
        bytes: gathered.bytes,
        ..Reading::of(phoenix.host())
    })
}

enum FirstPage {
    /// The window holds no more than its first page.
    IsAll,
    HasMore,
}

struct Plan<'a, 'c, N> {
    phoenix: &'a Phoenix<'c, N>,
    query: &'a Query,
    project: &'a str,
    gathered: Gathered,
}

#[derive(Default)]
struct Gathered {
    spans: HashMap<(String, String), PhoenixSpan>,
    bytes: usize,
    sightings: Sightings,
    partial_traces: HashSet<String>,
    cut: Option<Truncation>,
    rejected: BTreeMap<&'static str, u64>,
}

impl<N: Fn() -> Timestamp + Copy> Plan<'_, '_, N> {
    /// Most windows fit into one page, and that page is all that is needed of them.
    async fn first_page(&mut self) -> Result<FirstPage, PlatformError> {
        let window = self.query.window.discovery();
        let Some(page) = self.phoenix.only_page(&self.walk(window, &[], self.phoenix.ends_at())).await? else {
            return Ok(FirstPage::HasMore);
        };
        let page = page.rows::<PhoenixSpan>()?;
        self.gathered.reject(page.rejected);
        // Servers ignore parameters that they do not know: what comes is checked, always.
        for (span, length) in page.rows.into_iter().filter(|(span, _)| window.contains(span.started_at)) {
            self.gathered.sightings.add(span.labels());
            self.gathered.keep(span, length);
        }
        Ok(FirstPage::IsAll)
    }

    /// What of the matched traces lies before and behind the window.
    async fn fill_flanks(&mut self) -> Result<(), PlatformError> {
        let ours = self.gathered.spans.values().filter(|span| says_ours(span.labels(), &self.query.hints));
        let traces: BTreeSet<String> = ours.map(|span| span.trace_id.clone()).collect();
        let (inner, outer) = (self.query.window.discovery(), self.query.window.whole_trace());
        let before = Window { from: outer.from, to: inner.from };
        let behind = Window { from: inner.to, to: outer.to };
        // What starts in the future has not been told yet.
        let flanks: Vec<Window> = [before, behind].into_iter().filter(|flank| flank.from < self.query.now).collect();
        self.fill(&traces, &flanks).await
    }

    /// The traces with a span of ours in a window that does not fit into one page.
    async fn discover(&mut self) -> Result<BTreeSet<String>, PlatformError> {
        // The rest of the time is for reading what was found.
        let now = self.phoenix.now();
        let until = now.plus(self.phoenix.ends_at().since(now).mul_f64(2.0 / 3.0));
        let hints = &self.query.hints;
        let can_search = hints.len() <= MOST_SEARCHED && hints.iter().all(is_searchable);
        if can_search && self.phoenix.is_at_least(Version::FILTERS_ATTRIBUTES) {
            match self.search(until).await {
                Ok(traces) if !traces.is_empty() || self.gathered.cut.is_some() => return Ok(traces),
                // What the search does not find may still be there in a shape that it cannot ask for. And whoever
                // cannot search can perhaps be read.
                Ok(_) | Err(PlatformError::Malformed { .. } | PlatformError::Unavailable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.find(&[], until).await
    }

    /// Asks the server for the spans that carry a key, one key and value at a time.
    async fn search(&mut self, until: Timestamp) -> Result<BTreeSet<String>, PlatformError> {
        let mut traces = BTreeSet::new();
        for hint in self.query.hints.clone() {
            for key in Key::ALL {
                for prefix in ["", "metadata."] {
                    for value in stored_forms(&hint) {
                        if self.gathered.cut.is_some() {
                            return Ok(traces);
                        }
                        let filter = format!("{prefix}{}:{value}", key.as_str());
                        traces.append(&mut self.find(&[("attribute", filter)], until).await?);
                    }
                }
            }
        }
        Ok(traces)
    }

    /// Walks through the window on as little of each span as tells whether its trace is ours.
    async fn find(
        &mut self,
        filters: &[(&'static str, String)],
        until: Timestamp,
    ) -> Result<BTreeSet<String>, PlatformError> {
        let window = self.query.window.discovery();
        let walk = self.walk(window, filters, until);
        let mut traces = BTreeSet::new();
        let mut sightings = self.gathered.sightings;
        let look = |span: Sighting, _| {
            if window.contains(span.started_at) {
                sightings.add(&span.labels);
                if says_ours(&span.labels, &self.query.hints) {
                    traces.insert(span.trace_id);
                }
            }
            ControlFlow::Continue(())
        };
        let walked = self.phoenix.walk(&walk, look).await?;
        self.gathered.sightings = sightings;
        self.gathered.note(walked);
        Ok(traces)
    }

    /// Reads the traces whole, as far as they lie in `windows`.
    async fn fill(&mut self, traces: &BTreeSet<String>, windows: &[Window]) -> Result<(), PlatformError> {
        let traces: Vec<&str> = traces.iter().map(String::as_str).collect();
        let has_filter = self.phoenix.is_at_least(Version::FILTERS_TRACES);
        let batch_size = if has_filter { TRACES_A_REQUEST } else { traces.len() };
        let mut is_over = false;
        for batch in traces.chunks(batch_size.max(1)) {
            for window in windows {
                is_over = is_over || !self.fill_batch(batch, *window, has_filter).await?;
            }
            if is_over {
                self.gathered.partial_traces.extend(batch.iter().map(|trace| (*trace).to_owned()));
            }
        }
        Ok(())
    }

    /// True when the traces were read to their end.
    async fn fill_batch(&mut self, batch: &[&str], window: Window, has_filter: bool) -> Result<bool, PlatformError> {
        let filter = |trace: &&str| ("trace_id", (*trace).to_owned());
        let filters: Vec<_> = if has_filter { batch.iter().map(filter).collect() } else { Vec::new() };
        let walk = self.walk(window, &filters, self.phoenix.ends_at());
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        let (gathered, most_spans) = (&mut self.gathered, self.query.most_spans);
        let mut left_out = false;
        let keep = |span: PhoenixSpan, length| {
            if !wanted.contains(span.trace_id.as_str()) || !window.contains(span.started_at) {
                return ControlFlow::Continue(());
            }
            // A root comes last and may be all that says whose its trace is: for those that tell, a quarter is kept free.
            let tells = span.parent_id.is_none() || !span.labels().is_empty();
            let quarters = if tells { 4 } else { 3 };
            if gathered.spans.len() * 4 <= most_spans * quarters && gathered.bytes * 4 <= MOST_BYTES * quarters {
                gathered.keep(span, length);
                return ControlFlow::Continue(());
            }
            left_out = true;
            if tells { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut walked = self.phoenix.walk(&walk, keep).await?;
        if left_out {
            walked.cut = walked.cut.or(Some(Truncation::Size));
        }
        let is_whole = walked.cut.is_none();
        self.gathered.note(walked);
        Ok(is_whole)
    }

    fn walk<'w>(&self, window: Window, filters: &'w [(&'static str, String)], until: Timestamp) -> Walk<'w>
    where
        Self: 'w,
    {
        Walk { project: self.project, window, filters, until }
    }
}

impl Gathered {
    /// The first of two spans with the same ids counts, as it does for Phoenix itself.
    fn keep(&mut self, span: PhoenixSpan, length: usize) {
        if let Entry::Vacant(place) = self.spans.entry((span.trace_id.clone(), span.span_id.clone())) {
            self.bytes += length;
            place.insert(span);
        }
    }

    fn note(&mut self, walked: Walked) {
        self.cut = self.cut.or(walked.cut);
        self.reject(walked.rejected);
    }

    fn reject(&mut self, rejected: BTreeMap<&'static str, u64>) {
        for (cause, count) in rejected {
            *self.rejected.entry(cause).or_default() += count;
        }
    }
}

/// Phoenix compares with an ASCII-escaped dump of the value: no other text is ever found (contract phoenix §1.4).
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
