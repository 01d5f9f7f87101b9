//! An observation as Langfuse tells it, by v2 or v1: the rows differ in little more than what they leave out.

use std::collections::BTreeMap;
use std::mem::take;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use spanlift_model::Timestamp;
use spanlift_model::json::{Map, Value};

use crate::json::usable;
use crate::labels::unquoted;

/// Why a row is no observation: the cause under which it is counted as rejected.
pub type Rejection = &'static str;

/// An observation of Langfuse with everything that normalisation needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The trace that it is part of.
    pub trace_id: String,
    /// Its id, unique in its trace.
    pub id: String,
    /// The observation above it.
    pub parent_id: Option<String>,
    /// `SPAN`, `GENERATION`, …, in upper case.
    pub kind: String,
    /// Its name; may be empty.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; an event ends when it begins.
    pub ended_at: Option<Timestamp>,
    /// When the model began to answer.
    pub completion_started_at: Option<Timestamp>,
    /// `DEBUG`, `DEFAULT`, `WARNING`, `ERROR`.
    pub level: String,
    /// Why.
    pub status_message: Option<String>,
    /// What went in: text, or JSON as it was sent.
    pub input: Option<String>,
    /// What came out.
    pub output: Option<String>,
    /// Nested (v1, the dual path) or with dotted names (v2).
    pub metadata: Map,
    /// The model, as Langfuse chose it among the attributes.
    pub model: Option<String>,
    /// What the model was asked for.
    pub model_parameters: Map,
    /// Tokens by free-form name.
    pub usage: BTreeMap<String, u64>,
    /// Dollars by free-form name.
    pub cost: Map,
    /// Dollars in all.
    pub total_cost: Option<f64>,
    /// Seconds.
    pub time_to_first_token: Option<f64>,
    /// The prompt's name.
    pub prompt_name: Option<String>,
    /// The prompt's version.
    pub prompt_version: Option<i64>,
    /// The agent's version.
    pub version: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// The project.
    pub project_id: Option<String>,
    /// What the row says of its trace; v1 says it of the trace alone.
    pub trace: TraceContext,
    /// What else is known of the trace. On its roots only.
    pub record: Option<Arc<TraceRecord>>,
}

/// What a trace's rows share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace's name.
    pub name: Option<String>,
    /// The first-class session.
    pub session_id: Option<String>,
    /// The first-class user.
    pub user_id: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The agent's release.
    pub release: Option<String>,
}

/// A trace as v1 tells it, or as the synthetic row of v2 does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceRecord {
    /// What its rows share.
    pub context: TraceContext,
    /// Trace metadata.
    pub metadata: Map,
    /// What went in.
    pub input: Option<String>,
    /// What came out.
    pub output: Option<String>,
}

/// The wire's names. Everything may be missing, null, or something else than the API says.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Row<'a> {
    id: Value,
    trace_id: Value,
    parent_observation_id: Value,
    r#type: Value,
    name: Value,
    start_time: Value,
    end_time: Value,
    completion_start_time: Value,
    level: Value,
    status_message: Value,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    metadata: Value,
    model: Value,
    provided_model_name: Value,
    model_parameters: Value,
    usage_details: Value,
    cost_details: Value,
    total_cost: Value,
    calculated_total_cost: Value,
    time_to_first_token: Value,
    prompt_name: Value,
    prompt_version: Value,
    version: Value,
    environment: Value,
    project_id: Value,
    trace_name: Value,
    session_id: Value,
    user_id: Value,
    tags: Value,
    release: Value,
}

impl Observation {
    /// Reads a row of either API.
    ///
    /// # Errors
    /// The cause, when what makes an observation one (ids, a start) is not there.
    pub fn from_json(json: &str) -> Result<Self, Rejection> {
        Self::from_usable(&usable(json))
    }

