//! Spans around one another for one call of a model or of speech (docs/adr/0019-one-call-one-canonical-span.md).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use spanlift_model::{Role, SourceSpan, Timestamp};

use crate::payload::INPUTS;
use crate::role::{role_of, stated};
use crate::row::{CallTable, is_named};
use crate::sent::{SentSpan, Usage};
use crate::vocabularies::{CALLS, REQUESTS_OF_CLIENTS};

/// A larger group is no call. Its spans are read one by one.
const MOST_MEMBERS: usize = 64;
/// A group without counts this long after its end will not get any.
const COUNTS_COME_WITHIN: Duration = Duration::from_mins(1);

/// Spans that may be of one call, by their names and parents. It may have one member: what wraps that may still come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallGroup {
    /// Places of the spans in the list that they were found in.
    pub members: Vec<usize>,
    /// The place of the outermost.
    pub top: usize,
    /// The span above all of them is in the list, or there is none.
    pub has_parent: bool,
}

/// Finds the groups among those spans that `is_ours` says yes to.
#[must_use]
pub fn call_groups<S: SourceSpan>(spans: &[S], is_ours: impl Fn(usize) -> bool) -> Vec<CallGroup> {
    let candidates: Vec<(usize, &S)> =
        spans.iter().enumerate().filter(|(place, span)| is_layer(span.name()) && is_ours(*place)).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let ids: HashSet<(&str, &str)> = spans.iter().map(|span| (span.trace_id(), span.span_id())).collect();
    let by_id: HashMap<(&str, &str), (usize, &S)> =
        candidates.iter().map(|(place, span)| ((span.trace_id(), span.span_id()), (*place, *span))).collect();
    let wrapper = |span: &S| {
        let above = *by_id.get(&(span.trace_id(), span.parent_id()?))?;
        wraps(above.1.name(), span.name()).then_some(above)
    };
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, span) in &candidates {
        // Bounded, for parents may go round in a circle.
        let top = std::iter::successors(Some((*place, *span)), |(_, span)| wrapper(span)).take(MOST_MEMBERS).last();
        groups.entry(top.map_or(*place, |(top, _)| top)).or_default().push(*place);
    }
    let has_parent = |top: usize| {
        let parent = spans.get(top).and_then(|top| Some((top.trace_id(), top.parent_id()?)));
        parent.is_none_or(|parent| ids.contains(&parent))
    };
    let alone = |place: usize| (place, vec![place]);
    groups
        .into_iter()
        .flat_map(|(top, members)| match members.len() {
            0..=MOST_MEMBERS => vec![(top, members)],
            _ => members.into_iter().map(alone).collect(),
        })
        .filter(|(_, members)| members.len() > 1 || members.iter().all(|place| spans.get(*place).is_some_and(waits)))
        .map(|(top, members)| CallGroup { has_parent: has_parent(top), top, members })
        .collect()
}

/// May a group whose spans are all there and have ended be stored now? Else its counts may still come.
#[must_use]
pub fn has_settled(members: &[SentSpan], now: Timestamp) -> bool {
    let last_end = members.iter().filter_map(|member| member.ended_at).max();
    last_end.is_none_or(|end| now.since(end) > COUNTS_COME_WITHIN)
        || members.iter().any(|member| Usage::of(member).is_some())
}

/// Are these spans of one call, as a table knows it?
#[must_use]
pub fn is_call(members: &[SentSpan]) -> bool {
    CALLS.iter().any(|table| table.wrote(members))
}

/// What a member of a group is: of one call there is one span that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It stands for a call.
    Canonical(Role),
    /// It lies around the span that does, or inside it.
    Wrapper(Role),
    /// It is of no call that a table knows.
    Alone(Role),
}

impl Part {
    /// What its span is by itself: what lies around a call is not that call.
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Canonical(role) | Self::Alone(role) => role,
            Self::Wrapper(_) => Role::Other,
        }
    }
}

