//! What an SDK exported: the spans of a recording, with labels that the oracles call them by.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::read;

/// A span or run as the SDK exported it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its name and its number among those of the same name, in the order of their starts: `llm_request#2`.
    pub label: String,
    /// Its name.
    pub name: String,
    /// The last 16 hexadecimal digits of its id.
    pub id: String,
    /// Those of the one above it.
    pub parent: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// Its attributes, or the members of the run.
    pub attributes: Map<String, Value>,
}

/// The spans of a recording, by their labels.
#[must_use]
pub fn sent(name: &str) -> BTreeMap<String, Sent> {
    let export: Value = read(&format!("recordings/{name}/export.json"));
    let mut spans: Vec<Sent> = match export.get("runs") {
        Some(runs) => runs.as_array().unwrap().iter().map(of_run).collect(),
        None => of_otlp(&export),
    };
    spans.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut labelled = BTreeMap::new();
    for mut span in spans {
        let number = numbers.entry(span.name.clone()).or_default();
        *number += 1;
        span.label = format!("{}#{number}", span.name);
        labelled.insert(span.label.clone(), span);
    }
    labelled
}

fn of_run(run: &Value) -> Sent {
    let id = |member: &str| run[member].as_str().map(|id| id.replace('-', "")[16..].to_owned());
    Sent {
        label: String::new(),
        name: run["name"].as_str().unwrap_or_default().to_owned(),
        id: id("id").unwrap(),
        parent: id("parent_run_id"),
        started_at: Timestamp::parse_platform(run["start_time"].as_str().unwrap()).unwrap(),
        attributes: run.as_object().unwrap().clone(),
    }
}

fn of_otlp(export: &Value) -> Vec<Sent> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let resources = list(&export["resourceSpans"]);
    let scopes = resources.iter().flat_map(|resource| list(&resource["scopeSpans"]));
    let spans = scopes.flat_map(|scope| list(&scope["spans"]));
    spans
        .map(|span| {
            let text = |member: &str| span[member].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let attributes = list(&span["attributes"]);
            let attributes =
                attributes.iter().map(|item| (item["key"].as_str().unwrap().to_owned(), plain(&item["value"])));
            let mut attributes: Map<String, Value> = attributes.collect();
            let moment = |text: &str| Timestamp::EPOCH.plus(Duration::from_nanos(text.parse().unwrap()));
            // As a run has them.
            let event = |event: &Value| {
                let at = event["timeUnixNano"].as_str().unwrap();
                json!({"name": event["name"], "time": moment(at).to_string()})
            };
            let events: Value = list(&span["events"]).iter().map(event).collect();
            attributes.entry("events").or_insert(events);
            Sent {
                label: String::new(),
                name: text("name").unwrap_or_default(),
                id: text("spanId").unwrap(),
                parent: text("parentSpanId"),
                started_at: moment(&text("startTimeUnixNano").unwrap()),
                attributes,
            }
        })
        .collect()
}

/// A value of OTLP's JSON as plain JSON.
fn plain(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|members| members.iter().next()) else { return Value::Null };
    match kind.as_str() {
        "intValue" => value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or(value.clone(), Value::from),
        "arrayValue" => value["values"].as_array().into_iter().flatten().map(plain).collect(),
        _ => value.clone(),
    }
}
