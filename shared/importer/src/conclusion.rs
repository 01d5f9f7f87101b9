use std::collections::BTreeSet;

use spanlift_model::{Counts, ServerVersion, Status, Timestamp, Truncation};

use crate::{Discovery, Progress};

/// How a pass ended, as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// Where the import stands now.
    pub status: Status,
    /// Why, where the status has a reason: a word of `DeferReason`, `EmptyReason` or `FailureReason`.
    pub reason: Option<&'static str>,
    /// The pass that is due next, and when. None means that the status is final.
    pub next: Option<(u32, Timestamp)>,
    /// What the pass counted; `None` when it came to nothing that could be counted.
    pub counts: Option<Counts>,
    /// Why the import holds less than matched.
    pub truncated: Option<Truncation>,
    /// Something that matched is not stored, or may not have been found: a root, an end, a part of a trace or of the
    /// window is missing.
    pub incomplete: bool,
    /// How the traces were looked for.
    pub discovery: Discovery,
    /// The keys that matched.
    pub matched_by: BTreeSet<&'static str>,
    /// The platform's version, if it said so.
    pub server_version: Option<ServerVersion>,
    /// What went wrong, as a sentence of ours. Beside `imported`: in a later pass.
    pub last_error: Option<String>,
    /// When the pass that is due next first fell due; `None` when none is.
    pub due_since: Option<Timestamp>,
    /// What this end means for the tries of the import, and for what the ledger keeps.
    pub ending: Ending,
    /// How far the pass came, if time cut it.
    pub progress: Option<Progress>,
    /// Rows and traces that were lost for good, if the pass counted them.
    pub lost: Option<u64>,
    /// When the pass ended.
    pub at: Timestamp,
}

impl Conclusion {
    /// A pass that ended so, with nothing more to say of it.
    #[must_use]
    pub const fn new(status: Status, at: Timestamp) -> Self {
        Self {
            status,
            reason: None,
            next: None,
            counts: None,
            truncated: None,
            incomplete: false,
            discovery: Discovery::Whole,
            matched_by: BTreeSet::new(),
            server_version: None,
            last_error: None,
            due_since: None,
            ending: Ending::Ordinary,
            progress: None,
            lost: None,
            at,
        }
    }
}

/// How the end of a pass bears on the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Tries count anew.
    #[default]
    Ordinary,
    /// By a failure that may pass: the tries so far count on.
    Transient,
    /// By the last try: the message that brought it belongs into the dead-letter queue.
    Exhausted,
    /// By the failure of a look that was forced beside a pass that is due later: only `last_error` is written.
    ErrorOnly,
}
