//! Whose is a span? The one correlation function, the same for every provider (design §5, "Correlation").

use std::collections::{HashMap, HashSet};

use crate::{EmptyReason, Hint, SourceSpan, Timestamp, Window};

/// A name under which people put a simulation's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `simulation_output_id`
    SimulationOutputId,
    /// `coval_simulation_output_id`
    CovalSimulationOutputId,
    /// `session_id`
    SessionId,
    /// `session.id`, as in OpenInference.
    SessionDotId,
    /// `sessionId`
    SessionIdCamel,
}

impl Key {
    /// Every key, the more telling first.
    pub const ALL: [Self; 5] = [
        Self::SimulationOutputId,
        Self::CovalSimulationOutputId,
        Self::SessionId,
        Self::SessionDotId,
        Self::SessionIdCamel,
    ];

    /// The key as people write it; also the method that the stored span names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SimulationOutputId => "simulation_output_id",
            Self::CovalSimulationOutputId => "coval_simulation_output_id",
            Self::SessionId => "session_id",
            Self::SessionDotId => "session.id",
            Self::SessionIdCamel => "sessionId",
        }
    }

    /// The key of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }

    /// Does it name a simulation and nothing else? A session key may as well hold an id of the agent's own.
    #[must_use]
    pub const fn is_specific(self) -> bool {
        matches!(self, Self::SimulationOutputId | Self::CovalSimulationOutputId)
    }
}

/// A correlation key on a span, with its value as canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    key: Key,
    value: String,
}

impl Label {
    /// `None` when the value is blank: that is no value.
    #[must_use]
    pub fn new(key: Key, value: impl Into<String>) -> Option<Self> {
        let value = value.into();
        (!value.trim().is_empty()).then_some(Self { key, value })
    }
}

/// Whose a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// This simulation's, by the key that matched.
    Ours(Key),
    /// Perhaps this simulation's, by the key that matched its trace: an ancestor that would tell is not there (yet).
    Undecided(Key),
    /// This simulation's, for lack of any tag in the window: the method `window`.
    InWindow,
    /// Somebody else's, or nobody's.
    NotOurs,
}

/// The method of spans that were found by time alone.
pub const WINDOW_METHOD: &str = "window";

/// What a window was seen to hold. Says why nothing matched, should nothing have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    any: bool,
    tagged: bool,
}

impl Sightings {
    /// A span in the discovery window, by its labels.
    pub fn add(&mut self, labels: &[Label]) {
        self.any = true;
        self.tagged |= !labels.is_empty();
    }

    /// Was there something, and was none of it tagged?
    #[must_use]
    pub const fn is_untagged(self) -> bool {
        self.any && !self.tagged
    }

    /// Was a tag seen?
    #[must_use]
    pub const fn is_tagged(self) -> bool {
        self.tagged
    }

    /// Why nothing matched, given that nothing did.
    #[must_use]
    pub const fn empty_reason(self) -> EmptyReason {
        match (self.any, self.tagged) {
            (false, _) => EmptyReason::NothingInWindow,
            (true, false) => EmptyReason::Untagged,
            (true, true) => EmptyReason::OthersTagged,
        }
    }
}

/// Do a span's own labels say that it is this simulation's? A trace with such a span in the discovery window is
/// matched, and is to be read whole.
#[must_use]
pub fn says_ours(labels: &[Label], hints: &[Hint]) -> bool {
    let hints = hints.iter().map(Hint::as_str).collect();
    matches!(own_word(labels, &hints), Says::Ours(_))
}

