use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use spanlift_importer::Outcome;
use spanlift_importer::ports::{Clock, PortError, Queue};
use spanlift_model::{ImportJob, Timestamp};

use super::{VirtualClock, seconds};

#[derive(Clone, Debug)]
pub(super) struct InFlight {
    pub(super) visible_at: Timestamp,
    pub(super) job: ImportJob,
    pub(super) receives: u32,
}

/// A queue: messages are seen after their delay, and come back until they are acknowledged.
pub(crate) struct FakeQueue {
    pub(super) clock: VirtualClock,
    pub(super) messages: Mutex<Vec<InFlight>>,
    pub(crate) outcomes: Mutex<Vec<Outcome>>,
    /// The next sends fail: as if the function died before them.
    pub(crate) failing_sends: AtomicU32,
    /// The next announcements fail.
    pub(crate) failing_announcements: AtomicU32,
}

impl Queue for FakeQueue {
    async fn send(&self, job: &ImportJob, delay: Duration) -> Result<(), PortError> {
        assert!(delay <= seconds(900), "SQS knows no longer delay");
        if self.failing_sends.load(Ordering::SeqCst) > 0 {
            self.failing_sends.fetch_sub(1, Ordering::SeqCst);
            return Err(PortError::Unavailable { port: "queue", detail: "down".to_owned() });
        }
        let visible_at = self.clock.now().plus(delay);
        self.messages.lock().unwrap().push(InFlight { visible_at, job: job.clone(), receives: 0 });
        Ok(())
    }

    async fn announce(&self, outcome: &Outcome) -> Result<(), PortError> {
        if self.failing_announcements.load(Ordering::SeqCst) > 0 {
            self.failing_announcements.fetch_sub(1, Ordering::SeqCst);
            return Err(PortError::Unavailable { port: "queue", detail: "down".to_owned() });
        }
        self.outcomes.lock().unwrap().push(outcome.clone());
        Ok(())
    }
}
