use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use spanlift_model::Timestamp;

/// What the server is and holds. Everything has a default: an empty v4 cloud that answers at once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Which endpoints there are.
    pub edition: Edition,
    /// What `/health` says; by default a version of the edition.
    pub version: Option<String>,
    /// Answers of v1 carry `_deprecation` (docs/platforms/langfuse.md#2-versions).
    pub is_cloud: bool,
    /// A base path in front of `/api/public`.
    pub path_prefix: String,
    /// How long every answer takes, but for `/health` and `/projects`.
    pub delay_ms: u64,
    /// The most rows of a page of v2, whatever is asked for.
    pub page_rows: Option<usize>,
    /// The general rate limit a minute; none on self-hosted servers (docs/platforms/langfuse.md#91-rate-limits).
    pub requests_a_minute: Option<u64>,
    /// The rate limit of v1.
    pub legacy_requests_a_minute: Option<u64>,
    /// How long a minute of these limits takes, where a test can't wait that long.
    pub minute_ms: Option<u64>,
    /// Answers that are not what they should be.
    pub faults: Vec<Fault>,
    /// What there is to read.
    pub projects: Vec<Project>,
}

impl Scenario {
    pub(crate) fn minute(&self) -> Duration {
        self.minute_ms.map_or(Duration::from_mins(1), Duration::from_millis)
    }
}

/// Which endpoints a server has (docs/platforms/langfuse.md#2-versions).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// v2 only: v1 answers 404, even before authentication.
    #[default]
    V4,
    /// Both: a v4 server that still writes both ways.
    V4Dual,
    /// v1 only; v2 answers a 404 in JSON. Also a v4 server without the preview.
    V3,
    /// v1 only; v2 answers a 404 in HTML.
    V3WithoutRoute,
    /// v1 only; v2 answers 500 `Unknown table expression identifier 'events_core'`.
    V3WithoutTable,
}

impl Edition {
    /// Is `/api/public/v2/observations` served?
    #[must_use]
    pub const fn has_v2(self) -> bool {
        matches!(self, Self::V4 | Self::V4Dual)
    }

    /// Are the v1 endpoints served?
    #[must_use]
    pub const fn has_v1(self) -> bool {
        !matches!(self, Self::V4)
    }
}

/// An answer that replaces the proper one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// For paths that contain this.
    pub path: String,
    /// For requests whose query contains this.
    pub query: String,
    /// Only after so many of these requests.
    pub after: u64,
    /// Only so many times; for ever if absent.
    pub times: Option<u64>,
    /// A recorded error, by name: `429-v2`.
    pub error: Option<String>,
    /// Any other answer: status,
    pub status: Option<u16>,
    /// headers,
    pub headers: BTreeMap<String, String>,
    /// and body.
    pub body: String,
    /// The proper answer, but so much later.
    pub delay_ms: u64,
}

/// A project with its keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `pk-lf-…`. Not what a request is let in for (docs/platforms/langfuse.md#12-keys).
    pub public_key: String,
    /// `sk-lf-…`: looked up by this.
    pub secret_key: String,
    /// The key is an organization's: 403 everywhere.
    pub is_organization_key: bool,
    /// Traces with more to them than their observations say.
    pub traces: Vec<Trace>,
    /// Rows; those with the same ids are updates that have not been merged yet.
    pub observations: Vec<Observation>,
}

/// How data came in (docs/platforms/langfuse.md#62-where-metadata-lands).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ingestion {
    /// Straight into the events table: flattened metadata, nothing copied between rows.
    #[default]
    Direct,
    /// The legacy path: a synthetic `t-` row, and trace metadata on every row.
    Dual,
}

/// A trace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// v1's `timestamp`; by default the start of the row that came first.
    pub timestamp: Option<Timestamp>,
    /// How it came in.
    pub ingestion: Ingestion,
    /// The first-class session.
    pub session_id: Option<String>,
    /// The first-class user.
    pub user_id: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The agent's release.
    pub release: Option<String>,
    /// The agent's version.
    pub version: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// Trace metadata that no observation brought (legacy ingestion).
    pub metadata: Map<String, Value>,
    /// What went in.
    pub input: Value,
    /// What came out.
    pub output: Value,
    /// Not there before, counted from when the scenario was set.
    pub arrives_after_ms: u64,
}