/// Says whose each span is, in the order of the spans.
///
/// Tags count for discovery where their span starts in `discovery`. `is_partial` names traces that were not read
/// whole: of these only spans with a tag on or above them are ours, for what was not read may bear another's.
pub fn correlate<S: SourceSpan>(
    spans: &[S],
    hints: &[Hint],
    discovery: Window,
    is_partial: impl Fn(&str) -> bool,
) -> Vec<Ownership> {
    let mut traces: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, span) in spans.iter().enumerate() {
        traces.entry(span.trace_id()).or_default().push(index);
    }
    let hints: HashSet<&str> = hints.iter().map(Hint::as_str).collect();
    let mut owners = vec![Ownership::NotOurs; spans.len()];
    for (trace_id, members) in traces {
        let trace = Trace::new(members.iter().filter_map(|index| spans.get(*index)).collect(), &hints);
        if !trace.is_matched(discovery) {
            continue;
        }
        for (index, owner) in members.into_iter().zip(trace.owners(is_partial(trace_id))) {
            if let Some(slot) = owners.get_mut(index) {
                *slot = owner;
            }
        }
    }
    owners
}

/// Whose spans are by time alone: every trace whose earliest span starts in `window`, the simulation's own, is ours.
///
/// Only for a reading that is complete and holds no tag. `None` when a trace has no root yet: its tag may be on it.
pub fn by_window<S: SourceSpan>(spans: &[S], window: Window) -> Option<Vec<Ownership>> {
    let mut starts: HashMap<&str, Timestamp> = HashMap::new();
    let mut rooted: HashSet<&str> = HashSet::new();
    for span in spans {
        let start = starts.entry(span.trace_id()).or_insert(span.started_at());
        *start = span.started_at().min(*start);
        rooted.extend(span.parent_id().is_none().then_some(span.trace_id()));
    }
    if rooted.len() < starts.len() {
        return None;
    }
    let owner = |span: &S| match starts.get(span.trace_id()) {
        Some(start) if window.contains(*start) => Ownership::InWindow,
        _ => Ownership::NotOurs,
    };
    Some(spans.iter().map(owner).collect())
}

/// What a span's own labels say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Ours(Key),
    Other,
    /// Nothing by themselves: session keys with other values only.
    Session,
    Nothing,
}

/// What the nearest label at or above a span says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nearest {
    Ours(Key),
    Other,
    /// There is none up to the root.
    None,
    /// There is none up to where the chain of parents breaks.
    Unknown,
}

struct Trace<'a, S> {
    spans: Vec<&'a S>,
    says: Vec<Says>,
    /// The index of each span's parent in `spans`.
    parents: Vec<Parent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parent {
    Root,
    At(usize),
    Missing,
}

impl<'a, S: SourceSpan> Trace<'a, S> {
    fn new(spans: Vec<&'a S>, hints: &HashSet<&str>) -> Self {
        let by_id: HashMap<&str, usize> =
            spans.iter().enumerate().map(|(index, span)| (span.span_id(), index)).collect();
        let parent_of = |span: &&S| match span.parent_id() {
            None => Parent::Root,
            Some(id) => by_id.get(id).map_or(Parent::Missing, |index| Parent::At(*index)),
        };
        let parents = spans.iter().map(parent_of).collect();
        let says = spans.iter().map(|span| own_word(span.labels(), hints)).collect();
        let mut trace = Self { spans, says, parents };
        trace.decide_sessions(hints);
        trace
    }

    fn is_matched(&self, discovery: Window) -> bool {
        let mut tagged = self.spans.iter().zip(&self.says);
        tagged.any(|(span, says)| matches!(says, Says::Ours(_)) && discovery.contains(span.started_at()))
    }

    /// A session key with another value says nothing on an ancestor or a descendant of a span of ours: an agent's
    /// own session id beside our tag. Elsewhere, and where that same key matched us in this trace, it says other.
    fn decide_sessions(&mut self, hints: &HashSet<&str>) {
        if !self.says.iter().any(|says| matches!(says, Says::Ours(_))) {
            return;
        }
        let ours = self.spans.iter().zip(&self.says).filter(|(_, says)| matches!(says, Says::Ours(_)));
        let labels = ours.flat_map(|(span, _)| span.labels());
        let matched: HashSet<Key> =
            labels.filter(|label| hints.contains(label.value.as_str())).map(|label| label.key).collect();
        let related = self.related_to_ours();
        for ((says, span), related) in self.says.iter_mut().zip(&self.spans).zip(related) {
            if *says == Says::Session {
                let key_is_matched = span.labels().iter().any(|label| matched.contains(&label.key));
                *says = if related && !key_is_matched { Says::Nothing } else { Says::Other };
            }
        }
    }

