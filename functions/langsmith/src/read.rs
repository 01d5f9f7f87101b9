//! The reading plan: which traces bear a tag of ours, then these traces whole (contract langsmith §9, design §5).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use spanlift_importer::{Query, Reading};
use spanlift_model::correlation::{Sightings, says_ours};
use spanlift_model::{PlatformError, SourceSpan as _, Timestamp, Truncation, Window};

use crate::api::{Api, Fields, RunsQuery, Version};
use crate::judge::{NotTaken, wrong_host};
use crate::run::LangSmithRun;
use crate::walk::{Fault, Walked};
use crate::{filter, offload, own};

/// Traces that one request asks for (contract langsmith §3.6).
const TRACES_A_REQUEST: usize = 50;
/// Bytes of matched runs that are kept: more than an import stores, so that its caps choose and not we.
const MOST_BYTES: usize = 128 << 20;

/// Reads the traces of one simulation.
pub(crate) async fn read<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    query: &Query,
) -> Result<Reading<LangSmithRun>, PlatformError> {
    let project = api.project().await?;
    let gathered = match read_with_either(api, query, &project).await {
        Ok(gathered) => gathered,
        Err(error) => {
            api.memory.forget_project(&api.who);
            return Err(error);
        }
    };
    if gathered.runs.is_empty() {
        // A project that was made anew has another id.
        api.memory.forget_project(&api.who);
    }
    let mut runs: Vec<LangSmithRun> = gathered.runs.into_values().collect();
    runs.sort_by(|a, b| (&a.dotted_order, &a.id).cmp(&(&b.dotted_order, &b.id)));
    offload::fetch(api, query, &mut runs, &gathered.partial_traces).await;
    own::mark(&mut runs);
    Ok(Reading {
        spans: runs,
        sightings: gathered.sightings,
        partial_traces: gathered.partial_traces,
        cut: gathered.cut,
        requests: api.requests(),
        rejected: gathered.rejected,
        bytes: gathered.bytes,
        ..Reading::of(api.host())
    })
}

/// How the traces with a tag of ours are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Search {
    /// The server filters by metadata.
    ByTag,
    /// Every run in the window is looked at.
    InWindow,
}

/// v2, and v1 where that is not there; the other way round where that is known. Also where the one does not take a query
/// that it should: the other may. Where none takes a filter on metadata, all tags are looked at (contract langsmith §9.1).
async fn read_with_either<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    query: &Query,
    project: &str,
) -> Result<Gathered, PlatformError> {
    let preferred = api.memory.version(&api.who).unwrap_or(Version::V2);
    let mut served = vec![preferred, preferred.other()];
    let mut not_taken = None;
    for search in [Search::ByTag, Search::InWindow] {
        for version in served.clone() {
            let fault = match Plan::new(api, query, project, version, search).run().await {
                Ok(gathered) => {
                    if !served.contains(&version.other()) {
                        api.memory.set_version(&api.who, version);
                    }
                    return Ok(gathered);
                }
                Err(fault) => fault,
            };
            tracing::info!(?version, ?search, ?fault, "runs are not to be had like this");
            match fault {
                Fault::NotServed => served.retain(|known| *known != version),
                Fault::NotTaken(problem) => not_taken = Some(problem),
                Fault::Failed(error) => return Err(error),
            }
        }
    }
    Err(not_taken.map_or_else(wrong_host, NotTaken::error))
}

struct Plan<'a, 'c, N> {
    api: &'a Api<'c, N>,
    query: &'a Query,
    project: &'a str,
    version: Version,
    search: Search,
    /// The rows of a page, as far as the server is able.
    limit: usize,
    gathered: Gathered,
}

#[derive(Default)]
struct Gathered {
    runs: HashMap<String, LangSmithRun>,
    bytes: usize,
    sightings: Sightings,
    partial_traces: HashSet<String>,
    cut: Option<Truncation>,
    rejected: BTreeMap<&'static str, u64>,
}

impl<'a, 'c, N: Fn() -> Timestamp + Copy> Plan<'a, 'c, N> {
    fn new(api: &'a Api<'c, N>, query: &'a Query, project: &'a str, version: Version, search: Search) -> Self {
        Self { api, query, project, version, search, limit: version.usual_page(), gathered: Gathered::default() }
    }

    async fn run(mut self) -> Result<Gathered, Fault> {
        let traces = self.discover().await?;
        if !traces.is_empty() {
            self.expand(&traces).await?;
        } else if self.search == Search::ByTag && self.gathered.cut.is_none() {
            self.look_around().await?;
        }
        Ok(self.gathered)
    }

    /// The traces with a tag of ours in the discovery window.
    async fn discover(&mut self) -> Result<BTreeSet<String>, Fault> {
        let tagged = match self.search {
            Search::InWindow => return self.find(None, false).await,
            Search::ByTag => filter::tagged(&self.query.hints),
        };
        if self.version == Version::V2 {
            return self.find(Some(tagged), false).await;
        }
        // A tag is usually inherited by everything below: roots first, so that 400 tagged runs are not four pages.
        let mut traces = self.find(Some(tagged.clone()), true).await?;
        let known: Vec<&str> = traces.iter().map(String::as_str).collect();
        let not_known =
            known.chunks(TRACES_A_REQUEST).map(|some| filter::not(&filter::in_traces(some.iter().copied())));
        let others = filter::all([tagged].into_iter().chain(not_known));
        traces.append(&mut self.find(others, false).await?);
        Ok(traces)
    }

