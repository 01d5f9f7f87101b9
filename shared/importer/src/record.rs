use spanlift_model::{Status, Timestamp};

use crate::{Outcome, Progress};

/// What the ledger knows of an import from before this claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When pass 0 of this schedule was first claimed: passes count from here.
    pub first_claimed_at: Timestamp,
    /// When the pass that was claimed first fell due: how long faults and rate limits are waited out counts from here.
    pub due_since: Timestamp,
    /// How it stood; `None` for the first claim.
    pub status: Option<Status>,
    /// The pass that is due next, and when.
    pub next: Option<(u32, Timestamp)>,
    /// Claims since a pass last ended in another way than by a transient failure, this one included.
    pub tries: u32,
    /// The last pass ended the import after its last try.
    pub is_exhausted: bool,
    /// The claim was forced beside a pass that is not due yet.
    pub is_beside: bool,
    /// Who completed the last pass, and what there was to announce.
    pub completed: Option<Completed>,
    /// Bytes of attributes that its passes have inserted.
    pub inserted_bytes: u64,
    /// Spans that came when something of their call was stored, of all passes so far.
    pub late_in_call: u64,
    /// How far the last pass came, if time cut it.
    pub progress: Option<Progress>,
    /// Rows and traces that the last pass lost for good, if it counted them.
    pub lost: Option<u64>,
}

impl Record {
    /// That of an import of which nothing is known, claimed `now` for the first time.
    #[must_use]
    pub const fn first(now: Timestamp) -> Self {
        Self {
            first_claimed_at: now,
            due_since: now,
            status: None,
            next: None,
            tries: 1,
            is_exhausted: false,
            is_beside: false,
            completed: None,
            inserted_bytes: 0,
            late_in_call: 0,
            progress: None,
            lost: None,
        }
    }
}

/// The last completion of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The lease's owner then.
    pub owner: String,
    /// What there was to announce.
    pub outcome: Outcome,
}
