//! The ledger's conditions, in memory.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Completed, Conclusion, Ending, LATE_IN_CALL, Outcome, PortError, Progress, Record};
use spanlift_model::{
    Attempt, Counts, Habit, ImportJob, OrganizationId, Provider, SimulationCompleted, SourceId, Status, Timestamp,
};

/// An import is remembered for so long after it was last touched.
const LIFETIME: Duration = Duration::from_hours(90 * 24);

/// A source of one organization's at one provider.
pub type Source = (OrganizationId, Provider, SourceId);

/// An import's item.
#[derive(Clone, Debug)]
pub struct Item {
    event: SimulationCompleted,
    /// How the last pass ended.
    pub conclusion: Option<Conclusion>,
    /// Where the import stands.
    pub status: Status,
    /// What the last completed pass left; what `status` was before the claim.
    last_status: Option<Status>,
    first_claimed_at: Timestamp,
    passes_from: Option<Timestamp>,
    due_since: Option<Timestamp>,
    /// The pass that is due next, and when.
    pub next: Option<(u32, Timestamp)>,
    lease: Option<(String, Timestamp)>,
    tries: u32,
    is_exhausted: bool,
    is_beside: bool,
    completed: Option<Completed>,
    /// Of the last pass that counted.
    counts: Option<Counts>,
    inserted_bytes: u64,
    progress: Option<Progress>,
    lost: Option<u64>,
    expires_at: Timestamp,
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
    pub habits: Mutex<HashMap<Source, Habit>>,
}

impl Item {
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
        let now = to_the_millisecond(claim.now);
        Self {
            event: claim.job.event.clone(),
            conclusion: None,
            status: Status::InProgress,
            last_status: None,
            first_claimed_at: now,
            passes_from: Some(now),
            due_since: Some(now),
            next: Some((claim.job.pass, now)),
            lease: Some((claim.owner.to_owned(), to_the_millisecond(claim.lease_until))),
            tries: 1,
            is_exhausted: false,
            is_beside: false,
            completed: None,
            counts: None,
            inserted_bytes: 0,
            progress: None,
            lost: None,
            expires_at: claim.now.plus(LIFETIME),
        }
    }

    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.seconds() <= now.seconds()
    }

    fn late_in_call(&self) -> u64 {
        self.counts.as_ref().and_then(|counts| counts.rejected.get(LATE_IN_CALL)).copied().unwrap_or(0)
    }

    fn record(&self, now: Timestamp) -> Record {
        Record {
            first_claimed_at: self.passes_from.unwrap_or(self.first_claimed_at),
            due_since: self.due_since.unwrap_or(now),
            status: Some(self.last_status.unwrap_or(self.status)),
            next: self.next,
            tries: self.tries,
            is_exhausted: self.is_exhausted,
            is_beside: self.is_beside,
            completed: self.completed.clone(),
            inserted_bytes: self.inserted_bytes,
            late_in_call: self.late_in_call(),
            progress: self.progress.clone(),
            lost: self.lost.or(self.counts.as_ref().map(|_| 0)),
        }
    }
}

