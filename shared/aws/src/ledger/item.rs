//! The ledger's item, attribute by attribute.
//!
//! | attribute | type | what it says | written by |
//! |---|---|---|---|
//! | `PK`, `SK` | S | `<organization_id>#<simulation_output_id>`, `<attempt>#<provider>` | claim |
//! | `organization_id`, `simulation_output_id`, `attempt`, `provider`, `run_id`, `import_id` | S, N | the same, to be read | claim |
//! | `started_at`, `ended_at`, `hints` | S, L of S | the simulation's window; its further hints, absent where there are none | claim |
//! | `status` | S | where the import stands; `in_progress` under a lease | both |
//! | `last_status` | S | the status that the last completed pass left; what `status` was before the claim | complete |
//! | `reason`, `last_error` | S | why, as a word and as a sentence; absent when there is none | complete |
//! | `owner` | S | who holds the lease; absent without one | both |
//! | `lease_until` | N, ms | until when nobody else may run the import; absent without a lease | both |
//! | `completed_by`, `outcome` | S | the owner that completed last: its lost answer is no fencing; and what it had to announce, JSON, what the item does not say itself | complete |
//! | `pass` | N | the pass that was claimed last | claim |
//! | `next_pass`, `next_at` | N, N ms | the pass that may be claimed next, and when it is due; absent when the status is final. Under a lease the pass itself, so that it can be claimed again after a crash; a claim that is forced beside a later pass leaves them | both |
//! | `passes_from` | N, ms | from when passes count; absent when the status is final, so that a forced claim starts over. With `provider` the key of the sparse index `due` | both |
//! | `due_since` | N, ms | when the pass that is due first fell due: faults and rate limits are waited out from here; absent as before | both |
//! | `tries` | N | claims since a pass last ended in another way than by a transient failure | both |
//! | `exhausted` | BOOL | the last try failed: the message that brought it belongs into the dead-letter queue | complete |
//! | `beside` | BOOL | under a lease: it was forced beside a pass that is not due yet | claim |
//! | `first_claimed_at`, `claimed_at`, `updated_at` | S | the first claim ever, the last, the last completion | claim, complete |
//! | `duration_ms` | N | how long the last pass took | complete |
//! | `stored`, `matched_traces`, `matched_spans`, `rejected`, `requests` | N, M of N | what the last pass that counted counted | complete |
//! | `requests_total`, `inserted_bytes` | N | requests, and bytes of attributes that were inserted, of all passes | complete |
//! | `truncated`, `incomplete`, `matched_by` | S, BOOL, L of S | how whole that is, and why it matched | complete |
//! | `discovery` | S | `searched` or `unfinished` where not every span of the window was seen; absent where it was | complete |
//! | `lost` | N | rows and traces that the last pass lost for good: one on which two passes agree asks for no further pass; absent when the status is final | complete |
//! | `progress` | M of S, N | how far a pass came that time cut: `api`, `seen_from` (ns), `secret` (the secret's version); absent when the status is final | complete |
//! | `server_version` | S | the platform's, where it was told | complete |
//! | `attention_key`, `attention_at` | S | `<organization_id>#<day>` and a time, where a person is needed: keys of the sparse index `attention` | complete |
//! | `recent_key`, `recent_at` | S, N ms | `<day>#<shard>` of the first claim, then of the completion that no pass follows, and when that was: keys of the index `recent` | both |
//! | `expires_at` | N, s | deleted some time after; counts as absent from then on | both |
//!
//! Times that conditions compare are numbers; the others are RFC 3339. fanout writes one more item a simulation
//! attempt, `SK` = `<attempt>#fanout`: the names, the window, `sent_to` and `not_connected` (L of S). Of a
//! source there is an item `PK` = `<organization_id>`, `SK` = `connection#<provider>#<hash of host and project or key>` with
//! its `habit`, `tagged` or `untagged`.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use spanlift_importer::{Completed, LATE_IN_CALL, Mark, Progress, Record};
use spanlift_model::{Attempt, OrganizationId, SimulationCompleted, SimulationOutputId, Status, Timestamp};

use super::announced::announced;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn partition_key(
    organization_id: &OrganizationId,
    simulation_output_id: &SimulationOutputId,
) -> AttributeValue {
    text(format!("{organization_id}#{simulation_output_id}"))
}

