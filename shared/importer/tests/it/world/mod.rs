//! A world in virtual time: a platform whose spans arrive when they arrive, a queue that delivers at least once, a
//! ledger with the real one's conditions, a store that keeps rows.

mod credentials;
mod ledger;
mod platform;
mod queue;
mod store;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use spanlift_importer::ports::{Clock, Queue};
use spanlift_importer::{Conclusion, Delivery, Disposition, Importer, Policy, Report};
use spanlift_model::{Caps, CorrelationMode, ImportJob, MatchedCap, Passes, Settings, SimulationCompleted, Timestamp};
use tokio::time::Instant;

use self::credentials::FakeCredentials;
use self::ledger::FakeLedger;
use self::platform::FakePlatform;
pub(crate) use self::platform::{FakeSpan, span};
use self::queue::FakeQueue;
use self::store::FakeStore;

pub(crate) const SIMULATION: &str = "SIM";
/// A connection with this key names a host that does not answer.
pub(crate) const ELSEWHERE: &str = "elsewhere";

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The moment of the event: the call ended five seconds before.
pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

#[derive(Clone, Copy)]
pub(crate) struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        noon().plus(self.0.elapsed())
    }
}

type FakeImporter = Importer<FakePlatform, FakeCredentials, FakeLedger, FakeStore, FakeQueue, VirtualClock>;

pub(crate) struct World {
    pub(crate) importer: FakeImporter,
    /// Jobs that went to the dead-letter queue.
    pub(crate) dead: Mutex<Vec<ImportJob>>,
    /// How long each execution took.
    pub(crate) executions: Mutex<Vec<Duration>>,
    owners: AtomicU32,
}

const MAX_RECEIVES: u32 = 5;

impl World {
    pub(crate) fn new(spans: Vec<FakeSpan>) -> Self {
        let clock = VirtualClock(Instant::now());
        let passes = Passes::new([20, 60, 300, 900].map(seconds).to_vec(), seconds(300));
        let key = || Mutex::new(Some("k1".to_owned()));
        let importer = Importer {
            platform: FakePlatform {
                clock,
                spans: Mutex::new(spans),
                key: Mutex::new(None),
                fault: Mutex::new(Box::new(|_, _| None)),
                readings: AtomicU32::new(0),
                takes: Mutex::new(Duration::from_millis(200)),
                cut: Mutex::new(None),
            },
            credentials: FakeCredentials {
                key: key(),
                settings: Mutex::new(Settings { correlation: CorrelationMode::Strict, ..Settings::default() }),
                cached: Mutex::new(None),
            },
            ledger: FakeLedger::default(),
            store: FakeStore::default(),
            queue: FakeQueue {
                clock,
                messages: Mutex::default(),
                outcomes: Mutex::default(),
                failing_sends: AtomicU32::new(0),
                failing_announcements: AtomicU32::new(0),
            },
            clock,
            policy: Policy {
                budget: seconds(90),
                function_timeout: seconds(120),
                passes,
                caps: Caps::new(MatchedCap::Spans(5_000)),
                max_receives: MAX_RECEIVES,
                rate_limit_delay: seconds(30),
                retry_base: seconds(10),
            },
        };
        Self { importer, dead: Mutex::default(), executions: Mutex::default(), owners: AtomicU32::new(0) }
    }

    /// With connections of another correlation setting than `strict`.
    pub(crate) fn correlating(self, correlation: CorrelationMode) -> Self {
        self.importer.credentials.settings.lock().unwrap().correlation = correlation;
        self
    }

    /// The first pass of `simulation`, whose call ended five seconds before noon.
    pub(crate) fn job(simulation: &str) -> ImportJob {
        let event = format!(
            r#"{{"version": "1", "organization_id": "org", "simulation_output_id": "{simulation}", "status": "COMPLETED",
                "started_at": "{}", "ended_at": "{}"}}"#,
            noon().minus(seconds(65)),
            noon().minus(seconds(5)),
        );
        ImportJob::first(SimulationCompleted::parse(&event).unwrap(), "fake".parse().unwrap())
    }

    /// The same simulation run again in place, `later` after the first.
    pub(crate) fn second_attempt(later: Duration) -> ImportJob {
        let mut job = Self::job(SIMULATION);
        let event = &mut job.event;
        event.attempt = 2;
        (event.started_at, event.ended_at) = (event.started_at.plus(later), event.ended_at.plus(later));
        job
    }

    /// The event has arrived: the job is on the queue.
    pub(crate) async fn send(&self, job: ImportJob) {
        self.importer.queue.send(&job, Duration::ZERO).await.unwrap();
    }

    /// One execution of the function.
    pub(crate) async fn deliver(&self, job: &ImportJob, receive_count: u32) -> Report {
        let owner = self.owners.fetch_add(1, Ordering::SeqCst).to_string();
        let began = Instant::now();
        let deadline = self.importer.clock.now().plus(seconds(120));
        let report = self
            .importer
            .import(job, &Delivery { invocation_id: owner, message_id: "message".to_owned(), receive_count, deadline })
            .await;
        self.executions.lock().unwrap().push(began.elapsed());
        report
    }

    /// Delivers messages as they become visible, one after the other, until the queue is empty.
    pub(crate) async fn run(&self) {
        loop {
            let next = {
                let mut messages = self.importer.queue.messages.lock().unwrap();
                messages.sort_by_key(|message| std::cmp::Reverse(message.visible_at));
                messages.pop()
            };
            let Some(mut message) = next else { return };
            tokio::time::sleep(message.visible_at.since(self.importer.clock.now())).await;
            message.receives += 1;
            if message.receives > MAX_RECEIVES {
                self.dead.lock().unwrap().push(message.job);
                continue;
            }
            let report = self.deliver(&message.job, message.receives).await;
            if let Disposition::Return(delay) = report.disposition {
                message.visible_at = self.importer.clock.now().plus(delay);
                self.importer.queue.messages.lock().unwrap().push(message);
            }
        }
    }

    /// Sends the first job of [`SIMULATION`] and runs to the end of everything.
    pub(crate) async fn import(&self) {
        self.send(Self::job(SIMULATION)).await;
        self.run().await;
    }

    /// Pass by pass: `pass status/reason stored`.
    pub(crate) fn story(&self) -> Vec<String> {
        self.importer.ledger.story.lock().unwrap().clone()
    }

    /// The names of the stored spans, sorted.
    pub(crate) fn stored(&self) -> Vec<String> {
        let mut names: Vec<_> = self.importer.store.rows.lock().unwrap().iter().map(|row| row.name.clone()).collect();
        names.sort();
        names
    }

    /// The last conclusion on [`SIMULATION`].
    pub(crate) fn conclusion(&self) -> Conclusion {
        let items = self.importer.ledger.items.lock().unwrap();
        items[&Self::job(SIMULATION).import_id().to_string()].conclusion.clone().unwrap()
    }
}
