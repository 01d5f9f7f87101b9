use spanlift_aws::{FanoutEntry, ImportEntry};
use spanlift_model::{Provider, SimulationCompleted, Status, Timestamp};

use crate::status::AttemptStatus;

/// What was sent again, and how the ledger stood before.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) event: SimulationCompleted,
    pub(crate) before: AttemptStatus,
    pub(crate) way: Way,
}

/// The way that it was sent.
#[derive(Debug)]
pub(crate) enum Way {
    /// To fanout, as at first.
    Event,
    /// Past fanout: a forced job to each connected provider.
    Forced { sent_to: Vec<Provider>, not_connected: Vec<Provider> },
    /// A job, to its provider's queue.
    Job { provider: Provider, is_forced: bool },
}

impl Way {
    /// The platforms are to be read again although the imports have ended.
    pub(crate) fn is_forced(&self) -> bool {
        match self {
            Self::Event => false,
            Self::Forced { .. } => true,
            Self::Job { is_forced, .. } => *is_forced,
        }
    }
}

/// How far a replay is with one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nobody has begun.
    Awaited,
    /// Somebody reads, or will when the message comes back.
    Running(Status),
    /// Nothing is stored yet, a later look is queued.
    Due(Option<Timestamp>),
    /// It had ended before: nothing to do.
    Already,
    /// It has ended.
    Done,
}

/// How far a replay is.
#[derive(Debug)]
pub(crate) struct Assessment {
    pub(crate) attempt_status: AttemptStatus,
    /// The event has gone through fanout, or past it.
    pub(crate) is_fanned_out: bool,
    /// A phase for each provider that got a job.
    pub(crate) phases: Vec<(String, Phase)>,
}

impl Phase {
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Already | Self::Done)
    }
}

impl Assessment {
    pub(crate) fn is_done(&self) -> bool {
        self.is_fanned_out && self.phases.iter().all(|(_, phase)| phase.is_settled())
    }

    /// Nothing can happen until `moment`: all that is open waits for a look that is due later.
    pub(crate) fn rests_until(&self, moment: Timestamp) -> bool {
        let rests = |phase: Phase| phase.is_settled() || matches!(phase, Phase::Due(Some(at)) if at > moment);
        self.is_fanned_out && self.phases.iter().all(|(_, phase)| rests(*phase))
    }
}

/// How far the replay is, now that the ledger says `after`.
pub(crate) fn assess(sent: &Sent, after: AttemptStatus) -> Assessment {
    let (attempt_status, is_fanned_out) = match &sent.way {
        Way::Event => {
            let told_at = |attempt_status: &AttemptStatus| attempt_status.fanout.as_ref().map(fanned_out_at);
            let is_new = told_at(&after).is_some() && told_at(&after) != told_at(&sent.before);
            (after, is_new)
        }
        Way::Forced { sent_to, not_connected } => (after.past_fanout(sent_to, not_connected), true),
        Way::Job { provider, .. } => {
            (after.past_fanout(std::slice::from_ref(provider), &[]).only(provider.as_str()), true)
        }
    };
    let is_forced = sent.way.is_forced();
    let names = if is_fanned_out { attempt_status.sent_to.as_slice() } else { &[] };
    let phases = names.iter().map(|provider| {
        let (before, after) = (sent.before.import(provider), attempt_status.import(provider));
        (provider.clone(), phase(is_forced, before, after))
    });
    Assessment { phases: phases.collect(), attempt_status, is_fanned_out }
}

fn fanned_out_at(entry: &FanoutEntry) -> Option<Timestamp> {
    entry.updated_at
}

fn phase(is_forced: bool, before: Option<&ImportEntry>, after: Option<&ImportEntry>) -> Phase {
    let Some(after) = after else { return Phase::Awaited };
    // Every claim writes its time: the same one means that nobody has read since.
    let is_untouched = before.is_some_and(|before| before.claimed_at == after.claimed_at);
    let was_settled = before.is_some_and(|before| is_settled(before.status));
    match after.status {
        Status::InProgress | Status::Retrying => Phase::Running(after.status),
        // A forced job reads now, whatever is due.
        _ if is_forced && is_untouched => Phase::Awaited,
        Status::Deferred => Phase::Due(after.next_at),
        _ if !is_untouched => Phase::Done,
        _ if was_settled => Phase::Already,
        _ => Phase::Done,
    }
}

fn is_settled(status: Status) -> bool {
    !matches!(status, Status::InProgress | Status::Retrying | Status::Deferred)
}
