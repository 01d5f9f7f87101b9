//! A server that tells everybody what it was asked: each answer holds the request's own head and body, keys and all.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// This status, the request as text in body and headers.
    Status(u16),
    /// This status, the request in the members that platforms put their errors in.
    JsonStatus(u16),
    /// To another server, the request in its address.
    Redirect,
    /// A page of HTML.
    Html,
    /// JSON that breaks off behind the request.
    CutJson,
    /// JSON that is no page, with the request in it.
    OtherJson,
    /// A page of rows none of which can be read, with the request in each of them and in the cursor.
    UnreadableRows,
    /// A body that ends before its length.
    CutBody,
    /// A body that says that it is compressed.
    NoGzip,
    /// A reason beside the status.
    Reason,
    /// No HTTP.
    NoHttp,
    /// A thousand lists, one in the other.
    Deep,
}

impl Behaviour {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let statuses = [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 429, 451, 500, 501, 502, 503];
        let other = [
            Self::Redirect,
            Self::Html,
            Self::CutJson,
            Self::OtherJson,
            Self::UnreadableRows,
            Self::CutBody,
            Self::NoGzip,
            Self::Reason,
            Self::NoHttp,
            Self::Deep,
        ];
        statuses.into_iter().flat_map(|status| [Self::Status(status), Self::JsonStatus(status)]).chain(other)
    }

    fn answer(self, asked: &str, elsewhere: &str) -> Vec<u8> {
        let json = serde_json::to_string(asked).unwrap();
        let line: String = asked.chars().filter(|character| !character.is_control()).collect();
        let said = format!(
            "WWW-Authenticate: Bearer {line}\r\nX-Request: {line}\r\nSunset: {line}\r\nRetry-After: {line}\r\n"
        );
        let (status, more, body) = match self {
            Self::Status(status) => {
                (status.to_string(), format!("{said}Content-Type: text/plain\r\n"), asked.to_owned())
            }
            Self::JsonStatus(status) => {
                let body = format!(
                    r#"{{"detail":{json},"error":{json},"message":{json},"code":{json},"errors":[{{"message":{json}}}]}}"#
                );
                (status.to_string(), format!("{said}Content-Type: application/json\r\n"), body)
            }
            Self::Redirect => {
                let key: String = line.chars().filter(char::is_ascii_alphanumeric).collect();
                ("302".to_owned(), format!("{said}Location: {elsewhere}/?key={key}\r\n"), asked.to_owned())
            }
            Self::Html => ("200".to_owned(), "Content-Type: text/html\r\n".to_owned(), format!("<html>{asked}")),
            Self::CutJson => ("200".to_owned(), JSON.to_owned(), format!(r#"{{"data": [{{"id": {json}, "#)),
            Self::OtherJson => ("200".to_owned(), JSON.to_owned(), format!(r#"[{json}, {{"data": {json}}}]"#)),
            Self::UnreadableRows => {
                let row = format!(r#"{{"id": [{json}], "trace_id": {json}, "metadata": {json}, "context": {json}}}"#);
                let body = format!(
                    r#"{{"data":[{row},{json}],"items":[{row}],"runs":[{row}],"next_cursor":{json},"cursors":{{"next":{json}}},"meta":{{"cursor":{json}}}}}"#
                );
                ("200".to_owned(), JSON.to_owned(), body)
            }
            Self::CutBody => {
                let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {}\r\n\r\n", asked.len() + 100);
                return [head.into_bytes(), asked.into()].concat();
            }
            Self::NoGzip => ("200".to_owned(), format!("{JSON}Content-Encoding: gzip\r\n"), asked.to_owned()),
            Self::Reason => (format!("500 {line}"), said, String::new()),
            Self::NoHttp => return format!("SSH-2.0-{line}\r\n{asked}").into_bytes(),
            Self::Deep => ("200".to_owned(), JSON.to_owned(), format!("{}{json}", "[".repeat(1_000))),
        };
        let head = format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        [head.into_bytes(), body.into_bytes()].concat()
    }
}

const JSON: &str = "Content-Type: application/json\r\n";

/// Listens on this machine for as long as its runtime runs.
pub(crate) struct Hostile {
    /// `127.0.0.1:` and the port.
    pub(crate) authority: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    /// Starts one; redirects lead to `elsewhere`.
    pub(crate) async fn start(behaviour: Behaviour, elsewhere: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hostile = Self { authority: listener.local_addr().unwrap().to_string(), asked: Arc::default() };
        let asked = Arc::clone(&hostile.asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behaviour, elsewhere.clone(), Arc::clone(&asked)));
            }
        });
        hostile
    }

    /// What it was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, behaviour: Behaviour, elsewhere: String, asked: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(length) if length > 0 => request.extend_from_slice(&chunk[..length]),
            // TLS on a plain port comes to no end that HTTP knows.
            _ => break,
        }
        if request.first() == Some(&0x16) {
            break;
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    asked.lock().unwrap().push(request.clone());
    // Whoever asked may have gone.
    drop(stream.write_all(&behaviour.answer(&request, &elsewhere)).await);
    drop(stream.shutdown().await);
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    });
    body.len() >= length.unwrap_or_default()
}
