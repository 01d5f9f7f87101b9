//! What a schedule came to, against the oracle.

use spanlift_model::Status;
use worlds::Imported;
use worlds::compare::compare;
use worlds::oracle::Look;

use crate::deliveries::Import;
use crate::faults::BEHIND;
use crate::run::Schedule;

/// What is wrong with a schedule; nothing, if all is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Spans that are ours by the oracle and that the platform held when the last pass began, but that are not stored; and rows
    /// of matched traces that are neither stored nor counted.
    pub lost: usize,
    /// Rows that are there more than once.
    pub doubled: usize,
    /// Rows that are not ours.
    pub foreign: usize,
    /// Imports that are not over, and of which no message is left.
    pub stuck: usize,
    /// Imports of which nobody heard: not in the ledger, not among the dead letters.
    pub unheard: usize,
    /// Executions that Lambda would have ended.
    pub over_time: usize,
    /// Imports.
    pub imports: usize,
    /// Imports that hold all they should.
    pub whole: usize,
}

impl Finding {
    /// Is all as it should be?
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.lost + self.doubled + self.foreign + self.stuck + self.unheard + self.over_time == 0
    }
}

/// Judges a schedule.
#[must_use]
pub fn judge(schedule: &Schedule) -> Finding {
    let played = &schedule.played;
    let mut finding = Finding { over_time: played.over_time, imports: played.imports.len(), ..Finding::default() };
    for import in &played.imports {
        let imported = with_earlier_looks(&import.imported);
        let (_, difference) = compare(&schedule.world, &imported);
        // A later attempt ended it, whatever its own passes had found.
        let is_superseded = import.status == Some(Status::Superseded);
        let missing = if is_superseded { 0 } else { difference.missing.len() + difference.uncounted.len() };
        finding.doubled += difference.doubled.len();
        finding.foreign += difference.foreign.len() + difference.unheard_of.len();
        finding.lost += if import.is_heard_of { 0 } else { missing };
        finding.whole += usize::from(missing == 0 && !import.is_open && !import.is_heard_of);
        finding.stuck += usize::from(is_stuck(import, played.left_over));
        finding.unheard += usize::from(import.status.is_none() && !import.is_heard_of);
    }
    finding
}

fn is_stuck(import: &Import, left_over: usize) -> bool {
    // Messages that are left after so many deliveries go round for ever.
    (import.is_open && !import.is_heard_of) || left_over > 0
}

/// A replica that was behind may have shown what was there before a pass began. The last pass saw none.
fn with_earlier_looks(imported: &Imported) -> Imported {
    let mut imported = imported.clone();
    imported.looks.sort_by_key(|look| look.from);
    let Some((last, before)) = imported.looks.split_last() else { return imported };
    let earlier = |look: &Look| Look { pass: look.pass, from: look.from.saturating_sub(BEHIND), to: look.from };
    let mut looks: Vec<Look> = before.iter().flat_map(|look| [*look, earlier(look)]).collect();
    looks.push(*last);
    imported.looks = looks;
    imported
}
