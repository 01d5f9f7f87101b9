//! The way in: a connection from JSON, a query, and `Arize::read`.

use arize::unwrap::unwrap;
use spanlift_conventions::interpret;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use arize::row::PhoenixRow;
use arize::{Arize, Connection};
use serde_json::{Value, json};
use spanlift_importer::ports::Platform as _;
use spanlift_importer::{HAND_OVER, Query, Reading};
use spanlift_model::correlation::{Question, correlate};
use spanlift_model::{Attempt, Attempts, Clock, Hint, PlatformError, SourceSpan as _, Timestamp, TraceId, Window};
use spanlift_platform_client::PlatformClient;
use stand_in_phoenix::StandIn;
use tokio::time::Instant;

use crate::virtual_time::ticking;

/// The project of the connection.
pub(crate) const PROJECT: &str = "voice-agent";
/// Our simulation.
pub(crate) const SIM: &str = "3zfmuDbVQsi4GaseDtiVcS";

/// When the call took place.
pub(crate) fn window() -> Window {
    let from = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
    Window { from, to: from.plus(Duration::from_mins(5)) }
}

/// Reads from a Phoenix; everything that a test does not set is as usual.
pub(crate) struct Reader {
    connection: Value,
    hints: Vec<String>,
    /// How long after the call the pass begins. Hours, so that all of the window lies in the past.
    after: Duration,
    budget: Duration,
    most_spans: usize,
    most_bytes: usize,
    stored_traces: BTreeSet<TraceId>,
    newest: Option<usize>,
}

impl Reader {
    pub(crate) fn of(phoenix: &StandIn) -> Self {
        Self::at(&phoenix.url())
    }

    pub(crate) fn at(host: &str) -> Self {
        Self {
            connection: json!({"host": host, "project_name": PROJECT}),
            hints: vec![SIM.to_owned()],
            after: Duration::from_hours(2),
            budget: Duration::from_secs(80),
            most_spans: 20_000,
            most_bytes: 64 << 20,
            stored_traces: BTreeSet::new(),
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

    pub(crate) fn after(mut self, after: Duration) -> Self {
        self.after = after;
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

    pub(crate) fn stored(mut self, trace_id: &str) -> Self {
        self.stored_traces.insert(TraceId::from_source(trace_id));
        self
    }

    pub(crate) async fn read(self) -> Result<Reading<PhoenixRow>, PlatformError> {
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
            may_fall_back: false,
            stored_traces: self.stored_traces,
            resume: None,
            newest: self.newest,
        };
        let connection: Connection = serde_json::from_value(self.connection).unwrap();
        let reading = ticking(ARIZE.with(|arize| *arize).read(&connection, &query)).await;
        assert!(began.elapsed() < self.budget + HAND_OVER, "the reading took longer than its budget");
        reading
    }
}

thread_local! {
    /// A test has a thread of its own; making a client takes as long as twenty readings.
    static ARIZE: &'static Arize<TestClock> = Box::leak(Box::new(Arize::new(client(), TestClock)));
    /// When the reading began, by tokio's clock and by the calendar.
    static NOW: Cell<(Instant, Timestamp)> = Cell::new((Instant::now(), Timestamp::EPOCH));
}

/// A client that may call this machine.
pub(crate) fn client() -> PlatformClient {
    PlatformClient::new("http://127.0.0.1".parse().unwrap())
}

/// Goes as tokio's time does, virtual or not.
struct TestClock;

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let (began, at) = NOW.get();
        at.plus(began.elapsed())
    }
}

pub(crate) fn only_attempt() -> Attempts {
    Attempts::new(Attempt { number: 1, started_at: window().from, ended_at: window().to }, [])
}

/// What the engine asks of a first pass.
pub(crate) fn question<'a>(hints: &'a [Hint], attempts: &'a Attempts) -> Question<'a> {
    let (discovery, ends_by) = (window().discovery(), window().storable().to);
    Question { hints, discovery, attempts, ends_by, is_last_pass: false }
}

/// What the engine makes of a reading: the spans that are ours or may be, as `trace/span`.
pub(crate) fn owned(reading: &Reading<PhoenixRow>) -> BTreeSet<String> {
    owned_by(reading, &[SIM])
}

pub(crate) fn owned_by(reading: &Reading<PhoenixRow>, hints: &[&str]) -> BTreeSet<String> {
    let hints: Vec<_> = hints.iter().map(|hint| hint.parse().unwrap()).collect();
    let attempts = only_attempt();
    let question = question(&hints, &attempts);
    let owners = correlate(&reading.spans, &reading.outlines, &reading.partial_traces, &question).spans;
    let spans = reading.spans.iter().zip(owners);
    spans.filter(|(_, owner)| owner.is_candidate()).map(|(span, _)| name(span.trace_id(), span.span_id())).collect()
}

/// The same on the last pass, when nothing is waited for any more.
pub(crate) fn owned_at_last(reading: &Reading<PhoenixRow>) -> BTreeSet<String> {
    let (hints, attempts) = ([SIM.parse().unwrap()], only_attempt());
    let question = Question { is_last_pass: true, ..question(&hints, &attempts) };
    let owners = correlate(&reading.spans, &reading.outlines, &reading.partial_traces, &question).spans;
    let ours = reading.spans.iter().zip(owners).filter(|(_, owner)| owner.is_candidate());
    ours.map(|(span, _)| name(span.trace_id(), span.span_id())).collect()
}

/// `trace/span` by the numbers that the tests give them.
pub(crate) fn name(trace_id: &str, span_id: &str) -> String {
    let number = |text: &str| u64::from_str_radix(text, 16).map(|number| number & u64::from(u32::MAX));
    match (number(trace_id), number(span_id)) {
        (Ok(trace), Ok(span)) => format!("{trace}/{span}"),
        _ => format!("{trace_id}/{span_id}"),
    }
}

/// The names, for comparing with [`owned`].
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// What a row means.
pub(crate) fn normalized(row: &PhoenixRow) -> spanlift_model::Span {
    interpret(vec![unwrap(row.span().unwrap())]).remove(0)
}
