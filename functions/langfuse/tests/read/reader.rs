//! The way in: a connection from JSON, a query, and `Langfuse::read`.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use langfuse::{Connection, Langfuse};
use serde_json::{Value, json};
use spanlift_importer::ports::Platform;
use spanlift_importer::{HAND_OVER, Mark, Query, Reading};
use spanlift_model::correlation::{Question, Rootless, by_window, correlate};
use spanlift_model::{Attempt, Attempts, Clock, PlatformError, SourceSpan as _, Timestamp, TraceId, Window};
use spanlift_platform_client::PlatformClient;
use stand_in_langfuse::StandIn;
use tokio::time::Instant;

use crate::agent::{SECRET_KEY, SIM};
use crate::virtual_time::ticking;

/// A span as Langfuse told it.
pub(crate) type Told = <Langfuse<TestClock> as Platform>::Span;

/// When the call took place.
pub(crate) fn window() -> Window {
    let from = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
    Window { from, to: from.plus(Duration::from_mins(5)) }
}

/// Reads from a server; everything that a test does not set is as usual.
pub(crate) struct Reader {
    connection: Value,
    hints: Vec<String>,
    /// How long after the call the pass begins. Hours, so that all of the window lies in the past.
    after: Duration,
    budget: Duration,
    may_fall_back: bool,
    most_spans: usize,
    most_bytes: usize,
    stored_traces: BTreeSet<TraceId>,
    resume: Option<Mark>,
    newest: Option<usize>,
}

impl Reader {
    pub(crate) fn of(server: &StandIn) -> Self {
        Self::at(&server.host())
    }

    pub(crate) fn at(host: &str) -> Self {
        Self {
            connection: json!({"host": host, "public_key": "pk-lf-stand-in", "secret_key": SECRET_KEY}),
            hints: vec![SIM.to_owned()],
            after: Duration::from_hours(2),
            budget: Duration::from_secs(20),
            may_fall_back: false,
            most_spans: 20_000,
            most_bytes: 64 << 20,
            stored_traces: BTreeSet::new(),
            resume: None,
            newest: None,
        }
    }

    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.connection[field] = value.into();
        self
    }

    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.hints = vec![hint.to_owned()];
        self
    }

    pub(crate) fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    pub(crate) fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Only the newest rows.
    pub(crate) fn newest(mut self, rows: usize) -> Self {
        self.newest = Some(rows);
        self
    }

    pub(crate) fn may_fall_back(mut self) -> Self {
        self.may_fall_back = true;
        self
    }

    pub(crate) fn most_spans(mut self, most_spans: usize) -> Self {
        self.most_spans = most_spans;
        self
    }

    pub(crate) fn most_bytes(mut self, most_bytes: usize) -> Self {
        self.most_bytes = most_bytes;
        self
    }

    /// What the passes before it have left.
    pub(crate) fn resume(mut self, mark: Option<Mark>, stored_traces: &BTreeSet<String>) -> Self {
        self.resume = mark;
        self.stored_traces = stored_traces.iter().map(|trace| TraceId::from_source(trace)).collect();
        self
    }

    pub(crate) async fn read(self) -> Result<Reading<Told>, PlatformError> {
        let began = Instant::now();
        let now = window().to.plus(self.after);
        NOW.set((began, now));
        let attempt = Attempt { number: 1, started_at: window().from, ended_at: window().to };
        let query = Query {
            window: window(),
            hints: self.hints.iter().map(|hint| hint.parse().unwrap()).collect(),
            attempts: Attempts::new(attempt, []),
            now,
            read_until: now.plus(self.budget),
            most_spans: self.most_spans,
            most_bytes: self.most_bytes,
            is_last_pass: false,
            may_fall_back: self.may_fall_back,
            stored_traces: self.stored_traces,
            resume: self.resume,
            newest: self.newest,
        };
        let connection: Connection = serde_json::from_value(self.connection).unwrap();
        let reading = ticking(Box::pin(LANGFUSE.with(|langfuse| *langfuse).read(&connection, &query))).await;
        assert!(began.elapsed() < self.budget + HAND_OVER, "the reading took longer than its budget");
        reading
    }
}

thread_local! {
    /// A test has a thread of its own; making a client takes as long as twenty readings.
    static LANGFUSE: &'static Langfuse<TestClock> = Box::leak(Box::new(Langfuse::new(client(), TestClock)));
    /// When the reading began, by tokio's clock and by the calendar.
    static NOW: Cell<(Instant, Timestamp)> = Cell::new((Instant::now(), Timestamp::EPOCH));
}

/// A client that may call this machine.
fn client() -> PlatformClient {
    PlatformClient::new("http://127.0.0.1".parse().unwrap())
}

/// Goes as tokio's time does, virtual or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestClock;

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let (began, at) = NOW.get();
        at.plus(began.elapsed())
    }
}

/// What the engine makes of a reading: how many spans of each trace are ours or may be, by the trace's number.
pub(crate) fn owned(reading: &Reading<Told>) -> BTreeMap<u64, usize> {
    owned_by(reading, SIM)
}

pub(crate) fn owned_by(reading: &Reading<Told>, hint: &str) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for (trace_id, _) in ours(reading, hint, false) {
        *counts.entry(number(&trace_id)).or_default() += 1;
    }
    counts
}

/// The spans that are ours or may be, by trace and id.
pub(crate) fn ours(reading: &Reading<Told>, hint: &str, is_last_pass: bool) -> BTreeSet<(String, String)> {
    let hints = [hint.parse().unwrap()];
    let attempts = Attempts::new(Attempt { number: 1, started_at: window().from, ended_at: window().to }, []);
    let discovery = window().discovery();
    let ends_by = window().storable().to;
    let question = Question { hints: &hints, discovery, attempts: &attempts, ends_by, is_last_pass };
    let owners = correlate(&reading.spans, &reading.outlines, &reading.partial_traces, &question).spans;
    let told = reading.spans.iter().zip(owners).filter(|(_, owner)| owner.is_candidate());
    told.map(|(span, _)| (span.trace_id().to_owned(), span.span_id().to_owned())).collect()
}

/// The server's version, as the ledger would have it.
pub(crate) fn version(reading: &Reading<Told>) -> String {
    reading.server_version.unwrap().to_string()
}

/// Would the engine take the window's traces by time alone?
pub(crate) fn is_taken_by_time(reading: &Reading<Told>) -> bool {
    let attempts = Attempts::new(Attempt { number: 1, started_at: window().from, ended_at: window().to }, []);
    by_window(&reading.spans, &reading.outlines, window(), &attempts, Rootless::Blocks).is_some()
}

/// The numbers of the traces that were read.
pub(crate) fn read_traces(reading: &Reading<Told>) -> BTreeSet<u64> {
    reading.spans.iter().map(|span| number(span.trace_id())).collect()
}

fn number(trace_id: &str) -> u64 {
    u64::from_str_radix(trace_id, 16).unwrap_or(u64::MAX)
}

/// A running server.
pub(crate) async fn serve(scenario: stand_in_langfuse::Scenario) -> StandIn {
    StandIn::start(scenario).await.unwrap()
}
