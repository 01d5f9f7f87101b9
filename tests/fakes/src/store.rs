use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use spanlift_importer::ports::{PortError, StoreState, TraceStore};
use spanlift_model::{ImportJob, Span, names};
use tokio::time::Instant;

#[derive(Default)]
pub(crate) struct FakeStore {
    pub(crate) rows: Mutex<Vec<Span>>,
    pub(crate) native: Mutex<u64>,
    pub(crate) inserts: AtomicU32,
    /// It does not answer.
    pub(crate) is_down: AtomicBool,
    /// The next inserts lose the answer, and do their work some time later.
    pub(crate) lost_answers: AtomicU32,
    late: Mutex<Vec<(Instant, Vec<Span>)>>,
}

/// How long a server works on, whose answer was lost.
const LATE: Duration = Duration::from_secs(10);

impl FakeStore {
    fn of_import(&self, job: &ImportJob) -> Vec<Span> {
        let now = Instant::now();
        for (_, rows) in self.late.lock().unwrap().extract_if(.., |(at, _)| *at <= now) {
            self.rows.lock().unwrap().extend(rows);
        }
        let id = job.import_id().to_string();
        let is_its = |span: &&Span| span.resource.get(names::resource::IMPORT_ID) == Some(&id);
        self.rows.lock().unwrap().iter().filter(is_its).cloned().collect()
    }
}

impl TraceStore for FakeStore {
    async fn look_up(&self, job: &ImportJob) -> Result<StoreState, PortError> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(PortError::Unavailable { port: "trace store", detail: "down".to_owned() });
        }
        let stored = self.of_import(job).iter().map(|span| (span.trace_id, span.span_id)).collect();
        Ok(StoreState { native: *self.native.lock().unwrap(), stored })
    }

    async fn insert(&self, _: &ImportJob, rows: &[Span]) -> Result<(), PortError> {
        self.inserts.fetch_add(1, Ordering::SeqCst);
        if self.lost_answers.load(Ordering::SeqCst) == 0 {
            self.rows.lock().unwrap().extend(rows.iter().cloned());
            return Ok(());
        }
        self.lost_answers.fetch_sub(1, Ordering::SeqCst);
        self.late.lock().unwrap().push((Instant::now() + LATE, rows.to_vec()));
        Err(PortError::Uncertain { port: "trace store", detail: "insert".to_owned() })
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        Ok(self.of_import(job).len() as u64)
    }
}
