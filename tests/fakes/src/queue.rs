use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use spanlift_contracts::queue::DeadLetter;
use spanlift_importer::ports::Queue;
use spanlift_importer::{Outcome, PortError};
use spanlift_model::{Clock, ImportJob, Timestamp};

use crate::VirtualClock;

/// A message on its way.
#[derive(Clone, Debug)]
pub struct InFlight {
    /// Names it, the same at every receive.
    pub id: u32,
    /// Nobody sees it before.
    pub visible_at: Timestamp,
    /// What it brings.
    pub job: ImportJob,
    /// How often it was received.
    pub receives: u32,
}

/// A queue: messages are seen after their delay, and come back until they are acknowledged.
#[derive(Debug)]
pub struct FakeQueue {
    pub(crate) clock: VirtualClock,
    sent: AtomicU32,
    /// In no order.
    pub messages: Mutex<Vec<InFlight>>,
    /// What was announced.
    pub outcomes: Mutex<Vec<Outcome>>,
    /// Jobs that were put into the dead-letter queue.
    pub dead: Mutex<Vec<DeadLetter>>,
    /// The next sends fail: as if the function died before them.
    pub failing_sends: AtomicU32,
    /// The next announcements fail.
    pub failing_announcements: AtomicU32,
}

/// The longest delay and the longest visibility timeout of SQS.
const LONGEST_DELAY: Duration = Duration::from_mins(15);
const LONGEST_VISIBILITY: Duration = Duration::from_hours(12);

impl FakeQueue {
    /// An empty one.
    #[must_use]
    pub fn new(clock: VirtualClock) -> Self {
        Self {
            clock,
            sent: AtomicU32::new(0),
            messages: Mutex::default(),
            outcomes: Mutex::default(),
            dead: Mutex::default(),
            failing_sends: AtomicU32::new(0),
            failing_announcements: AtomicU32::new(0),
        }
    }

    /// The message that is seen next.
    pub fn take(&self) -> Option<InFlight> {
        let mut messages = self.messages.lock().unwrap();
        messages.sort_by_key(|message| std::cmp::Reverse((message.visible_at, message.id)));
        messages.pop()
    }

    /// SQS itself puts a message into the dead-letter queue.
    pub fn give_up(&self, message: InFlight) {
        let reason = "received too often".to_owned();
        self.dead.lock().unwrap().push(DeadLetter { job: message.job, reason, detail: String::new() });
    }

    /// The message is seen again after `delay`.
    pub fn put_back(&self, message: InFlight, delay: Duration) {
        assert!(delay <= LONGEST_VISIBILITY, "SQS knows no longer visibility timeout");
        let visible_at = self.clock.now().plus(delay);
        self.messages.lock().unwrap().push(InFlight { visible_at, ..message });
    }
}

fn fails(counter: &AtomicU32) -> Result<(), PortError> {
    match counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
        Ok(_) => Err(PortError::Unavailable { port: "queue", detail: "down".to_owned() }),
        Err(_) => Ok(()),
    }
}

impl Queue for FakeQueue {
    async fn send(&self, job: &ImportJob, delay: Duration) -> Result<(), PortError> {
        assert!(delay <= LONGEST_DELAY, "SQS knows no longer delay");
        fails(&self.failing_sends)?;
        let id = self.sent.fetch_add(1, Ordering::SeqCst);
        let visible_at = self.clock.now().plus(delay);
        self.messages.lock().unwrap().push(InFlight { id, visible_at, job: job.clone(), receives: 0 });
        Ok(())
    }

    async fn dead_letter(&self, job: &ImportJob, reason: &str, detail: &str) -> Result<(), PortError> {
        fails(&self.failing_sends)?;
        let (reason, detail) = (reason.to_owned(), detail.to_owned());
        self.dead.lock().unwrap().push(DeadLetter { job: job.clone(), reason, detail });
        Ok(())
    }

    async fn announce(&self, outcome: &Outcome) -> Result<(), PortError> {
        fails(&self.failing_announcements)?;
        self.outcomes.lock().unwrap().push(outcome.clone());
        Ok(())
    }
}
