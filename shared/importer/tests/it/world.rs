//! A world in virtual time: a platform whose spans arrive when they arrive, a queue that delivers at least once, a
//! ledger with the real one's conditions, a store that keeps rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use spanlift_importer::ports::{
    Claim, Claimed, Clock, Completed, Credentials, Freshness, Ledger, Platform, PortError, Queue, Record, Secret,
    StoreState, TraceStore,
};
use spanlift_importer::{Conclusion, Delivery, Disposition, Importer, Outcome, Policy, Query, Reading, Report};
use spanlift_model::correlation::{Key, Label, Sightings};
use spanlift_model::{
    Attempt, Caps, CorrelationMode, Habit, ImportJob, MatchedCap, OrganizationId, Passes, PlatformError, Provider,
    Settings, SimulationCompleted, SourceSpan, Span, SpanId, SpanKind, Status, StatusCode, Timestamp, TraceId, names,
};
use tokio::time::Instant;

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

/// A span of the fake platform. Times are seconds after the call's start; it arrives `arrives` after the event.
#[derive(Clone, Debug)]
pub(crate) struct FakeSpan {
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) labels: Vec<Label>,
    pub(crate) arrives: Timestamp,
}

pub(crate) fn span(trace: &str, id: &str, parent: Option<&str>, start: u64) -> FakeSpan {
    let call_start = noon().minus(seconds(65));
    FakeSpan {
        trace: trace.to_owned(),
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        started_at: call_start.plus(seconds(start)),
        ended_at: Some(call_start.plus(seconds(start + 1))),
        labels: Vec::new(),
        arrives: noon().minus(seconds(3_600)),
    }
}

impl FakeSpan {
    pub(crate) fn tagged(mut self, value: &str) -> Self {
        self.labels.extend(Label::new(Key::SimulationOutputId, value));
        self
    }

    pub(crate) fn arriving(mut self, after: Duration) -> Self {
        self.arrives = noon().plus(after);
        self
    }
}

impl SourceSpan for FakeSpan {
    fn trace_id(&self) -> &str {
        &self.trace
    }
    fn span_id(&self) -> &str {
        &self.id
    }
    fn parent_id(&self) -> Option<&str> {
        self.parent.as_deref()
    }
    fn started_at(&self) -> Timestamp {
        self.started_at
    }
    fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }
    fn labels(&self) -> &[Label] {
        &self.labels
    }
}

#[derive(Deserialize)]
pub(crate) struct FakeConnection {
    key: String,
    #[serde(flatten)]
    settings: Settings,
}

type Fault = Box<dyn Fn(Timestamp, u32) -> Option<PlatformError> + Send + Sync>;

pub(crate) struct FakePlatform {
    clock: VirtualClock,
    pub(crate) spans: Mutex<Vec<FakeSpan>>,
    /// The key that the platform takes; any, if none.
    pub(crate) key: Mutex<Option<String>>,
    /// What goes wrong at a moment, at the n-th reading (from 1).
    pub(crate) fault: Mutex<Fault>,
    pub(crate) readings: AtomicU32,
    pub(crate) takes: Mutex<Duration>,
}

impl Platform for FakePlatform {
    type Connection = FakeConnection;
    type Span = FakeSpan;

    const PROVIDER: &'static str = "fake";
    /// It may; the worlds' connections are `strict` unless they say otherwise.
    const FALLS_BACK: bool = true;

    fn settings(connection: &FakeConnection) -> Settings {
        connection.settings
    }

    fn is_content(name: &str) -> bool {
        name == "fake.said"
    }

    async fn read(&self, connection: &FakeConnection, query: &Query) -> Result<Reading<FakeSpan>, PlatformError> {
        let reading = self.readings.fetch_add(1, Ordering::SeqCst) + 1;
        let takes = *self.takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        let now = self.clock.now();
        if let Some(error) = (self.fault.lock().unwrap())(now, reading) {
            return Err(error);
        }
        if connection.key == ELSEWHERE {
            return Err(PlatformError::Unreachable { host: "elsewhere".to_owned() });
        }
        if self.key.lock().unwrap().as_ref().is_some_and(|key| *key != connection.key) {
            return Err(PlatformError::Unauthorized { advice: "replace the key".to_owned() });
        }
        // As a platform does it: an update of a span that is told already replaces it.
        let mut latest: BTreeMap<(String, String), FakeSpan> = BTreeMap::new();
        for span in self.spans.lock().unwrap().iter().filter(|span| span.arrives <= now) {
            latest.insert((span.trace.clone(), span.id.clone()), span.clone());
        }
        let mut sightings = Sightings::default();
        let in_window = |span: &&FakeSpan| query.window.discovery().contains(span.started_at);
        latest.values().filter(in_window).for_each(|span| sightings.add(&span.labels));
        Ok(Reading {
            spans: latest.into_values().collect(),
            sightings,
            partial_traces: HashSet::new(),
            cut: None,
            requests: 1,
            rejected: BTreeMap::new(),
            server_version: Some("1.0".to_owned()),
            source_host: "fake.example".to_owned(),
        })
    }

    fn normalize(span: &FakeSpan) -> Result<Span, &'static str> {
        if span.id == "bad" {
            return Err("malformed");
        }
        Ok(Span {
            trace_id: TraceId::from_source(&span.trace),
            span_id: SpanId::from_source(&span.trace, &span.id),
            parent_span_id: span.parent.as_ref().map(|parent| SpanId::from_source(&span.trace, parent)),
            name: span.id.clone(),
            kind: SpanKind::Internal,
            started_at: span.started_at,
            ended_at: span.ended_at,
            status: StatusCode::Unset,
            status_message: String::new(),
            attributes: [("input", "hello"), ("fake.said", "hello"), ("fake.model", "m")].into_iter().collect(),
            events: Vec::new(),
            resource: Arc::default(),
        })
    }
}

