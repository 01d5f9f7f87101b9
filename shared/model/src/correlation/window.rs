use std::collections::HashMap;

use super::{Cause, Correlated, Outline, Ownership, rootless_traces};
use crate::{Attempts, SourceSpan, Timestamp, Window};

/// What is done with a trace that has no root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rootless {
    /// Its root may still come, and a tag with it: nothing in the window is taken.
    Blocks,
    /// Its root will not come. It is taken if nothing of it began or ended after this, else it blocks.
    TakenIfQuietSince(Timestamp),
}

/// What is known of one trace.
#[derive(Clone, Copy)]
struct Extent {
    from: Timestamp,
    /// The last start or end.
    to: Timestamp,
}

/// Whose spans and outlines are by time alone: every trace whose earliest span starts in `window`, the simulation's own,
/// is ours.
///
/// Only for a reading that is complete and holds no tag. `None` when a trace without a root blocks.
#[must_use]
pub fn by_window<S: SourceSpan>(
    spans: &[S],
    outlines: &[Outline],
    window: Window,
    attempts: &Attempts,
    rootless: Rootless,
) -> Option<Correlated> {
    let mut traces: HashMap<&str, Extent> = HashMap::new();
    let mut see = |trace_id, from: Timestamp, to: Option<Timestamp>| {
        let to = to.unwrap_or(from).max(from);
        let extent = traces.entry(trace_id).or_insert(Extent { from, to });
        extent.from = extent.from.min(from);
        extent.to = extent.to.max(to);
    };
    for span in spans {
        see(span.trace_id(), span.started_at(), span.ended_at());
    }
    for outline in outlines {
        outline.started_at.into_iter().for_each(|from| see(&outline.trace_id, from, None));
    }
    let blocks = |trace_id: &&str| match rootless {
        Rootless::Blocks => true,
        Rootless::TakenIfQuietSince(moment) => traces.get(trace_id).is_none_or(|extent| extent.to > moment),
    };
    if rootless_traces(spans, outlines).iter().any(blocks) {
        return None;
    }
    let owner = |trace_id: &str| match traces.get(trace_id) {
        Some(trace) if !window.contains(trace.from) => Ownership::Unmatched,
        Some(trace) if !attempts.is_ours(trace.from) => Ownership::Left(Cause::OtherAttempt),
        Some(_) => Ownership::InWindow,
        None => Ownership::Unmatched,
    };
    Some(Correlated {
        spans: spans.iter().map(|span| owner(span.trace_id())).collect(),
        outlines: outlines.iter().map(|outline| owner(&outline.trace_id)).collect(),
    })
}
