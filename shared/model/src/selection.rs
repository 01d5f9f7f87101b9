use std::collections::HashSet;
use std::hash::BuildHasher;

use crate::{Span, SpanKey, TraceId, Truncation};

/// The caps of one import, counted over all its passes.
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
    /// The usual caps around a provider's own: 20,000 spans, 64 MiB of attributes, 64 KiB a value.
    #[must_use]
    pub const fn new(matched: MatchedCap) -> Self {
        Self { matched, spans: 20_000, bytes: 64 << 20, value_bytes: 64 << 10 }
    }
}

/// Chooses what of an import is inserted: what the caps allow and the store does not have yet.
///
/// Spans are offered one by one in the order of (trace start, span start, id), so that no more of them are held than are
/// inserted.
#[derive(Debug)]
pub struct Selection {
    caps: Caps,
    traces: HashSet<TraceId>,
    count: usize,
    is_full: bool,
    /// What is inserted now, in the order in which it was offered.
    pub new: Vec<Span>,
    /// Their bytes.
    pub bytes: usize,
    /// The cap that left something out.
    pub truncated: Option<Truncation>,
}

impl Selection {
    /// Nothing yet, beside what is stored: that counts towards the caps.
    #[must_use]
    pub fn beside<H: BuildHasher>(stored: &HashSet<SpanKey, H>, caps: Caps) -> Self {
        Self {
            caps,
            traces: stored.iter().map(|(trace_id, _)| *trace_id).collect(),
            count: stored.len(),
            is_full: false,
            new: Vec::new(),
            bytes: 0,
            truncated: None,
        }
    }

    /// Takes a span that is not stored yet, if there is room for it.
    pub fn offer(&mut self, span: Span) {
        if self.is_full {
            return;
        }
        let over_matched = match self.caps.matched {
            MatchedCap::Spans(cap) => self.count >= cap,
            MatchedCap::Traces(cap) => self.traces.len() >= cap && !self.traces.contains(&span.trace_id),
        };
        if over_matched {
            self.truncated = Some(Truncation::Cap);
            return;
        }
        let bytes = self.bytes.saturating_add(span.size());
        if self.count >= self.caps.spans || bytes > self.caps.bytes {
            self.truncated = self.truncated.or(Some(Truncation::Size));
            self.is_full = true;
            return;
        }
        self.bytes = bytes;
        self.traces.insert(span.trace_id);
        self.count += 1;
        self.new.push(span);
    }

    /// Is there no room for anything that comes?
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.is_full
    }
}
