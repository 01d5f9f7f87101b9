//! What the rows of the window say of whose their traces are.

use std::collections::BTreeSet;

use spanlift_importer::Query;
use spanlift_model::correlation::says_ours;
use spanlift_model::{Timestamp, Window};

use crate::head::{Head, Nameless};
use crate::reading_state::Gathered;

/// Looks for tags of ours.
pub(crate) struct Seen<'a> {
    pub(crate) query: &'a Query,
    pub(crate) project: &'a str,
    pub(crate) window: Window,
    pub(crate) gathered: &'a mut Gathered,
    /// The traces that were found.
    pub(crate) found: &'a mut BTreeSet<String>,
    /// The earliest start that was met.
    pub(crate) earliest: Option<Timestamp>,
}

impl Seen<'_> {
    /// Takes note of a row, of whatever trace.
    pub(crate) fn note(&mut self, head: Result<&Head, &Nameless>) {
        let Ok(head) = head else {
            self.gathered.sightings.add_unknown();
            return;
        };
        let started_at = head.started_at.filter(|at| self.window.contains(*at));
        self.earliest = started_at.into_iter().chain(self.earliest).min();
        if !self.is_of_call(head) {
            return;
        }
        self.gathered.sightings.add(head.labels());
        if head.tags.is_unknown {
            self.gathered.sightings.add_unknown();
        }
        if self.query.newest.is_some_and(|most| !self.gathered.sample.has(most)) {
            self.gathered.sample.add(&head.trace_id, head.started_at, head.labels(), head.tags.is_unknown);
        }
        if started_at.is_some() && says_ours(head.labels(), &self.query.hints) && !self.found.contains(&head.trace_id) {
            self.found.insert(head.trace_id.clone());
        }
    }

    /// Is the row in the project and the window? A row that does not say its start may be.
    pub(crate) fn is_of_call(&self, head: &Head) -> bool {
        head.is_in(self.project) && head.started_at.is_none_or(|at| self.window.contains(at))
    }
}

/// How far a look through the window came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    /// Pages that were read.
    pub(crate) pages: usize,
    /// The window was seen to its end.
    pub(crate) is_end_seen: bool,
    /// Down to where it was seen else.
    pub(crate) seen_from: Option<Timestamp>,
}
