//! Agents and what they write: traces of a call, by short names.

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;
use stand_in_langfuse::{Edition, Fault, Observation, Project, Scenario};

use crate::reader::window;

pub(crate) const SECRET_KEY: &str = "sk-lf-stand-in";
/// Our simulation.
pub(crate) const SIM: &str = "3zfmuDbVQsi4GaseDtiVcS";
/// Somebody else's.
pub(crate) const OTHER: &str = "8EktrIgaVxn2LcxkMN1uTp";

/// A moment of the call, in milliseconds from its beginning.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(window().from.millis() + millis)
}

/// `trace(7)`: 32 hex digits.
pub(crate) fn trace(number: u64) -> String {
    format!("{number:032x}")
}

/// A trace of one root and `children` below it, a second apart from `start` on; the root bears `metadata`.
pub(crate) fn call(number: u64, start: i64, children: u64, metadata: Value) -> Vec<Observation> {
    let id = |span: u64| format!("{:016x}", number * 1_000 + span + 1);
    let mut root = Observation::new(trace(number), id(0), at(start));
    root.end = Some(at(start + 1_000));
    "call".clone_into(&mut root.name);
    root.metadata = members(metadata);
    let children = (1..=children).map(|span| {
        let offset = start + i64::try_from(span).unwrap() * 10;
        let mut child = Observation::new(trace(number), id(span), at(offset));
        child.end = Some(at(offset + 5));
        child.parent = Some(id(0));
        child.name = format!("step {span}");
        child
    });
    std::iter::once(root).chain(children).collect()
}

pub(crate) fn ours(number: u64, start: i64, children: u64) -> Vec<Observation> {
    call(number, start, children, json!({"simulation_output_id": SIM}))
}

pub(crate) fn others(number: u64, start: i64, children: u64) -> Vec<Observation> {
    call(number, start, children, json!({"simulation_output_id": OTHER}))
}

pub(crate) fn untagged(number: u64, start: i64, children: u64) -> Vec<Observation> {
    call(number, start, children, json!({}))
}

pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

/// A server with one project that holds these.
pub(crate) fn holding(traces: impl IntoIterator<Item = Vec<Observation>>) -> Scenario {
    Scenario {
        projects: vec![Project {
            id: "project".to_owned(),
            name: "Voice agent".to_owned(),
            public_key: "pk-lf-stand-in".to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            observations: traces.into_iter().flatten().collect(),
            ..Project::default()
        }],
        ..Scenario::default()
    }
}

/// Requests whose path and query contain these are answered with this JSON.
pub(crate) fn answered(path: &str, query: &str, status: u16, body: &str) -> Fault {
    Fault {
        path: path.to_owned(),
        query: query.to_owned(),
        status: Some(status),
        headers: [("Content-Type".to_owned(), "application/json".to_owned())].into(),
        body: body.to_owned(),
        ..Fault::default()
    }
}

/// Such requests are too much for the server.
pub(crate) fn too_much(path: &str, query: &str) -> Fault {
    let error = Some("422-payload".to_owned());
    Fault { path: path.to_owned(), query: query.to_owned(), error, ..Fault::default() }
}

/// Both kinds of servers.
pub(crate) fn both(scenario: &Scenario) -> [Scenario; 2] {
    [Edition::V4, Edition::V3].map(|edition| of_edition(edition, scenario.clone()))
}

pub(crate) fn of_edition(edition: Edition, mut scenario: Scenario) -> Scenario {
    scenario.edition = edition;
    scenario
}
