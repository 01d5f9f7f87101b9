//! The rules of ownership within one trace.

use std::collections::HashSet;

use super::tree::{End, Tree};
use super::{Cause, Key, Label, Outline, Ownership, Question};
use crate::{SourceSpan, Timestamp, Window};

/// A span or an outline, as far as its place and its tags go.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) trace_id: &'a str,
    span_id: &'a str,
    parent_id: Option<&'a str>,
    started_at: Option<Timestamp>,
    has_ended: bool,
    labels: &'a [Label],
    is_tag_unknown: bool,
}

impl<'a> Node<'a> {
    pub(super) fn of_span(span: &'a impl SourceSpan, ends_by: Timestamp) -> Self {
        Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            parent_id: span.parent_id(),
            started_at: Some(span.started_at()),
            has_ended: span.ended_at().is_some_and(|end| end <= ends_by),
            labels: span.labels(),
            is_tag_unknown: span.is_tag_unknown(),
        }
    }

    pub(super) fn of_outline(outline: &'a Outline) -> Self {
        Self {
            trace_id: &outline.trace_id,
            span_id: &outline.span_id,
            parent_id: outline.parent_id.as_deref(),
            started_at: outline.started_at,
            has_ended: outline.has_ended,
            labels: &outline.labels,
            is_tag_unknown: outline.is_tag_unknown,
        }
    }
}

/// What a span's own labels say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Ours(Key),
    Other(Cause),
    /// Nothing by themselves: session keys with other values only.
    Session,
    Nothing,
}

impl Says {
    pub(super) const fn is_ours(self) -> bool {
        matches!(self, Self::Ours(_))
    }
}

/// Rule 1. Ours if any key equals a hint, unless a specific key on the span holds another value: then other.
pub(super) fn own_word(labels: &[Label], hints: &HashSet<&str>) -> Says {
    let is_hint = |label: &&Label| hints.contains(label.value.as_str());
    if labels.iter().any(|label| label.key.is_specific() && !is_hint(&label)) {
        return Says::Other(Cause::OtherSimulation);
    }
    match labels.iter().filter(is_hint).map(|label| label.key).min() {
        Some(key) => Says::Ours(key),
        None if labels.is_empty() => Says::Nothing,
        None => Says::Session,
    }
}

pub(super) struct Trace<'a> {
    nodes: Vec<Node<'a>>,
    tree: Tree,
    says: Vec<Says>,
}

/// What is known of a span from itself and from what is above it.
#[derive(Clone, Copy)]
struct Line {
    /// The nearest label, if there is one.
    nearest: Option<Says>,
    /// When the highest span with a tag of ours began.
    first_ours: Option<Timestamp>,
    end: End,
}

