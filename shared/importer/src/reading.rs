use std::collections::{BTreeMap, HashSet};

use spanlift_model::correlation::Sightings;
use spanlift_model::{Attempts, Hint, Timestamp, Truncation, Window};

/// What a platform is asked for: the traces of one simulation.
#[derive(Clone, Debug)]
pub struct Query {
    /// When the call took place.
    pub window: Window,
    /// The values that mark a trace as this simulation's.
    pub hints: Vec<Hint>,
    /// The attempts at the simulation: each has its own traces.
    pub attempts: Attempts,
    /// The moment at which the pass began.
    pub now: Timestamp,
    /// Reading stops here, with what is complete.
    pub read_until: Timestamp,
    /// The spans that one import holds at most: no use in reading more of what matched.
    pub most_spans: usize,
    /// Should nothing in the window carry a key, everything in it is wanted. Only ever true for a platform that
    /// falls back to the window (design §5, "Correlation").
    pub may_fall_back: bool,
}

/// What a platform told: every trace that matched, read whole, and perhaps others. Each span once.
#[derive(Clone, Debug)]
pub struct Reading<S> {
    /// The spans, in any order.
    pub spans: Vec<S>,
    /// Everything that was seen in the discovery window, `spans` or not.
    pub sightings: Sightings,
    /// Raw ids of traces of which only a part was read.
    pub partial_traces: HashSet<String>,
    /// Why reading stopped before its end; `None` when it did not.
    pub cut: Option<Truncation>,
    /// Requests that were made.
    pub requests: u64,
    /// Spans that were left out while reading, by cause.
    pub rejected: BTreeMap<&'static str, u64>,
    /// The platform's version, if it says so.
    pub server_version: Option<String>,
    /// The host that was read from.
    pub source_host: String,
}

impl<S> Reading<S> {
    /// Was the whole window seen, and each trace read whole? At its cap an import leaves traces out that it has seen.
    pub(crate) fn saw_all(&self) -> bool {
        matches!(self.cut, None | Some(Truncation::Cap)) && self.partial_traces.is_empty()
    }
}
