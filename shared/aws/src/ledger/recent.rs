//! Imports by time, through the index `recent`: a key a day and shard, so that no organization's burst falls on one.

use futures_util::future::try_join_all;
use serde::Serialize;
use spanlift_importer::PortError;
use spanlift_importer::ports::Claim;
use spanlift_model::{Digest, Timestamp};

use super::entry::ImportEntry;
use super::item::{Fields, Item, number, text};
use super::{DynamoLedger, PORT};
use crate::errors::port_error;

/// The index's name; its keys are `recent_key` and `recent_at`.
const INDEX: &str = "recent";
/// Parts of a day. A partition takes 1,000 writes a second, and an import has about six.
const SHARDS: u8 = 8;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// An import, and when it was last touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecentEntry {
    /// The organization.
    pub organization_id: String,
    /// The simulation.
    pub simulation_output_id: String,
    /// When its last pass ended, or it was first claimed.
    pub at: Timestamp,
    /// How it stands.
    #[serde(flatten)]
    pub import: ImportEntry,
}

/// The index's keys for an import that is touched `at`.
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
    /// Imports that were touched since `from` and that `is_wanted` says yes to, newest first, and no more than `limit`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn recent(
        &self,
        from: Timestamp,
        now: Timestamp,
        limit: usize,
        is_wanted: impl Fn(&RecentEntry) -> bool,
    ) -> Result<Vec<RecentEntry>, PortError> {
        let mut found = Vec::new();
        let mut at = now;
        // Day by day: the days before are only looked at where there are not enough yet.
        loop {
            let shards = (0..SHARDS).map(|shard| self.recent_shard(key(at, shard), from, now, limit, &is_wanted));
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
        found.truncate(limit);
        Ok(found)
    }

    async fn recent_shard(
        &self,
        key: String,
        from: Timestamp,
        now: Timestamp,
        limit: usize,
        is_wanted: &impl Fn(&RecentEntry) -> bool,
    ) -> Result<Vec<RecentEntry>, PortError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .scan_index_forward(false)
            .key_condition_expression("recent_key = :key AND recent_at >= :from")
            .expression_attribute_values(":key", text(key))
            .expression_attribute_values(":from", number(from.millis()))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| port_error(PORT, "Query of recent imports", &error))?;
            let fields = Fields(&item);
            if let Some(entry) = entry(fields).filter(|entry| !fields.has_expired(now) && is_wanted(entry)) {
                found.push(entry);
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }
}

fn entry(fields: Fields<'_>) -> Option<RecentEntry> {
    Some(RecentEntry {
        organization_id: fields.text("organization_id")?.to_owned(),
        simulation_output_id: fields.text("simulation_output_id")?.to_owned(),
        at: fields.millis("recent_at")?,
        import: ImportEntry::new(fields)?,
    })
}
