//! `GET /api/public/v2/observations` (contract §3.1).

use std::cmp::Reverse;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::columns::OBSERVATIONS;
use crate::metadata::{direct, dual, read_back, stored_text};
use crate::parameters::Parameters;
use crate::scenario::{Observation, Project};
use crate::view::{TraceView, iso, iso_or_null, seconds, sum, traces, updated};

const MOST_ROWS: usize = 1_000;
const GROUPS: &[&str] =
    &["core", "basic", "time", "io", "metadata", "model", "usage", "prompt", "metrics", "trace_context"];

/// A row of the events table.
struct Row {
    id: String,
    trace_id: String,
    start: Timestamp,
    /// Metadata as it is stored.
    metadata: Map<String, Value>,
    /// Everything but metadata, with the group of each field.
    fields: Vec<(&'static str, &'static str, Value)>,
}

impl Row {
    /// Newest first; rows of one trace are not next to each other.
    fn order(&self) -> (Reverse<i64>, Reverse<u32>, Reverse<&str>) {
        (Reverse(self.start.millis()), Reverse(hash(&self.trace_id)), Reverse(&self.id))
    }

    fn told(&self, groups: &[&str], is_metadata_cut: bool) -> Map<String, Value> {
        let asked = self.fields.iter().filter(|(group, _, _)| *group == "core" || groups.contains(group));
        let mut told: Map<String, Value> = asked.map(|(_, name, value)| ((*name).to_owned(), value.clone())).collect();
        if groups.contains(&"metadata") {
            told.insert("metadata".to_owned(), read_back(&self.metadata, is_metadata_cut));
        }
        if !groups.contains(&"time") && !groups.contains(&"metrics") {
            told.insert("timeToFirstToken".to_owned(), Value::Null);
        }
        told
    }
}

pub(crate) fn answer(parameters: Parameters<'_>, project: &Project, now: Duration) -> Result<Answer, Answer> {
    let limit = parameters.number("limit", 50, 0, MOST_ROWS)?;
    let from = parameters.time("fromStartTime")?;
    let to = parameters.time("toStartTime")?;
    let is_root = parameters.truth("isRootObservation")?;
    if parameters.truth("parseIoAsJson")? == Some(true) {
        return Err(Answer::refused("parseIoAsJson is not supported"));
    }
    let filters = parameters.filters(OBSERVATIONS)?;
    let cursor = parameters.text("cursor").map(Cursor::parse).transpose()?;
    let asked = parameters.list("fields");
    let groups: Vec<&str> = match asked.is_empty() {
        true => vec!["core", "basic"],
        false => asked.into_iter().filter(|group| GROUPS.contains(group)).collect(),
    };
    let is_metadata_cut = !groups.contains(&"io") && parameters.list("expandMetadata").is_empty();

    let views = traces(project, now);
    let mut rows: Vec<Row> = views.values().flat_map(|view| rows(view, project)).collect();
    let exact = [
        ("traceId", "traceId"),
        ("name", "name"),
        ("userId", "userId"),
        ("sessionId", "sessionId"),
        ("type", "type"),
        ("level", "level"),
        ("version", "version"),
        ("parentObservationId", "parentObservationId"),
    ];
    let environments = parameters.list("environment");
    rows.retain(|row| {
        let whole = row.told(GROUPS, false);
        let text = |name: &str| whole.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        from.is_none_or(|from| from <= row.start)
            && to.is_none_or(|to| row.start < to)
            && is_root.is_none_or(|is_root| whole.get("isRootObservation") == Some(&json!(is_root)))
            && exact.iter().all(|(parameter, field)| parameters.text(parameter).is_none_or(|value| text(field) == value))
            && (environments.is_empty() || environments.contains(&text("environment").as_str()))
            && filters.iter().all(|filter| filter.admits(&whole, &row.metadata))
    });
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut behind = rows.iter().filter(|row| cursor.as_ref().is_none_or(|cursor| cursor.is_before(row))).peekable();
    let page: Vec<&Row> = behind.by_ref().take(limit).collect();
    let meta = match (page.last(), behind.peek()) {
        (Some(last), Some(_)) => json!({"cursor": Cursor::of(last)}),
        _ => json!({}),
    };
    let data: Vec<Value> = page.iter().map(|row| Value::Object(row.told(&groups, is_metadata_cut))).collect();
    Ok(Answer::json(200, &json!({"data": data, "meta": meta})))
}

struct Cursor {
    start: Timestamp,
    trace_id: String,
    id: String,
}

impl Cursor {
    fn of(row: &Row) -> String {
        let cursor = json!({"lastStartTimeTo": iso(row.start), "lastTraceId": row.trace_id, "lastId": row.id});
        STANDARD.encode(cursor.to_string())
    }

    fn parse(text: &str) -> Result<Self, Answer> {
        let decoded = STANDARD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let parsed = decoded.and_then(|cursor| {
            let text = |name: &str| cursor.get(name)?.as_str().map(str::to_owned);
            Some(Self {
                start: Timestamp::parse(&text("lastStartTimeTo")?).ok()?,
                trace_id: text("lastTraceId")?,
                id: text("lastId")?,
            })
        });
        parsed.ok_or_else(|| Answer::refused("Invalid cursor format"))
    }

