use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spanlift_model::{FailureReason, PlatformError, Timestamp};

use crate::PortError;

/// The answer to a `verify` request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum VerifyAnswer {
    /// The connection works.
    Verified(Box<Verified>),
    /// The connection does not work, or the request is wrong.
    Refused(Refused),
}

/// The answer to a `preview` request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PreviewAnswer {
    /// What the import would store.
    Previewed(Box<Previewed>),
    /// The import would fail, or the request is wrong.
    Refused(Refused),
}

/// Why the request has no other answer. The ledger uses the same words for an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// `false`.
    #[schemars(extend("const" = false))]
    pub ok: bool,
    /// The reason as one word: that of a failed import (such as `unauthorized`), `not_connected`, or what is wrong with the request (such as `bad_field`).
    pub reason: String,
    /// What is wrong and what to do, in sentences.
    pub advice: String,
}

/// What was found through a connection that works. It holds no key of the platform, no value of a tag, and nothing that was said in a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// `true`.
    #[schemars(extend("const" = true))]
    pub ok: bool,
    /// The organization.
    pub organization_id: String,
    /// The provider, such as `arize`.
    pub provider: String,
    /// The id of the secret's version that was verified.
    pub version: String,
    /// The platform's host, as the connection names it.
    pub host: String,
    /// The version of the platform's server, where the platform tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// How many rows (spans) were read: the newest of the last 24 hours, at most 1,000.
    pub rows: u64,
    /// How many traces these rows belong to.
    pub traces: u64,
    /// How many of these rows cannot be searched for tags, for example because a value is too large.
    pub unreadable: u64,
    /// When the newest of these rows began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub newest: Option<Timestamp>,
    /// When the oldest of these rows began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub oldest: Option<Timestamp>,
    /// Whether these are all the rows of the last 24 hours.
    pub is_whole_day: bool,
    /// The tags that were found on these rows, and how often.
    pub keys: Vec<KeyFound>,
    /// Why an import would find nothing although the connection works: `nothing_in_window` (there are no rows) or `untagged` (no row has a tag). Absent if neither is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// What to do about `finding`, in sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Whether this request wrote to the ledger that the connection's traces are tagged. Only with `learn`, and only for platforms whose imports may go by time alone.
    pub learned: bool,
    /// How many requests were sent to the platform.
    pub requests: u64,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
}

/// A tag under which imports look for a simulation's id, and how often it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyFound {
    /// The name of the tag, such as `simulation_output_id`.
    pub key: String,
    /// How many rows have this tag.
    pub rows: u64,
    /// How many traces have a row with this tag.
    pub traces: u64,
}

/// What an import would do if its last pass ran now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Previewed {
    /// `true`.
    #[schemars(extend("const" = true))]
    pub ok: bool,
    /// The provider, such as `arize`.
    pub provider: String,
    /// The status that the import would have, such as `imported` or `empty`.
    pub status: String,
    /// The reason for this status, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What would go wrong, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many spans of this import are in the trace store now.
    pub stored: u64,
    /// How many spans this pass would insert, beside those in `stored`. 0 means that nothing new would be stored.
    pub would_insert: u64,
    /// How many traces belong to the simulation, at least in part.
    pub matched_traces: u64,
    /// How many spans belong to the simulation.
    pub matched_spans: u64,
    /// How many spans of matched traces would be left out, by cause.
    pub rejected: BTreeMap<String, u64>,
    /// The tags by which spans belong to the simulation; `window` where they belong to it by time alone.
    pub matched_by: Vec<String>,
    /// Why fewer spans would be stored than belong to the simulation: `cap`, `size`, `budget` or `paging`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<String>,
    /// Whether something may be missing: a trace's root, a span's end, or a trace that was not found.
    pub incomplete: bool,
    /// The version of the platform's server, where the platform tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// The traces that were read, the earliest first, and what decides their spans. At most 500 traces.
    pub traces: Vec<TraceDecision>,
    /// How many more traces were read and are not listed.
    pub traces_not_listed: u64,
    /// How many requests were sent to the platform.
    pub requests: u64,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
}

/// One trace, and what decides its spans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceDecision {
    /// The platform's id of the trace; cut at 100 characters.
    pub trace_id: String,
    /// The name of the trace's earliest root span, cut at 64 characters. Absent if no root was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// When the trace's earliest span began.
    #[schemars(with = "String")]
    pub started_at: Timestamp,
    /// How many spans, by what decides them: the tag that makes them this simulation's, `window` (by time alone), the cause for which they are left out, `undecided` (a part of the trace is missing, so it is not known), or `unmatched` (nothing connects them with this simulation).
    pub spans: BTreeMap<String, u64>,
}

impl Refused {
    pub(crate) fn new(reason: &str, advice: String) -> Self {
        Self { ok: false, reason: reason.to_owned(), advice }
    }

    pub(super) fn not_connected(provider: &str) -> Self {
        let advice =
            format!("The organization has no connection to {provider}. Connect it: spanlift connect {provider}.");
        Self::new("not_connected", advice)
    }

    pub(super) fn bad_connection(problem: String) -> Self {
        Self::new(FailureReason::BadConnection.as_str(), problem)
    }
}

impl From<&PlatformError> for Refused {
    fn from(error: &PlatformError) -> Self {
        Self::new(error.reason().as_str(), error.to_string())
    }
}

impl From<&PortError> for Refused {
    fn from(error: &PortError) -> Self {
        Self::new(FailureReason::StoreUnavailable.as_str(), error.to_string())
    }
}

impl From<Result<Verified, Refused>> for VerifyAnswer {
    fn from(result: Result<Verified, Refused>) -> Self {
        result.map_or_else(Self::Refused, |verified| Self::Verified(Box::new(verified)))
    }
}

impl From<Result<Previewed, Refused>> for PreviewAnswer {
    fn from(result: Result<Previewed, Refused>) -> Self {
        result.map_or_else(Self::Refused, |previewed| Self::Previewed(Box::new(previewed)))
    }
}
