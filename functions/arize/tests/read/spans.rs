//! Spans as an agent sends them.

use std::time::Duration;

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;
use stand_in_phoenix::{Event, Span, StatusCode};

use crate::reader::{PROJECT, window};

/// A root that starts a minute into the call. Traces and spans are named by numbers.
pub(crate) fn span(trace: u64, span: u64) -> Span {
    let event = Event {
        name: "interruption".to_owned(),
        attributes: Map::from_iter([("n".to_owned(), json!(1))]),
        ..Event::default()
    };
    let span = Span {
        project: PROJECT.to_owned(),
        trace_id: trace_id(trace),
        span_id: span_id(trace, span),
        name: "turn".to_owned(),
        kind: json!("CHAIN"),
        status_code: StatusCode::Error,
        status_message: "überlastet".to_owned(),
        events: vec![event],
        ..Span::default()
    };
    span.at(window().from.plus(Duration::from_micros(60_304_819)))
}

pub(crate) fn trace_id(trace: u64) -> String {
    format!("{trace:032x}")
}

fn span_id(trace: u64, span: u64) -> String {
    format!("{:016x}", (trace << 32) + span)
}

/// Goes on describing a span.
pub(crate) trait Build {
    /// Below another one of its trace.
    fn under(self, parent: u64) -> Self;
    fn at(self, start: Timestamp) -> Self;
    fn with(self, name: &str, value: impl Into<Value>) -> Self;
    fn kind(self, kind: impl Into<Value>) -> Self;
    /// A row that is told as this text.
    fn raw(self, text: &str) -> Self;
    /// Of another project.
    fn of(self, project: &str) -> Self;
}

impl Build for Span {
    fn under(mut self, parent: u64) -> Self {
        let trace = u64::from_str_radix(&self.trace_id, 16).unwrap();
        self.parent_id = Some(span_id(trace, parent));
        self
    }

    fn at(mut self, start: Timestamp) -> Self {
        self.start_time = start;
        self.end_time = Some(start.plus(Duration::from_millis(1_500)));
        for event in &mut self.events {
            event.timestamp = start;
        }
        self
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    fn kind(mut self, kind: impl Into<Value>) -> Self {
        self.kind = kind.into();
        self
    }

    fn raw(mut self, text: &str) -> Self {
        self.raw = Some(text.to_owned());
        self
    }

    fn of(mut self, project: &str) -> Self {
        project.clone_into(&mut self.project);
        self
    }
}
