use std::time::Duration;

use clickhouse::{Client, Compression};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::{Builder, Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use secrecy::ExposeSecret;

use crate::{SettingsError, TraceStoreSettings};

/// The server drops an idle connection after 3 s: ours must be gone before.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The crate's client over a transport of ours: its own sets no `TCP_NODELAY`, which makes small inserts 2 to 4 times
/// slower, and takes whatever TLS the workspace's features leave it.
pub(crate) fn client(settings: &TraceStoreSettings) -> Result<Client, SettingsError> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    tcp.enforce_http(false);
    let mut transport = HttpClient::builder(TokioExecutor::new());
    transport.pool_idle_timeout(POOL_IDLE_TIMEOUT);
    let client = if settings.url.starts_with("https://") {
        over_tls(&transport, tcp)?
    } else {
        Client::with_http_client(transport.build(tcp))
    };
    Ok(client
        .with_url(settings.url.as_str())
        .with_database(settings.database.as_str())
        .with_user(settings.user.as_str())
        .with_password(settings.password.expose_secret())
        .with_compression(Compression::Lz4)
        // From 26.x on a map's subscript is else rewritten to a subcolumn, which no index knows: every granule is read.
        .with_setting("optimize_functions_to_subcolumns", "0"))
}

fn over_tls(transport: &Builder, tcp: HttpConnector) -> Result<Client, SettingsError> {
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|_| SettingsError::RootCertificates)?
        .https_only()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Client::with_http_client(transport.build(tls)))
}
