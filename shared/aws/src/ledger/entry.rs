use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use spanlift_model::{Status, Timestamp};

use super::item::{Fields, Item};

/// What the ledger has of one simulation, over all its attempts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Entries {
    /// What fanout did, an entry an attempt.
    pub fanouts: Vec<FanoutEntry>,
    /// The imports, an entry an attempt and provider.
    pub imports: Vec<ImportEntry>,
}

/// What fanout did with one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FanoutEntry {
    /// The attempt.
    pub attempt: u32,
    /// The run, if the event had one.
    pub run_id: Option<String>,
    /// When the call began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Further hints of the event.
    pub hints: Vec<String>,
    /// The providers that got a job.
    pub sent_to: Vec<String>,
    /// The providers without a connection.
    pub not_connected: Vec<String>,
    /// When.
    pub updated_at: Option<Timestamp>,
}

/// How one import stands. Fields that do not apply are `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportEntry {
    /// The attempt.
    pub attempt: u32,
    /// The platform.
    pub provider: String,
    /// The import, as its spans name it.
    pub import_id: Option<String>,
    /// The run, if the event had one.
    pub run_id: Option<String>,
    /// When the call began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Further hints of the event.
    pub hints: Vec<String>,
    /// Where the import stands.
    #[serde(serialize_with = "word")]
    pub status: Status,
    /// Where it stood when the last pass had ended.
    #[serde(serialize_with = "optional_word")]
    pub last_status: Option<Status>,
    /// Why.
    pub reason: Option<String>,
    /// What went wrong last, as a sentence.
    pub last_error: Option<String>,
    /// Until when somebody runs it.
    pub lease_until: Option<Timestamp>,
    /// The pass that was claimed last.
    pub pass: Option<u32>,
    /// The pass that is due next.
    pub next_pass: Option<u32>,
    /// When it is due.
    pub next_at: Option<Timestamp>,
    /// The first claim.
    pub first_claimed_at: Option<Timestamp>,
    /// The last claim.
    pub claimed_at: Option<Timestamp>,
    /// The last completion.
    pub updated_at: Option<Timestamp>,
    /// How long the last pass took.
    pub duration_ms: Option<u64>,
    /// Rows that the store has of it.
    pub stored: Option<u64>,
    /// Traces that matched.
    pub matched_traces: Option<u64>,
    /// Spans that matched.
    pub matched_spans: Option<u64>,
    /// Spans left out, by cause.
    pub rejected: BTreeMap<String, u64>,
    /// Requests of the last pass.
    pub requests: Option<u64>,
    /// Requests of all passes.
    pub requests_total: Option<u64>,
    /// Why it holds less than matched.
    pub truncated: Option<String>,
    /// Something that matched is not stored yet.
    pub incomplete: Option<bool>,
    /// How the traces were looked for, where not every span of the window was seen: `searched`, `unfinished`.
    pub discovery: Option<String>,
    /// The keys that matched.
    pub matched_by: Vec<String>,
    /// The platform's version.
    pub server_version: Option<String>,
}

impl Entries {
    /// Items that are not ours, or whose time is over, are passed over.
    pub(crate) fn new(items: &[Item], now: Timestamp) -> Self {
        let mut entries = Self::default();
        for fields in items.iter().map(Fields).filter(|fields| !fields.has_expired(now)) {
            if fields.text("SK").is_some_and(|key| key.ends_with("#fanout")) {
                entries.fanouts.extend(FanoutEntry::new(fields));
            } else {
                entries.imports.extend(ImportEntry::new(fields));
            }
        }
        entries
    }
}

impl FanoutEntry {
    fn new(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            attempt: fields.number("attempt")?,
            run_id: fields.text("run_id").map(str::to_owned),
            started_at: fields.time("started_at"),
            ended_at: fields.time("ended_at"),
            hints: fields.texts("hints"),
            sent_to: fields.texts("sent_to"),
            not_connected: fields.texts("not_connected"),
            updated_at: fields.time("updated_at"),
        })
    }
}

impl ImportEntry {
    pub(super) fn new(fields: Fields<'_>) -> Option<Self> {
        let text = |name| fields.text(name).map(str::to_owned);
        let rejected = fields.0.get("rejected").and_then(|map| map.as_m().ok());
        let rejected = rejected.into_iter().flat_map(|map| map.keys().map(|cause| (cause, Fields(map).number(cause))));
        Some(Self {
            attempt: fields.number("attempt")?,
            provider: text("provider")?,
            import_id: text("import_id"),
            run_id: text("run_id"),
            started_at: fields.time("started_at"),
            ended_at: fields.time("ended_at"),
            hints: fields.texts("hints"),
            status: fields.text("status").and_then(Status::parse)?,
            last_status: fields.text("last_status").and_then(Status::parse),
            reason: text("reason"),
            last_error: text("last_error"),
            lease_until: fields.millis("lease_until"),
            pass: fields.number("pass"),
            next_pass: fields.number("next_pass"),
            next_at: fields.millis("next_at"),
            first_claimed_at: fields.time("first_claimed_at"),
            claimed_at: fields.time("claimed_at"),
            updated_at: fields.time("updated_at"),
            duration_ms: fields.number("duration_ms"),
            stored: fields.number("stored"),
            matched_traces: fields.number("matched_traces"),
            matched_spans: fields.number("matched_spans"),
            rejected: rejected.filter_map(|(cause, count)| Some((cause.clone(), count?))).collect(),
            requests: fields.number("requests"),
            requests_total: fields.number("requests_total"),
            truncated: text("truncated"),
            incomplete: fields.0.get("incomplete").and_then(|value| value.as_bool().ok().copied()),
            discovery: text("discovery"),
            matched_by: fields.texts("matched_by"),
            server_version: text("server_version"),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn word<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.as_str())
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn optional_word<S: Serializer>(status: &Option<Status>, serializer: S) -> Result<S::Ok, S::Error> {
    status.map(Status::as_str).serialize(serializer)
}
