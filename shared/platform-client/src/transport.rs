//! What brings a request to its host, and the answer back.

use std::fmt;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use reqwest::header::{HeaderValue, USER_AGENT};
use spanlift_model::PlatformError;

use crate::failure::{NoAnswer, no_answer, unreachable};
use crate::origins::{self, Origins};
use crate::request::Request;

/// What brings a request to its host, and the answer back. Everything else of the client is the same for both.
pub(crate) enum Transport {
    /// The network.
    Network(Box<Origins>),
    /// A function of this process, for tests: no socket, so that virtual time holds and nothing depends on the machine.
    InProcess(Box<InProcess>),
}

type InProcess = dyn Fn(hyper::Request<Bytes>) -> Answering + Send + Sync;
type Answering = Pin<Box<dyn Future<Output = io::Result<reqwest::Response>> + Send>>;

impl Transport {
    pub(crate) fn in_process<F, B>(answer: impl Fn(hyper::Request<Bytes>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<hyper::Response<B>>> + Send + 'static,
        B: Into<reqwest::Body>,
    {
        Self::InProcess(Box::new(move |request| {
            let answering = answer(request);
            Box::pin(async move { Ok(reqwest::Response::from(answering.await?)) })
        }))
    }

    /// One request and the beginning of its answer.
    pub(crate) async fn send(&self, request: &Request) -> Result<reqwest::Response, NoAnswer> {
        match self {
            Self::Network(origins) => {
                let client = origins.client(&request.origin).map_err(NoAnswer::Failed)?;
                let sent = client
                    .request(request.method.clone(), request.url.clone())
                    .headers(request.headers.clone())
                    .body(request.body.clone())
                    .send();
                sent.await.map_err(|error| no_answer(&error, &request.origin))
            }
            Self::InProcess(answer) => {
                let asked = as_http(request).map_err(NoAnswer::Failed)?;
                answer(asked).await.map_err(|error| match error.kind() {
                    io::ErrorKind::ConnectionReset => NoAnswer::Closed,
                    _ => NoAnswer::Failed(unreachable(&request.origin)),
                })
            }
        }
    }
}

fn as_http(request: &Request) -> Result<hyper::Request<Bytes>, PlatformError> {
    let mut asked = hyper::Request::new(request.body.clone());
    *asked.method_mut() = request.method.clone();
    *asked.uri_mut() = request.url.as_str().parse().map_err(|_| unreachable(&request.origin))?;
    asked.headers_mut().clone_from(&request.headers);
    asked.headers_mut().insert(USER_AGENT, HeaderValue::from_static(origins::USER_AGENT));
    Ok(asked)
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Network(_) => "Network",
            Self::InProcess(_) => "InProcess",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use secrecy::SecretString;
    use spanlift_model::{Clock, Timestamp};
    use tokio::time::Instant;

    use super::*;
    use crate::response::LARGEST_BODY;
    use crate::{Access, AllowList, Limits, PlatformClient};

    const BEGIN: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    struct Since(Instant);

    impl Clock for Since {
        fn now(&self) -> Timestamp {
            BEGIN.plus(self.0.elapsed())
        }
    }

    /// What the client makes of answers of this process, with the number of requests.
    async fn ask<F, B>(
        host: &str,
        answer: impl Fn(usize, hyper::Request<Bytes>) -> F + Send + Sync + 'static,
    ) -> (Result<Bytes, PlatformError>, usize)
    where
        F: Future<Output = io::Result<hyper::Response<B>>> + Send + 'static,
        B: Into<reqwest::Body>,
    {
        let count = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&count);
        let client = PlatformClient::in_process(AllowList::default(), move |request| {
            answer(counting.fetch_add(1, Ordering::SeqCst), request)
        });
        let result = async {
            let base = client.base_url(host, Access::Credential)?;
            let key = SecretString::from("key");
            let request = Request::post_json(&base, &["v1"], "{}")?.with_bearer(&key)?;
            let clock = Since(Instant::now());
            let limits = Limits { request: Limits::REQUEST, deadline: BEGIN.plus(Duration::from_mins(1)) };
            let judge = |response: crate::Response| match response.status() {
                200 => Ok(response.body().clone()),
                status => Err(PlatformError::unavailable(status)),
            };
            client.calls(limits, &clock).send(&request, judge).await
        };
        (result.await, count.load(Ordering::SeqCst))
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_arrives_as_it_is_and_is_retried_as_on_the_network() {
        let (answer, requests) = ask("https://a.example", async |number, request: hyper::Request<Bytes>| {
            assert_eq!(request.uri(), "https://a.example/v1");
            assert_eq!((request.method().as_str(), request.body().as_ref()), ("POST", b"{}".as_slice()));
            assert_eq!(request.headers()["authorization"], "Bearer key");
            assert_eq!(request.headers()["user-agent"], origins::USER_AGENT);
            let mut answer = hyper::Response::new("told");
            if number == 0 {
                *answer.status_mut() = hyper::StatusCode::SERVICE_UNAVAILABLE;
            }
            Ok(answer)
        })
        .await;
        assert_eq!((answer.unwrap().as_ref(), requests), (b"told".as_slice(), 2));
    }

    #[tokio::test(start_paused = true)]
    async fn every_guard_of_the_client_stands_before_it() {
        let told = async |_, _| Ok(hyper::Response::new("told"));
        let (answer, requests) = ask("https://10.0.0.1", told).await;
        assert!(matches!(answer, Err(PlatformError::Refused { .. })) && requests == 0, "{answer:?}");

        let (answer, requests) = ask("https://a.example", async |_, _| {
            tokio::time::sleep(Duration::from_hours(1)).await;
            Ok(hyper::Response::new("told"))
        })
        .await;
        assert_eq!((answer, requests), (Err(PlatformError::Timeout), 3));

        let too_large = async |_, _| Ok(hyper::Response::new(vec![b' '; LARGEST_BODY + 1]));
        let (answer, _) = ask("https://a.example", too_large).await;
        assert_eq!(answer, Err(PlatformError::TooLarge { limit: LARGEST_BODY }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_closes_is_tried_once_more_at_once() {
        let (answer, requests) = ask("https://a.example", async |number, _| match number {
            0 => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            _ => Ok(hyper::Response::new("told")),
        })
        .await;
        assert_eq!((answer.unwrap().as_ref(), requests), (b"told".as_slice(), 2));

        let refused = async |_, _| Err::<hyper::Response<&str>, _>(io::Error::from(io::ErrorKind::ConnectionRefused));
        let (answer, requests) = ask("https://a.example", refused).await;
        assert_eq!((answer, requests), (Err(PlatformError::Unreachable { host: "a.example".to_owned() }), 3));
    }
}
