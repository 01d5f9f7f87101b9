//! What a stand-in holds. Everything has a default, so that a scenario says only what matters to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use spanlift_model::Timestamp;

/// A whole LangSmith.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Workspaces.
    pub tenants: Vec<Tenant>,
    /// `POST /api/v1/runs/query` and what else belongs to v1 reading.
    pub v1: Endpoint,
    /// `POST /api/v2/runs/query`.
    pub v2: Endpoint,
    /// Rate limits.
    pub limits: Limits,
    /// Answers other than the usual ones, the first that fits.
    pub faults: Vec<Fault>,
    /// This is the host of the user interface: every page is its login page, status 200.
    pub is_user_interface: bool,
    /// Whether `select` of v1 trims the answer. Self-hosted 0.13.5 does not (docs/platforms/langsmith.md#42-fields-of-v1).
    pub select_trims: bool,
    /// What stands before the path of an offloaded payload's address: nothing, or another host.
    pub blob_base: String,
    /// What `GET /info` says.
    pub version: String,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            tenants: Vec::new(),
            v1: Endpoint::Served,
            v2: Endpoint::Served,
            limits: Limits::default(),
            faults: Vec::new(),
            is_user_interface: false,
            select_trims: true,
            blob_base: String::new(),
            version: "0.16.22".to_owned(),
        }
    }
}

/// Is an endpoint there?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// Yes.
    Served,
    /// 404: an older or newer server.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 501: v1 where only `SmithDB` is.
    NotImplemented,
}

/// Requests that a tenant may make in ten seconds (docs/platforms/langsmith.md#81-rate-limits).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// v1, with `start_time` at most seven days ago.
    pub v1: usize,
    /// v1 without.
    pub v1_large_window: usize,
    /// v2.
    pub v2: usize,
    /// The length of the window in seconds.
    pub window_seconds: f64,
    /// Does a 429 say when to come again?
    pub tells_retry_after: bool,
    /// The most rows of a page of v1.
    pub v1_page: usize,
    /// The most rows of a page of v2.
    pub v2_page: usize,
    /// The most rows of a page of either, whatever is asked for.
    pub page_rows: Option<usize>,
}

impl Limits {
    /// The rows of a page for which so many were asked.
    pub(crate) fn page(&self, asked: usize) -> usize {
        self.page_rows.map_or(asked, |most| asked.min(most))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            v1: 10,
            v1_large_window: 3,
            v2: 300,
            window_seconds: 10.0,
            tells_retry_after: true,
            v1_page: 100,
            v2_page: 1_000,
            page_rows: None,
        }
    }
}

/// An answer that is not the usual one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The path that it stands for, or its end; empty for every path.
    pub path: String,
    /// A text that the body must hold for it.
    pub body_holds: String,
    /// Requests that are answered as usual before it.
    pub skip: u32,
    /// How often it happens; always where this is absent.
    pub times: Option<u32>,
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Body; LangSmith's own with that status where it is empty.
    pub body: String,
    /// Seconds until it comes.
    pub after: f64,
}

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tenant {
    /// Its UUID.
    pub id: String,
    /// The keys that reach it.
    pub keys: Vec<Key>,
    /// Its projects.
    pub projects: Vec<Project>,
}

/// An API key. One of an organization may stand in several tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Key {
    /// The key itself.
    pub key: String,
    /// What it is for.
    pub scope: Scope,
    /// What it may do.
    pub access: Access,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One workspace.
    #[default]
    Workspace,
    /// An organization: a workspace must be named.
    Organization,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Read.
    #[default]
    Reads,
    /// Nothing.
    Forbidden,
    /// Nothing any more: a key of the old kind.
    Legacy,
}

/// A project, which the API calls a session.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// Its UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub runs: Vec<Run>,
}

/// A run as an agent sends it, with the counts that the server makes of it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    /// UUID.
    pub id: String,
    /// The run above it.
    pub parent_run_id: Option<String>,
    /// The id of the root; the stand-in finds it where this is absent.
    pub trace_id: Option<String>,
    /// May be empty.
    pub name: String,
    /// Lower case.
    pub run_type: String,
    /// When it began.
    pub start_time: Timestamp,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// When the first token came.
    pub first_token_time: Option<Timestamp>,
    /// Lower case; follows from `error` and `end_time` where absent.
    pub status: Option<String>,
    /// The text of an exception.
    pub error: Option<String>,
    /// What went in.
    pub inputs: Value,
    /// What came out.
    pub outputs: Value,
    /// `metadata`, `runtime`, `invocation_params`, …
    pub extra: Map<String, Value>,
    /// Tags.
    pub tags: Vec<String>,
    /// The run's own tokens in, as the server counts them; 0 is unknown.
    pub prompt_tokens: u64,
    /// The run's own tokens out.
    pub completion_tokens: u64,
    /// Details of the former.
    pub prompt_token_details: Option<Value>,
    /// Details of the latter.
    pub completion_token_details: Option<Value>,
    /// The run's own costs: in, out.
    pub costs: Option<(f64, f64)>,
    /// Inputs and outputs are in blob storage, and v1 does not put them back in.
    pub is_offloaded: bool,
    /// Seconds from when the scenario was set until a query finds it.
    pub arrives_after: f64,
    /// Seconds from when the scenario was set until it is known to have ended; it is pending before.
    pub ends_after: f64,
    /// Seconds from when the scenario was set until somebody deletes it.
    pub deleted_after: Option<f64>,
    /// Any other members, shown as they are.
    pub more: Map<String, Value>,
    /// What is told in place of the whole run.
    pub told_as: Option<Value>,
    /// Every answer that would hold it is an error 500 of the server.
    pub breaks_its_page: bool,
    /// Every answer that would hold it with its inputs is an error 413.
    pub is_too_large: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            id: String::new(),
            parent_run_id: None,
            trace_id: None,
            name: String::new(),
            run_type: "chain".to_owned(),
            start_time: Timestamp::EPOCH,
            end_time: None,
            first_token_time: None,
            status: None,
            error: None,
            inputs: Value::Object(Map::new()),
            outputs: Value::Null,
            extra: Map::new(),
            tags: Vec::new(),
            prompt_tokens: 0,
            completion_tokens: 0,
            prompt_token_details: None,
            completion_token_details: None,
            costs: None,
            is_offloaded: false,
            arrives_after: 0.0,
            ends_after: 0.0,
            deleted_after: None,
            more: Map::new(),
            told_as: None,
            breaks_its_page: false,
            is_too_large: false,
        }
    }
}
