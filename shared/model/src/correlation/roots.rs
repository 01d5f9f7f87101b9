use std::collections::HashSet;

use super::Outline;
use crate::SourceSpan;

/// The traces whose root is not there: none of their spans is one, and a parent is missing. Where no parent is missing
/// either, they are a cycle, above which nothing can come.
#[must_use]
pub fn rootless_traces<'a, S: SourceSpan>(spans: &'a [S], outlines: &'a [Outline]) -> HashSet<&'a str> {
    let of_spans = || spans.iter().map(|span| (span.trace_id(), span.span_id(), span.parent_id()));
    let of_outlines = || {
        let parts = |outline: &'a Outline| (&*outline.trace_id, &*outline.span_id, outline.parent_id.as_deref());
        outlines.iter().map(parts)
    };
    let ids: HashSet<(&str, &str)> = of_spans().chain(of_outlines()).map(|(trace, id, _)| (trace, id)).collect();
    let (mut rooted, mut broken) = (HashSet::new(), HashSet::new());
    for (trace, _, parent) in of_spans().chain(of_outlines()) {
        match parent {
            None => _ = rooted.insert(trace),
            Some(parent) if !ids.contains(&(trace, parent)) => _ = broken.insert(trace),
            Some(_) => {}
        }
    }
    broken.retain(|trace| !rooted.contains(trace));
    broken
}
