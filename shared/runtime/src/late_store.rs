use spanlift_aws::SdkConfig;
use spanlift_importer::PortError;
use spanlift_importer::ports::{StoreState, TraceStore};
use spanlift_model::{Attempts, ImportJob, Span, Timestamp};
use spanlift_trace_store::ClickHouse;
use tokio::sync::OnceCell;

use crate::{TraceStoreConfiguration, TraceStoreError};

const PORT: &str = "trace store";

/// The trace store, opened when it is first asked: a claim needs nothing of it, and its secret is fetched while the platform
/// is read.
///
/// A store that cannot be opened is a store that is away: the import says so in the ledger and is tried again, and the next
/// question opens it anew.
pub(crate) struct LateStore {
    configuration: TraceStoreConfiguration,
    aws: SdkConfig,
    store: OnceCell<ClickHouse>,
}

impl LateStore {
    pub(crate) fn new(configuration: TraceStoreConfiguration, aws: SdkConfig) -> Self {
        Self { configuration, aws, store: OnceCell::new() }
    }

    async fn open(&self) -> Result<&ClickHouse, PortError> {
        let open = || async {
            self.configuration.open(&self.aws).await.map_err(|error| match error {
                TraceStoreError::Secret(error) => error,
                error => PortError::Unavailable { port: PORT, detail: error.to_string() },
            })
        };
        self.store.get_or_try_init(open).await
    }
}

impl TraceStore for LateStore {
    async fn look_up(&self, job: &ImportJob, attempts: &Attempts) -> Result<StoreState, PortError> {
        self.open().await?.look_up(job, attempts).await
    }

    async fn insert(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> Result<(), PortError> {
        self.open().await?.insert(job, schedule, rows).await
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        self.open().await?.count(job).await
    }
}

#[cfg(test)]
mod tests {
    use aws_config::Region;
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use serde_json::json;
    use spanlift_model::SimulationCompleted;
    use wiremock::matchers::{header, method};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    const SECRETS: &str = "secretsmanager.GetSecretValue";

    /// Secrets Manager and `ClickHouse` on one address; that has no rows, and no secret before it was asked once.
    async fn server() -> MockServer {
        let server = MockServer::start().await;
        let asked = || Mock::given(method("POST")).and(header("x-amz-target", SECRETS));
        let missing = json!({"__type": "ResourceNotFoundException", "Message": "no such secret"});
        asked().respond_with(ResponseTemplate::new(400).set_body_json(missing)).up_to_n_times(1).mount(&server).await;
        let secret = json!({"VersionId": "1", "SecretString": r#"{"user": "importer", "password": "p"}"#});
        asked().respond_with(ResponseTemplate::new(200).set_body_json(secret)).mount(&server).await;
        let broken = ResponseTemplate::new(500).set_body_string("Code: 999. DB::Exception: the store itself");
        Mock::given(header("x-clickhouse-user", "importer")).respond_with(broken).mount(&server).await;
        server
    }

    async fn store(server: &MockServer) -> LateStore {
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let aws = spanlift_aws::of_function().await.into_builder();
        let aws = aws
            .endpoint_url(server.uri())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        let configuration = TraceStoreConfiguration {
            url: server.uri(),
            database: "otel".to_owned(),
            table: "otel_traces".to_owned(),
            secret: "clickhouse".to_owned(),
            organization_attribute: "organization".to_owned(),
            simulation_attribute: "simulation".to_owned(),
        };
        LateStore::new(configuration, aws.build())
    }

    fn job() -> ImportJob {
        let event = json!({
            "version": "1", "organization_id": "acme", "simulation_output_id": "sim-1", "status": "COMPLETED",
            "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:00Z",
        });
        ImportJob::first(SimulationCompleted::parse(&event.to_string()).unwrap(), "arize".parse().unwrap())
    }

    #[tokio::test]
    async fn a_store_that_could_not_be_opened_is_opened_by_the_next_question() {
        let server = server().await;
        let store = store(&server).await;
        let secrets_asked = async || {
            let requests = server.received_requests().await.unwrap();
            requests.iter().filter(|request| request.headers.contains_key("x-amz-target")).count()
        };
        assert_eq!(secrets_asked().await, 0, "opening waits for the first question");
        let missing = store.count(&job()).await.unwrap_err().to_string();
        assert!(missing.contains("there is no secret clickhouse"), "{missing}");
        for _ in 0..2 {
            let broken = store.count(&job()).await.unwrap_err().to_string();
            assert!(broken.starts_with("trace store"), "{broken}");
        }
        assert_eq!(secrets_asked().await, 2, "the second question opened it, and the third found it open");
    }
}
