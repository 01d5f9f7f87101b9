use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use crate::{Span, SpanId, Timestamp, TraceId, Truncation};

/// The caps of one import, counted over all its passes (design §5, "Caps").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// The provider's cap on matched data.
    pub matched: MatchedCap,
    /// Spans of an import, whatever the provider counts.
    pub spans: usize,
    /// Bytes of attributes that may be inserted.
    pub bytes: usize,
    /// Bytes of one attribute value.
    pub value_bytes: usize,
}

/// What a provider's cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchedCap {
    /// Traces.
    Traces(usize),
    /// Spans.
    Spans(usize),
}

impl Caps {
    /// The design's caps around a provider's own.
    #[must_use]
    pub const fn new(matched: MatchedCap) -> Self {
        Self { matched, spans: 20_000, bytes: 64 << 20, value_bytes: 64 << 10 }
    }
}

/// What of an import is inserted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The spans that the store does not have, in the order of (trace start, span start, id).
    pub new: Vec<Span>,
    /// Their bytes.
    pub bytes: usize,
    /// The cap that left something out.
    pub truncated: Option<Truncation>,
}

/// Chooses by (trace start, span start, id) what the caps allow and the store does not have yet.
#[must_use]
pub fn select<H: BuildHasher>(mut spans: Vec<Span>, stored: &HashSet<(TraceId, SpanId), H>, caps: Caps) -> Selection {
    let mut trace_starts: HashMap<TraceId, Timestamp> = HashMap::new();
    for span in &spans {
        let start = trace_starts.entry(span.trace_id).or_insert(span.started_at);
        *start = span.started_at.min(*start);
    }
    spans.sort_by_cached_key(|span| {
        (trace_starts.get(&span.trace_id).copied(), span.started_at, span.trace_id, span.span_id)
    });
    let mut traces: HashSet<TraceId> = stored.iter().map(|(trace_id, _)| *trace_id).collect();
    let mut count = stored.len();
    let mut selection = Selection { new: Vec::new(), bytes: 0, truncated: None };
    for span in spans {
        if stored.contains(&(span.trace_id, span.span_id)) {
            continue;
        }
        let over_matched = match caps.matched {
            MatchedCap::Spans(cap) => count >= cap,
            MatchedCap::Traces(cap) => traces.len() >= cap && !traces.contains(&span.trace_id),
        };
        if over_matched {
            selection.truncated = Some(Truncation::Cap);
            continue;
        }
        let bytes = selection.bytes.saturating_add(span.size());
        if count >= caps.spans || bytes > caps.bytes {
            selection.truncated = selection.truncated.or(Some(Truncation::Size));
            break;
        }
        selection.bytes = bytes;
        traces.insert(span.trace_id);
        count += 1;
        selection.new.push(span);
    }
    selection
}
