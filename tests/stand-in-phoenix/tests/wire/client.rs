//! As much of a client as these tests need.

use serde_json::{Map, Value};
use spanlift_model::Timestamp;
use stand_in_phoenix::{Scenario, Span, StandIn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The spans of the project that everything is in.
pub(crate) const PATH: &str = "/v1/projects/voice-agent/spans";

pub(crate) struct Client(pub(crate) StandIn);

/// A span of the project; traces and spans are named by numbers.
pub(crate) fn span(trace: u64, span: u64) -> Span {
    Span {
        project: "voice-agent".to_owned(),
        trace_id: format!("{trace:032x}"),
        span_id: format!("{:016x}", (trace << 32) + span),
        start_time: Timestamp::parse("2026-11-20T15:01:00.304819Z").unwrap(),
        ..Span::default()
    }
}

pub(crate) fn scenario(spans: impl IntoIterator<Item = Span>) -> Scenario {
    let projects = vec!["default".to_owned(), "voice-agent".to_owned()];
    Scenario { projects, spans: spans.into_iter().collect(), ..Scenario::default() }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

impl Client {
    pub(crate) async fn of(scenario: Scenario) -> Self {
        Self(StandIn::start(scenario).await.unwrap())
    }

    pub(crate) async fn holding(spans: impl IntoIterator<Item = Span>) -> Self {
        Self::of(scenario(spans)).await
    }

    /// Status and body.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.send(&format!("GET {path}"), "", "").await;
        (status, body)
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The spans of a page, as `trace/span`.
    pub(crate) async fn names(&self, path: &str) -> Vec<String> {
        let page = self.json(path).await;
        let name = |row: &Value| {
            let id = row["context"]["span_id"].as_str().or(row["span_id"].as_str()).unwrap();
            let number = u64::from_str_radix(id, 16).unwrap();
            format!("{}/{}", number >> 32, number & u64::from(u32::MAX))
        };
        page["data"].as_array().unwrap().iter().map(name).collect()
    }

    /// Status, head in lower case, and body.
    pub(crate) async fn send(&self, line: &str, header: &str, body: &str) -> (u16, String, String) {
        self.try_send(line, header, body).await.unwrap()
    }

    /// The same, or nothing where the connection is closed without a word.
    pub(crate) async fn try_send(&self, line: &str, header: &str, body: &str) -> Option<(u16, String, String)> {
        let url = self.0.url();
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
        let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        let length = body.len();
        let request = format!(
            "{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}content-length: {length}\r\n\r\n{body}",
            line.replace('"', "%22")
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some((status, head.to_ascii_lowercase(), body.to_owned()))
    }
}
