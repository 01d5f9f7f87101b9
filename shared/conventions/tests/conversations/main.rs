//! Small conversations as SDKs send them, and what they mean. Expected values are written by hand, from the SDKs' sources.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

mod adk;
mod ai_sdk;
mod anthropic;
mod langgraph;
mod livekit;
mod llama_index;
mod openllmetry;
mod realtime;
mod strands;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use spanlift_conventions::{SentEvent, SentSpan, call_groups, interpret};
use spanlift_model::correlation::Label;
use spanlift_model::json::into_text;
use spanlift_model::{Attributes, SourceSpan, Span, Timestamp};

/// A span of the trace, seconds after its start: `{name, up, t, d, attrs, events: [{name, t, attrs}]}`, `up` the place of its parent.
struct Told(SentSpan, String, Option<String>);

impl SourceSpan for Told {
    fn trace_id(&self) -> &str {
        &self.0.source_trace_id
    }
    fn span_id(&self) -> &str {
        &self.1
    }
    fn parent_id(&self) -> Option<&str> {
        self.2.as_deref()
    }
    fn name(&self) -> &str {
        &self.0.name
    }
    fn started_at(&self) -> Timestamp {
        self.0.started_at
    }
    fn ended_at(&self) -> Option<Timestamp> {
        self.0.ended_at
    }
    fn labels(&self) -> &[Label] {
        &[]
    }
}

/// What the spans of a trace mean, by the name that each has in the trace; of two with the same name the last.
fn meaning(spans: &[Value]) -> BTreeMap<String, Span> {
    let name = |span: &Span| span.attributes.get("import.source_name").unwrap().to_owned();
    stored(spans).into_iter().map(|span| (name(&span), span)).collect()
}

/// What is stored of the spans of a trace: those of one call together, in the order of their outermost.
fn stored(spans: &[Value]) -> Vec<Span> {
    let told: Vec<Told> = spans.iter().enumerate().map(|(place, span)| told(place, span)).collect();
    let mut meant = Vec::new();
    let groups = call_groups(&told, |_| true);
    let grouped: Vec<usize> = groups.iter().flat_map(|group| group.members.clone()).collect();
    let alone = (0..told.len()).filter(|place| !grouped.contains(place)).map(|place| vec![place]);
    for members in groups.iter().map(|group| group.members.clone()).chain(alone) {
        let members: Vec<SentSpan> = members.into_iter().map(|place| told[place].0.clone()).collect();
        meant.extend(interpret(members));
    }
    meant
}

fn told(place: usize, span: &Value) -> Told {
    let id = format!("span-{place}");
    let parent = span["up"].as_u64().map(|up| format!("span-{up}"));
    let seconds = |value: &Value| Timestamp::EPOCH.plus(Duration::from_secs_f64(value.as_f64().unwrap()));
    let start = seconds(&span["t"]);
    let mut sent = SentSpan::new("trace", &id, parent.as_deref(), span["name"].as_str().unwrap(), start);
    sent.ended_at = Some(seconds(&json!(span["t"].as_f64().unwrap() + span["d"].as_f64().unwrap())));
    sent.attributes = attributes(&span["attrs"]);
    let event = |event: &Value| SentEvent {
        name: event["name"].as_str().unwrap().to_owned(),
        at: seconds(&event["t"]),
        attributes: attributes(&event["attrs"]),
    };
    sent.events = span["events"].as_array().into_iter().flatten().map(event).collect();
    Told(sent, id, parent)
}

fn attributes(object: &Value) -> Attributes {
    let members = object.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), into_text(value.clone().into()).unwrap())).collect()
}

/// A span has this name and these attributes, or lacks those that are null; objects and lists are compared as JSON.
fn assert_means(spans: &BTreeMap<String, Span>, source: &str, name: &str, expected: Value) {
    let span = &spans[source];
    assert_eq!(span.name, name, "{source}");
    let Value::Object(expected) = expected else { panic!("expectations are an object") };
    for (name, expected) in expected {
        let found = span.attributes.get(&name);
        match expected {
            Value::Null => assert_eq!(found, None, "{source} {name}"),
            Value::String(text) => assert_eq!(found, Some(text.as_str()), "{source} {name}"),
            json => {
                let found = found.and_then(|found| serde_json::from_str::<Value>(found).ok());
                assert_eq!(found, Some(json), "{source} {name}");
            }
        }
    }
}