pub(crate) fn sort_key(attempt: u32, who: &str) -> AttributeValue {
    text(format!("{attempt}#{who}"))
}

/// What claims and fanout write of an event.
pub(super) fn of_event(event: &SimulationCompleted, now: Timestamp, lifetime: Duration) -> Item {
    let mut item = HashMap::from([
        ("organization_id".to_owned(), text(&event.organization_id)),
        ("simulation_output_id".to_owned(), text(&event.simulation_output_id)),
        ("attempt".to_owned(), number(event.attempt)),
        ("started_at".to_owned(), text(event.started_at)),
        ("ended_at".to_owned(), text(event.ended_at)),
        ("expires_at".to_owned(), number(now.plus(lifetime).seconds())),
    ]);
    let more: Vec<_> = event.hints().into_iter().skip(1).collect();
    if !more.is_empty() {
        item.insert("hints".to_owned(), list(&more));
    }
    item.extend(event.run_id.as_ref().map(|run_id| ("run_id".to_owned(), text(run_id))));
    item
}

/// What an item says of how its import stood before the claim that it may hold.
pub(crate) fn record(item: &Item, now: Timestamp) -> Record {
    let fields = Fields(item);
    let started = fields.millis("passes_from").or_else(|| fields.time("first_claimed_at"));
    let status = fields.text("last_status").or_else(|| fields.text("status"));
    let rejected = item.get("rejected").and_then(|map| map.as_m().ok()).map(Fields);
    Record {
        first_claimed_at: started.unwrap_or(now),
        due_since: fields.millis("due_since").unwrap_or(now),
        tries: fields.number("tries").unwrap_or(0),
        is_exhausted: fields.is_true("exhausted"),
        is_beside: fields.is_true("beside"),
        progress: progress(item),
        lost: fields.number("lost").or_else(|| fields.0.contains_key("stored").then_some(0)),
        status: status.and_then(Status::parse),
        next: fields.number("next_pass").zip(fields.millis("next_at")),
        completed: fields
            .text("completed_by")
            .zip(announced(item))
            .map(|(owner, outcome)| Completed { owner: owner.to_owned(), outcome }),
        inserted_bytes: fields.number("inserted_bytes").unwrap_or(0),
        late_in_call: rejected.and_then(|rejected| rejected.number(LATE_IN_CALL)).unwrap_or(0),
    }
}

/// What an item says of how far its last pass came.
fn progress(item: &Item) -> Option<Progress> {
    let fields = Fields(item.get("progress")?.as_m().ok()?);
    let seen_from = Timestamp::from_nanos(fields.number("seen_from")?);
    let mark = Mark { api: fields.text("api")?.to_owned(), seen_from };
    Some(Progress { mark, secret_version: fields.text("secret")?.to_owned() })
}

/// The attempt at the simulation that an item is of, fanout's item included.
pub(crate) fn attempt(item: &Item) -> Option<Attempt> {
    let fields = Fields(item);
    Some(Attempt {
        number: fields.number("attempt")?,
        started_at: fields.time("started_at")?,
        ended_at: fields.time("ended_at")?,
    })
}

/// An item, field by field. What is missing or of another type is `None`.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Item);

impl<'a> Fields<'a> {
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(crate) fn number<T: std::str::FromStr>(self, name: &str) -> Option<T> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(crate) fn time(self, name: &str) -> Option<Timestamp> {
        Timestamp::parse(self.text(name)?).ok()
    }

    pub(crate) fn millis(self, name: &str) -> Option<Timestamp> {
        self.number(name).map(Timestamp::from_millis)
    }

    pub(crate) fn is_true(self, name: &str) -> bool {
        self.0.get(name).and_then(|value| value.as_bool().ok()).copied().unwrap_or_default()
    }

    pub(crate) fn texts(self, name: &str) -> Vec<String> {
        let list = self.0.get(name).and_then(|value| value.as_l().ok());
        list.into_iter().flatten().filter_map(|value| value.as_s().ok().cloned()).collect()
    }

    /// Its time is over, though it was not deleted yet.
    pub(crate) fn has_expired(self, now: Timestamp) -> bool {
        self.number::<i64>("expires_at").is_some_and(|expires_at| expires_at <= now.seconds())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "callers have values as well as references")]
pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "callers have values as well as references")]
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> AttributeValue {
    AttributeValue::L(values.into_iter().map(text).collect())
}
