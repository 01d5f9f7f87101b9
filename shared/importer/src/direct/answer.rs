use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spanlift_model::{FailureReason, PlatformError, Timestamp};

use crate::PortError;

/// The answer to `verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum VerifyAnswer {
    /// The connection works.
    Verified(Box<Verified>),
    /// It does not, or was not asked for soundly.
    Refused(Refused),
}

/// The answer to `preview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PreviewAnswer {
    /// What the last pass would do.
    Previewed(Box<Previewed>),
    /// It cannot be said.
    Refused(Refused),
}

/// Why there is no other answer, in the ledger's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// `false`.
    #[schemars(extend("const" = false))]
    pub ok: bool,
    /// A reason of a failed import, `not_connected`, or the word of a refused message.
    pub reason: String,
    /// What to do, as a sentence.
    pub advice: String,
}

/// What a connection that works was seen to reach. No value of a key, and nothing that a trace says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// `true`.
    #[schemars(extend("const" = true))]
    pub ok: bool,
    /// The organization.
    pub organization_id: String,
    /// The platform.
    pub provider: String,
    /// The version of the connection's secret that was used.
    pub version: String,
    /// The host that answered.
    pub host: String,
    /// The platform's version, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// Rows that were looked at: the newest of the last day, up to 1,000.
    pub rows: u64,
    /// Traces that they are of.
    pub traces: u64,
    /// Rows of which it cannot be read which keys they carry.
    pub unreadable: u64,
    /// When the newest of them began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub newest: Option<Timestamp>,
    /// When the earliest of them began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub oldest: Option<Timestamp>,
    /// These are all rows of the last day.
    pub is_whole_day: bool,
    /// The keys that occur, and on how much.
    pub keys: Vec<KeyFound>,
    /// What an import would find wrong: `nothing_in_window`, `untagged`; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// What to do about it, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// It was written down that the connection's traces are tagged.
    pub learned: bool,
    /// Requests to the platform.
    pub requests: u64,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
}

/// A key that a simulation's id is looked for under, and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyFound {
    /// The key.
    pub key: String,
    /// Rows that carry it.
    pub rows: u64,
    /// Traces with such a row.
    pub traces: u64,
}

/// What the last pass of an import would do now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Previewed {
    /// `true`.
    #[schemars(extend("const" = true))]
    pub ok: bool,
    /// The platform.
    pub provider: String,
    /// Where the import would stand.
    pub status: String,
    /// Why, where that has a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What would have gone wrong, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Rows that the trace store has of the import now.
    pub stored: u64,
    /// Rows that would come to them.
    pub would_insert: u64,
    /// Traces that match.
    pub matched_traces: u64,
    /// Spans that match.
    pub matched_spans: u64,
    /// Spans that would be left out, by cause.
    pub rejected: BTreeMap<String, u64>,
    /// The keys that match.
    pub matched_by: Vec<String>,
    /// Why the import would hold less than matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<String>,
    /// Something that matches is not whole, or may not have been found.
    pub incomplete: bool,
    /// The platform's version, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// What decides each trace that was read, by its start: up to 500.
    pub traces: Vec<TraceDecision>,
    /// Traces that are not listed for want of room.
    pub traces_not_listed: u64,
    /// Requests to the platform.
    pub requests: u64,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
}

/// What decides the spans of one trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceDecision {
    /// The trace, as the platform names it; cut at 100 characters.
    pub trace_id: String,
    /// The name of its earliest root, cut at 64 characters; absent where no root was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// When its earliest span began.
    #[schemars(with = "String")]
    pub started_at: Timestamp,
    /// Spans, by what decides them: a key, `window`, the cause under which they are left out, `undecided`, `unmatched`.
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