/// What the members of a group are, in their order.
///
/// A member that bears the canonical name stands for the call, for it keeps its name (Pipecat's `llm`). Else it is the innermost member with
/// counts. Members whose counts differ are different calls. Where none has counts, the table names the one, of several the innermost; where
/// that is not there, it may be one that says so itself.
pub(crate) fn parts(members: &[SentSpan]) -> Vec<Part> {
    let Some(table) = CALLS.iter().find(|table| table.wrote(members)) else {
        return members.iter().map(|member| Part::Alone(role_of(&member.view()))).collect();
    };
    if table.did_nothing(members) {
        return vec![Part::Wrapper(table.role); members.len()];
    }
    let counts: Vec<Option<Usage>> = members.iter().map(Usage::of).collect();
    let named = |member: &SentSpan| is_named(table.named, &member.name);
    // An agent that asks its model in a way of its own has the wrapper alone, which then says that it is the call.
    let by_word = |member: &SentSpan| {
        let may_be = table.alone.is_some_and(|name| is_named(name, &member.name));
        may_be && !members.iter().any(named) && stated(&member.view()) == Some(table.role)
    };
    let stands = |member: &SentSpan| named(member) || by_word(member);
    let agrees =
        |one: Option<Usage>, other: Option<Usage>| one.zip(other).is_none_or(|(one, other)| !one.contradicts(&other));
    let bears_the_name = |(_, member): &(usize, &SentSpan)| table.role.span_name() == Some(member.name.as_str());
    let by_name = members.iter().enumerate().find(bears_the_name).map(|(place, _)| place);
    let is_canonical = |place: usize, member: &SentSpan| {
        if let Some(by_name) = by_name
            && agrees(counts.get(place).copied().flatten(), counts.get(by_name).copied().flatten())
        {
            return place == by_name;
        }
        let mut inside = members.iter().zip(&counts).filter(|(other, _)| is_inside(other, member, members));
        if let Some(own) = counts.get(place).copied().flatten() {
            return !inside.any(|(_, other)| other.is_some_and(|other| !other.contradicts(&own)));
        }
        counts.iter().all(Option::is_none) && stands(member) && !inside.any(|(other, _)| stands(other))
    };
    let part = |(place, member)| {
        if is_canonical(place, member) { Part::Canonical(table.role) } else { Part::Wrapper(table.role) }
    };
    members.iter().enumerate().map(part).collect()
}

impl CallTable {
    /// How far inside its call a span of this name is. A client's own span is innermost, whichever library uses the client.
    fn layer(&self, name: &str) -> Option<usize> {
        let is_request = REQUESTS_OF_CLIENTS.contains(&(self.role, name));
        if is_request { Some(self.layers.len()) } else { self.layers.iter().position(|layer| is_named(layer, name)) }
    }

    /// Are these its spans? A bare name says nothing.
    fn wrote(&self, members: &[SentSpan]) -> bool {
        members.iter().all(|member| self.layer(&member.name).is_some())
            && members.iter().any(|member| self.vocabulary.wrote(&member.view()))
    }

    /// Was nobody asked, or nothing to be said? An adapter that never came to a request is no call, nor is the synthesis of a blank text.
    fn did_nothing(&self, members: &[SentSpan]) -> bool {
        let is_request = |name: &str| members.iter().any(|member| is_named(name, &member.name));
        let asked_nobody = members.len() > 1 && self.asks.is_some_and(|name| !is_request(name));
        asked_nobody || (self.role == Role::TextToSpeech && is_blank(members))
    }
}

fn is_layer(name: &str) -> bool {
    CALLS.iter().any(|table| table.layer(name).is_some())
}

/// Does a span wait for others of its call, if there are none yet?
fn waits(span: &impl SourceSpan) -> bool {
    let knows = |table: &&CallTable| table.layer(span.name()).is_some();
    CALLS.iter().filter(knows).any(|table| table.waits || is_named(table.named, span.name()))
}

fn wraps(outer: &str, inner: &str) -> bool {
    let is_further_out = |table: &CallTable| Some(table.layer(outer)? < table.layer(inner)?);
    let is_again =
        |table: &CallTable| table.again.iter().any(|(above, below)| is_named(above, outer) && is_named(below, inner));
    CALLS.iter().any(|table| is_further_out(table).unwrap_or_default() || is_again(table))
}

/// Do they say what went in, and is all of that blank?
fn is_blank(members: &[SentSpan]) -> bool {
    let texts = || members.iter().flat_map(|member| INPUTS.iter().filter_map(|(name, ..)| member.attributes.get(name)));
    texts().next().is_some() && texts().all(|text| text.trim().is_empty())
}

/// Is `span` somewhere below `outer`, by way of the members?
fn is_inside(span: &SentSpan, outer: &SentSpan, members: &[SentSpan]) -> bool {
    let above = |span: &&SentSpan| {
        let parent = span.parent_span_id?;
        members.iter().find(|member| member.span_id == parent && member.trace_id == span.trace_id)
    };
    let way = std::iter::successors(above(&span), above).take(MOST_MEMBERS);
    way.into_iter().any(|wrapper| wrapper.span_id == outer.span_id)
}