    /// Is each span an ancestor or a descendant of a span that says ours?
    fn related_to_ours(&self) -> Vec<bool> {
        let is_ours = |index: usize| matches!(self.says.get(index), Some(Says::Ours(_)));
        let mut is_ancestor = vec![false; self.spans.len()];
        for ours in (0..self.spans.len()).filter(|index| is_ours(*index)) {
            for above in self.ancestors(ours) {
                match is_ancestor.get_mut(above) {
                    // Its own ancestors are marked already.
                    Some(true) | None => break,
                    Some(mark) => *mark = true,
                }
            }
        }
        let is_descendant = self.inherit(|index| is_ours(index).then_some(true), |_| false);
        is_ancestor.into_iter().zip(is_descendant).map(|(above, below)| above || below).collect()
    }

    fn owners(&self, is_partial: bool) -> Vec<Ownership> {
        let nearest = self.inherit(
            |index| match self.says.get(index) {
                Some(Says::Ours(key)) => Some(Nearest::Ours(*key)),
                Some(Says::Other) => Some(Nearest::Other),
                _ => None,
            },
            |end| {
                if end == Parent::Missing { Nearest::Unknown } else { Nearest::None }
            },
        );
        let others_possible = is_partial || self.says.contains(&Says::Other);
        let first_key = self
            .says
            .iter()
            .filter_map(|says| match says {
                Says::Ours(key) => Some(*key),
                _ => None,
            })
            .min();
        nearest
            .into_iter()
            .map(|nearest| match (nearest, first_key) {
                (Nearest::Ours(key), _) => Ownership::Ours(key),
                (Nearest::None, Some(key)) if !others_possible => Ownership::Ours(key),
                (Nearest::Unknown, Some(key)) if !others_possible => Ownership::Undecided(key),
                _ => Ownership::NotOurs,
            })
            .collect()
    }

    /// The spans above `index`, the nearest first. Ends at a root, a missing parent, or where a cycle closes.
    fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> {
        let parent = |index: usize| match self.parents.get(index) {
            Some(Parent::At(parent)) => Some(*parent),
            _ => None,
        };
        std::iter::successors(parent(index), move |above| parent(*above)).take(self.spans.len())
    }

    /// For each span the value that `own` gives it, else that of its nearest ancestor with one, else `at_end`'s.
    fn inherit<T: Copy>(&self, own: impl Fn(usize) -> Option<T>, at_end: impl Fn(Parent) -> T) -> Vec<T> {
        let mut values: Vec<Option<T>> = (0..self.spans.len()).map(own).collect();
        for start in 0..self.spans.len() {
            let mut path = Vec::new();
            let mut at = start;
            let value = loop {
                if let Some(Some(value)) = values.get(at) {
                    break *value;
                }
                path.push(at);
                match self.parents.get(at).copied().unwrap_or(Parent::Missing) {
                    Parent::At(parent) if path.len() <= self.spans.len() => at = parent,
                    // A cycle has no root: what is above it will never be known.
                    Parent::At(_) => break at_end(Parent::Missing),
                    end => break at_end(end),
                }
            };
            for index in path {
                if let Some(slot) = values.get_mut(index) {
                    *slot = Some(value);
                }
            }
        }
        values.into_iter().map(|value| value.unwrap_or_else(|| at_end(Parent::Missing))).collect()
    }
}

/// Ours if any key equals a hint, unless a specific key on the span holds another value: then other.
fn own_word(labels: &[Label], hints: &HashSet<&str>) -> Says {
    let is_hint = |label: &&Label| hints.contains(label.value.as_str());
    if labels.iter().any(|label| label.key.is_specific() && !is_hint(&label)) {
        return Says::Other;
    }
    match labels.iter().filter(is_hint).map(|label| label.key).min() {
        Some(key) => Says::Ours(key),
        None if labels.is_empty() => Says::Nothing,
        None => Says::Session,
    }
}
