//! A run as LangSmith tells it: one type for both versions of the API.

use serde_json::{Map, Value};
use spanlift_model::Timestamp;

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
    pub extra: Map<String, Value>,
    /// Metadata, with what was inherited from above.
    pub metadata: Map<String, Value>,
    /// Tags.
    pub tags: Vec<String>,
    /// Counts and costs as the server tells them, by the names of v1; on v1 with those of all runs below.
    pub counted: Map<String, Value>,
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
        let Ok(Value::Object(mut fields)) = serde_json::from_str(json) else { return None };
        let mut extra = take_object(&mut fields, "extra");
        let mut metadata = take_object(&mut extra, "metadata");
        // v2 tells it beside `extra` as well.
        metadata.extend(take_object(&mut fields, "metadata"));
        let (inputs, outputs) = (take(&mut fields, "inputs"), take(&mut fields, "outputs"));
        let offloaded = Offloaded {
            inputs: presigned(&fields, "inputs_s3_urls").filter(|_| inputs.is_null()),
            outputs: presigned(&fields, "outputs_s3_urls").filter(|_| outputs.is_null()),
        };
        let lower = |text: String| text.to_ascii_lowercase();
        Some(Self {
            id: head.id.clone(),
            trace_id: head.trace_id.clone(),
            parent_id: head.parent_id.clone(),
            project_id: head.project_id.clone(),
            started_at,
            ended_at: head.ended_at,
            dotted_order: take_text(&mut fields, "dotted_order").unwrap_or_default(),
            name: take_text(&mut fields, "name").unwrap_or_default(),
            run_type: take_text(&mut fields, "run_type").map_or_else(|| "chain".to_owned(), lower),
            status: take_text(&mut fields, "status").map(lower).unwrap_or_default(),
            first_token_at: take_time(&mut fields, "first_token_time"),
            error: take_text(&mut fields, "error").filter(|error| !error.trim().is_empty()),
            tags: texts(&take(&mut fields, "tags")),
            counted: COUNTED
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), unwrapped(fields.remove(*name)?))))
                .filter(|(_, value)| !value.is_null())
                .collect(),
            thread_id: take_text(&mut fields, "thread_id").filter(|thread| !thread.trim().is_empty()),
            app_path: take_text(&mut fields, "app_path"),
            own: Own::default(),
            inputs,
            outputs,
            offloaded,
            extra,
            metadata,
        })
    }

    /// `extra.invocation_params`, or those that metadata has of it.
    pub(crate) fn invocation_params(&self) -> impl Iterator<Item = &Map<String, Value>> {
        let of_extra = self.extra.get("invocation_params");
        let of_metadata = ["invocation_params", "ls_invocation_params"].map(|name| self.metadata.get(name));
        [of_extra].into_iter().chain(of_metadata).flatten().filter_map(Value::as_object)
    }
}

/// The address of the payload itself among those that belong to it.
fn presigned(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let url = fields.get(name)?.get("ROOT")?.get("presigned_url")?.as_str()?;
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

fn take(fields: &mut Map<String, Value>, name: &str) -> Value {
    fields.remove(name).unwrap_or_default()
}

fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn take_time(fields: &mut Map<String, Value>, name: &str) -> Option<Timestamp> {
    Timestamp::parse_platform(take_text(fields, name)?.trim()).ok()
}

fn take_object(fields: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match fields.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
