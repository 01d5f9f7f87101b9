use std::collections::{HashMap, HashSet};

use crate::{Span, SpanId, Timestamp, TraceId, names};

/// Gives every span an end and cuts parents that make a cycle, so that the spans are trees with durations.
///
/// A span without an end gets the latest end among its descendants, or its own start; an end before the start is
/// moved to it. Both are marked with [`names::IMPORT_END_TIME`].
pub fn complete_tree(spans: &mut [Span]) {
    cut_cycles(spans);
    let ends = latest_descendant_ends(spans);
    for span in spans {
        let (end, mark) = match span.ended_at {
            Some(end) if end >= span.started_at => continue,
            Some(_) => (span.started_at, "before_start"),
            None => match ends.get(&(span.trace_id, span.span_id)) {
                Some(end) if *end >= span.started_at => (*end, "of_descendants"),
                _ => (span.started_at, "unknown"),
            },
        };
        span.ended_at = Some(end);
        span.attributes.set(names::IMPORT_END_TIME, mark);
    }
}

type SpanKey = (TraceId, SpanId);

fn cut_cycles(spans: &mut [Span]) {
    let parents: HashMap<SpanKey, SpanKey> = parents(spans);
    let mut sound: HashSet<SpanKey> = HashSet::new();
    let mut cut: HashSet<SpanKey> = HashSet::new();
    // In the order of ids, so that the same spans are cut at the same place whatever order they came in.
    let mut starts: Vec<SpanKey> = parents.keys().copied().collect();
    starts.sort_unstable();
    for start in starts {
        let mut path = vec![start];
        let mut seen = HashSet::from([start]);
        while let Some(parent) = path.last().and_then(|at| parents.get(at)) {
            if sound.contains(parent) {
                break;
            }
            if !seen.insert(*parent) {
                // The span at which the path met itself loses its parent.
                cut.extend(path.last());
                break;
            }
            path.push(*parent);
        }
        sound.extend(path);
    }
    for span in spans.iter_mut().filter(|span| cut.contains(&(span.trace_id, span.span_id))) {
        span.parent_span_id = None;
    }
}

/// For every span with descendants, the latest end among them.
fn latest_descendant_ends(spans: &[Span]) -> HashMap<SpanKey, Timestamp> {
    let parents = parents(spans);
    let mut latest: HashMap<SpanKey, Timestamp> = HashMap::new();
    for span in spans {
        let end = span.ended_at.unwrap_or(span.started_at).max(span.started_at);
        let mut above = parents.get(&(span.trace_id, span.span_id));
        while let Some(key) = above {
            match latest.get_mut(key) {
                // Whoever came by with a later end has told all above.
                Some(known) if *known >= end => break,
                Some(known) => *known = end,
                None => {
                    latest.insert(*key, end);
                }
            }
            above = parents.get(key);
        }
    }
    latest
}

fn parents(spans: &[Span]) -> HashMap<SpanKey, SpanKey> {
    let with_parent = |span: &Span| {
        let parent = span.parent_span_id?;
        Some(((span.trace_id, span.span_id), (span.trace_id, parent)))
    };
    spans.iter().filter_map(with_parent).collect()
}
