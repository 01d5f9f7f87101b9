use std::collections::HashMap;

use spanlift_conventions::{CallGroup, call_groups};
use spanlift_model::correlation::{Ownership, WINDOW_METHOD};
use spanlift_model::{SourceSpan, Timestamp};

/// Spans that are interpreted together, each with the method by which it was found.
pub(crate) struct Unit<S> {
    pub(crate) members: Vec<(S, &'static str)>,
    /// By their names they may be of one call (docs/adr/0019-one-call-one-canonical-span.md).
    pub(crate) may_be_call: bool,
    /// The span above them is there, if there is one, and it is known of all of them whose they are.
    pub(crate) is_there: bool,
}

/// What is to be stored, in the order of (trace start, span start, id), spans of one call together.
pub(crate) fn units<S: SourceSpan>(spans: Vec<S>, owners: &[Ownership]) -> Vec<Unit<S>> {
    let is_candidate = |place: usize| owners.get(place).is_some_and(|owner| owner.is_candidate());
    let groups = call_groups(&spans, is_candidate);
    let mut group_of: HashMap<usize, &CallGroup> = HashMap::new();
    for group in &groups {
        group_of.extend(group.members.iter().map(|member| (*member, group)));
    }
    let order = order(&spans, is_candidate);
    let mut spans: Vec<Option<S>> = spans.into_iter().map(Some).collect();
    let mut take = |place: usize| {
        let method = owners.get(place).copied().and_then(method)?;
        Some((spans.get_mut(place)?.take()?, method))
    };
    let unit = |place: usize| {
        let unit = match group_of.get(&place) {
            Some(group) => {
                let members: Vec<_> = group.members.iter().filter_map(|member| take(*member)).collect();
                let is_there = group.has_parent && members.len() == group.members.len();
                Unit { members, may_be_call: true, is_there }
            }
            None => Unit { members: take(place).into_iter().collect(), may_be_call: false, is_there: true },
        };
        Some(unit).filter(|unit| !unit.members.is_empty())
    };
    order.into_iter().filter_map(unit).collect()
}

/// Places of the spans that `is_candidate` says yes to, in the order in which they are stored.
fn order<'s, S: SourceSpan>(spans: &'s [S], is_candidate: impl Fn(usize) -> bool) -> Vec<usize> {
    let candidates = || spans.iter().enumerate().filter(|(place, _)| is_candidate(*place));
    let mut starts: HashMap<&str, Timestamp> = HashMap::new();
    for (_, span) in candidates() {
        let start = starts.entry(span.trace_id()).or_insert_with(|| span.started_at());
        *start = span.started_at().min(*start);
    }
    let key = |(place, span): (usize, &'s S)| {
        (starts.get(span.trace_id()).copied(), span.started_at(), span.trace_id(), span.span_id(), place)
    };
    let mut order: Vec<_> = candidates().map(key).collect();
    order.sort_unstable();
    order.into_iter().map(|(.., place)| place).collect()
}

/// How the span was found to be ours; `None` when it is not to be stored (now).
fn method(owner: Ownership) -> Option<&'static str> {
    match owner {
        Ownership::Ours(key) => Some(key.as_str()),
        Ownership::InWindow => Some(WINDOW_METHOD),
        Ownership::Undecided(_) | Ownership::Left(_) | Ownership::Unmatched => None,
    }
}
