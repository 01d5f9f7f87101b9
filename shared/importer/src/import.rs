use std::time::Duration;

use spanlift_model::{Budget, Caps, Clock, ImportJob, Passes, Status, Timestamp, retry_delay};

use crate::decide::{Circumstances, PassEnd, conclude};
use crate::ports::{Claim, Claimed, Credentials, Freshness, Ledger, Platform, Queue, TraceStore};
use crate::{Conclusion, Disposition, Ending, Outcome, PortError, Record, Report};

/// The longest delay that SQS knows; a longer one is a chain of them.
const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// Runs imports: the one straight way from a job to its completion.
#[derive(Debug)]
pub struct Importer<P, C, L, S, Q, K> {
    /// Where traces are read from.
    pub platform: P,
    /// Where connections' secrets are.
    pub credentials: C,
    /// Where it is written down how imports stand.
    pub ledger: L,
    /// Where spans are stored.
    pub store: S,
    /// Where later passes and outcomes are sent to.
    pub queue: Q,
    /// The time.
    pub clock: K,
    /// The numbers.
    pub policy: Policy,
}

/// The numbers of a provider's imports.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How long one pass may take.
    pub budget: Duration,
    /// The function's own timeout.
    pub function_timeout: Duration,
    /// When a platform is looked at again.
    pub passes: Passes,
    /// How much an import may hold.
    pub caps: Caps,
    /// Tries of a pass that end by a transient failure before the import fails.
    pub max_tries: u32,
    /// The first wait after a transient failure is no longer; it doubles with every try.
    pub retry_base: Duration,
    /// A rate-limited pass is put off for this long at least; as much again is its jitter.
    pub rate_limit_delay: Duration,
}

/// What the queue says of a message beside its body.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Names the function's invocation: no two have the same.
    pub invocation_id: String,
    /// Names the message: the same at every receive.
    pub message_id: String,
    /// How often the message was received, this time included.
    pub receive_count: u32,
    /// When the function is killed.
    pub deadline: Timestamp,
}

impl Delivery {
    /// The lease's owner: unique per execution.
    fn owner(&self) -> String {
        format!("{}/{}", self.invocation_id, self.message_id)
    }

    /// Was `owner` an execution for this same message?
    fn is_of(&self, owner: &str) -> bool {
        owner.split_once('/').is_some_and(|(_, message_id)| message_id == self.message_id)
    }
}