    fn is_before(&self, row: &Row) -> bool {
        let own = (Reverse(self.start.millis()), Reverse(hash(&self.trace_id)), Reverse(self.id.as_str()));
        own < row.order()
    }
}

/// FNV-1a in place of xxHash32: what matters is that it is none of the orders that a client could rely on.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn rows(view: &TraceView<'_>, project: &Project) -> Vec<Row> {
    let mut rows: Vec<Row> = view.rows.iter().map(|observation| row(view, observation, project)).collect();
    if view.is_dual() {
        let mut synthetic = Observation::new(view.trace.id.clone(), synthetic_id(view), view.timestamp);
        synthetic.name = view.name().unwrap_or_default().to_owned();
        synthetic.input = view.trace.input.clone();
        synthetic.output = view.trace.output.clone();
        rows.push(row(view, &synthetic, project));
    }
    rows
}

fn synthetic_id(view: &TraceView<'_>) -> String {
    format!("t-{}", view.trace.id)
}

fn row(view: &TraceView<'_>, observation: &Observation, project: &Project) -> Row {
    let trace = &view.trace;
    let synthetic = synthetic_id(view);
    let is_synthetic = observation.id == synthetic;
    let parent = match &observation.parent {
        None if view.is_dual() && !is_synthetic => Some(synthetic.as_str()),
        parent => parent.as_deref(),
    };
    let (session, user) = if view.is_dual() {
        (view.session_id(), view.user_id())
    } else {
        (observation.session_id.as_deref(), observation.user_id.as_deref())
    };
    let metadata = if view.is_dual() { dual(observation, &view.metadata) } else { direct(observation) };
    let text = |value: Option<&str>| json!(value.unwrap_or_default());
    let raw = |value: &Value| if value.is_null() { Value::Null } else { json!(stored_text(value)) };
    let written = json!(iso(updated(observation)));
    let fields = vec![
        ("core", "id", json!(observation.id)),
        ("core", "projectId", json!(project.id)),
        ("core", "type", json!(observation.kind)),
        ("core", "traceId", json!(observation.trace_id)),
        ("core", "parentObservationId", json!(parent.filter(|parent| !parent.is_empty()))),
        ("core", "startTime", json!(iso(observation.start))),
        ("core", "endTime", iso_or_null(observation.end)),
        ("core", "latency", seconds(observation.start, observation.end)),
        ("core", "timeToFirstToken", seconds(observation.start, observation.completion_start)),
        ("core", "modelId", Value::Null),
        ("core", "inputPrice", Value::Null),
        ("core", "outputPrice", Value::Null),
        ("core", "totalPrice", Value::Null),
        ("basic", "name", json!(observation.name)),
        ("basic", "statusMessage", text(observation.status_message.as_deref())),
        ("basic", "version", text(trace.version.as_deref())),
        ("basic", "userId", text(user)),
        ("basic", "sessionId", text(session)),
        ("basic", "level", json!(observation.level)),
        ("basic", "environment", json!(trace.environment.as_deref().unwrap_or("default"))),
        ("basic", "bookmarked", json!(false)),
        ("basic", "public", json!(false)),
        ("basic", "isRootObservation", json!(parent.is_none() || observation.is_app_root)),
        ("time", "completionStartTime", iso_or_null(observation.completion_start)),
        ("time", "createdAt", written.clone()),
        ("time", "updatedAt", written),
        ("io", "input", raw(&observation.input)),
        ("io", "output", raw(&observation.output)),
        ("model", "model", text(observation.model.as_deref())),
        ("model", "internalModelId", json!("")),
        ("model", "modelParameters", observation.model_parameters.clone()),
        ("usage", "usageDetails", json!(observation.usage)),
        ("usage", "inputUsage", json!(sum(&observation.usage, "input").unwrap_or_default())),
        ("usage", "outputUsage", json!(sum(&observation.usage, "output").unwrap_or_default())),
        ("usage", "totalUsage", json!(observation.usage.get("total").and_then(Value::as_f64).unwrap_or_default())),
        ("usage", "costDetails", json!(observation.cost)),
        ("usage", "totalCost", json!(observation.cost.get("total").and_then(Value::as_f64).unwrap_or_default())),
        ("usage", "usagePricingTierName", Value::Null),
        ("prompt", "promptId", json!("")),
        ("prompt", "promptName", text(observation.prompt_name.as_deref())),
        ("prompt", "promptVersion", json!(observation.prompt_version)),
        ("trace_context", "traceName", json!(view.name())),
        ("trace_context", "tags", json!(trace.tags)),
        ("trace_context", "release", text(trace.release.as_deref())),
    ];
    Row { id: observation.id.clone(), trace_id: observation.trace_id.clone(), start: observation.start, metadata, fields }
}
