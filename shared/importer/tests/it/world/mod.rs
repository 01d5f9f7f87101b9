//! A world in virtual time around a platform whose spans arrive when they arrive.

mod platform;

use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use serde_json::json;
use spanlift_fakes::{Source, VirtualClock, source_of};
use spanlift_importer::ports::Platform as _;
use spanlift_importer::{Conclusion, Report};
use spanlift_model::{
    CorrelationMode, Habit, ImportJob, MatchedCap, Passes, SimulationCompleted, SourceId, Status, Timestamp,
};

use self::platform::FakePlatform;
pub(crate) use self::platform::{FakeSpan, span};

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

pub(crate) struct World(spanlift_fakes::World<FakePlatform>);

impl Deref for World {
    type Target = spanlift_fakes::World<FakePlatform>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl World {
    pub(crate) fn new(spans: Vec<FakeSpan>) -> Self {
        let clock = VirtualClock::starting_at(noon());
        let platform = FakePlatform {
            clock,
            spans: Mutex::new(spans),
            key: Mutex::new(None),
            fault: Mutex::new(Box::new(|_, _| None)),
            readings: AtomicU32::new(0),
            takes: Mutex::new(Duration::from_millis(200)),
            alter: Mutex::new(Box::new(|_| {})),
            queries: Mutex::default(),
        };
        let passes = Passes::new([20, 60, 300, 900].map(seconds).to_vec(), seconds(300));
        let connection = json!({"key": "k1", "correlation": "strict"});
        Self(spanlift_fakes::World::of(platform, connection, clock, passes, MatchedCap::Spans(5_000)))
    }

    /// With connections of another correlation setting than `strict`.
    pub(crate) fn correlating(self, correlation: CorrelationMode) -> Self {
        self.importer.credentials.set("correlation", format!("{correlation:?}").to_lowercase());
        self
    }

    /// What the connection has shown itself to be.
    pub(crate) fn habit(&self) -> Option<Habit> {
        self.importer.ledger.habits.lock().unwrap().get(&source()).copied()
    }

    pub(crate) fn set_habit(&self, habit: Option<Habit>) {
        self.importer.ledger.habits.lock().unwrap().extend(habit.map(|habit| (source(), habit)));
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

    /// One execution of the function.
    pub(crate) async fn deliver(&self, job: &ImportJob, receive_count: u32) -> Report {
        self.deliver_as("message", job, receive_count).await
    }

    /// Sends the first job of [`SIMULATION`] and runs to the end of everything.
    pub(crate) async fn import(&self) {
        self.send(Self::job(SIMULATION)).await;
        self.run().await;
    }

    /// How the import of a job stands, and the pass that is due.
    pub(crate) fn item(&self, job: &ImportJob) -> (Status, Option<(u32, Timestamp)>) {
        let items = self.importer.ledger.items.lock().unwrap();
        let item = &items[&job.import_id().to_string()];
        (item.status, item.next)
    }

    /// The jobs in the dead-letter queue, as simulation and reason.
    pub(crate) fn dead(&self) -> Vec<(String, String)> {
        let dead = self.importer.queue.dead.lock().unwrap();
        dead.iter().map(|letter| (letter.job.event.simulation_output_id.to_string(), letter.reason.clone())).collect()
    }

    /// The last conclusion on [`SIMULATION`].
    pub(crate) fn conclusion(&self) -> Conclusion {
        self.conclusion_on(&Self::job(SIMULATION))
    }
}

fn source() -> Source {
    let connection = serde_json::from_value(json!({"key": "k1"})).unwrap();
    source_of(&World::job(SIMULATION), SourceId::new(&FakePlatform::source(&connection)))
}
