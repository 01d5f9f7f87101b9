//! A platform whose spans arrive when they arrive.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::Deserialize;
use spanlift_conventions::SentSpan;
use spanlift_importer::ports::Platform;
use spanlift_importer::{Query, Reading};
use spanlift_model::correlation::{Key, Label, Sample, Sightings};
use spanlift_model::{Clock, PlatformError, ServerVersion, Settings, SourceSpan, Timestamp};

use spanlift_fakes::VirtualClock;

use super::{ELSEWHERE, noon, seconds};

/// A span of the fake platform. Times are seconds after the call's start; it arrives `arrives` after the event.
#[derive(Clone, Debug)]
pub(crate) struct FakeSpan {
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) name: String,
    /// Beside those that every span has.
    pub(crate) attributes: Vec<(&'static str, &'static str)>,
    pub(crate) parent: Option<String>,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) labels: Vec<Label>,
    /// Its labels count as tags, as a platform's own session does not.
    pub(crate) is_tagged: bool,
    pub(crate) arrives: Timestamp,
}

pub(crate) fn span(trace: &str, id: &str, parent: Option<&str>, start: u64) -> FakeSpan {
    let call_start = noon().minus(seconds(65));
    FakeSpan {
        trace: trace.to_owned(),
        id: id.to_owned(),
        name: id.to_owned(),
        attributes: Vec::new(),
        parent: parent.map(str::to_owned),
        started_at: call_start.plus(seconds(start)),
        ended_at: Some(call_start.plus(seconds(start + 1))),
        labels: Vec::new(),
        is_tagged: true,
        arrives: noon().minus(seconds(3_600)),
    }
}

impl FakeSpan {
    pub(crate) fn tagged(mut self, value: &str) -> Self {
        self.labels.extend(Label::new(Key::SimulationOutputId, value));
        self
    }

    pub(crate) fn in_session(mut self, value: &str) -> Self {
        self.labels.extend(Label::new(Key::SessionIdCamel, value));
        self.is_tagged = false;
        self
    }

    pub(crate) fn named(mut self, name: &str, attributes: &[(&'static str, &'static str)]) -> Self {
        name.clone_into(&mut self.name);
        self.attributes = attributes.to_vec();
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
    fn name(&self) -> &str {
        &self.name
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
    pub(super) key: String,
    #[serde(flatten)]
    pub(super) settings: Settings,
}

type Alter = Box<dyn Fn(&mut Reading<FakeSpan>) + Send + Sync>;
type Fault = Box<dyn Fn(Timestamp, u32) -> Option<PlatformError> + Send + Sync>;

pub(crate) struct FakePlatform {
    pub(super) clock: VirtualClock,
    pub(crate) spans: Mutex<Vec<FakeSpan>>,
    /// The key that the platform takes; any, if none.
    pub(crate) key: Mutex<Option<String>>,
    /// What goes wrong at a moment, at the n-th reading (from 1).
    pub(crate) fault: Mutex<Fault>,
    pub(crate) readings: AtomicU32,
    pub(crate) takes: Mutex<Duration>,
    /// What else is said of every reading: a cut, a loss, how traces were looked for.
    pub(crate) alter: Mutex<Alter>,
    /// What was asked.
    pub(crate) queries: Mutex<Vec<Query>>,
}

impl Platform for FakePlatform {
    type Connection = FakeConnection;
    type Span = FakeSpan;

    const PROVIDER: &'static str = "fake";
    /// It may; the worlds' connections are `strict` unless they say otherwise.
    const FALLS_BACK: bool = true;

    fn settings(connection: &FakeConnection) -> Settings {
        connection.settings.clone()
    }

    fn source(_: &FakeConnection) -> String {
        "fake.example".to_owned()
    }

    async fn read(&self, connection: &FakeConnection, query: &Query) -> Result<Reading<FakeSpan>, PlatformError> {
        let reading = self.readings.fetch_add(1, Ordering::SeqCst) + 1;
        self.queries.lock().unwrap().push(query.clone());
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
        let tags = |span: &FakeSpan| if span.is_tagged { span.labels.clone() } else { Vec::new() };
        latest.values().filter(in_window).for_each(|span| sightings.add(&tags(span)));
        let mut sample = Sample::default();
        if let Some(most) = query.newest {
            for span in latest.values().filter(in_window).take(most) {
                sample.add(&span.trace, Some(span.started_at), &span.labels, false);
            }
            latest.clear();
        }
        let mut reading = Reading {
            sample,
            spans: latest.into_values().collect(),
            sightings,
            requests: 1,
            server_version: Some(ServerVersion { api: None, release: Some([1, 0, 0]) }),
            ..Reading::of("fake.example".to_owned())
        };
        (self.alter.lock().unwrap())(&mut reading);
        Ok(reading)
    }

    fn unwrap(span: &FakeSpan) -> Result<SentSpan, &'static str> {
        if span.id == "bad" {
            return Err("malformed");
        }
        let sent = SentSpan::new(&span.trace, &span.id, span.parent.as_deref(), &span.name, span.started_at);
        let attributes = [("input", "hello"), ("fake.said", "hello"), ("fake.model", "m")];
        Ok(SentSpan {
            ended_at: span.ended_at,
            attributes: attributes.into_iter().chain(span.attributes.iter().copied()).collect(),
            ..sent
        })
    }
}
