use std::time::Duration;

use crate::Timestamp;

/// An attempt's traces may begin this much before it: clocks differ (design §5, "Correlation").
const EARLY: Duration = Duration::from_mins(1);

/// One of the times that the same simulation was run in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: u32,
    /// When its call began.
    pub started_at: Timestamp,
}

/// The known attempts at a simulation, ours among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    ours: u32,
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
        all.sort_by_key(|attempt| (attempt.started_at, attempt.number));
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

    /// Does a matched trace belong to our attempt? It belongs to the latest one that had begun when it began; one
    /// that is older than all belongs to the first.
    #[must_use]
    pub fn is_ours(&self, trace_started_at: Timestamp) -> bool {
        let begun = self.all.iter().rev().find(|attempt| attempt.started_at.minus(EARLY) <= trace_started_at);
        begun.or(self.all.first()).is_some_and(|attempt| attempt.number == self.ours)
    }
}
