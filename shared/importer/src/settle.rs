use std::collections::{HashMap, HashSet};
use std::time::Duration;

use spanlift_model::correlation::{Ownership, by_window, correlate};
use spanlift_model::{Attempts, PlatformError, SourceSpan, Timestamp, Window};

use crate::ports::{Clock, Platform};
use crate::{Query, Reading};

/// The waits between readings of a pass: 15 s in all, for waiting is free in SQS and costs in Lambda.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// Readings without news after which a pass waits no more.
const MOST_FRUITLESS: u32 = 2;
/// So long after the call a span without an end is left to the later passes.
const FRESH: Duration = Duration::from_mins(1);

/// A reading, with whose its spans are.
pub(crate) struct Settled<S> {
    pub(crate) reading: Reading<S>,
    pub(crate) owners: Vec<Ownership>,
    pub(crate) completeness: Completeness,
}

/// How whole the matched traces look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Completeness {
    /// Spans that matched.
    pub(crate) spans: u64,
    /// Traces that they are part of.
    pub(crate) traces: u64,
    /// Of these, traces without a root.
    pub(crate) rootless: u64,
    /// Matched spans whose parent is not there.
    pub(crate) orphans: u64,
    /// Matched spans without an end.
    pub(crate) endless: u64,
}

impl Completeness {
    /// Nothing that matched seems to be missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.rootless == 0 && self.orphans == 0 && self.endless == 0
    }
}

/// Reads until what matched looks whole, or a further reading brings no news (design §5, "Late data").
pub(crate) async fn read_until_settled<P: Platform>(
    platform: &P,
    connection: &P::Connection,
    query: &Query,
    clock: &impl Clock,
) -> Result<Settled<P::Span>, PlatformError> {
    let mut settled = assess(platform.read(connection, query).await?, query);
    let mut fruitless = 0;
    for wait in WAITS {
        let now = clock.now();
        let known = settled.completeness;
        let is_fresh = now.since(query.window.to) <= FRESH;
        let is_worth_it = known.spans > 0 && !known.is_whole() && (is_fresh || known.rootless > 0);
        if !is_worth_it || fruitless == MOST_FRUITLESS || now.plus(wait) >= query.read_until {
            break;
        }
        tokio::time::sleep(wait).await;
        let again = match platform.read(connection, query).await {
            Ok(again) => again,
            Err(error) => {
                tracing::info!(%error, "a further look at the platform failed; what was read before it stands");
                break;
            }
        };
        if again.cut.is_some() && settled.reading.cut.is_none() {
            settled.reading.requests += again.requests;
            break;
        }
        let requests = settled.reading.requests;
        settled = assess(again, query);
        settled.reading.requests += requests;
        fruitless = if settled.completeness == known { fruitless + 1 } else { 0 };
    }
    fall_back(platform, connection, query, settled).await
}

/// Where nothing matched, nothing in the window is tagged, and two readings agree on it: by time alone.
async fn fall_back<P: Platform>(
    platform: &P,
    connection: &P::Connection,
    query: &Query,
    settled: Settled<P::Span>,
) -> Result<Settled<P::Span>, PlatformError> {
    let may_fall_back =
        |reading: &Reading<P::Span>| query.may_fall_back && reading.saw_all() && reading.sightings.is_untagged();
    if settled.completeness.spans > 0 || !may_fall_back(&settled.reading) {
        return Ok(settled);
    }
    let mut again = platform.read(connection, query).await?;
    again.requests += settled.reading.requests;
    let agrees = may_fall_back(&again) && ids(&again.spans) == ids(&settled.reading.spans);
    let Some(mut owners) = by_window(&again.spans, query.window).filter(|_| agrees) else {
        return Ok(settled);
    };
    leave_to_other_attempts(&again, &mut owners, &query.attempts);
    let completeness = completeness(&again.spans, &owners);
    Ok(Settled { reading: again, owners, completeness })
}

fn ids<S: SourceSpan>(spans: &[S]) -> HashSet<(&str, &str)> {
    spans.iter().map(|span| (span.trace_id(), span.span_id())).collect()
}

fn assess<S: SourceSpan>(reading: Reading<S>, query: &Query) -> Settled<S> {
    let is_partial = |trace_id: &str| reading.partial_traces.contains(trace_id);
    let discovery: Window = query.window.discovery();
    let mut owners = correlate(&reading.spans, &query.hints, discovery, is_partial);
    leave_to_other_attempts(&reading, &mut owners, &query.attempts);
    let completeness = completeness(&reading.spans, &owners);
    Settled { reading, owners, completeness }
}

/// A matched trace is one attempt's, whole: by when it began. Where that is not known for sure yet, because its root or
/// a part of it was not read, it is nobody's for now.
fn leave_to_other_attempts<S: SourceSpan>(reading: &Reading<S>, owners: &mut [Ownership], attempts: &Attempts) {
    if !attempts.are_several() {
        return;
    }
    let mut starts: HashMap<&str, Timestamp> = HashMap::new();
    let mut rooted: HashSet<&str> = HashSet::new();
    for span in &reading.spans {
        let start = starts.entry(span.trace_id()).or_insert(span.started_at());
        *start = span.started_at().min(*start);
        rooted.extend(span.parent_id().is_none().then_some(span.trace_id()));
    }
    for (span, owner) in reading.spans.iter().zip(owners) {
        let trace_id = span.trace_id();
        let is_ours = starts.get(trace_id).is_some_and(|start| attempts.is_ours(*start));
        *owner = match *owner {
            _ if !is_ours || reading.partial_traces.contains(trace_id) => Ownership::NotOurs,
            Ownership::Ours(key) if !rooted.contains(trace_id) => Ownership::Undecided(key),
            owner => owner,
        };
    }
}

fn completeness<S: SourceSpan>(spans: &[S], owners: &[Ownership]) -> Completeness {
    let matched = || spans.iter().zip(owners).filter(|(_, owner)| **owner != Ownership::NotOurs).map(|(span, _)| span);
    let traces: HashSet<&str> = matched().map(SourceSpan::trace_id).collect();
    let of_matched_traces = || spans.iter().filter(|span| traces.contains(span.trace_id()));
    let rooted: HashSet<&str> =
        of_matched_traces().filter(|span| span.parent_id().is_none()).map(SourceSpan::trace_id).collect();
    let ids: HashSet<(&str, &str)> = of_matched_traces().map(|span| (span.trace_id(), span.span_id())).collect();
    let is_orphan = |span: &&S| span.parent_id().is_some_and(|parent| !ids.contains(&(span.trace_id(), parent)));
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Completeness {
        spans: count(matched().count()),
        traces: count(traces.len()),
        rootless: count(traces.len() - rooted.len()),
        orphans: count(matched().filter(is_orphan).count()),
        endless: count(matched().filter(|span| span.ended_at().is_none()).count()),
    }
}
