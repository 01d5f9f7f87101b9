use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use spanlift_model::{Clock, PlatformError, Timestamp};
use tokio::time::{Instant, sleep, timeout_at};

use crate::allow_list::AllowList;
use crate::base_url::{Access, BaseUrl, check_origin};
use crate::failure::{NoAnswer, unreachable};
use crate::origins::Origins;
use crate::request::Request;
use crate::response::Response;
use crate::retry::{Decision, Efforts, decide};
use crate::transport::Transport;

/// Makes every request to customers' hosts, from the start of the process to its end.
pub struct PlatformClient {
    allow_list: Arc<AllowList>,
    transport: Transport,
}

impl PlatformClient {
    /// A client for a deployment. It trusts what the machine trusts; where that is nobody, no host can be reached.
    #[must_use]
    pub fn new(allow_list: AllowList) -> Self {
        Self::with_tls(allow_list, None)
    }

    /// With a TLS configuration that stands for the machine's.
    pub(crate) fn with_tls(allow_list: AllowList, tls: Option<rustls::ClientConfig>) -> Self {
        let allow_list = Arc::new(allow_list);
        Self { transport: Transport::Network(Box::new(Origins::new(Arc::clone(&allow_list), tls))), allow_list }
    }

    /// A client for tests, whose requests a function of this process answers, such as a service of `tower`: there is no
    /// socket, so no name is looked up and nothing is encrypted. All else is as on the network. A
    /// [`io::ErrorKind::ConnectionReset`] is a connection that was closed before its first byte; any other error one that
    /// could not be made.
    #[must_use]
    pub fn in_process<F, B>(
        allow_list: AllowList,
        answer: impl Fn(hyper::Request<Bytes>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = io::Result<hyper::Response<B>>> + Send + 'static,
        B: Into<reqwest::Body>,
    {
        Self { transport: Transport::in_process(answer), allow_list: Arc::new(allow_list) }
    }

    /// Reads a connection's host.
    ///
    /// # Errors
    /// As [`BaseUrl::parse`].
    pub fn base_url(&self, text: &str, access: Access) -> Result<BaseUrl, PlatformError> {
        BaseUrl::parse(text, access, &self.allow_list)
    }

    /// The requests of one reading: counted together, and with one end.
    pub fn calls<'a>(&'a self, limits: Limits, clock: &'a dyn Clock) -> Calls<'a> {
        Calls { client: self, limits, clock, jitter: fastrand::f64, requests: AtomicU64::new(0) }
    }

    /// One request and its answer, and once more at once if a connection turns out to be closed.
    async fn exchange(
        &self,
        request: &Request,
        requests: &AtomicU64,
        now: Timestamp,
        time: Duration,
    ) -> Result<Response, PlatformError> {
        check_origin(&request.origin, request.access, &self.allow_list)?;
        let send = async || {
            requests.fetch_add(1, Ordering::Relaxed);
            self.transport.send(request).await
        };
        let twice = async || match send().await {
            Err(NoAnswer::Closed) => send().await,
            answer => answer,
        };
        let ends_at = Instant::now() + time;
        let answer = match timeout_at(ends_at, twice()).await {
            Err(_) => return Err(PlatformError::Timeout),
            Ok(Err(NoAnswer::Closed)) => return Err(unreachable(&request.origin)),
            Ok(Err(NoAnswer::Failed(error))) => return Err(error),
            Ok(Ok(answer)) => answer,
        };
        Response::read(answer, &request.origin, now, ends_at).await
    }
}

impl fmt::Debug for PlatformClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PlatformClient").field("allow_list", &self.allow_list).finish_non_exhaustive()
    }
}

/// How long requests may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One request, from the connection to the end of the answer.
    pub request: Duration,
    /// All of them: nothing is sent and nothing is awaited after this.
    pub deadline: Timestamp,
}

impl Limits {
    /// What one request may take where a platform asks for nothing else.
    pub const REQUEST: Duration = Duration::from_secs(20);
}

/// The requests of one reading. They may be made at the same time.
pub struct Calls<'a> {
    client: &'a PlatformClient,
    limits: Limits,
    clock: &'a dyn Clock,
    pub(crate) jitter: fn() -> f64,
    requests: AtomicU64,
}

impl Calls<'_> {
    /// Sends a request, and again after failures that may pass. `judge` says what an answer means, by its status
    /// and perhaps its body; an error of it is met like one of the network.
    ///
    /// # Errors
    /// The last failure.
    pub async fn send<T>(
        &self,
        request: &Request,
        judge: impl Fn(Response) -> Result<T, PlatformError>,
    ) -> Result<T, PlatformError> {
        let mut efforts = Efforts { attempts: 0, waited: Duration::ZERO };
        loop {
            let error = match self.send_once(request).await.and_then(&judge) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            efforts.attempts += 1;
            let Decision::RetryAfter(wait) =
                decide(efforts, &error, self.clock.now(), self.limits.deadline, (self.jitter)())
            else {
                return Err(error);
            };
            tracing::debug!(host = %request.origin.host, attempt = efforts.attempts, ?wait, %error, "sending again");
            sleep(wait).await;
            efforts.waited += wait;
        }
    }

    /// The requests made so far, those sent again included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    async fn send_once(&self, request: &Request) -> Result<Response, PlatformError> {
        let now = self.clock.now();
        let time = self.limits.deadline.since(now).min(self.limits.request);
        if time.is_zero() {
            return Err(PlatformError::Timeout);
        }
        self.client.exchange(request, &self.requests, now, time).await
    }
}

impl fmt::Debug for Calls<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Calls")
            .field("limits", &self.limits)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}
