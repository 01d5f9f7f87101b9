//! The reading plan: which traces bear a tag of ours, then these traces whole (contract langsmith §9, design §5).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use spanlift_importer::{Query, Reading};
use spanlift_model::correlation::{Sightings, says_ours};
use spanlift_model::{PlatformError, SourceSpan as _, Timestamp, Truncation, Window};

use crate::api::{Answer, Api, Fields, RunsQuery, Version};
use crate::judge::wrong_host;
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
        server_version: None,
        source_host: api.host(),
    })
}

/// v2, and v1 where that is not there; the other way round where that is known. Once also where v2 does not take a
/// query that it should: the older server may.
async fn read_with_either<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    query: &Query,
    project: &str,
) -> Result<Gathered, PlatformError> {
    let first = api.memory.version(&api.who).unwrap_or(Version::V2);
    let fault = match Plan::new(api, query, project, first).run().await {
        Ok(gathered) => return Ok(gathered),
        Err(Fault::NotTaken(problem)) if first == Version::V1 => return Err(problem.error()),
        Err(Fault::Failed(error)) => return Err(error),
        Err(fault) => fault,
    };
    let second = first.other();
    tracing::info!(version = ?first, ?fault, "this runs query is not to be had; trying the other version");
    match (Plan::new(api, query, project, second).run().await, fault) {
        (Ok(gathered), fault) => {
            if matches!(fault, Fault::NotServed) {
                api.memory.set_version(&api.who, second);
            }
            Ok(gathered)
        }
        (Err(Fault::Failed(error)), _) => Err(error),
        (Err(Fault::NotTaken(problem)), _) | (Err(Fault::NotServed), Fault::NotTaken(problem)) => Err(problem.error()),
        (Err(Fault::NotServed), _) => Err(wrong_host()),
    }
}

struct Plan<'a, 'c, N> {
    api: &'a Api<'c, N>,
    query: &'a Query,
    project: &'a str,
    version: Version,
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
    fn new(api: &'a Api<'c, N>, query: &'a Query, project: &'a str, version: Version) -> Self {
        Self { api, query, project, version, gathered: Gathered::default() }
    }

    async fn run(mut self) -> Result<Gathered, Fault> {
        let traces = self.discover().await?;
        if traces.is_empty() {
            self.look_around().await;
        }
        self.expand(&traces).await?;
        Ok(self.gathered)
    }

    /// The traces with a tag of ours in the discovery window.
    async fn discover(&mut self) -> Result<BTreeSet<String>, Fault> {
        let tagged = filter::tagged(&self.query.hints);
        match self.search(&tagged).await {
            // v1 says no to a filter that it does not know, and is the last to be asked: then all tags are looked at.
            Err(Fault::NotTaken(problem)) if self.version == Version::V1 => {
                tracing::info!(
                    status = problem.status,
                    "LangSmith refuses a filter on metadata; walking through the window"
                );
                self.find(None, false).await
            }
            found => found,
        }
    }

    async fn search(&mut self, tagged: &str) -> Result<BTreeSet<String>, Fault> {
        if self.version == Version::V2 {
            return self.find(Some(tagged.to_owned()), false).await;
        }
        // A tag is usually inherited by everything below: roots first, so that 400 tagged runs are not four pages.
        let mut traces = self.find(Some(tagged.to_owned()), true).await?;
        let known = traces.iter().map(String::as_str).take(TRACES_A_REQUEST);
        let others = match traces.len() {
            0 => None,
            _ => Some(filter::not(&filter::in_traces(known))),
        };
        let filter = filter::all([tagged.to_owned()].into_iter().chain(others));
        traces.append(&mut self.find(filter, false).await?);
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
        let walked = self.api.walk(self.version, &query, until, look).await?;
        self.gathered.sightings = sightings;
        self.gathered.note(walked);
        Ok(traces)
    }

    /// Nothing matched: what else there is says why. Not worth failing for.
    async fn look_around(&mut self) {
        let window = self.query.window.discovery();
        let query = self.runs(None, window, Fields::Tags, false);
        let page = self.api.page(self.version, &query, self.version.largest_page(), None).await;
        if let Ok(Answer::Page(page)) = page {
            let seen = page.runs.iter().map(|(run, _)| run);
            for run in seen.filter(|run| window.contains(run.started_at) && run.is_in(self.project)) {
                self.gathered.sightings.add(run.labels());
            }
        }
    }

    /// Reads the traces whole.
    async fn expand(&mut self, traces: &BTreeSet<String>) -> Result<(), Fault> {
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
        let walked = self.api.walk(self.version, &query, self.query.read_until, keep).await?;
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
