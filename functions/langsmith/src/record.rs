//! A run as LangSmith tells it: one type for both versions of the API.

use std::borrow::Cow;

use spanlift_model::Timestamp;
use spanlift_model::json::{Map, Value, members};
use spanlift_model::names;

use crate::head::Head;
pub use crate::head::Rejection;
use crate::own::Own;

/// A run of LangSmith with everything that normalisation needs.
#[derive(Clone, Debug, PartialEq)]
pub struct LangSmithRun {
    /// Its id, lower case.
    pub id: String,
    /// The id of its trace's root, lower case.
    pub trace_id: String,
    /// The run above it, lower case.
    pub parent_id: Option<String>,
    /// The project that it is in, if told.
    pub project_id: Option<String>,
    /// From the root to it: what orders a trace.
    pub dotted_order: String,
    /// Its name; may be empty.
    pub name: String,
    /// `llm`, `tool`, `chain`, …; lower case.
    pub run_type: String,
    /// `success`, `error`, `pending`, …; lower case.
    pub status: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it is pending, for ever if its process died.
    pub ended_at: Option<Timestamp>,
    /// When the first token came; on v1 also that of a run below.
    pub first_token_at: Option<Timestamp>,
    /// The text of an exception.
    pub error: Option<String>,
    /// What went in.
    pub inputs: Value,
    /// What came out.
    pub outputs: Value,
    /// Where the former two are, if they are not here.
    pub offloaded: Offloaded,
    /// `extra` but for its metadata.
    pub extra: Map,
    /// Metadata, with what was inherited from above.
    pub metadata: Map,
    /// Tags.
    pub tags: Vec<String>,
    /// Counts and costs as the server tells them, by the names of v1; on v1 with those of all runs below.
    pub counted: Map,
    /// The thread.
    pub thread_id: Option<String>,
    /// The page of the run, less the host.
    pub app_path: Option<String>,
    /// What is this run's own doing; set once the whole trace is known.
    pub own: Own,
}

/// Addresses of payloads in blob storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offloaded {
    /// Of what went in.
    pub inputs: Option<String>,
    /// Of what came out.
    pub outputs: Option<String>,
}

/// The counts and costs that a server tells beside a run.
const COUNTED: &[&str] = &[
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_token_details",
    "completion_token_details",
    "prompt_cost",
    "completion_cost",
    "total_cost",
];

impl Offloaded {
    pub(crate) const fn is_empty(&self) -> bool {
        self.inputs.is_none() && self.outputs.is_none()
    }
}

impl LangSmithRun {
    /// Reads the rest of a row whose head is known; `json` is mended. `None` where it is no object.
    pub(crate) fn read(head: &Head, started_at: Timestamp, json: &str) -> Option<Self> {
        let members = Members::of(json)?;
        let run = Self::without_payloads(head, started_at, &members)?;
        Some(Self { inputs: members.value("inputs")?, outputs: members.value("outputs")?, ..run })
    }

    /// The same without payloads, but for what came out of the call of a model: its counts may stand there.
    pub(crate) fn read_for_facts(head: &Head, started_at: Timestamp, json: &str) -> Option<Self> {
        let members = Members::of(json)?;
        let run = Self::without_payloads(head, started_at, &members)?;
        let outputs = if run.is_call() { members.value("outputs")? } else { Value::Null };
        Some(Self { outputs, ..run })
    }

    fn without_payloads(head: &Head, started_at: Timestamp, members: &Members<'_>) -> Option<Self> {
        let mut extra = object(members.value("extra")?);
        let mut metadata = extra.remove("metadata").map(object).unwrap_or_default();
        // v2 tells it beside `extra` as well.
        metadata.extend(object(members.value("metadata")?));
        let presigned = |urls, payload| if members.is_null(payload) { presigned(&members.value(urls)?) } else { None };
        let text = |name| text(members.value(name)?);
        let lower = |text: String| text.to_ascii_lowercase();
        Some(Self {
            id: head.id.clone(),
            trace_id: head.trace_id.clone(),
            parent_id: head.parent_id.clone(),
            project_id: head.project_id.clone(),
            started_at,
            ended_at: head.ended_at,
            dotted_order: text("dotted_order").unwrap_or_default(),
            name: text("name").unwrap_or_default(),
            run_type: text("run_type").map_or_else(|| "chain".to_owned(), lower),
            status: text("status").map(lower).unwrap_or_default(),
            first_token_at: text("first_token_time").and_then(|at| Timestamp::parse_platform(at.trim()).ok()),
            error: text("error").filter(|error| !error.trim().is_empty()),
            inputs: Value::Null,
            outputs: Value::Null,
            offloaded: Offloaded {
                inputs: presigned("inputs_s3_urls", "inputs"),
                outputs: presigned("outputs_s3_urls", "outputs"),
            },
            tags: texts(&members.value("tags")?),
            counted: COUNTED
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), unwrapped(members.value(name)?))))
                .filter(|(_, value)| !value.is_null())
                .collect(),
            thread_id: text("thread_id").filter(|thread| !thread.trim().is_empty()),
            app_path: text("app_path"),
            own: Own::default(),
            extra,
            metadata,
        })
    }

    /// Is a model called, by its type or name? A chain may be named as the call of a model is; nobody estimates its counts.
    pub(crate) fn is_call(&self) -> bool {
        matches!(self.run_type.as_str(), "llm" | "embedding") || self.name == names::span::LLM
    }

    /// `extra.invocation_params`, or those that metadata has of it.
    pub(crate) fn invocation_params(&self) -> impl Iterator<Item = &Map> {
        let of_extra = self.extra.get("invocation_params");
        let of_metadata = ["invocation_params", "ls_invocation_params"].map(|name| self.metadata.get(name));
        [of_extra].into_iter().chain(of_metadata).flatten().filter_map(Value::as_object)
    }
}

/// The JSON of a row's members, by name.
struct Members<'j>(Vec<(Cow<'j, str>, &'j str)>);

impl<'j> Members<'j> {
    /// `None` where it is no object.
    fn of(json: &'j str) -> Option<Self> {
        members(json).map(Self)
    }

    /// Of two of the same name the last counts.
    fn json(&self, name: &str) -> &'j str {
        self.0.iter().rev().find(|(own, _)| own == name).map_or("null", |(_, json)| json)
    }

    fn is_null(&self, name: &str) -> bool {
        self.json(name) == "null"
    }

    /// Null where it is missing; `None` where it is no JSON.
    fn value(&self, name: &str) -> Option<Value> {
        if self.is_null(name) { Some(Value::Null) } else { serde_json::from_str(self.json(name)).ok() }
    }
}

/// The address of the payload itself among those that belong to it.
fn presigned(urls: &Value) -> Option<String> {
    let url = urls.get("ROOT")?.get("presigned_url")?.as_str()?;
    (!url.is_empty()).then(|| url.to_owned())
}

/// v2 wraps details: `{"raw": {…}}`.
fn unwrapped(value: Value) -> Value {
    match value {
        Value::Object(mut object) if object.len() == 1 && object.get("raw").is_some_and(Value::is_object) => {
            object.remove("raw").unwrap_or_default()
        }
        value => value,
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn object(value: Value) -> Map {
    if let Value::Object(members) = value { members } else { Map::new() }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
