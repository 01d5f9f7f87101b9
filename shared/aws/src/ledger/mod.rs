//! The ledger in a `DynamoDB` table. The module `item` says what its items hold.

mod announced;
mod claim;
mod complete;
mod entry;
mod item;
mod recent;
mod source;
mod update;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Conclusion, PortError, Record};
use spanlift_model::{
    Attempt, Habit, ImportJob, OrganizationId, Provider, SimulationCompleted, SimulationOutputId, SourceId, Timestamp,
};

pub use self::entry::{Entries, FanoutEntry, ImportEntry};
#[cfg(test)]
pub(crate) use self::item::number;
use self::item::{Fields, attempt, list, of_event, partition_key, record, sort_key};
pub(crate) use self::item::{Item, text};
pub use self::recent::RecentEntry;
use self::update::Update;
use crate::errors::port_error;

const PORT: &str = "ledger";

/// The ledger in a `DynamoDB` table.
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
        self.claim_pass(claim).await
    }

    async fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion) -> Result<(), PortError> {
        self.complete_pass(claim, conclusion).await
    }

    async fn record(&self, job: &ImportJob, now: Timestamp) -> Result<Option<Record>, PortError> {
        let event = &job.event;
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("PK", partition_key(&event.organization_id, &event.simulation_output_id))
            .key("SK", sort_key(event.attempt, job.provider.as_str()))
            .consistent_read(true);
        let item = get.send().await.map_err(|error| port_error(PORT, "GetItem of an import", &error))?.item;
        Ok(item.filter(|item| !Fields(item).has_expired(now)).map(|item| record(&item, now)))
    }

    async fn attempts(&self, job: &ImportJob, now: Timestamp) -> Result<Vec<Attempt>, PortError> {
        let items = self.query(&job.event.organization_id, &job.event.simulation_output_id).await?;
        Ok(items.iter().filter(|item| !Fields(item).has_expired(now)).filter_map(attempt).collect())
    }

    async fn habit(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
    ) -> Result<Option<Habit>, PortError> {
        self.habit_of(organization_id, provider, source).await
    }

    async fn learn(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        habit: Habit,
    ) -> Result<(), PortError> {
        self.remember(organization_id, provider, source, habit).await
    }
}

/// What fanout writes.
fn fanned_out(
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

/// The item that a condition failed on.
pub(super) fn refused(error: &SdkError<UpdateItemError>) -> Option<Item> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Some(refused.item().cloned().unwrap_or_default())
        }
        _ => None,
    }
}
