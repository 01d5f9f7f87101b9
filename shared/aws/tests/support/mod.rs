//! Tables, secrets and queues of one test each.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};
use spanlift_aws::{DynamoLedger, QueueUrls, Queues, SdkConfig};
use spanlift_contracts::queue::{self, DeadLetter};
use spanlift_contracts::{ledger, samples};
use spanlift_importer::Outcome;
use spanlift_model::{Clock, ImportJob, OrganizationId, Provider, Timestamp};

/// Every test's own: a connection ends with the runtime that made it.
pub(crate) async fn aws() -> SdkConfig {
    let aws = spanlift_aws::of_function().await;
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
    samples::job("sim-1 👋", 1, noon().minus(Duration::from_mins(6)))
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
        DynamoLedger::new(&aws().await, &self.name, ledger::LIFETIME)
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
    attributes: HashMap<String, MessageAttributeValue>,
    pub(crate) receipt_handle: String,
}

impl Received {
    /// A message attribute; empty where it is not there.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(MessageAttributeValue::string_value).unwrap_or_default()
    }
}

impl TestQueue {
    async fn make(client: &aws_sdk_sqs::Client) -> Self {
        let url = client.create_queue().queue_name(unique("queue")).send().await.unwrap().queue_url.unwrap();
        Self { url, client: client.clone() }
    }

    /// The next message, if there is one within a second.
    pub(crate) async fn receive(&self) -> Option<Received> {
        self.receive_within(Duration::from_secs(1)).await
    }

    async fn receive_within(&self, wait: Duration) -> Option<Received> {
        let seconds = i32::try_from(wait.as_secs()).unwrap();
        let request = self.client.receive_message().queue_url(&self.url).wait_time_seconds(seconds);
        let request =
            request.message_attribute_names("All").message_system_attribute_names(MessageSystemAttributeName::All);
        let message = request.send().await.unwrap().messages.unwrap_or_default().pop()?;
        let group = message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId));
        Some(Received {
            group: group.cloned().unwrap_or_default(),
            attributes: message.message_attributes.unwrap_or_default(),
            body: message.body.unwrap(),
            receipt_handle: message.receipt_handle.unwrap(),
        })
    }

    /// The next message, taken for good.
    async fn take(&self, wait: Duration) -> Option<Received> {
        let message = self.receive_within(wait).await?;
        let delete = self.client.delete_message().queue_url(&self.url).receipt_handle(&message.receipt_handle);
        delete.send().await.unwrap();
        Some(message)
    }

    async fn delete(&self) {
        self.client.delete_queue().queue_url(&self.url).send().await.unwrap();
    }
}

pub(crate) async fn with_queue(test: impl AsyncFnOnce(QueueUrls, &TestQueue)) {
    let queue = TestQueue::make(&aws_sdk_sqs::Client::new(&aws().await)).await;
    let url = &queue.url;
    test(QueueUrls { own: url.clone(), dead_letter: url.clone(), outcomes: Some(url.clone()) }, &queue).await;
    queue.delete().await;
}

/// The three queues of a function, and their other ends.
pub(crate) struct ThreeQueues {
    queues: Queues,
    own: TestQueue,
    dead_letter: TestQueue,
    outcomes: TestQueue,
}

impl ThreeQueues {
    pub(crate) async fn make() -> Self {
        let aws = aws().await;
        let client = aws_sdk_sqs::Client::new(&aws);
        let (own, dead_letter) = (TestQueue::make(&client).await, TestQueue::make(&client).await);
        let outcomes = TestQueue::make(&client).await;
        let url = |queue: &TestQueue| queue.url.clone();
        let urls = QueueUrls { own: url(&own), dead_letter: url(&dead_letter), outcomes: Some(url(&outcomes)) };
        Self { queues: Queues::new(&aws, urls), own, dead_letter, outcomes }
    }

    pub(crate) async fn delete(self) {
        for queue in [self.own, self.dead_letter, self.outcomes] {
            queue.delete().await;
        }
    }
}

impl queue::Bench for ThreeQueues {
    type Queue = Queues;

    fn queue(&self) -> &Queues {
        &self.queues
    }

    async fn receive(&self, within: Duration) -> Option<ImportJob> {
        Some(ImportJob::parse(&self.own.take(within).await?.body).unwrap())
    }

    async fn receive_dead(&self) -> Option<DeadLetter> {
        let message = self.dead_letter.take(Duration::ZERO).await?;
        let (reason, detail) = (message.attribute("failed").to_owned(), message.attribute("detail").to_owned());
        Some(DeadLetter { job: ImportJob::parse(&message.body).unwrap(), reason, detail })
    }

    async fn receive_outcome(&self) -> Option<Outcome> {
        let message = self.outcomes.take(Duration::ZERO).await?;
        Some(serde_json::from_str(&message.body).unwrap())
    }
}
