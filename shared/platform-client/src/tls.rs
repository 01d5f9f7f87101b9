use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt as _;

static OF_MACHINE: OnceLock<Result<ClientConfig, rustls::Error>> = OnceLock::new();

/// Reads the certificate authorities that the machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured), once for the
/// process. The first request to a host does so where nobody did before.
pub fn read_certificates() {
    OF_MACHINE.get_or_init(read);
}

/// The TLS configuration that trusts what the machine trusts.
pub(crate) fn of_machine() -> Result<&'static ClientConfig, &'static rustls::Error> {
    OF_MACHINE.get_or_init(read).as_ref()
}

/// Names its cryptography, so that nothing has to be installed for the process and nothing panics where it is not.
fn read() -> Result<ClientConfig, rustls::Error> {
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
