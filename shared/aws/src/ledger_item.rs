//! The ledger's item, attribute by attribute.
//!
//! | attribute | type | what it says | written by |
//! |---|---|---|---|
//! | `PK`, `SK` | S | `<organization_id>#<simulation_output_id>`, `<attempt>#<provider>` | claim |
//! | `organization_id`, `simulation_output_id`, `attempt`, `provider`, `run_id`, `import_id` | S, N | the same, to be read | claim |
//! | `started_at`, `ended_at` | S | the simulation's window | claim |
//! | `status` | S | where the import stands; `in_progress` under a lease | both |
//! | `last_status` | S | the status that the last completed pass left; what `status` was before the claim | complete |
//! | `reason`, `last_error` | S | why, as a word and as a sentence; absent when there is none | complete |
//! | `owner` | S | who holds the lease; absent without one | both |
//! | `lease_until` | N, ms | until when nobody else may run the import; absent without a lease | both |
//! | `completed_by`, `outcome` | S | the owner that completed last: its lost answer is no fencing; and what it had to announce, JSON | complete |
//! | `pass` | N | the pass that was claimed last | claim |
//! | `next_pass`, `next_at` | N, N ms | the pass that may be claimed next, and when it is due; absent when the status is final. Under a lease the pass itself, so that it can be claimed again after a crash; a claim that is forced beside a later pass leaves them | both |
//! | `passes_from` | N, ms | from when passes count; absent when the status is final, so that a forced claim starts over | both |
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
//! | `expires_at` | N, s | deleted some time after; counts as absent from then on | both |
//!
//! Times that conditions compare are numbers; the others are RFC 3339. fanout writes one more item a simulation
//! attempt, `SK` = `<attempt>#fanout`: the names, the window, `sent_to` and `not_connected` (L of S). Of a
//! source there is an item `PK` = `<organization_id>`, `SK` = `connection#<provider>#<hash of host and project or key>` with
//! its `habit`, `tagged` or `untagged`.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use spanlift_importer::ports::Claim;
use spanlift_importer::{Completed, Conclusion, Discovery, Ending, Mark, Outcome, Progress, Record};
use spanlift_model::{
    Attempt, ImportJob, OrganizationId, Provider, SimulationCompleted, SimulationOutputId, SourceId, Status, Timestamp,
};

use crate::update::Update;

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

/// The key of the item of a source that a job reads from.
pub(crate) fn source_key(job: &ImportJob, source: SourceId) -> Item {
    HashMap::from([
        ("PK".to_owned(), text(&job.event.organization_id)),
        ("SK".to_owned(), text(format!("connection#{}#{source}", job.provider))),
    ])
}

/// What a claim writes whatever was there.
pub(crate) fn claimed(claim: &Claim<'_>, lifetime: Duration) -> Item {
    let job = claim.job;
    let mut item = of_event(&job.event, claim.now, lifetime);
    item.extend([
        ("provider".to_owned(), text(&job.provider)),
        ("import_id".to_owned(), text(job.import_id())),
        ("status".to_owned(), text(Status::InProgress)),
        ("owner".to_owned(), text(claim.owner)),
        ("lease_until".to_owned(), number(claim.lease_until.millis())),
        ("claimed_at".to_owned(), text(claim.now)),
    ]);
    item
}

/// What a claim of a pass that is due writes beside that.
pub(crate) fn claimed_pass(claim: &Claim<'_>) -> Item {
    HashMap::from([
        ("pass".to_owned(), number(claim.job.pass)),
        ("next_pass".to_owned(), number(claim.job.pass)),
        ("next_at".to_owned(), number(claim.now.millis())),
    ])
}

/// What a claim writes where nothing was there.
pub(crate) fn first_claimed(claim: &Claim<'_>) -> Item {
    let at = claim.now;
    HashMap::from([
        ("first_claimed_at".to_owned(), text(at)),
        ("passes_from".to_owned(), number(at.millis())),
        ("due_since".to_owned(), number(at.millis())),
    ])
}

/// What fanout writes.
pub(crate) fn fanned_out(
    event: &SimulationCompleted,
    sent_to: &[Provider],
    not_connected: &[Provider],
    now: Timestamp,
    lifetime: Duration,
) -> Item {
    let mut item = of_event(event, now, lifetime);
    item.extend([
        ("PK".to_owned(), partition_key(&event.organization_id, &event.simulation_output_id)),
        ("SK".to_owned(), sort_key(event.attempt, "fanout")),
        ("sent_to".to_owned(), list(sent_to)),
        ("not_connected".to_owned(), list(not_connected)),
        ("updated_at".to_owned(), text(now)),
    ]);
    item
}

fn of_event(event: &SimulationCompleted, now: Timestamp, lifetime: Duration) -> Item {
    let mut item = HashMap::from([
        ("organization_id".to_owned(), text(&event.organization_id)),
        ("simulation_output_id".to_owned(), text(&event.simulation_output_id)),
        ("attempt".to_owned(), number(event.attempt)),
        ("started_at".to_owned(), text(event.started_at)),
        ("ended_at".to_owned(), text(event.ended_at)),
        ("expires_at".to_owned(), number(now.plus(lifetime).seconds())),
    ]);
    item.extend(event.run_id.as_ref().map(|run_id| ("run_id".to_owned(), text(run_id))));
    item
}

