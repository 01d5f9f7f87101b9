use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use spanlift_importer::ports::{Platform, Queue as _};
use spanlift_importer::{Conclusion, Delivery, Disposition, Importer, Policy, Report};
use spanlift_model::{Caps, Clock, ImportJob, MatchedCap, Passes};
use tokio::time::Instant;

use crate::queue::InFlight;
use crate::{FakeCredentials, FakeLedger, FakeQueue, FakeStore, VirtualClock};

/// Tries of a pass before it fails.
pub const MAX_TRIES: u32 = 5;
/// Receives before SQS itself puts a message into the dead-letter queue.
const MAX_RECEIVES: u32 = 100;

/// A platform with everything around it that an import needs.
#[derive(Debug)]
pub struct World<P> {
    /// The engine.
    pub importer: Importer<P, FakeCredentials, FakeLedger, FakeStore, FakeQueue, VirtualClock>,
    /// How long each execution took.
    pub executions: Mutex<Vec<Duration>>,
    owners: AtomicU32,
}

impl<P: Platform> World<P> {
    /// With these passes, the first at once, and a connection.
    #[must_use]
    pub fn of(platform: P, connection: Value, clock: VirtualClock, passes: Passes, matched: MatchedCap) -> Self {
        let seconds = Duration::from_secs;
        let importer = Importer {
            platform,
            credentials: FakeCredentials::new(connection),
            ledger: FakeLedger::default(),
            store: FakeStore::default(),
            queue: FakeQueue::new(clock),
            clock,
            policy: Policy {
                budget: seconds(90),
                function_timeout: seconds(120),
                passes,
                caps: Caps::new(matched),
                max_tries: MAX_TRIES,
                rate_limit_delay: seconds(30),
                retry_base: seconds(10),
            },
        };
        Self { importer, executions: Mutex::default(), owners: AtomicU32::new(0) }
    }

    /// The event has arrived: the job is on the queue.
    pub async fn send(&self, job: ImportJob) {
        self.importer.queue.send(&job, Duration::ZERO).await.unwrap();
    }

    /// One execution of the function, for a message of this name.
    pub async fn deliver_as(&self, message_id: &str, job: &ImportJob, receive_count: u32) -> Report {
        let began = Instant::now();
        let delivery = Delivery {
            invocation_id: self.owners.fetch_add(1, Ordering::SeqCst).to_string(),
            message_id: message_id.to_owned(),
            receive_count,
            deadline: self.importer.clock.now().plus(self.importer.policy.function_timeout),
        };
        let report = self.importer.import(job, &delivery).await;
        self.executions.lock().unwrap().push(began.elapsed());
        report
    }

    /// Delivers the message that is seen next, when it is; `None` when there is none.
    pub async fn step(&self) -> Option<Report> {
        let mut message: InFlight = self.importer.queue.take()?;
        tokio::time::sleep(message.visible_at.since(self.importer.clock.now())).await;
        message.receives += 1;
        let report = self.deliver_as(&format!("message-{}", message.id), &message.job, message.receives).await;
        match report.disposition {
            Disposition::Acknowledge => {}
            Disposition::Return(_) if message.receives >= MAX_RECEIVES => self.importer.queue.give_up(message),
            Disposition::Return(delay) => self.importer.queue.put_back(message, delay),
        }
        Some(report)
    }

    /// Delivers messages as they become visible, one after the other, until the queue is empty.
    pub async fn run(&self) {
        while self.step().await.is_some() {}
    }

    /// Pass by pass: `pass status/reason stored`.
    #[must_use]
    pub fn story(&self) -> Vec<String> {
        self.importer.ledger.story.lock().unwrap().clone()
    }

    /// The names of the stored spans, sorted.
    #[must_use]
    pub fn stored(&self) -> Vec<String> {
        let mut names: Vec<_> = self.importer.store.rows.lock().unwrap().iter().map(|row| row.name.clone()).collect();
        names.sort();
        names
    }

    /// The last conclusion on the import of a job.
    #[must_use]
    pub fn conclusion_on(&self, job: &ImportJob) -> Conclusion {
        let items = self.importer.ledger.items.lock().unwrap();
        items.get(&job.import_id().to_string()).and_then(|item| item.conclusion.clone()).unwrap()
    }
}
