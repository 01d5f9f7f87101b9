//! The completion of a pass: one write that only the lease's owner can do.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use spanlift_importer::ports::Claim;
use spanlift_importer::{Conclusion, Discovery, Ending, Mark, Outcome, PortError, Progress};
use spanlift_model::Status;

use super::announced::kept;
use super::item::{Fields, list, number, text};
use super::recent::recent_keys;
use super::update::Update;
use super::{DynamoLedger, PORT, refused};
use crate::errors::port_error;

impl DynamoLedger {
    pub(super) async fn complete_pass(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        let mut update = completed(&claim, conclusion, self.lifetime);
        update.bind("claimed_by", text(claim.owner));
        update.bind("in_progress", text(Status::InProgress));
        match self.update(claim, update, "#owner = :claimed_by AND #status = :in_progress").await {
            Ok(_) => Ok(()),
            Err(error) => match refused(&error) {
                // It was done, and the answer was lost.
                Some(item) if Fields(&item).text("completed_by") == Some(claim.owner) => Ok(()),
                Some(_) => Err(PortError::Fenced),
                None => Err(port_error(PORT, "UpdateItem of a completion", &error)),
            },
        }
    }
}

/// What a completion writes.
fn completed(claim: &Claim<'_>, conclusion: &Conclusion, lifetime: Duration) -> Update {
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
    let is_counted = conclusion.counts.is_some() && conclusion.ending != Ending::ErrorOnly;
    update.set_or_remove("outcome", kept(&outcome, is_counted).map(text));
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
        for (name, value) in recent_keys(claim, at) {
            update.set(&name, value);
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

/// Failed, or left imported by a pass that failed for good.
fn needs_person(conclusion: &Conclusion) -> bool {
    match conclusion.status {
        Status::Failed => true,
        Status::Imported => conclusion.last_error.is_some() && conclusion.next.is_none(),
        _ => false,
    }
}
