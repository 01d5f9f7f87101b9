use std::time::Duration;

use crate::Outcome;

/// What became of one delivery of a job.
#[derive(Clone, Debug)]
pub struct Report {
    /// What becomes of the message.
    pub disposition: Disposition,
    /// What is said of it in the log, as one sentence.
    pub story: String,
    /// How the pass ended, if one was run.
    pub outcome: Option<Outcome>,
}

impl Report {
    pub(crate) fn without_pass(disposition: Disposition, story: String) -> Self {
        Self { disposition, story, outcome: None }
    }
}

/// What becomes of the message that brought the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Done with it.
    Acknowledge,
    /// Back to the queue, to be seen again after this.
    Return(Duration),
}
