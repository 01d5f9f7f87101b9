use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sqs::operation::send_message::SendMessageError;
use spanlift_aws::{
    Connections, DeadLetter, DeadLetters, DynamoLedger, Entries, QueueUrls, Queues, RecentEntry, SdkConfig,
};
use spanlift_importer::PortError;
use spanlift_importer::ports::Queue as _;
use spanlift_model::{ImportJob, OrganizationId, Provider, SimulationCompleted, SimulationOutputId, Timestamp, Window};
use spanlift_runtime::SystemClock;
use spanlift_trace_store::{ClickHouse, StoredSpan};

use crate::configuration::ReplayConfiguration;
use crate::ports::{DeadLetterOffice, LedgerView, Outbox, SpanView};
use crate::recent::{Asked, RecentView};

const PORT: &str = "event queue";

/// The deployment's queues, connections and ledger on AWS, or on what speaks like it.
#[derive(Debug)]
pub struct Aws {
    ledger: DynamoLedger,
    client: Client,
    event_queue_url: String,
    queues: Queues,
    connections: Connections,
    providers: Vec<Provider>,
}

impl Aws {
    /// What `configuration` names.
    #[must_use]
    pub fn new(sdk: &SdkConfig, configuration: &ReplayConfiguration) -> Self {
        let imports: BTreeMap<Provider, String> = configuration.provider_queues.clone();
        // Nothing is refused from here, and no outcome announced.
        let urls = QueueUrls { own: configuration.event_queue_url.clone(), dead_letter: String::new(), outcomes: None };
        Self {
            // How long it remembers is for those who write.
            ledger: DynamoLedger::new(sdk, &configuration.ledger_table, Duration::ZERO),
            client: Client::new(sdk),
            event_queue_url: configuration.event_queue_url.clone(),
            providers: imports.keys().cloned().collect(),
            queues: Queues::new(sdk, urls).with_imports(imports),
            connections: Connections::new(sdk, &configuration.secret_prefix, SystemClock),
        }
    }
}

impl LedgerView for DynamoLedger {
    async fn entries(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        now: Timestamp,
    ) -> Result<Entries, PortError> {
        Self::entries(self, organization_id, simulation_output_id, now).await
    }
}

impl RecentView for DynamoLedger {
    async fn recent(&self, asked: &Asked, now: Timestamp) -> Result<Vec<RecentEntry>, PortError> {
        let from = now.minus(asked.since);
        Self::recent(self, asked.organization.as_ref(), from, now, asked.limit, |entry| asked.is_of(entry)).await
    }
}

impl LedgerView for Aws {
    async fn entries(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        now: Timestamp,
    ) -> Result<Entries, PortError> {
        self.ledger.entries(organization_id, simulation_output_id, now).await
    }
}

impl Outbox for Aws {
    async fn send_event(&self, event: &SimulationCompleted) -> Result<(), PortError> {
        let body = serde_json::to_string(event).map_err(|error| unavailable(error.to_string()))?;
        let sent = self
            .client
            .send_message()
            .queue_url(&self.event_queue_url)
            .message_body(body)
            .message_group_id(event.organization_id.as_str())
            .send()
            .await;
        sent.map(drop).map_err(|error| unavailable(answer(&error)))
    }

    fn providers(&self) -> Vec<Provider> {
        self.providers.clone()
    }

    async fn is_connected(&self, organization_id: &OrganizationId, provider: &Provider) -> Result<bool, PortError> {
        self.connections.is_connected(organization_id, provider).await
    }

    async fn send_job(&self, job: &ImportJob) -> Result<(), PortError> {
        self.queues.send(job, Duration::ZERO).await
    }
}

impl DeadLetterOffice for DeadLetters {
    async fn count(&self, queue: &str) -> Result<usize, PortError> {
        Self::count(self, queue).await
    }

    async fn take(&self, queue: &str, at_most: usize) -> Result<Vec<DeadLetter>, PortError> {
        Self::take(self, queue, at_most).await
    }

    async fn send(&self, queue: &str, letter: &DeadLetter, body: String) -> Result<(), PortError> {
        Self::send(self, queue, letter, body).await
    }

    async fn delete(&self, queue: &str, letter: &DeadLetter) -> Result<(), PortError> {
        Self::delete(self, queue, letter).await
    }

    async fn put_back(&self, queue: &str, letter: &DeadLetter) -> Result<(), PortError> {
        Self::put_back(self, queue, letter).await
    }
}

/// The trace store, to be read.
#[derive(Debug)]
pub struct TraceStore(pub ClickHouse);

impl SpanView for TraceStore {
    async fn spans(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        window: Window,
    ) -> Result<Vec<StoredSpan>, PortError> {
        self.0.spans(organization_id, simulation_output_id, window).await
    }
}

fn unavailable(detail: String) -> PortError {
    PortError::Unavailable { port: PORT, detail }
}

/// Code and message. A refused signature's message quotes the signed headers, among them a session token.
fn answer(error: &SdkError<SendMessageError>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) if !code.contains("Signature") => format!("SendMessage: {code}: {message}"),
        (Some(code), _) => format!("SendMessage: {code}"),
        (None, _) => "SendMessage: no answer".to_owned(),
    }
}
