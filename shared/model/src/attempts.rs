use std::time::Duration;

use crate::Timestamp;

/// An attempt's spans may begin this much before it: clocks differ.
const EARLY: Duration = Duration::from_mins(1);

/// One of the times that the same simulation was run in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: u32,
    /// When its call began.
    pub started_at: Timestamp,
    /// When its call ended.
    pub ended_at: Timestamp,
}

/// The known attempts at a simulation, ours among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    ours: u32,
    /// By number.
    all: Vec<Attempt>,
}

impl Attempts {
    /// `ours` and whatever `others` the ledger knows; of two with the same number the first counts.
    #[must_use]
    pub fn new(ours: Attempt, others: impl IntoIterator<Item = Attempt>) -> Self {
        let mut all = vec![ours];
        for other in others {
            if all.iter().all(|known| known.number != other.number) {
                all.push(other);
            }
        }
        all.sort_by_key(|attempt| attempt.number);
        Self { ours: ours.number, all }
    }

    /// Is there a higher attempt than ours?
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.all.iter().any(|attempt| attempt.number > self.ours)
    }

    /// Is there any other than ours?
    #[must_use]
    pub fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Does what began at `moment` belong to our attempt? It belongs to the highest one that had begun by then; what
    /// is older than all belongs to the first.
    #[must_use]
    pub fn is_ours(&self, moment: Timestamp) -> bool {
        let begun = (0..self.all.len()).rev().find(|index| self.begins(*index).is_some_and(|begin| begin <= moment));
        self.all.get(begun.unwrap_or_default()).is_some_and(|attempt| attempt.number == self.ours)
    }

    /// The moments from which and before which what began is our attempt's; `None` where there is no such bound.
    #[must_use]
    pub fn bounds(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let ours = self.all.iter().position(|attempt| attempt.number == self.ours).unwrap_or_default();
        let from = if ours == 0 { None } else { self.begins(ours) };
        let before = (ours + 1..self.all.len()).filter_map(|index| self.begins(index)).min();
        (from, before)
    }

    /// An attempt begins a minute before its call, but not before the call of the attempt before it has ended.
    fn begins(&self, index: usize) -> Option<Timestamp> {
        let before = index.checked_sub(1).and_then(|index| self.all.get(index));
        let early = self.all.get(index)?.started_at.minus(EARLY);
        Some(before.map_or(early, |before| early.max(before.ended_at)))
    }
}