/// Secrets that change, behind a cache that never looks by itself.
pub(crate) struct FakeCredentials {
    pub(crate) key: Mutex<Option<String>>,
    pub(crate) settings: Mutex<Settings>,
    cached: Mutex<Option<String>>,
}

impl Credentials for FakeCredentials {
    async fn secret(&self, _: &OrganizationId, _: &Provider, fresh: Freshness) -> Result<Option<Secret>, PortError> {
        let mut cached = self.cached.lock().unwrap();
        let is_cached = cached.is_some() && fresh == Freshness::Cached;
        if !is_cached {
            cached.clone_from(&self.key.lock().unwrap());
        }
        let Settings { capture_content, correlation } = *self.settings.lock().unwrap();
        let correlation = format!("{correlation:?}").to_lowercase();
        let json = |key: &String| {
            let json = serde_json::json!({"key": key, "capture_content": capture_content, "correlation": correlation});
            SecretString::from(json.to_string())
        };
        Ok(cached.as_ref().map(|key| Secret { json: json(key), is_cached }))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    event: SimulationCompleted,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) status: Status,
    before: Option<Status>,
    first_claimed_at: Timestamp,
    next: Option<(u32, Timestamp)>,
    lease: Option<(String, Timestamp)>,
    completed: Option<Completed>,
}

/// The ledger's conditions, in memory.
#[derive(Default)]
pub(crate) struct FakeLedger {
    pub(crate) items: Mutex<HashMap<String, Item>>,
    /// Every conclusion, in order.
    pub(crate) story: Mutex<Vec<String>>,
    pub(crate) is_down: Mutex<bool>,
    pub(crate) habit: Mutex<Option<Habit>>,
}

impl Ledger for FakeLedger {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        let mut items = self.items.lock().unwrap();
        let id = claim.job.import_id().to_string();
        let lease = Some((claim.owner.to_owned(), claim.lease_until));
        let Some(item) = items.get_mut(&id) else {
            let next = Some((claim.job.pass, claim.now));
            let status = Status::InProgress;
            let item = Item {
                event: claim.job.event.clone(),
                conclusion: None,
                completed: None,
                status,
                before: None,
                first_claimed_at: claim.now,
                next,
                lease,
            };
            items.insert(id, item);
            return Ok(Claimed::Ours(Record {
                first_claimed_at: claim.now,
                status: None,
                next: None,
                completed: None,
            }));
        };
        let record = |item: &Item| Record {
            first_claimed_at: item.first_claimed_at,
            status: if item.status == Status::InProgress { item.before } else { Some(item.status) },
            next: item.next,
            completed: item.completed.clone(),
        };
        if let Some((_, until)) = item.lease.as_ref().filter(|(_, until)| *until > claim.now) {
            return Ok(Claimed::Leased(*until));
        }
        let is_due = item.next.is_some_and(|(pass, at)| pass <= claim.job.pass && at <= claim.now);
        let is_forced = claim.job.force && item.next.is_none();
        if !is_due && !is_forced {
            return Ok(Claimed::Done(record(item)));
        }
        if is_forced {
            item.first_claimed_at = claim.now;
        }
        let before = record(item);
        *item = Item {
            status: Status::InProgress,
            before: before.status,
            next: Some((claim.job.pass, claim.now)),
            lease,
            ..item.clone()
        };
        Ok(Claimed::Ours(before))
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        if *self.is_down.lock().unwrap() {
            return Err(PortError::Unavailable { port: "ledger", detail: "down".to_owned() });
        }
        let mut items = self.items.lock().unwrap();
        let item = items.get_mut(&claim.job.import_id().to_string()).unwrap();
        if item.lease.as_ref().is_none_or(|(owner, _)| owner != claim.owner) {
            return Err(PortError::Fenced);
        }
        let reason = conclusion.reason.map(|reason| format!("/{reason}")).unwrap_or_default();
        let stored = conclusion.counts.as_ref().map(|counts| format!(" {}", counts.stored)).unwrap_or_default();
        self.story.lock().unwrap().push(format!("{} {}{reason}{stored}", claim.job.pass, conclusion.status));
        item.status = conclusion.status;
        item.next = conclusion.next;
        item.lease = None;
        item.conclusion = Some(conclusion.clone());
        item.completed =
            Some(Completed { owner: claim.owner.to_owned(), outcome: Outcome::new(claim.job, conclusion, claim.now) });
        Ok(())
    }

    async fn attempts(&self, job: &ImportJob) -> Result<Vec<Attempt>, PortError> {
        let of_simulation = |event: &&SimulationCompleted| event.simulation_output_id == job.event.simulation_output_id;
        let items = self.items.lock().unwrap();
        Ok(items
            .values()
            .map(|item| &item.event)
            .filter(of_simulation)
            .map(SimulationCompleted::this_attempt)
            .collect())
    }

    async fn habit(&self, _: &ImportJob) -> Result<Option<Habit>, PortError> {
        Ok(*self.habit.lock().unwrap())
    }

    async fn learn(&self, _: &ImportJob, habit: Habit) -> Result<(), PortError> {
        *self.habit.lock().unwrap() = Some(habit);
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct FakeStore {
    pub(crate) rows: Mutex<Vec<Span>>,
    pub(crate) native: Mutex<u64>,
    pub(crate) inserts: AtomicU32,
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

#[derive(Clone, Debug)]
struct InFlight {
    visible_at: Timestamp,
    job: ImportJob,
    receives: u32,
}

/// A queue: messages are seen after their delay, and come back until they are acknowledged.
pub(crate) struct FakeQueue {
    clock: VirtualClock,
    messages: Mutex<Vec<InFlight>>,
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