/// What a completion writes.
pub(crate) fn completed(claim: &Claim<'_>, conclusion: &Conclusion, lifetime: Duration) -> Update {
    let outcome = Outcome::new(claim.job, conclusion, claim.now);
    let organization_id = &claim.job.event.organization_id;
    let at = conclusion.at;
    let mut update = Update::default();
    update.set("status", text(conclusion.status));
    update.set_or_remove("last_error", conclusion.last_error.as_deref().map(text));
    update.remove("owner");
    update.remove("lease_until");
    update.remove("beside");
    update.set("completed_by", text(claim.owner));
    update.set_or_remove("outcome", serde_json::to_string(&outcome).ok().map(text));
    update.set("updated_at", text(at));
    if conclusion.ending != Ending::Transient {
        update.set("tries", number(0));
    }
    let is_exhausted = conclusion.ending == Ending::Exhausted;
    update.set_or_remove("exhausted", is_exhausted.then_some(AttributeValue::Bool(true)));
    if conclusion.ending == Ending::ErrorOnly {
        return update;
    }
    update.set("last_status", text(conclusion.status));
    update.set_or_remove("reason", conclusion.reason.map(text));
    update.set_or_remove("next_pass", conclusion.next.map(|(pass, _)| number(pass)));
    update.set_or_remove("next_at", conclusion.next.map(|(_, at)| number(at.millis())));
    update.set_or_remove("due_since", conclusion.due_since.map(|at| number(at.millis())));
    let goes_on = conclusion.next.is_some();
    if !goes_on {
        // A forced claim starts over: nothing of this schedule is for the next one.
        for name in ["passes_from", "progress", "lost"] {
            update.remove(name);
        }
    }
    update.set("duration_ms", number(at.since(claim.now).as_millis()));
    update.set("expires_at", number(at.plus(lifetime).seconds()));
    let needs_person = needs_person(conclusion);
    update.set_or_remove("attention_key", needs_person.then(|| text(format!("{organization_id}#{}", at.day()))));
    update.set_or_remove("attention_at", needs_person.then(|| text(at)));
    count(&mut update, conclusion, goes_on);
    update
}

/// A pass that came to nothing that could be counted leaves alone what an earlier one counted.
fn count(update: &mut Update, conclusion: &Conclusion, goes_on: bool) {
    if let Some(counts) = &conclusion.counts {
        let rejected = counts.rejected.iter().map(|(cause, count)| ((*cause).to_owned(), number(count)));
        update.set("stored", number(counts.stored));
        update.set("matched_traces", number(counts.matched_traces));
        update.set("matched_spans", number(counts.matched_spans));
        update.set("rejected", AttributeValue::M(rejected.collect()));
        update.set("requests", number(counts.requests));
        update.add("requests_total", number(counts.requests));
        update.add("inserted_bytes", number(counts.inserted_bytes));
        update.set_or_remove("truncated", conclusion.truncated.map(text));
        update.set("incomplete", AttributeValue::Bool(conclusion.incomplete));
        update.set("matched_by", list(&conclusion.matched_by));
        update.set_or_remove("discovery", word(conclusion.discovery).map(text));
        if goes_on {
            update.set_or_remove("lost", conclusion.lost.filter(|lost| *lost > 0).map(number));
            update.set_or_remove("progress", conclusion.progress.as_ref().map(progress_item));
        }
    }
    if let Some(version) = &conclusion.server_version {
        update.set("server_version", text(version));
    }
}

const fn word(discovery: Discovery) -> Option<&'static str> {
    match discovery {
        Discovery::Whole => None,
        Discovery::Searched => Some("searched"),
        Discovery::Unfinished => Some("unfinished"),
    }
}

fn progress_item(progress: &Progress) -> AttributeValue {
    let Progress { mark: Mark { api, seen_from }, secret_version } = progress;
    AttributeValue::M(HashMap::from([
        ("api".to_owned(), text(api)),
        ("seen_from".to_owned(), number(seen_from.nanos())),
        ("secret".to_owned(), text(secret_version)),
    ]))
}

fn progress(item: &Item) -> Option<Progress> {
    let fields = Fields(item.get("progress")?.as_m().ok()?);
    let seen_from = Timestamp::from_nanos(fields.number("seen_from")?);
    let mark = Mark { api: fields.text("api")?.to_owned(), seen_from };
    Some(Progress { mark, secret_version: fields.text("secret")?.to_owned() })
}

/// Failed, or left imported by a pass that failed for good.
fn needs_person(conclusion: &Conclusion) -> bool {
    match conclusion.status {
        Status::Failed => true,
        Status::Imported => conclusion.last_error.is_some() && conclusion.next.is_none(),
        _ => false,
    }
}

/// What an item says of how its import stood before the claim that it may hold.
pub(crate) fn record(item: &Item, now: Timestamp) -> Record {
    let fields = Fields(item);
    let started = fields.millis("passes_from").or_else(|| fields.time("first_claimed_at"));
    let status = fields.text("last_status").or_else(|| fields.text("status"));
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
        completed: fields.text("completed_by").zip(fields.text("outcome")).and_then(|(owner, outcome)| {
            let outcome = serde_json::from_str(outcome).ok()?;
            Some(Completed { owner: owner.to_owned(), outcome })
        }),
        inserted_bytes: fields.number("inserted_bytes").unwrap_or(0),
    }
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

fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> AttributeValue {
    AttributeValue::L(values.into_iter().map(text).collect())
}