impl Ledger for FakeLedger {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        let mut items = self.items.lock().unwrap();
        let now = to_the_millisecond(claim.now);
        let id = claim.job.import_id().to_string();
        let is_leased = |item: &Item| item.lease.as_ref().is_some_and(|(_, until)| *until > now);
        let Some(item) = items.get_mut(&id).filter(|item| is_leased(item) || !item.has_expired(now)) else {
            items.insert(id, Item::new(claim));
            return Ok(Claimed::Ours(Record::first(now)));
        };
        match &item.lease {
            // It went through, and the answer was lost.
            Some((owner, until)) if owner == claim.owner && *until > now => return Ok(Claimed::Ours(item.record(now))),
            Some((_, until)) if *until > now => return Ok(Claimed::Leased(*until)),
            _ => {}
        }
        let is_due = item.next.is_some_and(|(pass, at)| pass <= claim.job.pass && at <= now);
        if !is_due && !claim.job.force {
            return Ok(Claimed::Done(item.record(now)));
        }
        let is_anew = item.next.is_none();
        item.is_beside = !is_due && !is_anew;
        item.tries += 1;
        item.lease = Some((claim.owner.to_owned(), to_the_millisecond(claim.lease_until)));
        item.expires_at = claim.now.plus(LIFETIME);
        let mut record = item.record(now);
        item.status = Status::InProgress;
        if is_anew {
            record = Record { first_claimed_at: now, due_since: now, progress: None, lost: None, ..record };
        }
        if !item.is_beside {
            item.passes_from.get_or_insert(now);
            item.due_since.get_or_insert(now);
            item.next = Some((claim.job.pass, now));
        }
        Ok(Claimed::Ours(record))
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        if *self.is_down.lock().unwrap() {
            return Err(PortError::Unavailable { port: "ledger", detail: "down".to_owned() });
        }
        let mut items = self.items.lock().unwrap();
        let item = items.get_mut(&claim.job.import_id().to_string()).ok_or(PortError::Fenced)?;
        if item.lease.as_ref().is_none_or(|(owner, _)| owner != claim.owner) {
            // It was done, and the answer was lost; or it never will be.
            let is_done = item.completed.as_ref().is_some_and(|last| last.owner == claim.owner);
            return if is_done { Ok(()) } else { Err(PortError::Fenced) };
        }
        let reason = conclusion.reason.map(|reason| format!("/{reason}")).unwrap_or_default();
        let stored = conclusion.counts.as_ref().map(|counts| format!(" {}", counts.stored)).unwrap_or_default();
        self.story.lock().unwrap().push(format!("{} {}{reason}{stored}", claim.job.pass, conclusion.status));
        item.status = conclusion.status;
        item.lease = None;
        item.is_beside = false;
        item.is_exhausted = conclusion.ending == Ending::Exhausted;
        if conclusion.ending != Ending::Transient {
            item.tries = 0;
        }
        item.completed =
            Some(Completed { owner: claim.owner.to_owned(), outcome: Outcome::new(claim.job, conclusion, claim.now) });
        if conclusion.ending == Ending::ErrorOnly {
            return Ok(());
        }
        item.last_status = Some(conclusion.status);
        item.next = conclusion.next.map(|(pass, at)| (pass, to_the_millisecond(at)));
        item.due_since = conclusion.due_since.map(to_the_millisecond);
        item.expires_at = conclusion.at.plus(LIFETIME);
        if let Some(counts) = &conclusion.counts {
            item.inserted_bytes += counts.inserted_bytes;
            item.counts = Some(counts.clone());
            (item.progress, item.lost) = (conclusion.progress.clone(), conclusion.lost);
        }
        if conclusion.next.is_none() {
            (item.passes_from, item.progress, item.lost) = (None, None, None);
        }
        item.conclusion = Some(conclusion.clone());
        Ok(())
    }

    async fn record(&self, job: &ImportJob, now: Timestamp) -> Result<Option<Record>, PortError> {
        let items = self.items.lock().unwrap();
        let item = items.get(&job.import_id().to_string()).filter(|item| !item.has_expired(now));
        Ok(item.map(|item| item.record(to_the_millisecond(now))))
    }

    async fn attempts(&self, job: &ImportJob, now: Timestamp) -> Result<Vec<Attempt>, PortError> {
        let simulation =
            |event: &SimulationCompleted| (event.organization_id.clone(), event.simulation_output_id.clone());
        let items = self.items.lock().unwrap();
        let fanouts = self.fanouts.lock().unwrap();
        let known = items.values().filter(|item| !item.has_expired(now)).map(|item| &item.event).chain(fanouts.iter());
        let its = known.filter(|event| simulation(event) == simulation(&job.event));
        Ok(its.map(SimulationCompleted::this_attempt).collect())
    }

    async fn habit(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
    ) -> Result<Option<Habit>, PortError> {
        let source = (organization_id.clone(), provider.clone(), source);
        Ok(self.habits.lock().unwrap().get(&source).copied())
    }

    async fn learn(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        habit: Habit,
    ) -> Result<(), PortError> {
        let mut habits = self.habits.lock().unwrap();
        let source = (organization_id.clone(), provider.clone(), source);
        if habit == Habit::Tagged || !habits.contains_key(&source) {
            habits.insert(source, habit);
        }
        Ok(())
    }
}

/// The source that a job reads from.
#[must_use]
pub fn source_of(job: &ImportJob, source: SourceId) -> Source {
    (job.event.organization_id.clone(), job.provider.clone(), source)
}

/// As the ledger keeps times.
fn to_the_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis())
}
