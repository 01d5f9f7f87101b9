use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use spanlift_model::FailureReason;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::tls::with_http_1;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A server that shows a certificate of `authority` for `name`.
async fn serve(authority: &Authority, name: &str, has_expired: bool) -> Server {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if has_expired {
        parameters.not_after = date_time_ymd(2020, 1, 1);
    }
    let certificate = parameters.signed_by(&key, authority).unwrap().der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.ok();
            stream.shutdown().await.ok();
        }
    })
    .await
}

async fn fetch_trusting(trusted: &CertificateDer<'static>, server: &Server) -> (Result<u16, PlatformError>, u64) {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = PlatformClient::with_tls(LOOPBACK.parse().unwrap(), Some(with_http_1(config)));
    let calls = quick_calls(&client);
    let request = get(&format!("https://localhost:{}", server.address.port()));
    let status = calls.send(&request, Ok).await.map(|answer| answer.status());
    (status, calls.requests())
}

#[tokio::test]
async fn speaks_tls_with_a_host_whose_certificate_is_good() {
    let authority = authority("ours");
    let server = serve(&authority, "localhost", false).await;
    assert_eq!(fetch_trusting(authority.der(), &server).await, (Ok(200), 1));
}

#[tokio::test]
async fn says_what_is_wrong_with_a_certificate() {
    let (trusted, stranger) = (authority("trusted"), authority("stranger"));
    for (issuer, name, has_expired, words) in [
        (&stranger, "localhost", false, "not signed by a publicly trusted authority"),
        (&trusted, "other.example", false, "is for another name"),
        (&trusted, "localhost", true, "has expired"),
    ] {
        let server = serve(issuer, name, has_expired).await;
        let (status, requests) = fetch_trusting(trusted.der(), &server).await;
        let Err(PlatformError::Refused { reason: FailureReason::Unreachable, advice }) = status else {
            panic!("{status:?}")
        };
        assert!(advice.contains(words) && advice.contains("localhost"), "{advice}");
        assert_eq!(requests, 1);
    }
}

#[tokio::test]
async fn trusts_the_authorities_of_the_machine_only() {
    let server = serve(&authority("unknown"), "localhost", false).await;
    let error = fetch(&format!("https://localhost:{}", server.address.port())).await.unwrap_err();
    assert!(matches!(error, PlatformError::Refused { reason: FailureReason::Unreachable, .. }), "{error}");
}

#[tokio::test]
async fn says_that_a_port_does_not_speak_tls() {
    let server = Server::start(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.ok();
        stream.read_u8().await.ok();
    })
    .await;
    let error = fetch(&format!("https://127.0.0.1:{}", server.address.port())).await.unwrap_err();
    assert_eq!(error, unreachable("127.0.0.1"));
}
