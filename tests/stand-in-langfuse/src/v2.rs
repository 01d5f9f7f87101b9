//! `GET /api/public/v2/observations` (docs/platforms/langfuse.md#3-observations-of-v2).

use std::borrow::Cow;
use std::cmp::Reverse;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::columns::OBSERVATIONS;
use crate::filter::Filter;
use crate::metadata::{direct, dual, read_back, stored_text};
use crate::parameters::Parameters;
use crate::scenario::{Observation, Project, Scenario};
use crate::view::{TraceView, iso, iso_or_null, retold, seconds, sum, traces, updated};

const MOST_ROWS: usize = 1_000;
const GROUPS: &[&str] =
    &["core", "basic", "time", "io", "metadata", "model", "usage", "prompt", "metrics", "trace_context"];

/// A row of the events table.
struct Row {
    /// Metadata as it is stored.
    metadata: Map<String, Value>,
    /// Everything else that was asked for.
    fields: Map<String, Value>,
}

impl Row {
    fn told(self, groups: &[&str], is_metadata_cut: bool) -> Map<String, Value> {
        let mut told = self.fields;
        if groups.contains(&"metadata") {
            told.insert("metadata".to_owned(), read_back(&self.metadata, is_metadata_cut));
        }
        if !groups.contains(&"time") && !groups.contains(&"metrics") {
            told.insert("timeToFirstToken".to_owned(), Value::Null);
        }
        told
    }
}

pub(crate) fn answer(
    parameters: Parameters<'_>,
    scenario: &Scenario,
    project: &Project,
    now: Duration,
) -> Result<Answer, Answer> {
    let asked = parameters.number("limit", 50, 0, MOST_ROWS)?;
    let limit = scenario.page_rows.map_or(asked, |most| asked.min(most));
    let from = parameters.time("fromStartTime")?;
    let to = parameters.time("toStartTime")?;
    let is_root = parameters.truth("isRootObservation")?;
    if parameters.truth("parseIoAsJson")? == Some(true) {
        return Err(Answer::refused("parseIoAsJson is not supported"));
    }
    let filters = parameters.filters(OBSERVATIONS)?;
    let cursor = parameters.text("cursor").map(Cursor::parse).transpose()?;
    let asked = parameters.list("fields");
    let groups: Vec<&str> = if asked.is_empty() {
        vec!["core", "basic"]
    } else {
        asked.into_iter().filter(|group| GROUPS.contains(group)).collect()
    };
    let is_metadata_cut = !groups.contains(&"io") && parameters.list("expandMetadata").is_empty();

    let views = traces(project, now);
    let exact = ["traceId", "name", "userId", "sessionId", "type", "level", "version", "parentObservationId"];
    let environments = parameters.list("environment");
    let is_plain = |filter: &&Filter| filter.admits_trace("").is_some();
    let needs_row = is_root.is_some()
        || !environments.is_empty()
        || exact.iter().any(|name| parameters.text(name).is_some())
        || !filters.iter().all(|filter| is_plain(&filter));
    let is_asked = |candidate: &Candidate<'_>| {
        let observation = &candidate.observation;
        let is_between =
            from.is_none_or(|from| from <= observation.start) && to.is_none_or(|to| observation.start < to);
        let of_trace = || filters.iter().all(|filter| filter.admits_trace(&observation.trace_id).unwrap_or(true));
        let by_row = || {
            let row = row(candidate.view, observation, project, GROUPS);
            let stored = row.metadata.clone();
            let whole = row.told(GROUPS, false);
            let text = |name: &str| whole.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            is_root.is_none_or(|is_root| whole.get("isRootObservation") == Some(&json!(is_root)))
                && exact.iter().all(|name| parameters.text(name).is_none_or(|value| text(name) == value))
                && (environments.is_empty() || environments.contains(&text("environment").as_str()))
                && filters.iter().all(|filter| filter.admits(&whole, &stored))
        };
        is_between && of_trace() && (!needs_row || by_row())
    };
    let mut found: Vec<Candidate<'_>> = views.values().flat_map(candidates).filter(is_asked).collect();
    found.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut behind =
        found.iter().filter(|candidate| cursor.as_ref().is_none_or(|cursor| cursor.is_before(candidate))).peekable();
    let page: Vec<&Candidate<'_>> = behind.by_ref().take(limit).collect();
    let meta = match (page.last(), behind.peek()) {
        (Some(last), Some(_)) => json!({"cursor": Cursor::of(&last.observation)}),
        _ => json!({}),
    };
    if page.iter().any(|candidate| candidate.observation.breaks_its_page) {
        return Err(Answer::recorded("500"));
    }
    let told = |candidate: &&Candidate<'_>| {
        let whole = || {
            let row = row(candidate.view, &candidate.observation, project, &groups);
            retold(row.told(&groups, is_metadata_cut), &candidate.observation)
        };
        candidate.observation.told_as.clone().unwrap_or_else(whole)
    };
    let data: Vec<Value> = page.iter().map(told).collect();
    Ok(Answer::json(200, &json!({"data": data, "meta": meta})))
}

/// An observation that may be asked for: a sent one, or a synthetic one.
struct Candidate<'v> {
    view: &'v TraceView<'v>,
    observation: Cow<'v, Observation>,
}

