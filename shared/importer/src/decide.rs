//! What the end of a pass means for its import. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use spanlift_model::{
    Counts, DeferReason, EmptyReason, FailureReason, ImportJob, Passes, PlatformError, Remedy, ServerVersion, Status,
    Timestamp, Truncation,
};

use crate::{Conclusion, Discovery, Disposition, Ending, PortError, Progress, Record};

/// What a pass came to, before it is decided what that means for the import.
#[derive(Debug)]
pub(crate) enum PassEnd {
    /// The organization has no connection to the provider.
    NotConnected,
    /// The simulation has native spans.
    Native,
    /// A higher attempt exists.
    Superseded,
    /// The platform was read and what could be stored is stored.
    Read(Read),
    /// The connection's secret is no connection.
    BadConnection(String),
    /// The platform could not be read.
    Platform(PlatformError),
    /// What was read could not be made ready for the store in time.
    Slow,
    /// Every execution so far died before its pass ended.
    Killed,
    /// Something of our own was not to be had.
    Port(PortError),
}

/// What a pass read and stored.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) counts: Counts,
    pub(crate) truncated: Option<Truncation>,
    /// Something that matched is not there yet, and may come.
    pub(crate) may_come: bool,
    pub(crate) discovery: Discovery,
    pub(crate) matched_by: BTreeSet<&'static str>,
    pub(crate) server_version: Option<ServerVersion>,
    /// Why nothing matched, should nothing have.
    pub(crate) empty_reason: Option<EmptyReason>,
    pub(crate) progress: Option<Progress>,
    /// Rows and traces that were lost for good.
    pub(crate) lost: u64,
}

/// What a conclusion depends on beside the pass itself.
pub(crate) struct Circumstances<'a> {
    pub(crate) job: &'a ImportJob,
    pub(crate) record: &'a Record,
    pub(crate) passes: &'a Passes,
    pub(crate) now: Timestamp,
    /// A transient failure of this try is the import's end.
    pub(crate) is_last_try: bool,
    /// How long until a failed message is seen again.
    pub(crate) retry_delay: Duration,
    /// How long a rate-limited import is put off at least; its jitter is as long again.
    pub(crate) rate_limit_delay: Duration,
    /// In 0..1.
    pub(crate) jitter: f64,
}

/// A pass that is put off by a rate limit or an outage of ours is given up this long after it first fell due.
const PATIENCE: Duration = Duration::from_hours(6);
/// An import whose trace store (or ledger, or secrets) is down is put off for this long at least, and its jitter is as
/// long again.
const PORT_DELAY: Duration = Duration::from_mins(10);
/// No platform is left alone for longer because it says so.
const LONGEST_REST: Duration = Duration::from_mins(15);
/// A project that is not there this long after the first claim is not there.
const NOT_YET_PATIENCE: Duration = Duration::from_mins(1);

/// What was asked for and not answered, an insert above all, may run in the server for so long yet: nobody may look before.
const UNANSWERED_ENDS_WITHIN: Duration = Duration::from_secs(15);
const UNREAD: &str = "the platform was never read to its end, and nothing of this simulation was in what was read; \
                      `truncated` says what cut the reading";
const SLOW: &str = "what was read could not be made ready for the trace store within the time of a pass";
const KILLED: &str = "every try ended before its pass did: the function ran out of memory or time, or was stopped";
const UNSOUND: &str = "spans matched, and none of them can be stored; `rejected` says why";

/// Decides what the end of a pass means: the import's status, its next pass, and what becomes of the message. Pure.
pub(crate) fn conclude(end: PassEnd, around: &Circumstances<'_>) -> (Conclusion, Disposition) {
    let (conclusion, disposition) = around.conclude(end);
    if around.record.is_beside {
        return (around.beside(conclusion), Disposition::Acknowledge);
    }
    (conclusion, disposition)
}

