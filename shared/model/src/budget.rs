use std::time::Duration;

use crate::Timestamp;

/// A deadline further in the past than this is no deadline: `cargo lambda watch` sends one of 1970.
const BOGUS_DEADLINE: Duration = Duration::from_hours(24);
/// Kept back from the Lambda's deadline for the answer to the queue.
const MARGIN: Duration = Duration::from_secs(2);
/// Kept back from the budget for the insert and the ledger; no more than a third of it.
const WRITE_RESERVE: Duration = Duration::from_secs(10);
/// A lease outlives its function by this much, so that no insert of it can still run in the server.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// How long one pass may take (docs/ARCHITECTURE.md#budget-and-caps).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Reading stops here; what is complete by then is written.
    pub read_until: Timestamp,
    /// The pass has ended by here.
    pub ends_at: Timestamp,
    /// Nobody else may run this import before this.
    pub lease_until: Timestamp,
    /// The Lambda's deadline made no sense and the function's timeout was used in its place.
    pub deadline_ignored: bool,
}

impl Budget {
    /// The budget of a pass that begins `now`: `configured`, or less if the function's own time ends before.
    #[must_use]
    pub fn new(now: Timestamp, configured: Duration, deadline: Timestamp, function_timeout: Duration) -> Self {
        let deadline_ignored = deadline.plus(BOGUS_DEADLINE) < now;
        let remaining = if deadline_ignored { function_timeout } else { deadline.since(now).min(function_timeout) };
        let total = configured.min(remaining.saturating_sub(MARGIN));
        let ends_at = now.plus(total);
        Self {
            read_until: ends_at.minus(WRITE_RESERVE.min(total / 3)),
            ends_at,
            lease_until: now.plus(remaining).plus(LEASE_MARGIN),
            deadline_ignored,
        }
    }
}
