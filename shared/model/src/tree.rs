use std::collections::{HashMap, HashSet};

use crate::{Span, SpanId, Timestamp, TraceId, names};

/// A span within one import: its trace and itself.
pub type SpanKey = (TraceId, SpanId);

/// A span as far as the shape of its tree and its times go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twig {
    /// The span.
    pub key: SpanKey,
    /// The span above it; `None` for a root.
    pub parent: Option<SpanKey>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if that is known.
    pub ended_at: Option<Timestamp>,
}

impl Twig {
    /// That of a span.
    #[must_use]
    pub fn of(span: &Span) -> Self {
        Self {
            key: (span.trace_id, span.span_id),
            parent: span.parent_span_id.map(|parent| (span.trace_id, parent)),
            started_at: span.started_at,
            ended_at: span.ended_at,
        }
    }
}

/// Gives every span an end and cuts parents that make a cycle, so that the spans are trees with durations.
///
/// `twigs` are all spans of the import, those of `spans` and those that are stored already. A span without an end gets
/// the latest end among its descendants, or its own start; an end before the start is moved to it. Both are marked with
/// [`names::IMPORT_END_TIME`]. Takes time in proportion to the number of spans, whatever their parents.
pub fn complete_tree(spans: &mut [Span], twigs: &[Twig]) {
    let tree = Tree::new(twigs);
    for span in spans {
        let key = (span.trace_id, span.span_id);
        if tree.cut.contains(&key) {
            span.parent_span_id = None;
        }
        let (end, mark) = match span.ended_at {
            Some(end) if end >= span.started_at => continue,
            Some(_) => (span.started_at, "before_start"),
            None => match tree.latest_ends.get(&key) {
                Some(end) if *end >= span.started_at => (*end, "of_descendants"),
                _ => (span.started_at, "unknown"),
            },
        };
        span.ended_at = Some(end);
        span.attributes.set(names::IMPORT_END_TIME, mark);
    }
}

#[derive(Default)]
struct Tree {
    /// Spans whose parent would close a cycle.
    cut: HashSet<SpanKey>,
    /// For every span with descendants, the latest end among them.
    latest_ends: HashMap<SpanKey, Timestamp>,
}

impl Tree {
    fn new(twigs: &[Twig]) -> Self {
        let by_key: HashMap<SpanKey, &Twig> = twigs.iter().map(|twig| (twig.key, twig)).collect();
        let mut tree = Self::default();
        let mut done: HashSet<SpanKey> = HashSet::new();
        // Children before their parents is the order of this list, read from its end.
        let mut parents_first: Vec<&Twig> = Vec::with_capacity(twigs.len());
        // In the order of ids, so that the same spans are cut at the same place whatever order they came in.
        let mut starts: Vec<&Twig> = twigs.iter().collect();
        starts.sort_unstable_by_key(|twig| twig.key);
        for start in starts {
            let mut path: Vec<&Twig> = Vec::new();
            let mut at = Some(start);
            while let Some(twig) = at {
                if !done.insert(twig.key) {
                    let closes_cycle = path.iter().any(|known| known.key == twig.key);
                    // The span at which the path met itself loses its parent.
                    tree.cut.extend(path.last().filter(|_| closes_cycle).map(|last| last.key));
                    break;
                }
                path.push(twig);
                at = twig.parent.and_then(|parent| by_key.get(&parent).copied());
            }
            parents_first.extend(path.into_iter().rev());
        }
        for twig in parents_first.into_iter().rev() {
            let Some(parent) = twig.parent.filter(|_| !tree.cut.contains(&twig.key)) else { continue };
            let own = twig.ended_at.unwrap_or(twig.started_at).max(twig.started_at);
            let end = tree.latest_ends.get(&twig.key).map_or(own, |below| own.max(*below));
            let latest = tree.latest_ends.entry(parent).or_insert(end);
            *latest = end.max(*latest);
        }
        tree
    }
}
