//! The client against real sockets.

mod answers;
mod bodies;
mod connections;
mod hosts;
mod tls;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use spanlift_model::{Clock, PlatformError, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::{Access, BaseUrl, Calls, Limits, PlatformClient, Request, Response};

const LOOPBACK: &str = "http://127.0.0.0/8 http://localhost https://127.0.0.0/8 https://localhost";
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn client() -> PlatformClient {
    client_with(LOOPBACK)
}

fn client_with(allow_list: &str) -> PlatformClient {
    PlatformClient::new(allow_list.parse().unwrap())
}

/// A base as a deployment with this list would take it.
fn base(url: &str) -> BaseUrl {
    BaseUrl::parse(url, Access::Anonymous, &LOOPBACK.parse().unwrap()).unwrap()
}

fn get(url: &str) -> Request {
    Request::get(&base(url), &["v1"], &[]).unwrap()
}

/// The machine's time, as if the test had begun at [`START`].
struct SinceStart(Instant);

impl Clock for SinceStart {
    fn now(&self) -> Timestamp {
        START.plus(self.0.elapsed())
    }
}

/// Calls that do not wait between attempts.
fn calls(client: &PlatformClient, request: Duration, deadline: Duration) -> Calls<'_> {
    let clock = Box::leak(Box::new(SinceStart(Instant::now())));
    let limits = Limits { request, deadline: START.plus(deadline) };
    let mut calls = client.calls(limits, clock);
    calls.jitter = || 0.0;
    calls
}

fn quick_calls(client: &PlatformClient) -> Calls<'_> {
    calls(client, Duration::from_secs(10), Duration::from_mins(1))
}

/// One request of a client that may call the loopback; the answer whatever its status.
async fn fetch(url: &str) -> Result<Response, PlatformError> {
    quick_calls(&client()).send(&get(url), Ok).await
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A server that treats every connection as told, the first one with number 0.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(usize, TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(counted.fetch_add(1, Ordering::SeqCst), stream));
            }
        });
        Self { address, connections }
    }

    /// Answers the first request of every connection with these bytes and closes it.
    async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::start(move |_, mut stream| {
            let bytes = Arc::clone(&bytes);
            async move {
                read_head(&mut stream).await;
                stream.write_all(&bytes).await.ok();
            }
        })
        .await
    }

    /// Sends these bytes and then nothing, without closing.
    async fn stalling(bytes: &'static [u8]) -> Self {
        Self::start(move |_, mut stream| async move {
            read_head(&mut stream).await;
            stream.write_all(bytes).await.ok();
            std::future::pending::<()>().await;
        })
        .await
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads a request without a body; false when the connection ended before.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

fn broken_off() -> PlatformError {
    PlatformError::BrokenOff { host: "127.0.0.1".to_owned() }
}

fn unreachable(host: &str) -> PlatformError {
    PlatformError::Unreachable { host: host.to_owned() }
}
