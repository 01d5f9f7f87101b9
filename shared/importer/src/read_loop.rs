use std::collections::{HashMap, HashSet};
use std::time::Duration;

use spanlift_model::correlation::{
    Cause, Correlated, Outline, Ownership, Rootless, by_window, correlate, rootless_traces,
};
use spanlift_model::{Clock, EmptyReason, PlatformError, Rejected, SourceSpan, Timestamp};

use crate::ports::Platform;
use crate::{Discovery, Query, Reading};

/// The waits between readings of a pass: 15 s in all, for waiting is free in SQS and costs in Lambda.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// Readings without news after which a pass waits no more.
const MOST_FRUITLESS: u32 = 2;
/// So long after the call a span without an end is left to the later passes.
const FRESH: Duration = Duration::from_mins(1);
/// A larger reading is not held beside a further one: later passes look again.
const SMALL: usize = 8 << 20;
/// A trace without a root of which something happened within so long may still get its root.
const QUIET: Duration = Duration::from_mins(5);

/// A reading, with whose its spans are.
pub(crate) struct Settled<S> {
    pub(crate) reading: Reading<S>,
    pub(crate) owners: Vec<Ownership>,
    pub(crate) completeness: Completeness,
    /// Spans of matched traces that are not ours or cannot be stored, by cause.
    pub(crate) left: Rejected,
    /// Why nothing matched, should nothing have. `None` where something did, and cannot be stored.
    pub(crate) empty_reason: Option<EmptyReason>,
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
    /// Matched spans of which it is not known yet whether they are ours.
    pub(crate) undecided: u64,
}

impl Completeness {
    /// Nothing that matched seems to be missing. What was lost for good does not count: it will not come.
    pub(crate) fn is_whole(&self) -> bool {
        self.rootless == 0 && self.orphans == 0 && self.endless == 0 && self.undecided == 0
    }
}

/// Reads until what matched looks whole, or a further reading brings no news.
///
/// `takes_rootless`: where nothing is tagged, a trace whose root never came is taken as well.
pub(crate) async fn read_until_settled<P: Platform>(
    platform: &P,
    connection: &P::Connection,
    query: &Query,
    takes_rootless: bool,
    clock: &impl Clock,
) -> Result<Settled<P::Span>, PlatformError> {
    let mut settled = assess(platform.read(connection, query).await?, query);
    let mut fruitless = 0;
    for wait in WAITS {
        let now = clock.now();
        let known = settled.completeness;
        let is_fresh = now.since(query.window.to) <= FRESH;
        let may_come = known.spans > 0 && !known.is_whole() && (is_fresh || known.rootless > 0);
        let is_worth_it = may_come && !ran_out_of_time(&settled.reading) && settled.reading.bytes <= SMALL;
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
        if ran_out_of_time(&again) {
            settled.reading.requests += again.requests;
            break;
        }
        let requests = settled.reading.requests;
        settled = assess(again, query);
        settled.reading.requests += requests;
        fruitless = if settled.completeness == known { fruitless + 1 } else { 0 };
    }
    fall_back(platform, connection, query, takes_rootless, settled).await
}

/// A further look has less time, and would see less.
fn ran_out_of_time<S>(reading: &Reading<S>) -> bool {
    reading.cut.is_some() || reading.discovery == Discovery::Searched
}

/// Where nothing matched, nothing in the window is tagged, and two readings agree on it: by time alone.
async fn fall_back<P: Platform>(
    platform: &P,
    connection: &P::Connection,
    query: &Query,
    takes_rootless: bool,
    mut settled: Settled<P::Span>,
) -> Result<Settled<P::Span>, PlatformError> {
    let may_fall_back = |reading: &Reading<P::Span>| reading.saw_all() && reading.sightings.is_untagged();
    if settled.completeness.spans > 0 || !query.may_fall_back {
        return Ok(settled);
    }
    if !may_fall_back(&settled.reading) {
        let is_in_pieces = !settled.reading.is_one_look && settled.reading.discovery == Discovery::Whole;
        if is_in_pieces && settled.reading.sightings.is_untagged() {
            settled.empty_reason = Some(EmptyReason::WindowTooLarge);
        }
        return Ok(settled);
    }
    let rootless = if takes_rootless { Rootless::TakenIfQuietSince(query.now.minus(QUIET)) } else { Rootless::Blocks };
    // Of the reading before it only ids and counts are kept: each may fill the memory.
    let (seen, requests) = (ids(&settled.reading.spans), settled.reading.requests);
    drop(settled);
    let again = platform.read(connection, query).await?;
    let agrees = may_fall_back(&again) && ids(&again.spans) == seen;
    let mut settled = assess(again, query);
    settled.reading.requests += requests;
    if settled.completeness.spans > 0 || !agrees {
        return Ok(settled);
    }
    let Reading { spans, outlines, .. } = &settled.reading;
    if let Some(correlated) = by_window(spans, outlines, query.window, &query.attempts, rootless) {
        return Ok(Settled::new(settled.reading, correlated, query));
    }
    // What is stored of the window already is not all: the root may still come.
    let completeness = Completeness { rootless: 1, ..settled.completeness };
    Ok(Settled { empty_reason: Some(EmptyReason::Rootless), completeness, ..settled })
}