impl Circumstances<'_> {
    fn conclude(&self, end: PassEnd) -> (Conclusion, Disposition) {
        let acknowledge = |conclusion| (conclusion, Disposition::Acknowledge);
        match end {
            PassEnd::NotConnected => {
                acknowledge(self.unless_imported(Status::NotConnected, "the connection was removed after the import"))
            }
            PassEnd::Native => {
                let text = "native spans came after the import: the simulation now has both";
                acknowledge(self.unless_imported(Status::SkippedNative, text))
            }
            PassEnd::Superseded => acknowledge(self.ended(Status::Superseded, None)),
            PassEnd::Read(read) => acknowledge(self.read(read)),
            PassEnd::BadConnection(advice) => acknowledge(self.failed(FailureReason::BadConnection, advice)),
            PassEnd::Platform(error) => {
                let (reason, text) = (error.reason(), error.to_string());
                match error.remedy() {
                    Remedy::Person => acknowledge(self.failed(reason, text)),
                    Remedy::NotYet => acknowledge(self.not_yet(reason, text)),
                    Remedy::Wait(retry_after) => acknowledge(self.rate_limited(retry_after, text)),
                    Remedy::Retry(retry_after) => {
                        self.transient(reason, text, retry_after.unwrap_or_default().min(LONGEST_REST))
                    }
                }
            }
            PassEnd::Slow => self.transient(FailureReason::Timeout, SLOW.to_owned(), Duration::ZERO),
            PassEnd::Killed => (self.exhausted(FailureReason::Timeout, KILLED.to_owned()), Disposition::Acknowledge),
            PassEnd::Port(error) => self.port(&error),
        }
    }

    fn read(&self, read: Read) -> Conclusion {
        let first = self.record.first_claimed_at;
        let again = self.passes.next(self.job.pass, first);
        let is_cut = read.truncated.is_some_and(Truncation::is_temporary);
        // Only a reading that came to its end can say that nothing matched.
        let came_to_its_end = !is_cut && read.truncated != Some(Truncation::Size) && read.discovery == Discovery::Whole;
        // A loss on which two passes agree will not be less in a third.
        let may_lose_less = read.lost > 0 && self.record.lost != Some(read.lost);
        let may_bring_more = read.may_come || is_cut || read.discovery != Discovery::Whole || may_lose_less;
        let is_unread = read.counts.stored == 0 && again.is_none() && !came_to_its_end;
        let ended = if read.counts.stored > 0 {
            let next = match read.truncated {
                // Nothing that comes later would fit.
                Some(Truncation::Cap | Truncation::Size) => None,
                _ if may_bring_more => again,
                _ => self.passes.last_look(self.job.pass, first),
            };
            self.then(next, self.ended(Status::Imported, None))
        } else if again.is_some() {
            let reason = match read.counts.matched_spans {
                _ if !came_to_its_end => DeferReason::Budget,
                0 => DeferReason::Empty,
                _ => DeferReason::Unfinished,
            };
            let deferred = Conclusion { reason: Some(reason.as_str()), ..self.ended(Status::Deferred, None) };
            self.then(again, deferred)
        } else if is_unread {
            self.failed(FailureReason::Timeout, UNREAD.to_owned())
        } else if let Some(reason) = read.empty_reason {
            Conclusion { reason: Some(reason.as_str()), ..self.ended(Status::Empty, None) }
        } else {
            self.failed(FailureReason::Malformed, UNSOUND.to_owned())
        };
        Conclusion {
            // Neither time nor room was short: something could not be had.
            truncated: read.truncated.or(is_unread.then_some(Truncation::Paging)),
            incomplete: read.may_come || is_cut || read.lost > 0 || read.discovery != Discovery::Whole,
            discovery: read.discovery,
            matched_by: read.matched_by,
            server_version: read.server_version,
            counts: Some(read.counts),
            progress: read.progress,
            lost: Some(read.lost),
            ..ended
        }
    }

    /// With the next pass, and since when that is due: a pass that is put off keeps its moment.
    fn then(&self, next: Option<(u32, Timestamp)>, conclusion: Conclusion) -> Conclusion {
        let due_since = next.map(|(pass, at)| if pass == self.job.pass { self.record.due_since } else { at });
        Conclusion { next, due_since, ..conclusion }
    }

    /// A look that was forced beside a pass that is due later: that pass stays as it is, and a failure says no more than
    /// what went wrong.
    fn beside(&self, conclusion: Conclusion) -> Conclusion {
        let due =
            |conclusion| Conclusion { next: self.record.next, due_since: Some(self.record.due_since), ..conclusion };
        if conclusion.counts.is_some() {
            return due(conclusion);
        }
        let status = self.record.status.unwrap_or(Status::Deferred);
        let error = conclusion.last_error.or_else(|| Some(format!("a forced look ended as {}", conclusion.status)));
        due(Conclusion { ending: Ending::ErrorOnly, ..self.ended(status, error) })
    }

    /// Final, unless spans are in the store already: a sweep that fails never lowers `imported`.
    fn failed(&self, reason: FailureReason, text: String) -> Conclusion {
        let conclusion = self.ended(Status::Failed, Some(text));
        if self.is_imported() {
            return Conclusion { status: Status::Imported, ..conclusion };
        }
        Conclusion { reason: Some(reason.as_str()), ..conclusion }
    }

    /// The same after the last try.
    fn exhausted(&self, reason: FailureReason, text: String) -> Conclusion {
        Conclusion { ending: Ending::Exhausted, ..self.failed(reason, text) }
    }

    /// What is stored is not taken back: where that is so, `text` is said beside it.
    fn unless_imported(&self, status: Status, text: &str) -> Conclusion {
        if self.is_imported() {
            return self.ended(Status::Imported, Some(text.to_owned()));
        }
        self.ended(status, None)
    }

    fn not_yet(&self, reason: FailureReason, text: String) -> Conclusion {
        let first = self.record.first_claimed_at;
        match self.passes.next(self.job.pass, first) {
            Some(next) if next.1.since(first) <= NOT_YET_PATIENCE => self.put_off(DeferReason::NotYet, next, text),
            _ => self.failed(reason, text),
        }
    }

    /// The platform's own date is kept as far as the patience goes: at its end it is asked once more.
    fn rate_limited(&self, retry_after: Option<Duration>, text: String) -> Conclusion {
        let latest = self.record.due_since.plus(PATIENCE);
        if self.now >= latest {
            return self.failed(FailureReason::RateLimited, text);
        }
        let delay = retry_after.unwrap_or_default().max(self.rate_limit_delay);
        let at = self.now.plus(delay + delay.mul_f64(self.jitter)).min(latest);
        self.put_off(DeferReason::RateLimited, (self.job.pass, at), text)
    }

    fn put_off(&self, reason: DeferReason, next: (u32, Timestamp), text: String) -> Conclusion {
        let conclusion = self.then(Some(next), self.ended(Status::Deferred, Some(text)));
        if self.is_imported() {
            return Conclusion { status: Status::Imported, ..conclusion };
        }
        Conclusion { reason: Some(reason.as_str()), ..conclusion }
    }

    /// Nobody tries again within `rest`, whichever message brings the job.
    fn transient(&self, reason: FailureReason, text: String, rest: Duration) -> (Conclusion, Disposition) {
        if self.is_last_try {
            return (self.exhausted(reason, text), Disposition::Acknowledge);
        }
        let status = if self.is_imported() { Status::Imported } else { Status::Retrying };
        let conclusion = Conclusion {
            reason: (status == Status::Retrying).then_some(reason.as_str()),
            ending: Ending::Transient,
            ..self.ended(status, Some(text))
        };
        // Beyond that rest it is the message's visibility that waits.
        let next = (self.job.pass, self.now.plus(rest));
        (self.then(Some(next), conclusion), Disposition::Return(rest + self.retry_delay))
    }

    /// Something of our own is down, which is nobody's fault who could mend the connection: after the tries of one
    /// message another one tries again, for hours.
    fn port(&self, error: &PortError) -> (Conclusion, Disposition) {
        let at = self.now.plus(PORT_DELAY + PORT_DELAY.mul_f64(self.jitter));
        if self.is_last_try && at <= self.record.due_since.plus(PATIENCE) {
            let next = (self.job.pass, at);
            let conclusion = self.put_off(DeferReason::StoreUnavailable, next, error.to_string());
            return (conclusion, Disposition::Acknowledge);
        }
        let rest = if matches!(error, PortError::Uncertain { .. }) { UNANSWERED_ENDS_WITHIN } else { Duration::ZERO };
        self.transient(FailureReason::StoreUnavailable, error.to_string(), rest)
    }

    fn is_imported(&self) -> bool {
        self.record.status == Some(Status::Imported)
    }

    fn ended(&self, status: Status, last_error: Option<String>) -> Conclusion {
        Conclusion { last_error, ..Conclusion::new(status, self.now) }
    }
}