    /// Walks through what a filter lets through, and looks for tags of ours.
    async fn find(&mut self, filter: Option<String>, roots_only: bool) -> Result<BTreeSet<String>, Fault> {
        let window = self.query.window.discovery();
        let query = self.runs(filter, window, Fields::Tags, roots_only);
        // The rest of the time is for reading what was found.
        let now = self.api.now();
        let until = now.plus(self.query.read_until.since(now).mul_f64(2.0 / 3.0));
        let mut traces = BTreeSet::new();
        let mut sightings = self.gathered.sightings;
        let (project, hints) = (self.project, &self.query.hints);
        let look = |run: LangSmithRun, _| {
            if window.contains(run.started_at) && run.is_in(project) {
                sightings.add(run.labels());
                if says_ours(run.labels(), hints) {
                    traces.insert(run.trace_id);
                }
            }
            ControlFlow::Continue(())
        };
        let walked = self.api.walk(self.version, &query, &mut self.limit, until, look).await?;
        self.gathered.sightings = sightings;
        // The walk before this met the same rows.
        self.gathered.rejected.clear();
        self.gathered.note(walked);
        Ok(traces)
    }

    /// Nothing matched: what else there is says why. A look that failed says nothing.
    async fn look_around(&mut self) -> Result<(), Fault> {
        let has_more = self.sight(None).await?;
        if has_more && self.gathered.sightings.is_untagged() {
            self.sight(Some(filter::with_a_key())).await?;
        }
        Ok(())
    }

    /// Looks at runs in the window until a page of them was seen, or a tag. True when there may be more.
    async fn sight(&mut self, filter: Option<String>) -> Result<bool, Fault> {
        let window = self.query.window.discovery();
        let query = self.runs(filter, window, Fields::Tags, false);
        let (sightings, project) = (&mut self.gathered.sightings, self.project);
        let mut left = self.limit;
        let look = |run: LangSmithRun, _| {
            if window.contains(run.started_at) && run.is_in(project) {
                sightings.add(run.labels());
            }
            left = left.saturating_sub(1);
            if left == 0 || sightings.is_tagged() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let walked = self.api.walk(self.version, &query, &mut self.limit, self.query.read_until, look).await?;
        let has_more = walked.cut == Some(Truncation::Size);
        self.gathered.cut = walked.cut.filter(|_| !has_more);
        Ok(has_more)
    }

    /// Reads the traces whole.
    async fn expand(&mut self, traces: &BTreeSet<String>) -> Result<(), Fault> {
        // What was rejected while looking for them comes again.
        self.gathered.rejected.clear();
        let traces: Vec<&str> = traces.iter().map(String::as_str).collect();
        let mut is_over = false;
        for batch in traces.chunks(TRACES_A_REQUEST) {
            is_over = is_over || !self.expand_batch(batch).await?;
            if is_over {
                let partial = batch.iter().map(|trace| (*trace).to_owned());
                self.gathered.partial_traces.extend(partial);
            }
        }
        Ok(())
    }

    /// True when the traces were read to their end.
    async fn expand_batch(&mut self, batch: &[&str]) -> Result<bool, Fault> {
        let (discovery, window) = (self.query.window.discovery(), self.query.window.whole_trace());
        let filter = filter::in_traces(batch.iter().copied());
        let query = self.runs(Some(filter), window, Fields::Whole, false);
        let wanted: HashSet<&str> = batch.iter().copied().collect();
        let (gathered, project, most_spans) = (&mut self.gathered, self.project, self.query.most_spans);
        let keep = |run: LangSmithRun, length| {
            if wanted.contains(run.trace_id.as_str()) && window.contains(run.started_at) && run.is_in(project) {
                if discovery.contains(run.started_at) {
                    gathered.sightings.add(run.labels());
                }
                gathered.keep(run, length);
            }
            if gathered.runs.len() > most_spans || gathered.bytes > MOST_BYTES {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let walked = self.api.walk(self.version, &query, &mut self.limit, self.query.read_until, keep).await?;
        let is_whole = walked.cut.is_none();
        self.gathered.note(walked);
        Ok(is_whole)
    }

    fn runs(&self, filter: Option<String>, window: Window, fields: Fields, roots_only: bool) -> RunsQuery {
        RunsQuery { project: self.project.to_owned(), filter, window, roots_only, fields }
    }
}

impl Gathered {
    /// Of two tellings of a run the newer one counts: the one that knows its end (contract langsmith §3.3).
    fn keep(&mut self, run: LangSmithRun, length: usize) {
        let is_news = self.runs.get(&run.id).is_none_or(|known| known.ended_at.is_none() && run.ended_at.is_some());
        if is_news {
            self.bytes += length;
            self.runs.insert(run.id.clone(), run);
        }
    }

    fn note(&mut self, walked: Walked) {
        self.cut = self.cut.or(walked.cut);
        for (cause, count) in walked.rejected {
            *self.rejected.entry(cause).or_default() += count;
        }
    }
}
