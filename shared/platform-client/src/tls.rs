use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt as _;

/// The machine has no certificate authorities to trust, or none that can be read.
#[derive(Debug, thiserror::Error)]
#[error("no TLS: {0}")]
pub struct TlsError(#[from] rustls::Error);

/// Trusts what the machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured). Names its cryptography, so that
/// nothing has to be installed for the process and nothing panics where it is not.
pub(crate) fn platform_config() -> Result<ClientConfig, TlsError> {
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