    /// The same of a text that is usable as it is.
    pub(crate) fn from_usable(json: &str) -> Result<Self, Rejection> {
        let mut row: Row<'_> = serde_json::from_str(json).map_err(|_| "malformed")?;
        let started_at = time(&row.start_time).ok_or("no_start")?;
        let kind = text(take(&mut row.r#type)).unwrap_or_default().to_ascii_uppercase();
        let ended_at = time(&row.end_time).or((kind == "EVENT").then_some(started_at));
        let metadata = object(take(&mut row.metadata));
        let trace_name = text(take(&mut row.trace_name));
        let context = row.context(trace_name);
        Ok(Self {
            trace_id: text(row.trace_id).ok_or("no_trace")?,
            id: text(row.id).ok_or("no_id")?,
            parent_id: text(row.parent_observation_id),
            kind,
            name: text(row.name).unwrap_or_default(),
            started_at,
            ended_at,
            completion_started_at: time(&row.completion_start_time),
            level: text(row.level).unwrap_or_default().to_ascii_uppercase(),
            status_message: text(row.status_message),
            input: row.input.and_then(content),
            output: row.output.and_then(content),
            model: text(row.model).or_else(|| text(row.provided_model_name)),
            model_parameters: object(row.model_parameters),
            usage: object(row.usage_details)
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), count(value)?)))
                .collect(),
            cost: object(row.cost_details),
            total_cost: amount(&row.total_cost).or_else(|| amount(&row.calculated_total_cost)),
            time_to_first_token: row.time_to_first_token.as_f64(),
            prompt_name: text(row.prompt_name),
            prompt_version: row.prompt_version.as_i64(),
            version: text(row.version),
            environment: text(row.environment),
            project_id: text(row.project_id),
            trace: context,
            record: None,
            metadata,
        })
    }

    /// What a synthetic row says of its trace.
    pub(crate) fn into_record(self) -> TraceRecord {
        let context = TraceContext { name: Some(self.name).filter(|name| !name.is_empty()), ..self.trace };
        TraceRecord { context, metadata: self.metadata, input: self.input, output: self.output }
    }
}

impl TraceRecord {
    /// Reads a trace of v1.
    ///
    /// # Errors
    /// The cause, when it is no object.
    pub fn from_json(json: &str) -> Result<Self, Rejection> {
        let json = usable(json);
        let mut row: Row<'_> = serde_json::from_str(&json).map_err(|_| "malformed")?;
        let metadata = object(take(&mut row.metadata));
        let name = text(take(&mut row.name));
        let context = row.context(name);
        Ok(Self { context, metadata, input: row.input.and_then(content), output: row.output.and_then(content) })
    }
}

impl TraceContext {
    /// Takes from `other` what is not known yet: v1's rows say nothing of these.
    pub(crate) fn fill(&mut self, other: &Self) {
        let fill = |place: &mut Option<String>, value: &Option<String>| {
            if place.is_none() {
                place.clone_from(value);
            }
        };
        fill(&mut self.name, &other.name);
        fill(&mut self.session_id, &other.session_id);
        fill(&mut self.user_id, &other.user_id);
        fill(&mut self.release, &other.release);
        if self.tags.is_empty() {
            self.tags.clone_from(&other.tags);
        }
    }
}

impl Row<'_> {
    fn context(&mut self, name: Option<String>) -> TraceContext {
        let tags = match take(&mut self.tags) {
            Value::Array(tags) => tags,
            _ => Vec::new(),
        };
        TraceContext {
            name,
            session_id: text(take(&mut self.session_id)),
            user_id: text(take(&mut self.user_id)),
            tags: tags.into_iter().filter_map(string).collect(),
            release: text(take(&mut self.release)),
        }
    }
}

/// v2's `""` is v1's null: absent.
fn text(value: Value) -> Option<String> {
    string(value).filter(|text| !text.is_empty())
}

fn string(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn time(value: &Value) -> Option<Timestamp> {
    Timestamp::parse_platform(value.as_str()?).ok()
}

/// An object, also one that is written as text; a list by index, as Langfuse does it itself.
fn object(value: Value) -> Map {
    match value {
        Value::Object(members) => members,
        Value::String(text) => match serde_json::from_str(&usable(&text)) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        },
        Value::Array(items) => items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Map::new(),
    }
}

/// Inputs and outputs are text in v2 and parsed JSON in v1. JSON stays as it was written, text loses its quotes.
fn content(raw: &RawValue) -> Option<String> {
    let json = raw.get();
    let text = unquoted(json);
    // v2: the text of what is JSON text itself.
    let text = if json.starts_with('"') { unquoted(&text).into_owned() } else { text.into_owned() };
    Some(text).filter(|text| !text.is_empty() && text != "null")
}

/// A count of tokens; what is no whole number is no count.
fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn whole(float: f64) -> Option<u64> {
    let is_whole = float.fract() == 0.0 && (0.0..=9e15).contains(&float);
    is_whole.then(|| format!("{float:.0}").parse().ok()).flatten()
}

/// Dollars; an unknown price is told as 0.
fn amount(value: &Value) -> Option<f64> {
    value.as_f64().filter(|amount| *amount > 0.0)
}