/// Trace and span, as the platform names them.
type RawIds = HashSet<(String, String)>;

fn ids<S: SourceSpan>(spans: &[S]) -> RawIds {
    spans.iter().map(|span| (span.trace_id().to_owned(), span.span_id().to_owned())).collect()
}

fn assess<S: SourceSpan>(reading: Reading<S>, query: &Query) -> Settled<S> {
    let correlated = correlate(&reading.spans, &reading.outlines, &reading.partial_traces, &query.question());
    Settled::new(reading, correlated, query)
}

impl<S: SourceSpan> Settled<S> {
    fn new(reading: Reading<S>, correlated: Correlated, query: &Query) -> Self {
        let left = left(&reading, &correlated);
        let is_another_attempts = left.contains_key(Cause::OtherAttempt.as_str());
        let empty_reason = if correlated.outlines.iter().any(|owner| owner.is_candidate()) {
            None
        } else if is_another_attempts {
            Some(EmptyReason::OtherAttempt)
        } else {
            Some(reading.sightings.empty_reason())
        };
        let completeness = completeness(&reading, &correlated, query.ends_by());
        Self { reading, owners: correlated.spans, completeness, left, empty_reason }
    }
}

/// What a matched trace loses, by cause: nothing goes in silence.
fn left<S>(reading: &Reading<S>, correlated: &Correlated) -> Rejected {
    let of_spans = correlated.spans.iter().filter_map(|owner| match owner {
        Ownership::Left(cause) => Some(cause.as_str()),
        _ => None,
    });
    let outlines = reading.outlines.iter().zip(&correlated.outlines);
    let of_outlines = outlines.filter_map(|(outline, owner)| {
        let is_lost = if outline.is_unreadable() { *owner != Ownership::Unmatched } else { owner.is_candidate() };
        is_lost.then_some(outline.cause)
    });
    let mut left = reading.rejected.clone();
    for cause in of_spans.chain(of_outlines) {
        left.add(cause, 1);
    }
    left
}

/// What is there of one trace.
#[derive(Default)]
struct Known<'a> {
    ids: HashSet<&'a str>,
    has_matched: bool,
    /// A part of it is lost for good: what is missing of it will not come.
    is_partial: bool,
}

fn completeness<S: SourceSpan>(reading: &Reading<S>, correlated: &Correlated, ends_by: Timestamp) -> Completeness {
    let Correlated { spans: owners, outlines } = correlated;
    let mut traces: HashMap<&str, Known<'_>> = HashMap::new();
    for (span, owner) in reading.spans.iter().zip(owners) {
        let known = traces.entry(span.trace_id()).or_default();
        known.ids.insert(span.span_id());
        known.has_matched |= owner.is_candidate();
        known.is_partial |= span.is_tag_unknown();
    }
    for outline in &reading.outlines {
        let known = traces.entry(&outline.trace_id).or_default();
        known.ids.insert(&outline.span_id);
        known.is_partial |= outline.is_tag_unknown;
    }
    for trace in &reading.partial_traces {
        traces.entry(trace).or_default().is_partial = true;
    }
    let matched = || reading.spans.iter().zip(owners).filter(|(_, owner)| owner.is_candidate());
    let is_orphan = |span: &S| {
        let parent_is_there = |known: &Known<'_>| span.parent_id().is_none_or(|parent| known.ids.contains(parent));
        traces.get(span.trace_id()).is_some_and(|known| !known.is_partial && !parent_is_there(known))
    };
    let rootless = rootless_traces(&reading.spans, &reading.outlines);
    let may_get_root = |trace: &&&str| traces.get(**trace).is_some_and(|known| known.has_matched && !known.is_partial);
    let has_no_end = |span: &S| span.ended_at().is_none_or(|end| end > ends_by);
    let endless = matched().filter(|(span, _)| has_no_end(span));
    // A root that goes by its own start may be another attempt's; as long as it goes on, more of this one may come below it.
    let is_shared_root = |(span, owner): &(&S, &Ownership)| {
        let is_matched = traces.get(span.trace_id()).is_some_and(|known| known.has_matched && !known.is_partial);
        matches!(owner, Ownership::Left(Cause::OtherAttempt)) && span.parent_id().is_none() && is_matched
    };
    let endless_roots = reading.spans.iter().zip(owners).filter(is_shared_root).filter(|(span, _)| has_no_end(span));
    // Below a span from before the call that goes on, more may come.
    let goes_on = |outline: &Outline| !outline.has_ended && !outline.is_unreadable();
    let endless_outlines =
        reading.outlines.iter().zip(outlines).filter(|(one, owner)| owner.is_candidate() && goes_on(one));
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Completeness {
        spans: count(matched().count()),
        traces: count(traces.values().filter(|known| known.has_matched).count()),
        rootless: count(rootless.iter().filter(may_get_root).count()),
        orphans: count(matched().filter(|(span, _)| is_orphan(span)).count()),
        endless: count(endless.count() + endless_roots.count() + endless_outlines.count()),
        undecided: count(matched().filter(|(_, owner)| matches!(owner, Ownership::Undecided(_))).count()),
    }
}
