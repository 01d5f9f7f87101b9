//! The ledger's conditions, in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Completed, Conclusion, Ending, LATE_IN_CALL, Outcome, PortError, Progress, Record};
use spanlift_model::{Attempt, Habit, ImportJob, SimulationCompleted, SourceId, Status, Timestamp};

/// An import's item.
#[derive(Clone, Debug)]
pub struct Item {
    event: SimulationCompleted,
    /// How the last pass ended.
    pub conclusion: Option<Conclusion>,
    /// Where the import stands.
    pub status: Status,
    before: Option<Status>,
    first_claimed_at: Timestamp,
    due_since: Option<Timestamp>,
    /// The pass that is due next, and when.
    pub next: Option<(u32, Timestamp)>,
    lease: Option<(String, Timestamp)>,
    tries: u32,
    is_exhausted: bool,
    is_beside: bool,
    completed: Option<Completed>,
    inserted_bytes: u64,
    progress: Option<Progress>,
    lost: Option<u64>,
}

/// The ledger's conditions, in memory.
#[derive(Debug, Default)]
pub struct FakeLedger {
    /// By import id.
    pub items: Mutex<HashMap<String, Item>>,
    /// Every conclusion, in order: `pass status/reason stored`.
    pub story: Mutex<Vec<String>>,
    /// Nothing can be written.
    pub is_down: Mutex<bool>,
    /// What fanout wrote: simulations that are known before anybody claims their imports.
    pub fanouts: Mutex<Vec<SimulationCompleted>>,
    /// What sources have shown themselves to be.
    pub habits: Mutex<HashMap<SourceId, Habit>>,
}

impl Item {
    /// When it was claimed first.
    #[must_use]
    pub const fn first_claimed_at(&self) -> Timestamp {
        self.first_claimed_at
    }

    /// Who holds the lease, or held it last and did not give it back.
    #[must_use]
    pub fn lease_owner(&self) -> Option<&str> {
        self.lease.as_ref().map(|(owner, _)| owner.as_str())
    }

    /// Who completed the last pass.
    #[must_use]
    pub fn completed_by(&self) -> Option<&str> {
        self.completed.as_ref().map(|completed| completed.owner.as_str())
    }

    /// The last try failed: its job belongs into the dead-letter queue.
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    fn new(claim: Claim<'_>) -> Self {
        Self {
            event: claim.job.event.clone(),
            conclusion: None,
            status: Status::InProgress,
            before: None,
            first_claimed_at: claim.now,
            due_since: Some(claim.now),
            next: Some((claim.job.pass, claim.now)),
            lease: Some((claim.owner.to_owned(), claim.lease_until)),
            tries: 1,
            is_exhausted: false,
            is_beside: false,
            completed: None,
            inserted_bytes: 0,
            progress: None,
            lost: None,
        }
    }

    fn late_in_call(&self) -> u64 {
        let counts = self.conclusion.as_ref().and_then(|conclusion| conclusion.counts.as_ref());
        counts.and_then(|counts| counts.rejected.get(LATE_IN_CALL)).copied().unwrap_or(0)
    }

    fn record(&self, now: Timestamp) -> Record {
        Record {
            first_claimed_at: self.first_claimed_at,
            due_since: self.due_since.unwrap_or(now),
            status: if self.status == Status::InProgress { self.before } else { Some(self.status) },
            next: self.next,
            tries: self.tries,
            is_exhausted: self.is_exhausted,
            is_beside: self.is_beside,
            completed: self.completed.clone(),
            inserted_bytes: self.inserted_bytes,
            late_in_call: self.late_in_call(),
            progress: self.progress.clone(),
            lost: self.lost,
        }
    }
}