impl<P, C, L, S, Q, K> Importer<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    /// Runs one pass of an import, if it is due and nobody else runs it.
    pub async fn import(&self, job: &ImportJob, delivery: &Delivery) -> Report {
        let began_at = self.clock.now();
        if let Some(not_before) = job.not_before.filter(|not_before| *not_before > began_at) {
            let sent = self.queue.send(job, not_before.since(began_at).min(LONGEST_DELAY)).await;
            return self.after_sending(sent, delivery, "not due yet; sent again with the delay left");
        }
        let budget = Budget::new(began_at, self.policy.budget, delivery.deadline, self.policy.function_timeout);
        if budget.deadline_ignored {
            tracing::warn!("the invocation's deadline is long past; the function's timeout is used in its place");
        }
        let owner = delivery.owner();
        let claim = Claim { job, owner: &owner, now: began_at, lease_until: budget.lease_until };
        let record = match self.ledger.claim(claim).await {
            Ok(Claimed::Ours(record)) => record,
            Ok(Claimed::Leased(until)) => {
                let delay =
                    until.since(began_at) + Duration::from_secs(1) + Duration::from_secs(4).mul_f64(fastrand::f64());
                return Report::without_pass(
                    Disposition::Return(delay),
                    "another execution runs this import".to_owned(),
                );
            }
            Ok(Claimed::Done(record)) => return self.repair(job, &record, delivery).await,
            Err(error) => return self.returned(delivery, &error),
        };
        // Whoever forces an import may have mended the connection just now, and so may somebody since a try failed.
        let may_be_mended = job.force || record.tries > 1;
        let freshness = if may_be_mended { Freshness::Fresh } else { Freshness::Cached };
        let was_killed = record.tries > self.most_claims(&record);
        let end = if was_killed { PassEnd::Killed } else { self.run_pass(job, &record, budget, freshness).await };
        let now = self.clock.now();
        let around = Circumstances {
            job,
            record: &record,
            passes: &self.policy.passes,
            now,
            is_last_try: record.tries >= self.policy.max_tries,
            retry_delay: retry_delay(self.policy.retry_base, record.tries, fastrand::f64()),
            rate_limit_delay: self.policy.rate_limit_delay,
            jitter: fastrand::f64(),
        };
        let (conclusion, disposition) = conclude(end, &around);
        self.complete(claim, &record, &conclusion, disposition, delivery).await
    }

    /// After so many claims a pass is not tried again. If at least one try ended and was written down, then not every try was
    /// killed: an outage may have used up the tries before the last one died. Such a pass gets as many tries again, and no more
    /// (docs/adr/0017-tries-are-counted-by-the-claim.md).
    fn most_claims(&self, record: &Record) -> u32 {
        let has_ended_once = record.status == Some(Status::Retrying);
        if has_ended_once { self.policy.max_tries.saturating_mul(2) } else { self.policy.max_tries }
    }

    /// A pass that is done already, or that rests. Whoever wrote so may not have come to do what follows from it: its next
    /// job is sent again; and if it was this very message, its outcome is announced again.
    async fn repair(&self, job: &ImportJob, record: &Record, delivery: &Delivery) -> Report {
        if let Some(completed) = record.completed.as_ref().filter(|last| delivery.is_of(&last.owner))
            && let Err(error) = self.repeat(job, record, &completed.outcome).await
        {
            return self.returned(delivery, &error);
        }
        match record.next {
            // Whatever brought it to rest has seen to its going on. A second message for it would live as long as the first.
            Some((pass, at)) if pass == job.pass => {
                let rest = at.since(self.clock.now()) + Duration::from_secs(1);
                Report::without_pass(
                    Disposition::Return(rest),
                    "this pass rests; the message comes back then".to_owned(),
                )
            }
            Some((pass, at)) if pass > job.pass => {
                let sent = self.send_later(job, pass, at).await;
                self.after_sending(sent, delivery, "this pass is done; the one that is due was sent again")
            }
            _ => Report::without_pass(Disposition::Acknowledge, "this import has ended; nothing to do".to_owned()),
        }
    }

    /// What this message's last delivery may not have come to.
    async fn repeat(&self, job: &ImportJob, record: &Record, outcome: &Outcome) -> Result<(), PortError> {
        if record.is_exhausted {
            self.dead_letter(job, outcome).await?;
        }
        self.queue.announce(outcome).await
    }

    /// Write, send, announce, acknowledge, in this order: a crash between two of them is repaired by the next delivery.
    async fn complete(
        &self,
        claim: Claim<'_>,
        record: &Record,
        conclusion: &Conclusion,
        disposition: Disposition,
        delivery: &Delivery,
    ) -> Report {
        let outcome = Outcome::new(claim.job, conclusion, claim.now);
        if let Err(error) = self.ledger.complete(claim, conclusion).await {
            return self.returned(delivery, &error);
        }
        let sent = match (conclusion.next, disposition) {
            _ if conclusion.ending == Ending::Exhausted => self.dead_letter(claim.job, &outcome).await,
            // The pass beside which it was forced has a message of its own.
            (Some((pass, at)), Disposition::Acknowledge) if !record.is_beside => {
                self.send_later(claim.job, pass, at).await
            }
            // No pass follows, or this message itself comes back for it.
            _ => Ok(()),
        };
        let announced = match sent {
            Ok(()) => self.queue.announce(&outcome).await,
            Err(error) => Err(error),
        };
        let report = match announced {
            Ok(()) => Report::without_pass(disposition, "the pass has ended".to_owned()),
            Err(error) => self.returned(delivery, &error),
        };
        Report { outcome: Some(outcome), ..report }
    }

    async fn dead_letter(&self, job: &ImportJob, outcome: &Outcome) -> Result<(), PortError> {
        let reason = outcome.reason.as_deref().unwrap_or(&outcome.status);
        self.queue.dead_letter(job, reason, outcome.error.as_deref().unwrap_or_default()).await
    }

    async fn send_later(&self, job: &ImportJob, pass: u32, at: Timestamp) -> Result<(), PortError> {
        let delay = at.since(self.clock.now()).min(LONGEST_DELAY);
        self.queue.send(&job.later(pass, at), delay).await
    }

    fn after_sending(&self, sent: Result<(), PortError>, delivery: &Delivery, story: &str) -> Report {
        match sent {
            Ok(()) => Report::without_pass(Disposition::Acknowledge, story.to_owned()),
            Err(error) => self.returned(delivery, &error),
        }
    }

    fn returned(&self, delivery: &Delivery, error: &PortError) -> Report {
        let delay = retry_delay(self.policy.retry_base, delivery.receive_count, fastrand::f64());
        let disposition = Disposition::Return(delay);
        Report::without_pass(disposition, format!("not done, the message goes back to its queue: {error}"))
    }
}
