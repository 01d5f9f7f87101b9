use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};

/// What is answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// How long it takes to come.
    pub after: Duration,
    /// What becomes of it on its way.
    pub fate: Fate,
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives,
    /// The connection stays open and nothing comes.
    Hangs,
    /// The connection is closed without a word.
    Closes,
    /// Half of the body arrives, then the connection is closed.
    BreaksOff,
}

/// An error is an answer as well.
pub(crate) type Answered = Result<Answer, Answer>;

impl Answer {
    /// Any answer.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
            after: Duration::ZERO,
            fate: Fate::Arrives,
        }
    }

    /// A bare sentence, as Phoenix's errors are.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    /// What is asked for.
    #[must_use]
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    /// None, and the connection stays open.
    #[must_use]
    pub fn hangs() -> Self {
        Self { fate: Fate::Hangs, ..Self::text(200, "") }
    }

    /// None, and the connection is closed.
    #[must_use]
    pub fn closed() -> Self {
        Self { fate: Fate::Closes, ..Self::text(200, "") }
    }

    /// Only half of it arrives.
    #[must_use]
    pub fn broken_off(self) -> Self {
        Self { fate: Fate::BreaksOff, ..self }
    }

    /// Sets a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Comes so much later.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }

    /// The page that a browser gets, and whoever asks for what is not there.
    pub(crate) fn page() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Phoenix</title></head></html>";
        Self::new(200, "text/html; charset=utf-8", page)
    }

    /// An unhandled exception.
    pub(crate) fn broken() -> Self {
        Self::text(500, "Internal Server Error")
    }

    /// A parameter that is not what the schema wants.
    pub(crate) fn invalid(parameter: &str, kind: &str, message: &str, input: &str) -> Self {
        let detail = json!({"type": kind, "loc": ["query", parameter], "msg": message, "input": input});
        Self::new(422, "application/json", json!({"detail": [detail]}).to_string())
    }

    /// A page of a list.
    pub(crate) fn list(data: &[String], next_cursor: Option<String>) -> Self {
        let next_cursor = Value::from(next_cursor);
        Self::json(format!("{{\"data\":[{}],\"next_cursor\":{next_cursor}}}", data.join(",")))
    }

    /// The answer as it arrives, if it does.
    pub(crate) async fn arrive(self) -> Response {
        tokio::time::sleep(self.after).await;
        let body = match self.fate {
            Fate::Arrives => Body::from(self.body),
            Fate::Hangs => std::future::pending().await,
            // A body that fails at once closes the connection before its head has left.
            Fate::Closes => Body::from_stream(stream::once(async { Err::<Bytes, _>(reset()) })),
            Fate::BreaksOff => Body::from_stream(first_half(self.body)),
        };
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::builder().status(status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response.body(body).unwrap_or_default()
    }
}

fn first_half(body: Vec<u8>) -> impl Stream<Item = io::Result<Bytes>> {
    let body = Bytes::from(body);
    let half = body.slice(..body.len() / 2);
    // The head and the half leave before the connection is closed.
    let end = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Err(reset())
    };
    stream::once(async { Ok(half) }).chain(stream::once(end))
}

fn reset() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionReset)
}