/// An observation, as an SDK sent it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Its id.
    pub id: String,
    /// Its trace.
    pub trace_id: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    #[serde(default)]
    pub end: Option<Timestamp>,
    /// The one above it.
    #[serde(default)]
    pub parent: Option<String>,
    /// `SPAN`, `GENERATION`, …
    #[serde(default = "span", rename = "type")]
    pub kind: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// `DEFAULT`, `ERROR`, …
    #[serde(default = "default_level")]
    pub level: String,
    /// Why.
    #[serde(default)]
    pub status_message: Option<String>,
    /// The first token.
    #[serde(default)]
    pub completion_start: Option<Timestamp>,
    /// Text is stored as it is, anything else as JSON.
    #[serde(default)]
    pub input: Value,
    /// The same.
    #[serde(default)]
    pub output: Value,
    /// `langfuse.observation.metadata`.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// `langfuse.trace.metadata` on this span.
    #[serde(default)]
    pub trace_metadata: Map<String, Value>,
    /// The span's other attributes, of scopes that are not Langfuse's.
    #[serde(default)]
    pub attributes: Map<String, Value>,
    /// The resource's.
    #[serde(default)]
    pub resource_attributes: Map<String, Value>,
    /// The instrumentation scope.
    #[serde(default)]
    pub scope: Map<String, Value>,
    /// The session on this span.
    #[serde(default)]
    pub session_id: Option<String>,
    /// The user on this span.
    #[serde(default)]
    pub user_id: Option<String>,
    /// A root whatever is above it.
    #[serde(default)]
    pub is_app_root: bool,
    /// The model.
    #[serde(default)]
    pub model: Option<String>,
    /// Its parameters.
    #[serde(default)]
    pub model_parameters: Value,
    /// Tokens.
    #[serde(default)]
    pub usage: Map<String, Value>,
    /// Dollars.
    #[serde(default)]
    pub cost: Map<String, Value>,
    /// The prompt's name.
    #[serde(default)]
    pub prompt_name: Option<String>,
    /// The prompt's version.
    #[serde(default)]
    pub prompt_version: Option<i64>,
    /// When this row was last written; by default when it ended or began.
    #[serde(default)]
    pub updated: Option<Timestamp>,
    /// Not there before, counted from when the scenario was set.
    #[serde(default)]
    pub arrives_after_ms: u64,
    /// Not there from then on: somebody deleted it.
    #[serde(default)]
    pub deleted_after_ms: Option<u64>,
    /// What is told in place of the whole row.
    #[serde(default)]
    pub told_as: Option<Value>,
    /// Members of the row that are told otherwise than they are.
    #[serde(default)]
    pub told: Map<String, Value>,
    /// Every answer that would hold the row is an error of the server.
    #[serde(default)]
    pub breaks_its_page: bool,
}

fn span() -> String {
    "SPAN".to_owned()
}

fn default_level() -> String {
    "DEFAULT".to_owned()
}

impl Observation {
    /// A span with ids and a start, and nothing else.
    #[must_use]
    pub fn new(trace_id: impl Into<String>, id: impl Into<String>, start: Timestamp) -> Self {
        Self {
            id: id.into(),
            trace_id: trace_id.into(),
            start,
            end: None,
            parent: None,
            kind: span(),
            name: String::new(),
            level: default_level(),
            status_message: None,
            completion_start: None,
            input: Value::Null,
            output: Value::Null,
            metadata: Map::new(),
            trace_metadata: Map::new(),
            attributes: Map::new(),
            resource_attributes: Map::new(),
            scope: Map::new(),
            session_id: None,
            user_id: None,
            is_app_root: false,
            model: None,
            model_parameters: Value::Null,
            usage: Map::new(),
            cost: Map::new(),
            prompt_name: None,
            prompt_version: None,
            updated: None,
            arrives_after_ms: 0,
            deleted_after_ms: None,
            told_as: None,
            told: Map::new(),
            breaks_its_page: false,
        }
    }
}
