use std::time::Duration;

use crate::Timestamp;

/// When an import looks at its platform again (docs/ARCHITECTURE.md#late-data). Pass 0 is the first claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passes {
    delays: Vec<Duration>,
    last_look: Duration,
}

impl Passes {
    /// Pass `n` is due `delays[n - 1]` after the first claim. An import that looks whole is looked at once more,
    /// at the first pass that is `last_look` or later.
    #[must_use]
    pub fn new(mut delays: Vec<Duration>, last_look: Duration) -> Self {
        delays.sort_unstable();
        Self { delays, last_look }
    }

    /// Does the schedule hold a pass after `pass`?
    #[must_use]
    pub fn has_later(&self, pass: u32) -> bool {
        self.due(pass.saturating_add(1)).is_some()
    }

    /// The last pass of the schedule.
    #[must_use]
    pub fn last(&self) -> u32 {
        u32::try_from(self.delays.len()).unwrap_or(u32::MAX)
    }

    /// The pass after `pass`, and when it is due, for an import that is not whole yet.
    #[must_use]
    pub fn next(&self, pass: u32, first_claimed_at: Timestamp) -> Option<(u32, Timestamp)> {
        let next = pass.checked_add(1)?;
        self.due(next).map(|delay| (next, first_claimed_at.plus(delay)))
    }

    /// The last look at an import that looks whole, if `pass` comes before it.
    #[must_use]
    pub fn last_look(&self, pass: u32, first_claimed_at: Timestamp) -> Option<(u32, Timestamp)> {
        let index = self.delays.iter().position(|delay| *delay >= self.last_look)?;
        let last_look = u32::try_from(index).ok()?.checked_add(1)?;
        let delay = self.due(last_look)?;
        (pass < last_look).then(|| (last_look, first_claimed_at.plus(delay)))
    }

    fn due(&self, pass: u32) -> Option<Duration> {
        let index = usize::try_from(pass).ok()?.checked_sub(1)?;
        self.delays.get(index).copied()
    }
}