impl Candidate<'_> {
    /// Newest first; rows of one trace are not next to each other.
    fn order(&self) -> (Reverse<i64>, Reverse<u32>, Reverse<&str>) {
        let observation = &self.observation;
        (Reverse(observation.start.millis()), Reverse(hash(&observation.trace_id)), Reverse(&observation.id))
    }
}

fn candidates<'v>(view: &'v TraceView<'v>) -> impl Iterator<Item = Candidate<'v>> {
    let sent = view.rows.iter().map(|observation| Cow::Borrowed(*observation));
    let synthetic = view.is_dual().then(|| Cow::Owned(synthetic(view)));
    sent.chain(synthetic).map(move |observation| Candidate { view, observation })
}

struct Cursor {
    start: Timestamp,
    trace_id: String,
    id: String,
}

impl Cursor {
    fn of(last: &Observation) -> String {
        let cursor = json!({"lastStartTimeTo": iso(last.start), "lastTraceId": last.trace_id, "lastId": last.id});
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

    fn is_before(&self, candidate: &Candidate<'_>) -> bool {
        let own = (Reverse(self.start.millis()), Reverse(hash(&self.trace_id)), Reverse(self.id.as_str()));
        own < candidate.order()
    }
}

/// FNV-1a in place of xxHash32: what matters is that it is none of the orders that a client could rely on.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The row that stands for the trace.
fn synthetic(view: &TraceView<'_>) -> Observation {
    let mut synthetic = Observation::new(view.trace.id.clone(), synthetic_id(view), view.timestamp);
    view.name().unwrap_or_default().clone_into(&mut synthetic.name);
    synthetic.input = view.trace.input.clone();
    synthetic.output = view.trace.output.clone();
    synthetic
}

fn synthetic_id(view: &TraceView<'_>) -> String {
    format!("t-{}", view.trace.id)
}

fn row(view: &TraceView<'_>, observation: &Observation, project: &Project, groups: &[&str]) -> Row {
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
    let text = |value: Option<&str>| json!(value.unwrap_or_default());
    let raw = |value: &Value| if value.is_null() { Value::Null } else { json!(stored_text(value)) };
    let written = json!(iso(updated(observation)));
    let mut fields = Map::new();
    let mut set =
        |members: Vec<(&str, Value)>| fields.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let has = |group: &str| groups.contains(&group);
    set(vec![
        ("id", json!(observation.id)),
        ("projectId", json!(project.id)),
        ("type", json!(observation.kind)),
        ("traceId", json!(observation.trace_id)),
        ("parentObservationId", json!(parent.filter(|parent| !parent.is_empty()))),
        ("startTime", json!(iso(observation.start))),
        ("endTime", iso_or_null(observation.end)),
        ("latency", seconds(observation.start, observation.end)),
        ("timeToFirstToken", seconds(observation.start, observation.completion_start)),
        ("modelId", Value::Null),
        ("inputPrice", Value::Null),
        ("outputPrice", Value::Null),
        ("totalPrice", Value::Null),
    ]);
    if has("basic") {
        set(vec![
            ("name", json!(observation.name)),
            ("statusMessage", text(observation.status_message.as_deref())),
            ("version", text(trace.version.as_deref())),
            ("userId", text(user)),
            ("sessionId", text(session)),
            ("level", json!(observation.level)),
            ("environment", json!(trace.environment.as_deref().unwrap_or("default"))),
            ("bookmarked", json!(false)),
            ("public", json!(false)),
            ("isRootObservation", json!(parent.is_none() || observation.is_app_root)),
        ]);
    }
    if has("time") {
        set(vec![
            ("completionStartTime", iso_or_null(observation.completion_start)),
            ("createdAt", written.clone()),
            ("updatedAt", written),
        ]);
    }
    if has("io") {
        set(vec![("input", raw(&observation.input)), ("output", raw(&observation.output))]);
    }
    if has("model") {
        set(vec![
            ("model", text(observation.model.as_deref())),
            ("internalModelId", json!("")),
            ("modelParameters", observation.model_parameters.clone()),
        ]);
    }
    if has("usage") {
        set(vec![
            ("usageDetails", json!(observation.usage)),
            ("inputUsage", json!(sum(&observation.usage, "input").unwrap_or_default())),
            ("outputUsage", json!(sum(&observation.usage, "output").unwrap_or_default())),
            ("totalUsage", json!(observation.usage.get("total").and_then(Value::as_f64).unwrap_or_default())),
            ("costDetails", json!(observation.cost)),
            ("totalCost", json!(observation.cost.get("total").and_then(Value::as_f64).unwrap_or_default())),
            ("usagePricingTierName", Value::Null),
            ("usagePricingTierId", Value::Null),
            ("inputCost", json!(observation.cost.get("input"))),
            ("outputCost", json!(observation.cost.get("output"))),
        ]);
    }
    if has("prompt") {
        set(vec![
            ("promptId", json!("")),
            ("promptName", text(observation.prompt_name.as_deref())),
            ("promptVersion", json!(observation.prompt_version)),
        ]);
    }
    if has("trace_context") {
        set(vec![
            ("traceName", json!(view.name())),
            ("tags", json!(trace.tags)),
            ("release", text(trace.release.as_deref())),
        ]);
    }
    let metadata = match groups.contains(&"metadata") {
        false => Map::new(),
        true if view.is_dual() => dual(observation, &view.metadata),
        true => direct(observation),
    };
    Row { metadata, fields }
}
