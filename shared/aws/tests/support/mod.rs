//! Tables, secrets and queues of one test each.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use spanlift_aws::{DynamoLedger, QueueUrls, SdkConfig};
use spanlift_importer::ports::Claimed;
use spanlift_importer::{Conclusion, Record};
use spanlift_model::{Clock, ImportJob, OrganizationId, Provider, Status, Timestamp};

pub(crate) const LIFETIME: Duration = Duration::from_hours(90 * 24);

/// Every test's own: a connection ends with the runtime that made it.
pub(crate) async fn aws() -> SdkConfig {
    let aws = spanlift_aws::load().await;
    assert!(aws.endpoint_url().is_some(), "AWS_ENDPOINT_URL is set: this is not for an account");
    aws
}

/// Time stands still.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        noon()
    }
}

pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

pub(crate) fn job() -> ImportJob {
    ImportJob::parse(
        r#"{"version": "1", "organization_id": "org-1", "simulation_output_id": "sim-1 👋", "status": "COMPLETED",
            "started_at": "2026-11-20T11:50:00Z", "ended_at": "2026-11-20T11:59:59.5Z", "provider": "langfuse"}"#,
    )
    .unwrap()
}

pub(crate) fn conclusion(status: Status, next: Option<(u32, Timestamp)>, at: Timestamp) -> Conclusion {
    Conclusion { next, due_since: next.map(|(_, at)| at), ..Conclusion::new(status, at) }
}

/// The record of a claim that went through.
pub(crate) fn ours(claimed: Claimed) -> Record {
    match claimed {
        Claimed::Ours(record) => record,
        other => panic!("{other:?}"),
    }
}

/// The record of a claim that came too late, or too early.
pub(crate) fn done(claimed: Claimed) -> Record {
    match claimed {
        Claimed::Done(record) => record,
        other => panic!("{other:?}"),
    }
}

fn unique(what: &str) -> String {
    format!("spanlift-test-{what}-{:016x}", fastrand::u64(..))
}

/// A ledger's table, as the deployment makes it.
pub(crate) struct Table {
    name: String,
    client: aws_sdk_dynamodb::Client,
}

impl Table {
    pub(crate) async fn make() -> Self {
        let table = Self { name: unique("ledger"), client: aws_sdk_dynamodb::Client::new(&aws().await) };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        let keys = |hash, range| vec![key(hash, KeyType::Hash), key(range, KeyType::Range)];
        let attribute = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
        };
        let index = GlobalSecondaryIndex::builder()
            .index_name("attention")
            .set_key_schema(Some(keys("attention_key", "attention_at")))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .unwrap();
        let names = ["PK", "SK", "attention_key", "attention_at"];
        table
            .client
            .create_table()
            .table_name(&table.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(names.map(attribute).to_vec()))
            .set_key_schema(Some(keys("PK", "SK")))
            .global_secondary_indexes(index)
            .send()
            .await
            .unwrap();
        table
    }

    pub(crate) async fn ledger(&self) -> DynamoLedger {
        DynamoLedger::new(&aws().await, &self.name, LIFETIME)
    }

    /// How many imports the index names.
    pub(crate) async fn attention(&self, key: &str) -> i32 {
        let query = self.client.query().table_name(&self.name).index_name("attention");
        let query = query.key_condition_expression("attention_key = :key");
        query.expression_attribute_values(":key", AttributeValue::S(key.to_owned())).send().await.unwrap().count()
    }

    pub(crate) async fn delete(self) {
        self.client.delete_table().table_name(&self.name).send().await.unwrap();
    }
}

/// A connection's secret.
pub(crate) struct Secret {
    id: String,
    client: aws_sdk_secretsmanager::Client,
}

impl Secret {
    pub(crate) async fn replace(&self, text: &str) {
        self.client.put_secret_value().secret_id(&self.id).secret_string(text).send().await.unwrap();
    }

    pub(crate) async fn delete_later(&self) {
        self.client.delete_secret().secret_id(&self.id).recovery_window_in_days(7).send().await.unwrap();
    }
}

/// Runs `test` with a prefix under which there is a connection.
pub(crate) async fn with_secret(
    organization_id: &OrganizationId,
    provider: &Provider,
    test: impl AsyncFnOnce(&str, &Secret),
) {
    let prefix = unique("secrets");
    let id = format!("{prefix}/{organization_id}/{provider}");
    let secret = Secret { id, client: aws_sdk_secretsmanager::Client::new(&aws().await) };
    secret.client.create_secret().name(&secret.id).secret_string("{}").send().await.unwrap();
    test(&prefix, &secret).await;
    secret.client.delete_secret().secret_id(&secret.id).force_delete_without_recovery(true).send().await.unwrap();
}

/// A queue that is every queue of the function.
pub(crate) struct TestQueue {
    url: String,
    client: aws_sdk_sqs::Client,
}

/// What was received.
pub(crate) struct Received {
    pub(crate) body: String,
    pub(crate) group: String,
    pub(crate) reason: String,
    pub(crate) receipt_handle: String,
}

impl TestQueue {
    pub(crate) async fn receive(&self) -> Option<Received> {
        let request = self.client.receive_message().queue_url(&self.url).wait_time_seconds(1);
        let request =
            request.message_attribute_names("All").message_system_attribute_names(MessageSystemAttributeName::All);
        let message = request.send().await.unwrap().messages.unwrap_or_default().pop()?;
        let group = message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId));
        let reason = message.message_attributes().and_then(|all| all.get("reason")?.string_value());
        Some(Received {
            group: group.cloned().unwrap_or_default(),
            reason: reason.unwrap_or_default().to_owned(),
            body: message.body.unwrap(),
            receipt_handle: message.receipt_handle.unwrap(),
        })
    }
}

pub(crate) async fn with_queue(test: impl AsyncFnOnce(QueueUrls, &TestQueue)) {
    let client = aws_sdk_sqs::Client::new(&aws().await);
    let url = client.create_queue().queue_name(unique("queue")).send().await.unwrap().queue_url.unwrap();
    let queue = TestQueue { url: url.clone(), client };
    test(QueueUrls { own: url.clone(), dead_letter: url.clone(), outcomes: Some(url.clone()) }, &queue).await;
    queue.client.delete_queue().queue_url(&url).send().await.unwrap();
}
