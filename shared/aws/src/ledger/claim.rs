//! The claim of a pass: one conditional write, and what it says where it did not go through.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use spanlift_importer::ports::{Claim, Claimed};
use spanlift_importer::{PortError, Record};
use spanlift_model::{Status, Timestamp};

use super::item::{Fields, Item, number, of_event, partition_key, record, sort_key, text};
use super::recent::recent_keys;
use super::update::Update;
use super::{DynamoLedger, PORT, refused};
use crate::errors::port_error;

/// Nobody holds the lease.
const IS_FREE: &str = "(attribute_not_exists(#lease_until) OR #lease_until <= :now)";

/// How the conditional write of a claim went.
enum Written {
    /// Where nothing was, or nothing that counts.
    Fresh,
    /// Over this item, as it was before.
    Over(Item),
    /// Not at all: this item stood in the way.
    Refused(Item),
}

impl DynamoLedger {
    pub(super) async fn claim_pass(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        // As it is kept. A later claim is told the same moment, or the same insert would not have the same token.
        let claim = Claim { now: Timestamp::from_millis(claim.now.millis()), ..claim };
        let in_the_way = match self.take(claim).await? {
            Written::Refused(item) => item,
            written => return Ok(written.answer(claim)),
        };
        if Fields(&in_the_way).has_expired(claim.now) {
            return Ok(self.take_over(claim).await?.answer(claim));
        }
        match standing(&in_the_way, claim) {
            Claimed::Done(Record { next: Some((next_pass, _)), .. }) if claim.job.force => {
                Ok(match self.take_beside(claim, next_pass).await?.answer(claim) {
                    Claimed::Ours(record) => Claimed::Ours(Record { is_beside: true, ..record }),
                    answer => answer,
                })
            }
            answer => Ok(answer),
        }
    }

    /// The claim of a pass that is due.
    async fn take(&self, claim: Claim<'_>) -> Result<Written, PortError> {
        let mut update = self.claiming(&claim);
        for (name, value) in claimed_pass(&claim) {
            update.set(&name, value);
        }
        for (name, value) in first_claimed(&claim) {
            update.set_once(&name, value);
        }
        update.remove("beside");
        let is_due = "#next_pass <= :pass AND #next_at <= :now";
        let or_is_final = format!("({is_due} OR attribute_not_exists(#next_pass))");
        let may_run = if claim.job.force { &or_is_final } else { is_due };
        let condition = format!("attribute_not_exists(PK) OR (#expires_at > :now_seconds AND {IS_FREE} AND {may_run})");
        written(self.update(claim, update, &condition).await)
    }

    /// The forced claim of an import beside the pass `next_pass`, which is not due yet and stays as it is.
    async fn take_beside(&self, claim: Claim<'_>, next_pass: u32) -> Result<Written, PortError> {
        let mut update = self.claiming(&claim);
        update.set("beside", AttributeValue::Bool(true));
        update.mention("next_pass");
        update.bind("seen_pass", number(next_pass));
        let condition = format!("#expires_at > :now_seconds AND {IS_FREE} AND #next_pass = :seen_pass");
        written(self.update(claim, update, &condition).await)
    }

    /// What every claim of an item writes and may ask.
    fn claiming(&self, claim: &Claim<'_>) -> Update {
        let mut update = Update::default();
        for (name, value) in claimed(claim, self.lifetime) {
            update.set(&name, value);
        }
        update.add("tries", number(1));
        update.bind("now", number(claim.now.millis()));
        update.bind("now_seconds", number(claim.now.seconds()));
        update
    }

    /// The claim of an item whose time is over, which goes with all that it held.
    async fn take_over(&self, claim: Claim<'_>) -> Result<Written, PortError> {
        let event = &claim.job.event;
        let mut item = claimed(&claim, self.lifetime);
        item.extend(claimed_pass(&claim));
        item.extend(first_claimed(&claim));
        item.insert("tries".to_owned(), number(1));
        item.insert("PK".to_owned(), partition_key(&event.organization_id, &event.simulation_output_id));
        item.insert("SK".to_owned(), sort_key(event.attempt, claim.job.provider.as_str()));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(format!("attribute_not_exists(PK) OR (#expires_at <= :now_seconds AND {IS_FREE})"))
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_names("#lease_until", "lease_until")
            .expression_attribute_values(":now", number(claim.now.millis()))
            .expression_attribute_values(":now_seconds", number(claim.now.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(Written::Fresh),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Written::Refused(refused.item().cloned().unwrap_or_default()))
                }
                _ => Err(port_error(PORT, "PutItem of a claim", &error)),
            },
        }
    }
}

impl Written {
    fn answer(self, claim: Claim<'_>) -> Claimed {
        match self {
            Self::Fresh => Claimed::Ours(Record::first(claim.now)),
            Self::Over(item) => Claimed::Ours(before_claim(&item, claim)),
            Self::Refused(item) => standing(&item, claim),
        }
    }
}

fn written(updated: Result<Option<Item>, SdkError<UpdateItemError>>) -> Result<Written, PortError> {
    match updated {
        Ok(before) => Ok(before.map_or(Written::Fresh, Written::Over)),
        Err(error) => match refused(&error) {
            Some(item) => Ok(Written::Refused(item)),
            None => Err(port_error(PORT, "UpdateItem of a claim", &error)),
        },
    }
}

/// What a claim writes whatever was there.
fn claimed(claim: &Claim<'_>, lifetime: Duration) -> Item {
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
fn claimed_pass(claim: &Claim<'_>) -> Item {
    HashMap::from([
        ("pass".to_owned(), number(claim.job.pass)),
        ("next_pass".to_owned(), number(claim.job.pass)),
        ("next_at".to_owned(), number(claim.now.millis())),
    ])
}

/// What a claim writes where nothing was there.
fn first_claimed(claim: &Claim<'_>) -> Item {
    let at = claim.now;
    let mut item = recent_keys(claim, at);
    item.extend([
        ("first_claimed_at".to_owned(), text(at)),
        ("passes_from".to_owned(), number(at.millis())),
        ("due_since".to_owned(), number(at.millis())),
    ]);
    item
}

/// How the import stood before a claim that went through.
fn before_claim(item: &Item, claim: Claim<'_>) -> Record {
    let record = record(item, claim.now);
    if record.next.is_some() {
        // Of a claim before this one that came to nothing nothing is left but its try.
        return Record { tries: record.tries.saturating_add(1), is_beside: false, ..record };
    }
    // Final, and claimed by force: it starts over.
    let now = claim.now;
    Record { first_claimed_at: now, due_since: now, tries: 1, is_beside: false, progress: None, lost: None, ..record }
}

/// What an item says to a claim that it stood in the way of.
fn standing(item: &Item, claim: Claim<'_>) -> Claimed {
    let fields = Fields(item);
    let is_in_progress = fields.text("status") == Some(Status::InProgress.as_str());
    if is_in_progress && fields.text("owner") == Some(claim.owner) {
        // It went through, and the answer was lost.
        return Claimed::Ours(record(item, claim.now));
    }
    match fields.millis("lease_until").filter(|until| *until > claim.now) {
        Some(until) => Claimed::Leased(until),
        None => Claimed::Done(record(item, claim.now)),
    }
}
