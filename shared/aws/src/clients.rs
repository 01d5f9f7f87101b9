use std::time::Duration;

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion as _;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

// A call that hangs must not eat the budget of an import.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
const MOST_ATTEMPTS: u32 = 3;
/// By ring, the one crypto library of the workspace.
const TLS: Provider = Provider::Rustls(CryptoMode::Ring);
/// Where all services are, if not on AWS.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// The configuration of every AWS client of a function: region, credentials and endpoints as Lambda puts them into the environment,
/// and nothing else, so that a function carries no other way to sign in (docs/adr/0040).
pub async fn of_function() -> SdkConfig {
    let environment = Env::real();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client())
        .retry_config(retries())
        .timeout_config(timeouts());
    config.set_region(EnvironmentVariableRegionProvider::new().region().await);
    config.set_endpoint_url(environment.get(ENDPOINT).ok());
    config.service_config(OfService(environment)).build()
}

/// The configuration of every AWS client of a person's command: as the environment and the profiles of `~/.aws` have it.
#[cfg(feature = "profiles")]
pub async fn of_person() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(retries())
        .timeout_config(timeouts())
        .load()
        .await
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MOST_ATTEMPTS)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// Reads the certificate authorities that the machine trusts, once for the process: the library keeps them. The first request does so
/// where nobody did before.
pub fn read_certificates() {
    drop(Connector::builder().tls_provider(TLS).build());
}

fn http_client() -> SharedHttpClient {
    SharedHttpClient::new(OneConnector(Builder::new().tls_provider(TLS).build_https()))
}

/// One connector for all clients of a process, made by the first request. The library's own client makes one more for each client
/// when that is made, only to read certificates early, and throws it away.
#[derive(Debug)]
struct OneConnector(SharedHttpClient);

impl HttpClient for OneConnector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
}

/// What the environment says of one service, such as `AWS_ENDPOINT_URL_SQS`: it goes before what it says of all.
#[derive(Debug)]
struct OfService(Env);

impl LoadServiceConfig for OfService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0.get(&format!("{}_{service}", key.env())).ok()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::error::SdkError;

    use super::*;

    #[test]
    fn a_service_may_have_an_endpoint_of_its_own() {
        let environment = OfService(Env::from_slice(&[("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://one")]));
        let asked = |service: &str| {
            let key = ServiceConfigKey::builder().service_id(service).env(ENDPOINT).profile("endpoint_url");
            environment.load_config(key.build().unwrap())
        };
        assert_eq!(asked("Secrets Manager").as_deref(), Some("http://one"));
        assert_eq!(asked("SQS"), None);
    }

    /// `SdkConfig` has no defaults of its own: a client that lacks a part panics when it is made or used.
    #[tokio::test]
    async fn a_client_can_be_made_of_it_and_asks() {
        let config = of_function().await.into_builder().endpoint_url("http://127.0.0.1:1");
        let config = config.region(aws_config::Region::from_static("eu-west-1"));
        let key = aws_credential_types::Credentials::for_tests();
        let config = config.credentials_provider(SharedCredentialsProvider::new(key)).build();
        let error = Client::new(&config).list_tables().send().await.unwrap_err();
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    }
}
