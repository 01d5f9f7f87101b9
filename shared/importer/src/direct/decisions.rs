use std::collections::HashMap;

use spanlift_model::SourceSpan;
use spanlift_model::correlation::{Ownership, WINDOW_METHOD};

use super::answer::TraceDecision;

/// Traces that an answer lists: with every id and name at its longest they are a quarter of a megabyte.
const MOST_TRACES: usize = 500;
const LONGEST_ID: usize = 100;
const LONGEST_NAME: usize = 64;

/// What decides each trace, by its start, and how many are not listed.
pub(super) fn decisions<S: SourceSpan>(spans: &[S], owners: &[Ownership]) -> (Vec<TraceDecision>, u64) {
    let mut traces: HashMap<&str, (TraceDecision, Option<&S>)> = HashMap::new();
    for (span, owner) in spans.iter().zip(owners) {
        let (decision, root) = traces.entry(span.trace_id()).or_insert_with(|| {
            let trace_id = beginning(span.trace_id(), LONGEST_ID);
            (TraceDecision { trace_id, root: None, started_at: span.started_at(), spans: [].into() }, None)
        });
        decision.started_at = decision.started_at.min(span.started_at());
        *decision.spans.entry(word(*owner).to_owned()).or_default() += 1;
        let is_earlier = |root: &S| (span.started_at(), span.span_id()) < (root.started_at(), root.span_id());
        if span.parent_id().is_none() && root.is_none_or(is_earlier) {
            *root = Some(span);
        }
    }
    let named = |(decision, root): (TraceDecision, Option<&S>)| TraceDecision {
        root: root.map(|root| beginning(root.name(), LONGEST_NAME)),
        ..decision
    };
    let mut decisions: Vec<TraceDecision> = traces.into_values().map(named).collect();
    decisions.sort_by(|a, b| (a.started_at, &a.trace_id).cmp(&(b.started_at, &b.trace_id)));
    let not_listed = decisions.len().saturating_sub(MOST_TRACES);
    decisions.truncate(MOST_TRACES);
    (decisions, u64::try_from(not_listed).unwrap_or(u64::MAX))
}

fn word(owner: Ownership) -> &'static str {
    match owner {
        Ownership::Ours(key) => key.as_str(),
        Ownership::InWindow => WINDOW_METHOD,
        Ownership::Left(cause) => cause.as_str(),
        Ownership::Undecided(_) => "undecided",
        Ownership::Unmatched => "unmatched",
    }
}

fn beginning(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
