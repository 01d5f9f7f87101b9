//! Whose is a span? The one correlation function, the same for every provider.
//!
//! `docs/ARCHITECTURE.md` (heading "Whose a span is") states the rules; their numbers stand beside the code here.

mod key;
mod outline;
mod roots;
mod sample;
mod sightings;
mod trace;
mod tree;
mod window;

pub use key::{Key, Label, may_hold_a_tag, scalar_text, size_of_labels};
pub use outline::{Outline, UNREADABLE_PARENT};
pub use roots::rootless_traces;
pub use sample::{KeyShare, Sample};
pub use sightings::Sightings;
pub use window::{Rootless, by_window};

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use self::trace::{Node, Trace, own_word};
use crate::{Attempts, Hint, SourceSpan, Timestamp, Window};

/// The method of spans that were found by time alone.
pub const WINDOW_METHOD: &str = "window";

/// Whose a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// This simulation's, by the key that matched.
    Ours(Key),
    /// Perhaps this simulation's, by the key that matched its trace: what would tell is not there yet.
    Undecided(Key),
    /// This simulation's, for lack of any tag in the window: the method `window`.
    InWindow,
    /// Its trace matched, and by this rule it is not ours.
    Left(Cause),
    /// Its trace did not match.
    Unmatched,
}

impl Ownership {
    /// Is it this simulation's, or may it be?
    #[must_use]
    pub const fn is_candidate(self) -> bool {
        matches!(self, Self::Ours(_) | Self::Undecided(_) | Self::InWindow)
    }
}

/// Why a span of a matched trace is not ours: the cause under which it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The nearest label at or above it names another simulation.
    OtherSimulation,
    /// The nearest label at or above it is another session.
    OtherSession,
    /// The nearest label at or above it could not be read.
    UnknownTag,
    /// Nothing at or above it tells, and something in its trace is another's.
    Unowned,
    /// Nothing at or above it tells, or not of which attempt it is, and a part of its trace was not read.
    PartialTrace,
    /// It belongs to another attempt at the simulation.
    OtherAttempt,
}

impl Cause {
    /// The cause as it stands in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherSimulation => "other_simulation",
            Self::OtherSession => "other_session",
            Self::UnknownTag => "unknown_tag",
            Self::Unowned => "unowned",
            Self::PartialTrace => "partial_trace",
            Self::OtherAttempt => "other_attempt",
        }
    }
}

/// What is asked about spans: whose simulation, which attempt, and when.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The values that mark a trace as this simulation's.
    pub hints: &'a [Hint],
    /// A tag makes a trace match where its span starts in here.
    pub discovery: Window,
    /// The attempts at the simulation.
    pub attempts: &'a Attempts,
    /// A later end is none: a clock or a unit was wrong.
    pub ends_by: Timestamp,
    /// Nothing comes later: what is undecided goes by what is known.
    pub is_last_pass: bool,
}

/// Whose the spans and the outlines are, each in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correlated {
    /// Of the spans.
    pub spans: Vec<Ownership>,
    /// Of the outlines. They are never stored; they count as lost where they are ours.
    pub outlines: Vec<Ownership>,
}

/// Do a span's own labels say that it is this simulation's? A trace with such a span in the discovery window is
/// matched, and is to be read whole.
#[must_use]
pub fn says_ours(labels: &[Label], hints: &[Hint]) -> bool {
    own_word(labels, &values(hints)).is_ours()
}

/// Says whose each span is.
///
/// `partial_traces` are raw ids of traces that were not read whole, besides those in which an outline's or a span's
/// tag is unknown: of these only spans with a tag on or above them are ours.
#[must_use]
pub fn correlate<S: SourceSpan, H: BuildHasher>(
    spans: &[S],
    outlines: &[Outline],
    partial_traces: &HashSet<String, H>,
    asked: &Question<'_>,
) -> Correlated {
    let of_spans = spans.iter().map(|span| Node::of_span(span, asked.ends_by));
    let nodes: Vec<Node<'_>> = of_spans.chain(outlines.iter().map(Node::of_outline)).collect();
    let mut traces: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        traces.entry(node.trace_id).or_default().push(index);
    }
    let hints = values(asked.hints);
    let mut owners = vec![Ownership::Unmatched; nodes.len()];
    for (trace_id, members) in traces {
        let members_of_trace = members.iter().filter_map(|index| nodes.get(*index).copied()).collect();
        let trace = Trace::new(members_of_trace, &hints);
        if !trace.is_matched(asked.discovery) {
            continue;
        }
        let of_trace = trace.owners(partial_traces.contains(trace_id), asked);
        for (index, owner) in members.into_iter().zip(of_trace) {
            if let Some(place) = owners.get_mut(index) {
                *place = owner;
            }
        }
    }
    let of_outlines = owners.split_off(spans.len());
    Correlated { spans: owners, outlines: of_outlines }
}

fn values(hints: &[Hint]) -> HashSet<&str> {
    hints.iter().map(|hint| hint.as_str().trim()).collect()
}