impl<'a> Trace<'a> {
    pub(super) fn new(nodes: Vec<Node<'a>>, hints: &HashSet<&str>) -> Self {
        let ids: Vec<_> = nodes.iter().map(|node| (node.span_id, node.parent_id)).collect();
        let says = |node: &Node<'_>| {
            if node.is_tag_unknown { Says::Other(Cause::UnknownTag) } else { own_word(node.labels, hints) }
        };
        let mut trace = Self { says: nodes.iter().map(says).collect(), tree: Tree::new(&ids), nodes };
        trace.decide_sessions(hints);
        trace
    }

    /// Has it a span of ours that starts in the discovery window?
    pub(super) fn is_matched(&self, discovery: Window) -> bool {
        let mut tagged = self.nodes.iter().zip(&self.says);
        tagged.any(|(node, says)| says.is_ours() && node.started_at.is_some_and(|at| discovery.contains(at)))
    }

    /// Rule 2. What session values that are no hint say, in a trace that holds a span of ours.
    fn decide_sessions(&mut self, hints: &HashSet<&str>) {
        let is_hint = |label: &&Label| hints.contains(label.value.as_str());
        let ours = || self.nodes.iter().zip(&self.says).filter(|(_, says)| says.is_ours()).map(|(node, _)| node);
        if ours().next().is_none() {
            return;
        }
        let own_sessions: HashSet<&str> = ours()
            .flat_map(|node| node.labels)
            .filter(|label| !label.key.is_specific() && !is_hint(label))
            .map(|label| label.value.as_str())
            .collect();
        let session_matched =
            ours().flat_map(|node| node.labels).any(|label| !label.key.is_specific() && is_hint(&label));
        let above_ours = self.above_ours();
        let nearest_ours = self.nearest_ours_above();
        let decide = |(index, node): (usize, &Node<'_>)| {
            let mut values =
                node.labels.iter().map(|label| label.value.as_str()).filter(|value| !own_sessions.contains(value));
            let is_other = match nearest_ours.get(index).copied().flatten() {
                Some(key) if key.is_specific() => false,
                Some(_) => values.any(|value| hints.iter().any(|hint| has_form_of(value, hint))),
                None if above_ours.contains(&index) => session_matched && values.next().is_some(),
                None => values.next().is_some(),
            };
            if is_other { Says::Other(Cause::OtherSession) } else { Says::Nothing }
        };
        let decided: Vec<(usize, Says)> = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(index, _)| self.says.get(*index) == Some(&Says::Session))
            .map(|(index, node)| (index, decide((index, node))))
            .collect();
        for (index, says) in decided {
            if let Some(place) = self.says.get_mut(index) {
                *place = says;
            }
        }
    }

    /// The spans that have a span of ours below them.
    fn above_ours(&self) -> HashSet<usize> {
        let mut above = HashSet::new();
        for (index, _) in self.says.iter().enumerate().filter(|(_, says)| says.is_ours()) {
            let mut at = self.tree.parent(index);
            while let Some(parent) = at {
                // Its own ancestors are there already.
                if !above.insert(parent) {
                    break;
                }
                at = self.tree.parent(parent);
            }
        }
        above
    }

    /// The key by which the nearest span of ours above each span matched.
    fn nearest_ours_above(&self) -> Vec<Option<Key>> {
        let says = |index: usize| self.says.get(index).copied();
        let at_or_above = self.tree.descend(
            |_| None,
            |above, index| match says(index) {
                Some(Says::Ours(key)) => Some(key),
                _ => above,
            },
        );
        let above = |index| self.tree.parent(index).and_then(|parent| at_or_above.get(parent).copied().flatten());
        (0..self.nodes.len()).map(above).collect()
    }

    /// Rules 3, 4 and 6.
    pub(super) fn owners(&self, is_partial: bool, asked: &Question<'_>) -> Vec<Ownership> {
        let first_key = self.says.iter().filter_map(|says| match says {
            Says::Ours(key) => Some(*key),
            _ => None,
        });
        let Some(trace_key) = first_key.min() else { return vec![Ownership::Unmatched; self.nodes.len()] };
        let is_partial = is_partial || self.nodes.iter().any(|node| node.is_tag_unknown);
        let has_others = self.says.iter().any(|says| matches!(says, Says::Other(_)));
        let is_ended = self.has_ended();
        let owner = |line: &Line| match line.nearest {
            Some(Says::Ours(key)) => Ownership::Ours(key),
            Some(Says::Other(cause)) => Ownership::Left(cause),
            _ if is_partial => Ownership::Left(Cause::PartialTrace),
            _ if has_others => Ownership::Left(Cause::Unowned),
            _ if asked.is_last_pass || (is_ended && line.end == End::Whole) => Ownership::Ours(trace_key),
            _ => Ownership::Undecided(trace_key),
        };
        let of_attempt = |(line, node): (Line, &Node<'_>)| match owner(&line) {
            Ownership::Ours(key) | Ownership::Undecided(key) if asked.attempts.are_several() => {
                let is_ours = line.first_ours.or(node.started_at).is_some_and(|at| asked.attempts.is_ours(at));
                let is_broken = line.end == End::Broken;
                if is_broken && !asked.is_last_pass {
                    Ownership::Undecided(key)
                } else if !is_ours {
                    Ownership::Left(Cause::OtherAttempt)
                } else if is_broken && is_partial {
                    // What was not read above it may bear the tag of an earlier attempt.
                    Ownership::Left(Cause::PartialTrace)
                } else {
                    owner(&line)
                }
            }
            owner => owner,
        };
        self.lines().into_iter().zip(&self.nodes).map(of_attempt).collect()
    }

    /// Is the root there, and has it ended? A cycle has nothing above it and counts as one.
    fn has_ended(&self) -> bool {
        let tops = self.tree.tops();
        !tops.is_empty() && tops.iter().all(|index| self.nodes.get(*index).is_some_and(|node| node.has_ended))
    }

    fn lines(&self) -> Vec<Line> {
        let at_end = |end| Line { nearest: None, first_ours: None, end };
        self.tree.descend(at_end, |above, index| {
            let says = self.says.get(index).copied();
            let is_label = |says: &Says| matches!(says, Says::Ours(_) | Says::Other(_));
            let own_start = || self.nodes.get(index).filter(|_| says.is_some_and(Says::is_ours))?.started_at;
            Line {
                nearest: says.filter(is_label).or(above.nearest),
                first_ours: above.first_ours.or_else(own_start),
                end: above.end,
            }
        })
    }
}

/// Looks a value like a hint? Lengths within five of each other, and capital letters, small letters and other signs
/// exactly where the hint has any; digits do not count. Quotes around the whole are no signs: a platform may add or take them.
fn has_form_of(value: &str, hint: &str) -> bool {
    let (value, hint) = (unquoted(value), unquoted(hint));
    let classes = |text: &str| {
        let has = |is_it: fn(char) -> bool| text.chars().any(is_it);
        (has(char::is_uppercase), has(char::is_lowercase), has(|sign| !sign.is_alphabetic() && !sign.is_numeric()))
    };
    value.chars().count().abs_diff(hint.chars().count()) <= 5 && classes(value) == classes(hint)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