impl Ledger for FakeLedger {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        let mut items = self.items.lock().unwrap();
        let Some(item) = items.get_mut(&claim.job.import_id().to_string()) else {
            items.insert(claim.job.import_id().to_string(), Item::new(claim));
            return Ok(Claimed::Ours(Record::first(claim.now)));
        };
        if item.lease.as_ref().is_some_and(|(owner, _)| owner == claim.owner) {
            // It went through, and the answer was lost.
            return Ok(Claimed::Ours(item.record(claim.now)));
        }
        if let Some((_, until)) = item.lease.as_ref().filter(|(_, until)| *until > claim.now) {
            return Ok(Claimed::Leased(*until));
        }
        let is_due = item.next.is_some_and(|(pass, at)| pass <= claim.job.pass && at <= claim.now);
        if !is_due && !claim.job.force {
            return Ok(Claimed::Done(item.record(claim.now)));
        }
        let is_anew = item.next.is_none();
        let before = item.record(claim.now);
        item.is_beside = !is_due && !is_anew;
        if is_anew {
            item.first_claimed_at = claim.now;
            item.due_since = Some(claim.now);
            (item.progress, item.lost) = (None, None);
        }
        item.tries += 1;
        (item.before, item.status) = (before.status, Status::InProgress);
        item.lease = Some((claim.owner.to_owned(), claim.lease_until));
        let record = Record { next: before.next, status: before.status, ..item.record(claim.now) };
        if !item.is_beside {
            item.next = Some((claim.job.pass, claim.now));
        }
        Ok(Claimed::Ours(record))
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        if *self.is_down.lock().unwrap() {
            return Err(PortError::Unavailable { port: "ledger", detail: "down".to_owned() });
        }
        let mut items = self.items.lock().unwrap();
        let item = items.get_mut(&claim.job.import_id().to_string()).unwrap();
        if item.lease.as_ref().is_none_or(|(owner, _)| owner != claim.owner) {
            // It was done, and the answer was lost; or somebody else has it.
            let is_done = item.completed.as_ref().is_some_and(|completed| completed.owner == claim.owner);
            return if is_done { Ok(()) } else { Err(PortError::Fenced) };
        }
        let reason = conclusion.reason.map(|reason| format!("/{reason}")).unwrap_or_default();
        let stored = conclusion.counts.as_ref().map(|counts| format!(" {}", counts.stored)).unwrap_or_default();
        self.story.lock().unwrap().push(format!("{} {}{reason}{stored}", claim.job.pass, conclusion.status));
        item.status = conclusion.status;
        item.lease = None;
        item.is_exhausted = conclusion.ending == Ending::Exhausted;
        if conclusion.ending != Ending::Transient {
            item.tries = 0;
        }
        item.completed =
            Some(Completed { owner: claim.owner.to_owned(), outcome: Outcome::new(claim.job, conclusion, claim.now) });
        if conclusion.ending == Ending::ErrorOnly {
            return Ok(());
        }
        (item.next, item.due_since) = (conclusion.next, conclusion.due_since);
        if let Some(counts) = &conclusion.counts {
            item.inserted_bytes += counts.inserted_bytes;
            (item.progress, item.lost) = (conclusion.progress.clone(), conclusion.lost);
        }
        item.conclusion = Some(conclusion.clone());
        Ok(())
    }

    async fn attempts(&self, job: &ImportJob, _: Timestamp) -> Result<Vec<Attempt>, PortError> {
        let of_simulation = |event: &&SimulationCompleted| event.simulation_output_id == job.event.simulation_output_id;
        let items = self.items.lock().unwrap();
        let fanouts = self.fanouts.lock().unwrap();
        let events = items.values().map(|item| &item.event).chain(fanouts.iter()).filter(of_simulation);
        Ok(events.map(SimulationCompleted::this_attempt).collect())
    }

    async fn habit(&self, _: &ImportJob, source: SourceId) -> Result<Option<Habit>, PortError> {
        Ok(self.habits.lock().unwrap().get(&source).copied())
    }

    async fn learn(&self, _: &ImportJob, source: SourceId, habit: Habit) -> Result<(), PortError> {
        let mut habits = self.habits.lock().unwrap();
        if habit == Habit::Tagged || !habits.contains_key(&source) {
            habits.insert(source, habit);
        }
        Ok(())
    }
}
