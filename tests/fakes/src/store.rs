use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use spanlift_importer::PortError;
use spanlift_importer::ports::{StoreState, TraceStore};
use spanlift_model::{Attempts, ImportJob, OrganizationId, SimulationOutputId, Span, Timestamp, Window, names};
use tokio::time::Instant;

/// A table of spans. The same rows under the same token are one insert.
#[derive(Debug, Default)]
pub struct FakeStore {
    /// What is stored.
    pub rows: Mutex<Vec<Span>>,
    native: Mutex<Vec<Native>>,
    /// Inserts that were asked for.
    pub inserts: AtomicU32,
    /// It does not answer.
    pub is_down: AtomicBool,
    /// The next inserts lose the answer, and do their work some time later.
    pub lost_answers: AtomicU32,
    late: Mutex<Vec<LateInsert>>,
    tokens: Mutex<HashSet<String>>,
}

/// A span that an agent sent itself.
#[derive(Debug)]
struct Native {
    simulation: Simulation,
    attempt: Option<u32>,
    at: Timestamp,
}

type Simulation = (OrganizationId, SimulationOutputId);

/// An insert that a server works on, whoever asked for it.
#[derive(Debug)]
struct LateInsert {
    at: Instant,
    token: String,
    rows: Vec<Span>,
}

/// How long a server works on, whose answer was lost.
pub(crate) const LATE: Duration = Duration::from_secs(10);

impl FakeStore {
    /// The agent has sent a span of the job's simulation itself, and says of which attempt it is or does not.
    pub fn add_native(&self, job: &ImportJob, attempt: Option<u32>, at: Timestamp) {
        self.native.lock().unwrap().push(Native { simulation: simulation(job), attempt, at });
    }

    /// Takes the rows at once.
    pub fn insert_now(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) {
        self.apply(token(job, schedule, rows), rows.to_vec());
    }

    /// Takes the rows after a while, whatever becomes of whoever sent them.
    pub fn insert_later(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span], after: Duration) {
        let token = token(job, schedule, rows);
        self.late.lock().unwrap().push(LateInsert { at: Instant::now() + after, token, rows: rows.to_vec() });
    }

    /// Takes the rows whose time has come.
    pub fn settle(&self) {
        let now = Instant::now();
        let due: Vec<LateInsert> = self.late.lock().unwrap().extract_if(.., |insert| insert.at <= now).collect();
        for insert in due {
            self.apply(insert.token, insert.rows);
        }
    }

    fn apply(&self, token: String, rows: Vec<Span>) {
        if self.tokens.lock().unwrap().insert(token) {
            self.rows.lock().unwrap().extend(rows);
        }
    }

    fn of_import(&self, job: &ImportJob) -> Vec<Span> {
        self.settle();
        let id = job.import_id().to_string();
        let storable = job.event.window().storable();
        let is_its = |span: &&Span| {
            span.resource.get(names::resource::IMPORT_ID) == Some(&id) && storable.contains(span.started_at)
        };
        self.rows.lock().unwrap().iter().filter(is_its).cloned().collect()
    }

    fn unavailable(&self) -> Result<(), PortError> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(PortError::Unavailable { port: "trace store", detail: "down".to_owned() });
        }
        Ok(())
    }
}

fn simulation(job: &ImportJob) -> Simulation {
    (job.event.organization_id.clone(), job.event.simulation_output_id.clone())
}

/// The same for the same rows in the same order, of one import and one schedule.
fn token(job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> String {
    format!("{} {schedule:?} {rows:?}", job.import_id())
}

impl TraceStore for FakeStore {
    async fn look_up(&self, job: &ImportJob, attempts: &Attempts) -> Result<StoreState, PortError> {
        self.unavailable()?;
        let rows = self.of_import(job);
        let window = job.event.window().padded(Window::NATIVE_PADDING);
        let is_native = |span: &&Native| {
            let is_its = span.attempt.map_or_else(|| attempts.is_ours(span.at), |it| it == job.event.attempt);
            is_its && span.simulation == simulation(job) && window.contains(span.at)
        };
        let native = self.native.lock().unwrap().iter().filter(is_native).count();
        Ok(StoreState {
            native: native.try_into().unwrap(),
            stored: rows.iter().map(|span| (span.trace_id, span.span_id)).collect(),
        })
    }

    async fn insert(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> Result<(), PortError> {
        self.unavailable()?;
        self.inserts.fetch_add(1, Ordering::SeqCst);
        self.settle();
        if self.lost_answers.load(Ordering::SeqCst) == 0 {
            self.insert_now(job, schedule, rows);
            return Ok(());
        }
        self.lost_answers.fetch_sub(1, Ordering::SeqCst);
        self.insert_later(job, schedule, rows, LATE);
        Err(PortError::Uncertain { port: "trace store", detail: "insert".to_owned() })
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        self.unavailable()?;
        Ok(self.of_import(job).len() as u64)
    }
}
