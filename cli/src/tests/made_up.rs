//! A made-up deployment: a ledger that changes as time passes, a store, and the queues that were written to.

use std::cell::RefCell;
use std::time::Duration;

use spanlift_aws::{Entries, FanoutEntry, ImportEntry};
use spanlift_importer::PortError;
use spanlift_model::{
    Clock, ImportJob, OrganizationId, Provider, SimulationCompleted, SimulationOutputId, Status, Timestamp, Window,
};
use spanlift_trace_store::StoredSpan;
use tokio::time::Instant;

use crate::ports::{LedgerView, Outbox, SpanView};
use crate::view::View;

pub(crate) const EVENT: &str = r#"{"version": "1", "organization_id": "org-1", "simulation_output_id": "sim-1",
    "status": "COMPLETED", "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:41.25Z"}"#;

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-11-20T{text}Z")).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("15:10:00")
}

pub(crate) fn view() -> View {
    View { is_coloured: false, columns: None, now: now() }
}

/// Ten past three, and as much later as tokio has slept.
#[derive(Clone, Copy)]
pub(crate) struct VirtualClock(pub(crate) Instant);

impl VirtualClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        now().plus(self.0.elapsed())
    }
}

pub(crate) fn fanout(sent_to: &[&str], not_connected: &[&str]) -> FanoutEntry {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    FanoutEntry {
        attempt: 1,
        run_id: None,
        started_at: Some(at("15:00:00")),
        ended_at: Some(at("15:04:41.25")),
        hints: Vec::new(),
        sent_to: names(sent_to),
        not_connected: names(not_connected),
        updated_at: Some(at("15:04:42")),
    }
}

pub(crate) fn import(provider: &str, status: Status) -> ImportEntry {
    ImportEntry {
        attempt: 1,
        provider: provider.to_owned(),
        import_id: Some(format!("{provider}-import")),
        run_id: None,
        started_at: Some(at("15:00:00")),
        ended_at: Some(at("15:04:41.25")),
        hints: Vec::new(),
        status,
        last_status: None,
        reason: None,
        last_error: None,
        lease_until: None,
        pass: Some(0),
        next_pass: None,
        next_at: None,
        first_claimed_at: Some(at("15:04:43")),
        claimed_at: Some(at("15:04:43")),
        updated_at: Some(at("15:04:45")),
        duration_ms: None,
        stored: None,
        matched_traces: None,
        matched_spans: None,
        rejected: std::collections::BTreeMap::new(),
        requests: None,
        requests_total: None,
        truncated: None,
        incomplete: None,
        discovery: None,
        matched_by: Vec::new(),
        server_version: None,
    }
}

pub(crate) fn imported(provider: &str) -> ImportEntry {
    ImportEntry {
        duration_ms: Some(1234),
        stored: Some(42),
        matched_traces: Some(3),
        matched_spans: Some(42),
        requests: Some(2),
        incomplete: Some(false),
        matched_by: vec!["simulation_output_id".to_owned()],
        ..import(provider, Status::Imported)
    }
}

pub(crate) fn because(entry: ImportEntry, reason: &str) -> ImportEntry {
    ImportEntry { reason: Some(reason.to_owned()), ..entry }
}

pub(crate) fn claimed(entry: ImportEntry, text: &str) -> ImportEntry {
    ImportEntry { claimed_at: Some(at(text)), ..entry }
}

pub(crate) fn next(entry: ImportEntry, pass: u32, text: &str) -> ImportEntry {
    ImportEntry { next_pass: Some(pass), next_at: Some(at(text)), ..entry }
}

pub(crate) fn entries(fanout: Option<FanoutEntry>, imports: &[ImportEntry]) -> Entries {
    Entries { fanouts: fanout.into_iter().collect(), imports: imports.to_vec() }
}

pub(crate) struct Deployment {
    began: Instant,
    /// What the ledger says from so many seconds on.
    ledger: Vec<(u64, Entries)>,
    pub(crate) connected: Vec<&'static str>,
    pub(crate) sent: RefCell<Vec<String>>,
    pub(crate) looks: RefCell<Vec<Duration>>,
    pub(crate) spans: Vec<StoredSpan>,
}

