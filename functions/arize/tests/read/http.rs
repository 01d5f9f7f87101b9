//! As much of an HTTP/1.1 server as a stand-in needs. It runs in the test's own runtime, so that virtual time holds
//! for both sides.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The path as it stood in the request, percent signs and all.
    pub(crate) path: String,
    /// The query's pairs, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Header names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// How long it takes to come.
    pub(crate) after: Duration,
    pub(crate) fate: Fate,
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    /// The connection stays open and nothing comes.
    Hangs,
    /// The connection is closed without a word.
    Closed,
}

impl Asked {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = move |(known, value): &'_ (String, String)| known == name && !value.is_empty();
        self.query.iter().filter(move |pair| of_name(pair)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&header.1)
    }

    /// The path's segments, decoded as Starlette does it: a `%2F` is a slash by then.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = percent_decode_str(&self.path).decode_utf8_lossy();
        path.split('/').skip(1).map(str::to_owned).collect()
    }
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            after: Duration::ZERO,
            fate: Fate::Arrives,
        }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(crate) fn hangs() -> Self {
        Self { fate: Fate::Hangs, ..Self::text(200, "") }
    }

    pub(crate) fn closed() -> Self {
        Self { fate: Fate::Closed, ..Self::text(200, "") }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }
}

pub(crate) type Handler = dyn FnMut(&Asked) -> Reply + Send;

/// Answers until the runtime ends.
pub(crate) async fn serve(handler: Arc<Mutex<Handler>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&handler)));
        }
    });
    address
}

async fn talk(stream: TcpStream, handler: Arc<Mutex<Handler>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    loop {
        let asked = read_request(&mut stream).await?;
        let reply = (handler.lock().unwrap())(&asked);
        tokio::time::sleep(reply.after).await;
        match reply.fate {
            Fate::Arrives => {}
            Fate::Hangs => std::future::pending().await,
            Fate::Closed => return None,
        }
        let headers: Vec<String> = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (status, length, headers) = (reply.status, reply.body.len(), headers.concat());
        let head = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {length}\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(&reply.body).await.ok()?;
        stream.flush().await.ok()?;
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let line = read_line(stream).await?;
    let target = line.split(' ').nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked {
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: Vec::new(),
    };
    loop {
        let line = read_line(stream).await?;
        let Some((name, value)) = line.split_once(':') else {
            return Some(asked);
        };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
