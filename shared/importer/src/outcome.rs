use serde::{Deserialize, Serialize};
use spanlift_model::{ImportJob, Status, Timestamp};

use crate::Conclusion;

/// How a pass of an import ended: the message on the outcome queue and the import's log line (docs/ARCHITECTURE.md#ledger).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The outcome message's version.
    pub version: String,
    /// The tenant.
    pub organization_id: String,
    /// The run, if the event had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The simulated call.
    pub simulation_output_id: String,
    /// The attempt.
    pub attempt: u32,
    /// The platform.
    pub provider: String,
    /// The import, as its spans name it.
    pub import_id: String,
    /// The pass.
    pub pass: u32,
    /// Where the import stands.
    pub status: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What went wrong, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Nothing follows: no later pass is due.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Rows that the store has of this import; absent when the pass did not get to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<u64>,
    /// Those of them that this pass brought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inserted: Option<u64>,
    /// Traces that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched_traces: Option<u64>,
    /// Spans that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched_spans: Option<u64>,
    /// Requests to the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Why the import holds less than matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<String>,
    /// Something that matched is not stored yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<bool>,
    /// The keys that matched.
    pub matched_by: Vec<String>,
    /// How long the pass took, milliseconds.
    pub duration_ms: u64,
}

impl Outcome {
    /// The outcome of the pass of `job` that began at `began_at` and ended with `conclusion`.
    #[must_use]
    pub fn new(job: &ImportJob, conclusion: &Conclusion, began_at: Timestamp) -> Self {
        let event = &job.event;
        let counts = conclusion.counts.as_ref();
        Self {
            version: "1".to_owned(),
            organization_id: event.organization_id.to_string(),
            run_id: event.run_id.as_ref().map(ToString::to_string),
            simulation_output_id: event.simulation_output_id.to_string(),
            attempt: event.attempt,
            provider: job.provider.to_string(),
            import_id: job.import_id().to_string(),
            pass: job.pass,
            status: conclusion.status.to_string(),
            reason: conclusion.reason.map(str::to_owned),
            error: conclusion.last_error.clone(),
            is_final: conclusion.next.is_none() && conclusion.status != Status::Retrying,
            stored: counts.map(|counts| counts.stored),
            inserted: counts.map(|counts| counts.inserted),
            matched_traces: counts.map(|counts| counts.matched_traces),
            matched_spans: counts.map(|counts| counts.matched_spans),
            requests: counts.map(|counts| counts.requests),
            truncated: conclusion.truncated.map(|truncated| truncated.to_string()),
            incomplete: counts.map(|_| conclusion.incomplete),
            matched_by: conclusion.matched_by.iter().map(|key| (*key).to_owned()).collect(),
            duration_ms: u64::try_from(conclusion.at.since(began_at).as_millis()).unwrap_or(u64::MAX),
        }
    }
}
