//! Imports by time, through the index `recent`: a key a day and shard, so that no organization's burst falls on one. The index
//! holds keys only, and each import has an entry that is written twice: nothing that a pass writes in between costs there.

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::future::try_join_all;
use serde::Serialize;
use spanlift_importer::PortError;
use spanlift_importer::ports::Claim;
use spanlift_model::{Digest, OrganizationId, Timestamp};

use super::entry::ImportEntry;
use super::item::{Fields, Item, number, text};
use super::{DynamoLedger, PORT};
use crate::errors::port_error;

/// The index's name; its keys are `recent_key` and `recent_at`.
const INDEX: &str = "recent";
/// Parts of a day. A partition takes 1,000 writes a second, and an import has three.
const SHARDS: u8 = 8;
/// Items that `BatchGetItem` gives at once.
const BATCH: usize = 100;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// An import, and when it began or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecentEntry {
    /// The organization.
    pub organization_id: String,
    /// The simulation.
    pub simulation_output_id: String,
    /// When its last pass ended or, where a pass is to follow, it was first claimed.
    pub at: Timestamp,
    /// How it stands.
    #[serde(flatten)]
    pub import: ImportEntry,
}

/// The index's keys for an import that begins or ends `at`.
pub(super) fn recent_keys(claim: &Claim<'_>, at: Timestamp) -> Item {
    let mut digest = Digest::default();
    digest.add(claim.job.import_id().to_string().as_bytes());
    let shard = digest.finish().first().copied().unwrap_or_default() % SHARDS;
    [("recent_key".to_owned(), text(key(at, shard))), ("recent_at".to_owned(), number(at.millis()))].into()
}

fn key(at: Timestamp, shard: u8) -> String {
    format!("{}#{shard}", at.day())
}

impl DynamoLedger {
    /// Imports that began or ended since `from` and that `is_wanted` says yes to, newest first, and no more than `limit`. Of
    /// `organization` only, where one is given: the others' items are not read.
    ///
    /// # Errors
    /// When the index or the table cannot be read.
    pub async fn recent(
        &self,
        organization: Option<&OrganizationId>,
        from: Timestamp,
        now: Timestamp,
        limit: usize,
        is_wanted: impl Fn(&RecentEntry) -> bool,
    ) -> Result<Vec<RecentEntry>, PortError> {
        let of_organization = organization.map(|organization| format!("{organization}#"));
        let is_asked = |key: &Item| {
            of_organization
                .as_ref()
                .is_none_or(|wanted| Fields(key).text("PK").is_some_and(|key| key.starts_with(wanted)))
        };
        let is_wanted = |entry: &RecentEntry, fields: Fields<'_>| !fields.has_expired(now) && is_wanted(entry);
        let mut found = Vec::new();
        let mut at = now;
        // Day by day: the days before are only looked at where there are not enough yet.
        loop {
            let shards = (0..SHARDS).map(|shard| self.recent_shard(key(at, shard), from, limit, &is_asked, &is_wanted));
            found.extend(try_join_all(shards).await?.into_iter().flatten());
            let day_began = at.millis().div_euclid(DAY_MILLIS).saturating_mul(DAY_MILLIS);
            if found.len() >= limit || day_began <= from.millis() {
                break;
            }
            at = Timestamp::from_millis(day_began - 1);
        }
        found.sort_by(|one, other| {
            other.at.cmp(&one.at).then_with(|| one.simulation_output_id.cmp(&other.simulation_output_id))
        });
        // An import that ended while this was read may have been met under both of its keys.
        found.dedup();
        found.truncate(limit);
        Ok(found)
    }

    async fn recent_shard(
        &self,
        key: String,
        from: Timestamp,
        limit: usize,
        is_asked: &impl Fn(&Item) -> bool,
        is_wanted: &impl Fn(&RecentEntry, Fields<'_>) -> bool,
    ) -> Result<Vec<RecentEntry>, PortError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .scan_index_forward(false)
            .key_condition_expression("recent_key = :key AND recent_at >= :from")
            .expression_attribute_values(":key", text(key))
            .expression_attribute_values(":from", number(from.millis()))
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| port_error(PORT, "Query of recent imports", &error))?;
            let keys: Vec<Item> = page.items.unwrap_or_default().into_iter().filter(is_asked).map(table_key).collect();
            for keys in keys.chunks(BATCH) {
                let items = self.items(keys).await?;
                let entries = items.iter().map(Fields).filter_map(|fields| Some((entry(fields)?, fields)));
                found.extend(entries.filter(|(entry, fields)| is_wanted(entry, *fields)).map(|(entry, _)| entry));
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// The items with these keys, those that are there.
    async fn items(&self, keys: &[Item]) -> Result<Vec<Item>, PortError> {
        let error = |detail: &str| PortError::Unavailable { port: PORT, detail: format!("BatchGetItem: {detail}") };
        let asked = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).build();
        let mut asked = asked.map_err(|_| error("the request could not be made"))?;
        let mut found = Vec::new();
        loop {
            let batch = self.client.batch_get_item().request_items(&self.table, asked).send().await;
            let batch = batch.map_err(|error| port_error(PORT, "BatchGetItem", &error))?;
            let items = batch.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default();
            let left = batch.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
            let is_stuck = items.is_empty();
            found.extend(items);
            match left {
                None => return Ok(found),
                Some(_) if is_stuck => return Err(error("none of the items that were asked for came")),
                Some(left) => asked = left,
            }
        }
    }
}

/// Of an entry of the index, the key of its item.
fn table_key(mut entry: Item) -> Item {
    entry.retain(|name, _| name == "PK" || name == "SK");
    entry
}

fn entry(fields: Fields<'_>) -> Option<RecentEntry> {
    Some(RecentEntry {
        organization_id: fields.text("organization_id")?.to_owned(),
        simulation_output_id: fields.text("simulation_output_id")?.to_owned(),
        at: fields.millis("recent_at")?,
        import: ImportEntry::new(fields)?,
    })
}
