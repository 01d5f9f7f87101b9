use std::collections::{BTreeSet, HashSet};

use spanlift_model::correlation::{Outline, Question, Sample, Sightings};
use spanlift_model::{Attempts, Hint, Rejected, ServerVersion, Timestamp, TraceId, Truncation, Window};

/// What a platform is asked for: the traces of one simulation.
#[derive(Clone, Debug)]
pub struct Query {
    /// When the call took place.
    pub window: Window,
    /// The values that mark a trace as this simulation's.
    pub hints: Vec<Hint>,
    /// The attempts at the simulation: each has its own spans.
    pub attempts: Attempts,
    /// The moment at which the pass began.
    pub now: Timestamp,
    /// Reading stops here, with what is complete.
    pub read_until: Timestamp,
    /// The spans that one import holds at most: no use in reading more of what matched.
    pub most_spans: usize,
    /// The bytes of spans that a reading holds at most, as it keeps them.
    pub most_bytes: usize,
    /// No later pass is due: what is not found now is not found.
    pub is_last_pass: bool,
    /// Should nothing in the window carry a key, everything in it is wanted. Only ever true for a platform that
    /// falls back to the window.
    pub may_fall_back: bool,
    /// The traces of which something is stored: they are part of every later reading, whether they are found again or
    /// not. These are the stored ids: a platform may write them in another way, see [`TraceId::from_source`].
    pub stored_traces: BTreeSet<TraceId>,
    /// Where the pass before stopped looking through the window, if it did not come to its end.
    pub resume: Option<Mark>,
    /// Only so many of the window's newest rows are looked at: what they are tagged with is all that is asked
    /// ([`Reading::sample`]). No trace is looked for, and none is read whole.
    pub newest: Option<usize>,
}

impl Query {
    /// A later end of a span is none.
    #[must_use]
    pub fn ends_by(&self) -> Timestamp {
        self.window.storable().to
    }

    /// The same, as correlation asks it.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        Question {
            hints: &self.hints,
            discovery: self.window.discovery(),
            attempts: &self.attempts,
            ends_by: self.ends_by(),
            is_last_pass: self.is_last_pass,
        }
    }
}

/// How far a walk through the window came for which the time was too short. It holds words and numbers of ours only,
/// nothing that a platform said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The API that was read, in a word of the provider's: a mark of another one is dropped.
    pub api: String,
    /// The window was seen from its end down to here without a gap.
    pub seen_from: Timestamp,
}

/// How far a pass came that time cut, and with which version of the connection's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Down to where the window was seen.
    pub mark: Mark,
    /// Another version may name another project: then the mark says nothing.
    pub secret_version: String,
}

/// How the traces of a simulation were looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Discovery {
    /// Every span of the window was seen, in this pass or in pieces over several, or every shape that a tag can have
    /// was asked for.
    #[default]
    Whole,
    /// A search on the server found traces; there may be more in shapes that it cannot ask for.
    Searched,
    /// Nothing can be said of a part of the window.
    Unfinished,
}

/// What a platform told: every trace that matched, read whole, and perhaps others. Each span once.
#[derive(Clone, Debug)]
pub struct Reading<S> {
    /// The spans, in any order.
    pub spans: Vec<S>,
    /// Rows of the same traces that are not to be stored, but tell whose others are: rows that cannot be read, and what
    /// began before [`Window::whole_trace`]. No span is among both.
    pub outlines: Vec<Outline>,
    /// Everything that was seen in the discovery window, `spans` or not.
    pub sightings: Sightings,
    /// Raw ids of traces of which only a part was read.
    pub partial_traces: HashSet<String>,
    /// Why reading stopped before its end; `None` when it did not.
    pub cut: Option<Truncation>,
    /// How the traces were looked for.
    pub discovery: Discovery,
    /// Where the next pass goes on, when the walk through the window was cut by time.
    pub mark: Option<Mark>,
    /// The window was seen in one reading, not in pieces: what is said of all of it can be relied on.
    pub is_one_look: bool,
    /// Requests that were made.
    pub requests: u64,
    /// Rows of matched traces that were left out while reading and have no outline, by cause.
    pub rejected: Rejected,
    /// The platform's version, if it says so.
    pub server_version: Option<ServerVersion>,
    /// The host that was read from.
    pub source_host: String,
    /// Bytes of `spans`, about.
    pub bytes: usize,
    /// The newest rows, where only these were asked for ([`Query::newest`]).
    pub sample: Sample,
}

impl<S> Reading<S> {
    /// Nothing, from this host: what a reader begins with.
    #[must_use]
    pub fn of(source_host: String) -> Self {
        Self {
            spans: Vec::new(),
            outlines: Vec::new(),
            sightings: Sightings::default(),
            partial_traces: HashSet::new(),
            cut: None,
            discovery: Discovery::Whole,
            mark: None,
            is_one_look: true,
            requests: 0,
            rejected: Rejected::none(),
            server_version: None,
            source_host,
            bytes: 0,
            sample: Sample::default(),
        }
    }

    /// Was the whole window seen, and each trace read whole? At its cap an import leaves traces out that it has seen.
    pub(crate) fn saw_all(&self) -> bool {
        matches!(self.cut, None | Some(Truncation::Cap))
            && self.partial_traces.is_empty()
            && self.discovery == Discovery::Whole
            && self.is_one_look
    }

    /// Rows and traces that were lost, if reading came to its end: a number by which two passes agree.
    pub(crate) fn losses(&self) -> u64 {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let unreadable = count(self.outlines.iter().filter(|outline| outline.is_unreadable()).count());
        let partial = count(self.partial_traces.len());
        self.rejected.total().saturating_add(unreadable).saturating_add(partial)
    }
}
