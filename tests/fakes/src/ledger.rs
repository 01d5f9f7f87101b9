//! The ledger's conditions, in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use spanlift_importer::ports::{Claim, Claimed, Completed, Ledger, PortError, Record};
use spanlift_importer::{Conclusion, Outcome};
use spanlift_model::{Attempt, Habit, ImportJob, SimulationCompleted, Status, Timestamp};

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(super) event: SimulationCompleted,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) status: Status,
    pub(super) before: Option<Status>,
    pub(super) first_claimed_at: Timestamp,
    pub(super) next: Option<(u32, Timestamp)>,
    pub(super) lease: Option<(String, Timestamp)>,
    pub(super) completed: Option<Completed>,
    pub(super) inserted_bytes: u64,
}

/// The ledger's conditions, in memory.
#[derive(Default)]
pub(crate) struct FakeLedger {
    pub(crate) items: Mutex<HashMap<String, Item>>,
    /// Every conclusion, in order.
    pub(crate) story: Mutex<Vec<String>>,
    pub(crate) is_down: Mutex<bool>,
    pub(crate) habit: Mutex<Option<Habit>>,
}

impl Ledger for FakeLedger {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        let mut items = self.items.lock().unwrap();
        let id = claim.job.import_id().to_string();
        let lease = Some((claim.owner.to_owned(), claim.lease_until));
        let Some(item) = items.get_mut(&id) else {
            let next = Some((claim.job.pass, claim.now));
            let status = Status::InProgress;
            let item = Item {
                event: claim.job.event.clone(),
                conclusion: None,
                completed: None,
                inserted_bytes: 0,
                status,
                before: None,
                first_claimed_at: claim.now,
                next,
                lease,
            };
            items.insert(id, item);
            return Ok(Claimed::Ours(Record {
                first_claimed_at: claim.now,
                status: None,
                next: None,
                completed: None,
                inserted_bytes: 0,
            }));
        };
        let record = |item: &Item| Record {
            first_claimed_at: item.first_claimed_at,
            status: if item.status == Status::InProgress { item.before } else { Some(item.status) },
            next: item.next,
            completed: item.completed.clone(),
            inserted_bytes: item.inserted_bytes,
        };
        if let Some((_, until)) = item.lease.as_ref().filter(|(_, until)| *until > claim.now) {
            return Ok(Claimed::Leased(*until));
        }
        let is_due = item.next.is_some_and(|(pass, at)| pass <= claim.job.pass && at <= claim.now);
        let is_forced = claim.job.force && item.next.is_none();
        if !is_due && !is_forced {
            return Ok(Claimed::Done(record(item)));
        }
        if is_forced {
            item.first_claimed_at = claim.now;
        }
        let before = record(item);
        *item = Item {
            status: Status::InProgress,
            before: before.status,
            next: Some((claim.job.pass, claim.now)),
            lease,
            ..item.clone()
        };
        Ok(Claimed::Ours(before))
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        if *self.is_down.lock().unwrap() {
            return Err(PortError::Unavailable { port: "ledger", detail: "down".to_owned() });
        }
        let mut items = self.items.lock().unwrap();
        let item = items.get_mut(&claim.job.import_id().to_string()).unwrap();
        if item.lease.as_ref().is_none_or(|(owner, _)| owner != claim.owner) {
            return Err(PortError::Fenced);
        }
        let reason = conclusion.reason.map(|reason| format!("/{reason}")).unwrap_or_default();
        let stored = conclusion.counts.as_ref().map(|counts| format!(" {}", counts.stored)).unwrap_or_default();
        self.story.lock().unwrap().push(format!("{} {}{reason}{stored}", claim.job.pass, conclusion.status));
        item.status = conclusion.status;
        item.next = conclusion.next;
        item.lease = None;
        item.inserted_bytes += conclusion.counts.as_ref().map_or(0, |counts| counts.inserted_bytes);
        item.conclusion = Some(conclusion.clone());
        item.completed =
            Some(Completed { owner: claim.owner.to_owned(), outcome: Outcome::new(claim.job, conclusion, claim.now) });
        Ok(())
    }

    async fn attempts(&self, job: &ImportJob, _: Timestamp) -> Result<Vec<Attempt>, PortError> {
        let of_simulation = |event: &&SimulationCompleted| event.simulation_output_id == job.event.simulation_output_id;
        let items = self.items.lock().unwrap();
        Ok(items
            .values()
            .map(|item| &item.event)
            .filter(of_simulation)
            .map(SimulationCompleted::this_attempt)
            .collect())
    }

    async fn habit(&self, _: &ImportJob) -> Result<Option<Habit>, PortError> {
        Ok(*self.habit.lock().unwrap())
    }

    async fn learn(&self, _: &ImportJob, habit: Habit) -> Result<(), PortError> {
        let mut known = self.habit.lock().unwrap();
        if habit == Habit::Tagged || known.is_none() {
            *known = Some(habit);
        }
        Ok(())
    }
}
