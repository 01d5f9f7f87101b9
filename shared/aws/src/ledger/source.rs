//! What a source has shown itself to be: one small item each.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use spanlift_importer::PortError;
use spanlift_model::{Habit, OrganizationId, Provider, SourceId};

use super::item::{Fields, Item, text};
use super::{DynamoLedger, PORT};
use crate::errors::port_error;

impl DynamoLedger {
    pub(super) async fn habit_of(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
    ) -> Result<Option<Habit>, PortError> {
        let key = source_key(organization_id, provider, source);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key));
        let got = get.consistent_read(true).send().await;
        let item = got.map_err(|error| port_error(PORT, "GetItem of a source", &error))?.item;
        Ok(item.as_ref().and_then(|item| Fields(item).text("habit")).and_then(Habit::parse))
    }

    pub(super) async fn remember(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        habit: Habit,
    ) -> Result<(), PortError> {
        let mut item = source_key(organization_id, provider, source);
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

/// The key of the item of a source that an organization's imports read from.
fn source_key(organization_id: &OrganizationId, provider: &Provider, source: SourceId) -> Item {
    HashMap::from([
        ("PK".to_owned(), text(organization_id)),
        ("SK".to_owned(), text(format!("connection#{provider}#{source}"))),
    ])
}
