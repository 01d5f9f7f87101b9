//! A ledger whose calls go wrong before and after they take effect, and whose writes may come late.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use spanlift_fakes::{FakeLedger, Item};
use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Conclusion, PortError, Record};
use spanlift_model::{Attempt, Habit, ImportJob, OrganizationId, Provider, SourceId, Timestamp};
use tokio::time::sleep;

use crate::stage::{EXECUTION, Fate, Port, Stage};

/// The fake ledger behind a network.
#[derive(Debug)]
pub(crate) struct RoughLedger {
    pub(crate) stage: Arc<Stage>,
    pub(crate) inner: Arc<FakeLedger>,
}

const NAME: &str = "ledger";

impl RoughLedger {
    /// A write of an execution that dies may still be on its way, and come at the worst moment.
    fn comes_late(&self, fate: Fate) -> Option<Late> {
        (fate == Fate::DiesAndLate).then(|| {
            self.stage.dice(|dice| match dice.u8(..3) {
                0 => Late { until: Until::Now, then: Duration::from_millis(dice.u64(100..400_000)) },
                1 => Late { until: Until::Claimed, then: Duration::from_millis(dice.u64(..3_000)) },
                _ => Late { until: Until::Completed, then: Duration::from_millis(dice.u64(..20_000)) },
            })
        })
    }
}

/// When a write comes whose sender is dead.
#[derive(Clone, Copy, Debug)]
struct Late {
    until: Until,
    then: Duration,
}

/// What a late write waits for.
#[derive(Clone, Copy, Debug)]
enum Until {
    Now,
    /// Another execution has claimed the import.
    Claimed,
    /// Another execution has completed a pass of it.
    Completed,
}

impl Late {
    async fn wait(self, ledger: &FakeLedger, id: &str, owner: &str) {
        for _ in 0..LONGEST_WAIT.as_secs() {
            let has_come = match self.until {
                Until::Now => true,
                Until::Claimed => is_others(ledger, id, owner, Item::lease_owner),
                Until::Completed => is_others(ledger, id, owner, Item::completed_by),
            };
            if has_come {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        sleep(self.then).await;
    }
}

/// No write is on its way for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(30);

fn is_others(ledger: &FakeLedger, id: &str, owner: &str, who: fn(&Item) -> Option<&str>) -> bool {
    let items = ledger.items.lock().unwrap();
    // Numbers of executions grow: one before this one says nothing.
    let number = |owner: &str| owner.split('/').next().and_then(|number| number.parse::<usize>().ok());
    items.get(id).and_then(who).is_some_and(|other| number(other) > number(owner))
}

impl Ledger for RoughLedger {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        let what = format!("claim pass {}", claim.job.pass);
        let answer = self
            .stage
            .call(Port::Ledger, NAME, &what, || async {
                let claimed = self.inner.claim(claim).await?;
                if matches!(claimed, Claimed::Ours(_)) {
                    EXECUTION.with(|execution| execution.has_claimed.store(true, Ordering::SeqCst));
                }
                Ok(claimed)
            })
            .await?;
        self.stage.tell(&match &answer {
            Claimed::Ours(record) => format!("claimed pass {}, try {}", claim.job.pass, record.tries),
            Claimed::Leased(_) => "found a lease".to_owned(),
            Claimed::Done(record) => format!("found it done; next {:?}", record.next.map(|(pass, _)| pass)),
        });
        Ok(answer)
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        let what = format!("complete pass {} as {}", claim.job.pass, conclusion.status);
        let fate = self.stage.fate(Port::Ledger);
        if let Some(late) = self.comes_late(fate) {
            self.stage.fault_of(Port::Ledger, fate, &what);
            let (stage, inner) = (Arc::clone(&self.stage), Arc::clone(&self.inner));
            let (job, owner, conclusion) = (claim.job.clone(), claim.owner.to_owned(), conclusion.clone());
            let (now, lease_until) = (claim.now, claim.lease_until);
            tokio::spawn(async move {
                late.wait(&inner, &job.import_id().to_string(), &owner).await;
                let claim = Claim { job: &job, owner: &owner, now, lease_until };
                let done = inner.complete(claim, &conclusion).await;
                stage.tell(&format!("late: {what} of {owner}: {done:?}"));
            });
            return self.stage.die().await;
        }
        let complete = || self.inner.complete(claim, conclusion);
        self.stage.call_with(Port::Ledger, NAME, fate, &what, complete).await?;
        self.stage.tell(&what);
        Ok(())
    }

    async fn record(&self, job: &ImportJob, now: Timestamp) -> Result<Option<Record>, PortError> {
        self.stage.call(Port::Ledger, NAME, "record", || self.inner.record(job, now)).await
    }

    async fn attempts(&self, job: &ImportJob, now: Timestamp) -> Result<Vec<Attempt>, PortError> {
        self.stage.call(Port::Ledger, NAME, "attempts", || self.inner.attempts(job, now)).await
    }

    async fn habit(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
    ) -> Result<Option<Habit>, PortError> {
        self.stage.call(Port::Ledger, NAME, "habit", || self.inner.habit(organization_id, provider, source)).await
    }

    async fn learn(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        habit: Habit,
    ) -> Result<(), PortError> {
        let learn = || self.inner.learn(organization_id, provider, source, habit);
        self.stage.call(Port::Ledger, NAME, "learn", learn).await
    }
}
