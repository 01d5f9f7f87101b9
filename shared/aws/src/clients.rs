use std::thread;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

// A call that hangs must not eat the budget of an import.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
const MOST_ATTEMPTS: u32 = 3;
const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

/// The configuration of every AWS client: region, credentials and endpoint as the environment has them; TLS by ring,
/// the one crypto library of the workspace.
pub async fn load() -> SdkConfig {
    let http = OneConnector(Builder::new().tls_provider(TLS).build_https());
    // The library keeps the machine's certificate authorities once it has read them: that is done beside the start.
    let reading = || drop(Connector::builder().tls_provider(TLS).build());
    drop(thread::Builder::new().name("tls".to_owned()).spawn(reading));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MOST_ATTEMPTS))
        .timeout_config(timeouts)
        .load()
        .await
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
