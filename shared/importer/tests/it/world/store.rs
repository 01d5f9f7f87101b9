use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use spanlift_importer::ports::{PortError, StoreState, TraceStore};
use spanlift_model::{ImportJob, Span, names};

#[derive(Default)]
pub(crate) struct FakeStore {
    pub(crate) rows: Mutex<Vec<Span>>,
    pub(crate) native: Mutex<u64>,
    pub(crate) inserts: AtomicU32,
    /// It does not answer.
    pub(crate) is_down: AtomicBool,
    /// The next inserts do their work and lose the answer.
    pub(crate) lost_answers: AtomicU32,
}

impl FakeStore {
    fn of_import(&self, job: &ImportJob) -> Vec<Span> {
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
        self.rows.lock().unwrap().extend(rows.iter().cloned());
        if self.lost_answers.load(Ordering::SeqCst) > 0 {
            self.lost_answers.fetch_sub(1, Ordering::SeqCst);
            return Err(PortError::Uncertain { port: "trace store", detail: "insert".to_owned() });
        }
        Ok(())
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        Ok(self.of_import(job).len() as u64)
    }
}
