use std::sync::{Arc, OnceLock};
use std::thread;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt as _;

/// The TLS configuration of a process: trusts what the machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured).
///
/// To read the machine's certificate authorities is most of what the start of a function would compute, and nothing needs them
/// before an import was claimed: a thread reads them beside the start.
#[derive(Clone, Debug)]
pub(crate) struct Tls(Arc<OnceLock<Result<ClientConfig, rustls::Error>>>);

impl Tls {
    /// Begins to read. Where no thread can be had, the first request reads.
    pub(crate) fn of_machine() -> Self {
        let tls = Self(Arc::default());
        let reading = tls.clone();
        drop(thread::Builder::new().name("tls".to_owned()).spawn(move || reading.config().is_ok()));
        tls
    }

    /// Waits for the reading, if it is not done.
    pub(crate) fn config(&self) -> Result<&ClientConfig, &rustls::Error> {
        self.0.get_or_init(machine_config).as_ref()
    }
}

impl From<ClientConfig> for Tls {
    fn from(config: ClientConfig) -> Self {
        Self(Arc::new(OnceLock::from(Ok(config))))
    }
}

/// Names its cryptography, so that nothing has to be installed for the process and nothing panics where it is not.
fn machine_config() -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(with_http_1(config))
}

pub(crate) fn with_http_1(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
