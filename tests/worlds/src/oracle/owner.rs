//! Whose each row of a trace is, by the rules, in the plainest way: from each row up, one step at a time.

use std::collections::BTreeSet;

use spanlift_model::Timestamp;

use super::rows::{Seen, Trace, is_in_discovery};
use super::word::{Word, has_form_of, other_sessions, own_word};
use crate::world::{Call, Flaw, Row};

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Ours.
    Ours,
    /// Ours as far as can be seen, but the chain above it is broken, or the root is not there with its end.
    Waits,
    /// Another's, or nobody's.
    NotOurs,
}

/// What is above a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Above {
    Row(usize),
    /// It is a root.
    Nothing,
    /// A row that is not there.
    Missing,
    /// Itself: parents lead back to where they began.
    Ring,
}

/// A row's label, once the tree has said what sessions mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Ours,
    Other,
    None,
}

/// A trace with what its rows say.
pub(super) struct Judged<'t> {
    trace: &'t Trace<'t>,
    words: Vec<Word>,
    above: Vec<Above>,
    labels: Vec<Label>,
    is_partial: bool,
}

impl<'t> Judged<'t> {
    pub(super) fn new(trace: &'t Trace<'t>, marks: &BTreeSet<String>, a_loss_spreads: bool) -> Self {
        let rows = &trace.rows;
        let words: Vec<Word> = rows.iter().map(|row| own_word(row, marks)).collect();
        let above = rows.iter().map(|row| above(rows, row)).collect();
        let has_unknown = words.contains(&Word::Unknown);
        let is_partial = trace.has_lost || has_unknown || a_loss_spreads;
        let mut judged = Self { trace, words, above, labels: Vec::new(), is_partial };
        judged.labels = (0..rows.len()).map(|row| judged.label(row, marks)).collect();
        judged
    }

    /// Does a row say that it is ours?
    pub(super) fn says_ours(&self, row: usize) -> bool {
        matches!(self.words[row], Word::Ours { .. })
    }

    /// A trace is matched by a row of ours that began where tags are looked for.
    pub(super) fn is_matched(&self, call: &Call) -> bool {
        let rows = self.trace.rows.iter().enumerate();
        rows.into_iter().any(|(row, seen)| self.says_ours(row) && is_in_discovery(call, seen.span.started_at))
    }

    pub(super) fn holds_ours(&self) -> bool {
        (0..self.words.len()).any(|row| self.says_ours(row))
    }

    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Is the top of the trace there? A ring has no top: it may count as one.
    pub(super) fn has_top(&self) -> bool {
        (0..self.trace.rows.len()).any(|row| matches!(self.up(row).1, Above::Nothing | Above::Ring))
    }

    /// Is a root there with its end?
    fn has_ended_root(&self) -> bool {
        self.trace.rows.iter().zip(&self.above).any(|(row, above)| *above == Above::Nothing && row.has_ended)
    }

    /// Rule 2, for a trace that holds a span of ours.
    fn label(&self, row: usize, marks: &BTreeSet<String>) -> Label {
        match &self.words[row] {
            Word::Ours { .. } => Label::Ours,
            // Rule 4: for what is below it a row whose tag is unknown is another's.
            Word::Other | Word::Unknown => Label::Other,
            Word::Nothing => Label::None,
            Word::Sessions(values) => {
                let says_other = values.iter().any(|value| self.session_says_other(row, value, marks));
                if says_other { Label::Other } else { Label::None }
            }
        }
    }

    fn session_says_other(&self, row: usize, value: &str, marks: &BTreeSet<String>) -> bool {
        let ours: Vec<usize> = (0..self.words.len()).filter(|row| self.says_ours(*row)).collect();
        // A value that also stands beside our tag on a span of ours says nothing in that trace.
        if ours.iter().any(|row| other_sessions(self.trace.rows[*row].span, marks).contains(value)) {
            return false;
        }
        // Below a span of ours: the nearest one counts.
        if let Some(nearest) = self.up(row).0.into_iter().find(|above| self.says_ours(*above)) {
            return match self.words[nearest] {
                // Where it matched by a key that names a simulation, a session below it says nothing.
                Word::Ours { by_specific: true, .. } => false,
                // Where it matched by a session, one of the form of an id is another's; any other is a sub-session.
                _ => marks.iter().any(|mark| has_form_of(value, mark)),
            };
        }
        // Above a span of ours: another's if a session key matched us in this trace, else it says nothing.
        if ours.iter().any(|ours| self.up(*ours).0.contains(&row)) {
            let by_session = |row: &usize| matches!(self.words[*row], Word::Ours { by_session: true, .. });
            return ours.iter().any(by_session);
        }
        // Anywhere else it is another's.
        true
    }

    /// The rows above a row, the nearest first, and how the way up ends. A ring ends where it closes: all of it is there.
    fn up(&self, row: usize) -> (Vec<usize>, Above) {
        let mut path = Vec::new();
        let mut at = self.above[row];
        loop {
            match at {
                Above::Row(above) if above != row && !path.contains(&above) => {
                    path.push(above);
                    at = self.above[above];
                }
                Above::Row(_) => return (path, Above::Ring),
                end => return (path, end),
            }
        }
    }

    /// Rule 3: a span belongs to whom its nearest labelled self-or-ancestor says. With no label at or above it, it is ours
    /// only if nothing in the trace is another's, and the trace's root is there with its end, or this is the last pass.
    /// Rule 4: in a partial trace only what has a tag on it or above it is ours.
    pub(super) fn owner(&self, row: usize, is_last_pass: bool) -> Owner {
        let (path, end) = self.up(row);
        let nearest = std::iter::once(row).chain(path).map(|at| self.labels[at]).find(|label| *label != Label::None);
        match nearest {
            Some(Label::Ours) => Owner::Ours,
            Some(_) => Owner::NotOurs,
            None if self.is_partial || !self.holds_ours() || self.labels.contains(&Label::Other) => Owner::NotOurs,
            // Where the chain breaks, the label may be on what is not there: that is no "no label above it" yet.
            None if is_last_pass || (end == Above::Nothing && self.has_ended_root()) => Owner::Ours,
            // Rings are decided at once: all of their spans are there.
            None if end == Above::Ring => Owner::Ours,
            None => Owner::Waits,
        }
    }

    /// Rule 6: the start of the highest span at or above a row that bears a tag of ours, else the row's own, if that can be
    /// read; and whether the chain above it is whole.
    pub(super) fn attempt_start(&self, row: usize) -> (Option<Timestamp>, bool) {
        let (path, end) = self.up(row);
        let highest = std::iter::once(row).chain(path).rfind(|at| self.says_ours(*at));
        let span = self.trace.rows[highest.unwrap_or(row)].span;
        let start = (span.row != Row::Unreadable(Flaw::Start)).then_some(span.started_at);
        (start, end != Above::Missing)
    }
}

fn above(rows: &[Seen<'_>], row: &Seen<'_>) -> Above {
    match &row.span.parent {
        None => Above::Nothing,
        Some(id) => rows.iter().position(|above| above.span.id == *id).map_or(Above::Missing, Above::Row),
    }
}