impl Deployment {
    pub(crate) fn new(ledger: Vec<(u64, Entries)>) -> Self {
        Self {
            began: Instant::now(),
            ledger,
            connected: vec!["arize"],
            sent: RefCell::default(),
            looks: RefCell::default(),
            spans: Vec::new(),
        }
    }
}

impl LedgerView for Deployment {
    async fn entries(&self, _: &OrganizationId, _: &SimulationOutputId, _: Timestamp) -> Result<Entries, PortError> {
        let passed = self.began.elapsed();
        self.looks.borrow_mut().push(passed);
        // What was before anything was sent is at zero, and what comes of it is not there yet at that very moment.
        let of_now = self.ledger.iter().rev().find(|(seconds, _)| Duration::from_secs(*seconds) <= passed);
        Ok(of_now.map(|(_, entries)| entries.clone()).unwrap_or_default())
    }
}

impl Outbox for Deployment {
    async fn send_event(&self, event: &SimulationCompleted) -> Result<(), PortError> {
        self.sent.borrow_mut().push(format!("event {}", event.simulation_output_id));
        Ok(())
    }

    fn providers(&self) -> Vec<Provider> {
        ["arize", "langfuse"].map(|name| name.parse().unwrap()).to_vec()
    }

    async fn is_connected(&self, _: &OrganizationId, provider: &Provider) -> Result<bool, PortError> {
        Ok(self.connected.contains(&provider.as_str()))
    }

    async fn send_job(&self, job: &ImportJob) -> Result<(), PortError> {
        let what = format!("job {} pass {} force {}", job.provider, job.pass, job.force);
        self.sent.borrow_mut().push(what);
        Ok(())
    }
}

impl SpanView for Deployment {
    async fn spans(
        &self,
        _: &OrganizationId,
        _: &SimulationOutputId,
        window: Window,
    ) -> Result<Vec<StoredSpan>, PortError> {
        Ok(self.spans.iter().filter(|span| window.contains(span.started_at)).cloned().collect())
    }
}

/// A span of arize's import that begins and ends so many milliseconds after the call's start.
pub(crate) fn span(id: &str, parent: &str, name: &str, from: i64, to: i64) -> StoredSpan {
    let start = at("15:00:00").millis();
    StoredSpan {
        trace_id: "trace-1".to_owned(),
        span_id: id.to_owned(),
        parent_span_id: parent.to_owned(),
        name: name.to_owned(),
        service: "arize".to_owned(),
        started_at: Timestamp::from_millis(start + from),
        ended_at: Timestamp::from_millis(start + to),
        status: "Unset".to_owned(),
        status_message: String::new(),
        resource: pairs(&[("coval.attempt", "1"), ("import.id", "arize-import")]),
        attributes: Vec::new(),
    }
}

pub(crate) fn with(span: StoredSpan, attributes: &[(&str, &str)]) -> StoredSpan {
    StoredSpan { attributes: pairs(attributes), ..span }
}

pub(crate) fn native(span: StoredSpan) -> StoredSpan {
    StoredSpan { service: "my-agent".to_owned(), resource: Vec::new(), ..span }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A call with most that can be said of a span.
pub(crate) fn call() -> Vec<StoredSpan> {
    let failed = StoredSpan {
        status: "Error".to_owned(),
        status_message: "the calendar\ndid not answer".to_owned(),
        ..span("d", "b", "llm_tool_call", 1500, 1790)
    };
    vec![
        span("a", "", "conversation", -120, 42_000),
        span("b", "a", "turn 1", 0, 2400),
        with(span("c", "b", "stt", 15, 410), &[("import.source_name", "deepgram"), ("transcript", "hello")]),
        with(
            span("e", "b", "llm", 420, 1480),
            &[
                ("gen_ai.request.model", "gpt-4o"),
                ("gen_ai.usage.input_tokens", "812"),
                ("gen_ai.usage.output_tokens", "45"),
                ("import.source_name", "ChatOpenAI"),
            ],
        ),
        with(failed, &[("function.name", "book_appointment"), ("import.source_name", "book_appointment")]),
        with(span("f", "gone", "llm", 9000, 9450), &[("gen_ai.usage.input_tokens", "90")]),
        native(span("n", "", "agent.session", 5, 41_000)),
    ]
}
