//! A world on a real Phoenix server: its spans are sent as agents send them, by OTLP over HTTP, when they arrive.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Sent};
use prost::Message as _;
use serde_json::Value;
use spanlift_model::Timestamp;

use crate::arize::attributes;
use crate::world::{Span, World, begin};

/// Where the spans of a world go: a project of its own.
#[derive(Clone, Debug)]
pub(crate) struct PhoenixServer {
    /// `127.0.0.1:6006`
    address: String,
    project: String,
    sent: Vec<bool>,
}

/// A server that is busy takes its time; one that has lost a span never tells it.
const PATIENCE: Duration = Duration::from_mins(1);

impl PhoenixServer {
    /// A project for a world on the server at a URL. It is there: somebody wrote to it days before.
    pub(crate) fn new(url: &str, world: &World) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let server = Self { address, project: format!("world-{}", world.number), sent: vec![false; world.spans.len()] };
        let before = begin().minus(Duration::from_hours(100));
        let number = u128::from(world.number) + 1;
        server.export(vec![Sent {
            trace_id: number.to_be_bytes().to_vec(),
            span_id: (u64::MAX - world.number).to_be_bytes().to_vec(),
            name: "before".to_owned(),
            start_time_unix_nano: nanos(before),
            end_time_unix_nano: nanos(before),
            ..Sent::default()
        }]);
        server.wait_for(1);
        server
    }

    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// Sends what has arrived by now and was not sent yet, and waits until the server tells it.
    pub(crate) fn send(&mut self, world: &World, now: Duration) {
        let due: Vec<usize> =
            (0..world.spans.len()).filter(|place| !self.sent[*place] && world.spans[*place].arrives <= now).collect();
        if due.is_empty() {
            return;
        }
        self.export(due.iter().map(|place| sent(&world.spans[*place])).collect());
        for place in due {
            self.sent[place] = true;
        }
        self.wait_for(1 + self.sent.iter().filter(|sent| **sent).count());
    }

    fn export(&self, spans: Vec<Sent>) {
        let resource =
            Resource { attributes: vec![text("openinference.project.name", &self.project)], ..Resource::default() };
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }],
        };
        let (status, _) = self.ask("POST", "/v1/traces", "application/x-protobuf", &request.encode_to_vec());
        assert_eq!(status, 200, "Phoenix takes spans");
    }

    /// What was taken is told some time later.
    fn wait_for(&self, count: usize) {
        let began = Instant::now();
        while self.told() < count {
            assert!(began.elapsed() < PATIENCE, "Phoenix tells what it took: {} of {count}", self.told());
            sleep(Duration::from_millis(50));
        }
    }

    /// The spans that the server tells of the project.
    fn told(&self) -> usize {
        let (mut count, mut cursor) = (0, String::new());
        loop {
            let path = format!("/v1/projects/{}/spans?limit=1000{cursor}", self.project);
            let (status, body) = self.ask("GET", &path, "application/json", &[]);
            if status != 200 {
                // The project comes with its first span.
                return count;
            }
            let page: Value = serde_json::from_slice(&body).unwrap();
            count += page["data"].as_array().map_or(0, Vec::len);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={}", next.replace('=', "%3D")),
                None => return count,
            }
        }
    }

    /// Outside of the world's time: nothing else is under way.
    fn ask(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let Self { address, .. } = self;
        let length = body.len();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
             content-length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, answer[end + 4..].to_vec())
    }
}

fn sent(span: &Span) -> Sent {
    Sent {
        trace_id: hex::decode(&span.trace).unwrap(),
        span_id: hex::decode(&span.id).unwrap(),
        parent_span_id: span.parent.as_ref().map(|parent| hex::decode(parent).unwrap()).unwrap_or_default(),
        name: span.name.clone(),
        start_time_unix_nano: nanos(span.started_at),
        end_time_unix_nano: span.ended_at.map_or(0, nanos),
        attributes: attributes(span).iter().map(|(name, value)| attribute(name, value)).collect(),
        ..Sent::default()
    }
}

fn nanos(moment: Timestamp) -> u64 {
    u64::try_from(moment.nanos()).unwrap()
}

fn attribute(name: &str, value: &Value) -> KeyValue {
    match value.as_i64() {
        Some(number) => with_value(name, Any::IntValue(number)),
        None => text(name, value.as_str().unwrap_or_default()),
    }
}

fn text(name: &str, text: &str) -> KeyValue {
    with_value(name, Any::StringValue(text.to_owned()))
}

fn with_value(name: &str, value: Any) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
