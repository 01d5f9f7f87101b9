//! Ledger, store, queue and secrets that fail before or after they did what they were asked.

use std::sync::Arc;
use std::time::Duration;

use spanlift_fakes::{FakeCredentials, FakeLedger, FakeQueue, FakeStore};
use spanlift_importer::ports::{Claim, Claimed, Credentials, Freshness, Ledger, Queue, Secret, StoreState, TraceStore};
use spanlift_importer::{Conclusion, Outcome, PortError};
use spanlift_model::{Attempt, Attempts, Habit, ImportJob, OrganizationId, Provider, SourceId, Span, Timestamp};
use tokio::time::sleep;

use crate::faults::{Fault, Faults};

/// A port that fails.
#[derive(Debug)]
pub struct Failing<T> {
    /// What is behind it.
    pub port: T,
    /// When it fails.
    pub faults: Arc<Faults>,
}

/// No server works longer on an insert whose answer was lost: `max_execution_time`.
const LONGEST_INSERT_MS: u64 = 10_000;

impl<T> Failing<T> {
    async fn call<R>(
        &self,
        name: &'static str,
        what: &'static str,
        work: impl Future<Output = Result<R, PortError>>,
    ) -> Result<R, PortError> {
        let fault = self.faults.of_call(what);
        sleep(self.faults.delay()).await;
        if fault == Some(Fault::Before) {
            return Err(PortError::Unavailable { port: name, detail: "down".to_owned() });
        }
        let done = work.await;
        sleep(self.faults.delay()).await;
        match fault {
            Some(_) => Err(PortError::Uncertain { port: name, detail: "no answer".to_owned() }),
            None => done,
        }
    }
}

impl Credentials for Failing<FakeCredentials> {
    async fn secret(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        freshness: Freshness,
    ) -> Result<Option<Secret>, PortError> {
        self.call("secrets", "secret", self.port.secret(organization_id, provider, freshness)).await
    }
}

impl Ledger for Failing<FakeLedger> {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        self.call("ledger", "claim", self.port.claim(claim)).await
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        self.call("ledger", "complete", self.port.complete(claim, conclusion)).await
    }

    async fn attempts(&self, job: &ImportJob, now: Timestamp) -> Result<Vec<Attempt>, PortError> {
        self.call("ledger", "attempts", self.port.attempts(job, now)).await
    }

    async fn habit(&self, job: &ImportJob, source: SourceId) -> Result<Option<Habit>, PortError> {
        self.call("ledger", "habit", self.port.habit(job, source)).await
    }

    async fn learn(&self, job: &ImportJob, source: SourceId, habit: Habit) -> Result<(), PortError> {
        self.call("ledger", "learn", self.port.learn(job, source, habit)).await
    }
}

impl TraceStore for Failing<FakeStore> {
    async fn look_up(&self, job: &ImportJob, attempts: &Attempts) -> Result<StoreState, PortError> {
        self.call("trace store", "look-up", self.port.look_up(job, attempts)).await
    }

    /// One that is not answered may be done at once, later, or never; and the client sends it again under its token.
    async fn insert(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> Result<(), PortError> {
        let fault = self.faults.of_call("insert");
        sleep(self.faults.delay()).await;
        let down = || PortError::Unavailable { port: "trace store", detail: "down".to_owned() };
        match fault {
            Some(Fault::Before) => return Err(down()),
            Some(Fault::After) => {
                let after = Duration::from_millis(self.faults.below(LONGEST_INSERT_MS));
                self.port.insert_later(job, schedule, rows, after);
                sleep(self.faults.delay()).await;
                if self.faults.once_in(2, "insert sent again") {
                    self.port.insert(job, schedule, rows).await?;
                    return Ok(());
                }
                return Err(PortError::Uncertain { port: "trace store", detail: "no answer".to_owned() });
            }
            // The client dies while the server works on it: it is done all the same.
            None => self.port.insert_now(job, schedule, rows),
        }
        sleep(self.faults.delay()).await;
        Ok(())
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        self.call("trace store", "count", self.port.count(job)).await
    }
}

impl Queue for Failing<FakeQueue> {
    async fn send(&self, job: &ImportJob, delay: Duration) -> Result<(), PortError> {
        self.call("queue", "send", self.port.send(job, delay)).await
    }

    async fn dead_letter(&self, job: &ImportJob, reason: &str, detail: &str) -> Result<(), PortError> {
        self.call("queue", "dead letter", self.port.dead_letter(job, reason, detail)).await
    }

    async fn announce(&self, outcome: &Outcome) -> Result<(), PortError> {
        self.call("queue", "announce", self.port.announce(outcome)).await
    }
}
