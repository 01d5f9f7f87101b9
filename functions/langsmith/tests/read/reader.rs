//! The way in: a connection from JSON, a query, `LangSmith::read`, and what the engine makes of it.

use langsmith::unwrap::unwrap;
use spanlift_conventions::interpret;
use std::collections::BTreeSet;
use std::time::Duration;

use langsmith::{Connection, LangSmith, Row};
use serde_json::{Value, json};
use spanlift_importer::ports::Platform as _;
use spanlift_importer::{Mark, Query, Reading};
use spanlift_model::correlation::{Ownership, Question, correlate};
use spanlift_model::{Attempt, Attempts, Clock, PlatformError, SourceSpan as _, Span, Timestamp, TraceId};
use spanlift_platform_client::PlatformClient;
use stand_in_langsmith::{Scenario, StandIn};
use tokio::time::Instant;

use crate::runs::{KEY, PROJECT, SIM, window};
use crate::virtual_time::ticking;

/// Reads from a stand-in; everything that a test does not set is as usual.
pub(crate) struct Reader {
    pub(crate) stand_in: StandIn,
    langsmith: LangSmith<TestClock>,
    clock: TestClock,
    connection: Value,
    hints: Vec<String>,
    budget: Duration,
    most_spans: usize,
    most_bytes: usize,
    is_last_pass: bool,
    stored_traces: BTreeSet<TraceId>,
    resume: Option<Mark>,
    newest: Option<usize>,
}

impl Reader {
    pub(crate) async fn of(scenario: Scenario) -> Self {
        let stand_in = StandIn::start(scenario).await.unwrap();
        let clock = TestClock { began: Instant::now(), at: window().to.plus(Duration::from_hours(2)) };
        let client = PlatformClient::new("http://127.0.0.1".parse().unwrap());
        Self {
            connection: json!({"host": stand_in.url(), "project_name": PROJECT, "api_key": KEY}),
            stand_in,
            langsmith: LangSmith::new(client, clock),
            clock,
            hints: vec![SIM.to_owned()],
            budget: Duration::from_secs(80),
            most_spans: 20_000,
            most_bytes: 64 << 20,
            is_last_pass: false,
            stored_traces: BTreeSet::new(),
            resume: None,
            newest: None,
        }
    }

    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.connection[field] = value.into();
        self
    }

    pub(crate) fn hints(mut self, hints: &[&str]) -> Self {
        self.hints = hints.iter().map(|hint| (*hint).to_owned()).collect();
        self
    }

    pub(crate) fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
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

    /// Only the newest rows.
    pub(crate) fn newest(mut self, rows: usize) -> Self {
        self.newest = Some(rows);
        self
    }

    pub(crate) fn on_the_last_pass(mut self) -> Self {
        self.is_last_pass = true;
        self
    }

    pub(crate) fn storing(mut self, traces: &[&str]) -> Self {
        self.stored_traces = traces.iter().map(|trace| TraceId::from_source(trace)).collect();
        self
    }

    pub(crate) fn resuming(mut self, mark: Option<Mark>) -> Self {
        self.resume = mark;
        self
    }

    pub(crate) async fn read(&self) -> Result<Reading<Row>, PlatformError> {
        let now = self.clock.now();
        let query = Query {
            window: window(),
            hints: self.hints.iter().map(|hint| hint.parse().unwrap()).collect(),
            attempts: Attempts::new(Attempt { number: 1, started_at: window().from, ended_at: window().to }, []),
            now,
            read_until: now.plus(self.budget),
            most_spans: self.most_spans,
            most_bytes: self.most_bytes,
            is_last_pass: self.is_last_pass,
            may_fall_back: false,
            stored_traces: self.stored_traces.clone(),
            resume: self.resume.clone(),
            newest: self.newest,
        };
        let connection: Connection = serde_json::from_value(self.connection.clone()).unwrap();
        let ends_at = Instant::now() + self.budget;
        let reading = ticking(self.langsmith.read(&connection, &query)).await;
        // The engine drops a reading that is not there by then.
        assert!(Instant::now() <= ends_at, "the reading took longer than its budget");
        reading
    }

    /// The ids of the runs that are ours or may be.
    pub(crate) async fn owned(&self) -> BTreeSet<String> {
        let reading = self.read().await.unwrap();
        let hints: Vec<&str> = self.hints.iter().map(String::as_str).collect();
        owned_by(&reading, &hints).map(|row| row.span_id().to_owned()).collect()
    }

    /// The ids of the runs of which it is not known yet whether they are ours.
    pub(crate) fn undecided(&self, reading: &Reading<Row>) -> Vec<String> {
        let hints: Vec<&str> = self.hints.iter().map(String::as_str).collect();
        let spans = reading.spans.iter().zip(owners(reading, &hints));
        let undecided = spans.filter(|(_, owner)| matches!(owner, Ownership::Undecided(_)));
        undecided.map(|(row, _)| row.span_id().to_owned()).collect()
    }

    /// The spans that would be stored.
    pub(crate) async fn spans(&self) -> Vec<Span> {
        let reading = self.read().await.unwrap();
        let hints: Vec<&str> = self.hints.iter().map(String::as_str).collect();
        let runs = owned_by(&reading, &hints);
        runs.map(normalized).collect()
    }

    /// What was asked, as paths.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.stand_in.requests().into_iter().map(|asked| asked.path).collect()
    }
}

/// What the engine makes of a reading for one simulation.
pub(crate) fn owned_by<'a>(reading: &'a Reading<Row>, hints: &[&str]) -> impl Iterator<Item = &'a Row> + use<'a> {
    let runs = reading.spans.iter().zip(owners(reading, hints));
    runs.filter(|(_, owner)| owner.is_candidate()).map(|(run, _)| run)
}

fn owners(reading: &Reading<Row>, hints: &[&str]) -> Vec<Ownership> {
    let hints: Vec<_> = hints.iter().map(|hint| hint.parse().unwrap()).collect();
    let attempts = Attempts::new(Attempt { number: 1, started_at: window().from, ended_at: window().to }, []);
    let discovery = window().discovery();
    let question = Question {
        hints: &hints,
        discovery,
        attempts: &attempts,
        ends_by: window().storable().to,
        is_last_pass: false,
    };
    correlate(&reading.spans, &reading.outlines, &reading.partial_traces, &question).spans
}

/// Goes as tokio's time does, virtual or not.
#[derive(Clone, Copy)]
struct TestClock {
    began: Instant,
    at: Timestamp,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.at.plus(self.began.elapsed())
    }
}

/// What a row means.
pub(crate) fn normalized(row: &Row) -> Span {
    interpret(vec![unwrap(row.run().unwrap())]).remove(0)
}
