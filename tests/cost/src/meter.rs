//! Ports that count their calls and take the time that a call takes on AWS.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spanlift_importer::ports::{Claim, Claimed, Credentials, Freshness, Ledger, Queue, Secret, StoreState, TraceStore};
use spanlift_importer::{Conclusion, Outcome, PortError, Record};
use spanlift_model::{Attempt, Attempts, Habit, ImportJob, OrganizationId, Provider, SourceId, Span, Timestamp};
use tokio::time::sleep;

/// A read or a write of `DynamoDB`, a request to SQS.
const SMALL: Duration = Duration::from_millis(8);
/// A look-up or a count in `ClickHouse` Cloud.
const LOOK_UP: Duration = Duration::from_millis(80);
/// An insert there.
const INSERT: Duration = Duration::from_millis(150);
/// A request to a platform.
pub(crate) const PLATFORM: Duration = Duration::from_millis(200);

/// What imports used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls, by what they are: `claim`, `insert`, `platform request`, ….
    pub calls: BTreeMap<&'static str, u64>,
    /// How long executions took, all together.
    pub active: Duration,
}

impl Usage {
    /// How often it was called.
    #[must_use]
    pub fn of(&self, call: &str) -> u64 {
        self.calls.get(call).copied().unwrap_or(0)
    }
}

/// Counts for everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Usage>>);

impl Meter {
    pub(crate) fn note(&self, call: &'static str) {
        *self.0.lock().unwrap().calls.entry(call).or_default() += 1;
    }

    pub(crate) fn note_execution(&self, took: Duration) {
        self.note("execution");
        self.0.lock().unwrap().active += took;
    }

    pub(crate) fn read(&self) -> Usage {
        self.0.lock().unwrap().clone()
    }

    async fn take(&self, call: &'static str, takes: Duration) {
        self.note(call);
        sleep(takes).await;
    }
}

/// A port whose calls are counted.
#[derive(Debug)]
pub(crate) struct Metered<P> {
    pub(crate) port: P,
    pub(crate) meter: Meter,
}

impl<P: Ledger> Ledger for Metered<P> {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        self.meter.take("claim", SMALL).await;
        self.port.claim(claim).await
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        self.meter.take("complete", SMALL).await;
        self.port.complete(claim, conclusion).await
    }

    async fn record(&self, job: &ImportJob, now: Timestamp) -> Result<Option<Record>, PortError> {
        self.meter.take("read of a record", SMALL).await;
        self.port.record(job, now).await
    }

    async fn attempts(&self, job: &ImportJob, now: Timestamp) -> Result<Vec<Attempt>, PortError> {
        self.meter.take("read of attempts", SMALL).await;
        self.port.attempts(job, now).await
    }

    async fn habit(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
    ) -> Result<Option<Habit>, PortError> {
        self.meter.take("read of a habit", SMALL).await;
        self.port.habit(organization_id, provider, source).await
    }

    async fn learn(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        habit: Habit,
    ) -> Result<(), PortError> {
        self.meter.take("write of a habit", SMALL).await;
        self.port.learn(organization_id, provider, source, habit).await
    }
}

impl<P: TraceStore> TraceStore for Metered<P> {
    async fn look_up(&self, job: &ImportJob, attempts: &Attempts) -> Result<StoreState, PortError> {
        self.meter.take("look-up", LOOK_UP).await;
        self.port.look_up(job, attempts).await
    }

    async fn insert(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> Result<(), PortError> {
        self.meter.take("insert", INSERT).await;
        self.port.insert(job, schedule, rows).await
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        self.meter.take("count", LOOK_UP).await;
        self.port.count(job).await
    }
}

impl<P: Queue> Queue for Metered<P> {
    async fn send(&self, job: &ImportJob, delay: Duration) -> Result<(), PortError> {
        self.meter.take("send", SMALL).await;
        self.port.send(job, delay).await
    }

    async fn dead_letter(&self, job: &ImportJob, reason: &str, detail: &str) -> Result<(), PortError> {
        self.meter.take("dead letter", SMALL).await;
        self.port.dead_letter(job, reason, detail).await
    }

    async fn announce(&self, outcome: &Outcome) -> Result<(), PortError> {
        self.meter.take("announce", SMALL).await;
        self.port.announce(outcome).await
    }
}

impl<P: Credentials> Credentials for Metered<P> {
    async fn secret(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        freshness: Freshness,
    ) -> Result<Option<Secret>, PortError> {
        // Whether it is cached depends on what else the execution environment did: the bill reckons with it.
        self.meter.note("secret asked for");
        self.port.secret(organization_id, provider, freshness).await
    }

    async fn version(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> Result<Option<Secret>, PortError> {
        self.port.version(organization_id, provider, version).await
    }
}
