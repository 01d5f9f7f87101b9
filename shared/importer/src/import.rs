use std::time::Duration;

use spanlift_model::{Budget, Caps, ImportJob, Passes, Timestamp, retry_delay};

use crate::conclusion::{Circumstances, conclude};
use crate::ports::{
    Claim, Claimed, Clock, Credentials, Freshness, Ledger, Platform, PortError, Queue, Record, TraceStore,
};
use crate::{Conclusion, Disposition, Outcome, Report};

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
    /// Receives of a message before it goes to the dead-letter queue.
    pub max_receives: u32,
    /// The first wait after a transient failure is no longer; it doubles with every receive.
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
        let may_be_mended = job.force || delivery.receive_count > 1;
        let freshness = if may_be_mended { Freshness::Fresh } else { Freshness::Cached };
        let end = self.run_pass(job, &record, budget, freshness).await;
        let now = self.clock.now();
        let around = Circumstances {
            job,
            record: &record,
            passes: &self.policy.passes,
            now,
            is_last_receive: delivery.receive_count >= self.policy.max_receives,
            retry_delay: self.retry_delay(delivery),
            rate_limit_delay: self.policy.rate_limit_delay,
            jitter: fastrand::f64(),
        };
        let (conclusion, disposition) = conclude(end, &around);
        self.complete(claim, &conclusion, disposition, delivery).await
    }

    /// A pass that is done already. Whoever wrote so may not have come to send what follows from it: its next job is
    /// sent again; and if it was this very message, its outcome is announced again.
    async fn repair(&self, job: &ImportJob, record: &Record, delivery: &Delivery) -> Report {
        if let Some(completed) = record.completed.as_ref().filter(|last| delivery.is_of(&last.owner))
            && let Err(error) = self.queue.announce(&completed.outcome).await
        {
            return self.returned(delivery, &error);
        }
        let Some((pass, at)) = record.next.filter(|(pass, _)| *pass >= job.pass) else {
            let story = "this import has ended; nothing to do".to_owned();
            return Report::without_pass(Disposition::Acknowledge, story);
        };
        let sent = self.send_later(job, pass, at).await;
        self.after_sending(sent, delivery, "this pass is done; the one that is due was sent again")
    }

    /// Write, send, announce, acknowledge, in this order: a crash between two of them is repaired by the next delivery.
    async fn complete(
        &self,
        claim: Claim<'_>,
        conclusion: &Conclusion,
        disposition: Disposition,
        delivery: &Delivery,
    ) -> Report {
        let outcome = Outcome::new(claim.job, conclusion, claim.now);
        if let Err(error) = self.ledger.complete(claim, conclusion).await {
            return self.returned(delivery, &error);
        }
        let sent = match (conclusion.next, disposition) {
            (Some((pass, at)), Disposition::Acknowledge) => self.send_later(claim.job, pass, at).await,
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
        let disposition = Disposition::Return(self.retry_delay(delivery));
        Report::without_pass(disposition, format!("not done, the message goes back to its queue: {error}"))
    }

    fn retry_delay(&self, delivery: &Delivery) -> Duration {
        retry_delay(self.policy.retry_base, delivery.receive_count, fastrand::f64())
    }
}
