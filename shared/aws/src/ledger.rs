use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Conclusion, PortError, Record};
use spanlift_model::{
    Attempt, Habit, ImportJob, OrganizationId, Provider, SimulationCompleted, SimulationOutputId, SourceId, Status,
    Timestamp,
};

use crate::Entries;
use crate::errors::port_error;
use crate::ledger_item::{
    Fields, Item, attempt, claimed, claimed_pass, completed, fanned_out, first_claimed, number, partition_key, record,
    sort_key, source_key, text,
};
use crate::update::Update;

const PORT: &str = "ledger";
/// Nobody holds the lease.
const IS_FREE: &str = "(attribute_not_exists(#lease_until) OR #lease_until <= :now)";

/// The ledger in a `DynamoDB` table. The module `ledger_item` says what its items hold.
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    lifetime: Duration,
}

impl DynamoLedger {
    /// The ledger in `table`, which remembers an import for `lifetime` after it was last touched.
    #[must_use]
    pub fn new(aws: &SdkConfig, table: &str, lifetime: Duration) -> Self {
        Self::with_client(Client::new(aws), table, lifetime)
    }

    pub(crate) fn with_client(client: Client, table: &str, lifetime: Duration) -> Self {
        Self { client, table: table.to_owned(), lifetime }
    }

    /// Writes down whom fanout sent a job, and who had no connection. The same again is the same.
    ///
    /// # Errors
    /// When the table cannot be written to.
    pub async fn record_fanout(
        &self,
        event: &SimulationCompleted,
        sent_to: &[Provider],
        not_connected: &[Provider],
        now: Timestamp,
    ) -> Result<(), PortError> {
        let item = fanned_out(event, sent_to, not_connected, now, self.lifetime);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        put.map(drop).map_err(|error| port_error(PORT, "PutItem of a fan-out", &error))
    }

    /// All that the ledger has of a simulation `now`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn entries(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        now: Timestamp,
    ) -> Result<Entries, PortError> {
        let items = self.query(organization_id, simulation_output_id).await?;
        Ok(Entries::new(&items, now))
    }

    async fn query(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
    ) -> Result<Vec<Item>, PortError> {
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("PK = :key")
            .expression_attribute_values(":key", partition_key(organization_id, simulation_output_id))
            .into_paginator()
            .items()
            .send();
        let items: Result<Vec<Item>, _> = pages.collect().await;
        items.map_err(|error| port_error(PORT, "Query", &error))
    }

    /// The claim of a pass that is due. `Err` is the item that stood in its way.
    async fn take(&self, claim: Claim<'_>) -> Result<Result<Option<Item>, Item>, PortError> {
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
        match self.update(claim, update, &condition).await {
            Ok(before) => Ok(Ok(before)),
            Err(error) => refused(&error).map(Err).ok_or_else(|| port_error(PORT, "UpdateItem of a claim", &error)),
        }
    }

    /// The forced claim of an import beside the pass `next_pass`, which is not due yet and stays as it is. `Err` as above.
    async fn take_beside(&self, claim: Claim<'_>, next_pass: u32) -> Result<Result<Option<Item>, Item>, PortError> {
        let mut update = self.claiming(&claim);
        update.set("beside", AttributeValue::Bool(true));
        update.mention("next_pass");
        update.bind("seen_pass", number(next_pass));
        let condition = format!("#expires_at > :now_seconds AND {IS_FREE} AND #next_pass = :seen_pass");
        match self.update(claim, update, &condition).await {
            Ok(before) => Ok(Ok(before)),
            Err(error) => refused(&error).map(Err).ok_or_else(|| port_error(PORT, "UpdateItem of a claim", &error)),
        }
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

    /// The claim of an item whose time is over, which goes with all that it held. `Err` as above.
    async fn take_over(&self, claim: Claim<'_>) -> Result<Result<(), Item>, PortError> {
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
            Ok(_) => Ok(Ok(())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Err(refused.item().cloned().unwrap_or_default()))
                }
                _ => Err(port_error(PORT, "PutItem of a claim", &error)),
            },
        }
    }

    async fn update(
        &self,
        claim: Claim<'_>,
        update: Update,
        condition: &str,
    ) -> Result<Option<Item>, SdkError<UpdateItemError>> {
        let event = &claim.job.event;
        let (expression, names, values) = update.build();
        let output = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("PK", partition_key(&event.organization_id, &event.simulation_output_id))
            .key("SK", sort_key(event.attempt, claim.job.provider.as_str()))
            .update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await?;
        Ok(output.attributes.filter(|item| !item.is_empty()))
    }
}

impl Ledger for DynamoLedger {
    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, PortError> {
        let first = Record::first(claim.now);
        let in_the_way = match self.take(claim).await? {
            Ok(before) => return Ok(Claimed::Ours(before.map_or(first, |item| before_claim(&item, claim)))),
            Err(item) => item,
        };
        if Fields(&in_the_way).has_expired(claim.now) {
            return match self.take_over(claim).await? {
                Ok(()) => Ok(Claimed::Ours(first)),
                Err(item) => Ok(standing(&item, claim)),
            };
        }
        match standing(&in_the_way, claim) {
            Claimed::Done(Record { next: Some((next_pass, _)), .. }) if claim.job.force => {
                match self.take_beside(claim, next_pass).await? {
                    Ok(before) => {
                        let before = before.map_or(first, |item| before_claim(&item, claim));
                        Ok(Claimed::Ours(Record { is_beside: true, ..before }))
                    }
                    Err(item) => Ok(standing(&item, claim)),
                }
            }
            standing => Ok(standing),
        }
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
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

    async fn attempts(&self, job: &ImportJob, now: Timestamp) -> Result<Vec<Attempt>, PortError> {
        let items = self.query(&job.event.organization_id, &job.event.simulation_output_id).await?;
        Ok(items.iter().filter(|item| !Fields(item).has_expired(now)).filter_map(attempt).collect())
    }

    async fn habit(&self, job: &ImportJob, source: SourceId) -> Result<Option<Habit>, PortError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(source_key(job, source)));
        let got = get.consistent_read(true).send().await;
        let item = got.map_err(|error| port_error(PORT, "GetItem of a source", &error))?.item;
        Ok(item.as_ref().and_then(|item| Fields(item).text("habit")).and_then(Habit::parse))
    }

    async fn learn(&self, job: &ImportJob, source: SourceId, habit: Habit) -> Result<(), PortError> {
        let mut item = source_key(job, source);
        item.insert("habit".to_owned(), text(habit.as_str()));
        let mut put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        if habit == Habit::Untagged {
            // Another import may have seen a tag meanwhile, and that holds for ever.
            put = put.condition_expression("attribute_not_exists(PK)");
        }
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(port_error(PORT, "PutItem of a source", &error)),
            },
        }
    }
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

/// The item that a condition failed on.
fn refused(error: &SdkError<UpdateItemError>) -> Option<Item> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Some(refused.item().cloned().unwrap_or_default())
        }
        _ => None,
    }
}
