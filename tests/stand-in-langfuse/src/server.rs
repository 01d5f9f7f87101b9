use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::serve::ListenerExt as _;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::parameters::Parameters;
use crate::route::{Call, Limiters, answer, fault};
use crate::scenario::Scenario;

/// A running server, on this machine only.
#[derive(Clone, Debug)]
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The path, undecoded.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The length of path and query in bytes.
    pub length: usize,
    /// What it was answered with.
    pub status: u16,
    /// When it came, in milliseconds since the scenario was set.
    pub at_ms: u64,
}

impl Asked {
    /// The value of a query parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
struct Shared {
    scenario: Scenario,
    began: Instant,
    asked: Vec<Asked>,
    limiters: Limiters,
    faults_seen: Vec<u64>,
}

impl Shared {
    fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            began: Instant::now(),
            asked: Vec::new(),
            limiters: Limiters::default(),
            faults_seen: Vec::new(),
        }
    }
}

impl StandIn {
    /// Serves a scenario on a free port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(scenario: Scenario) -> io::Result<Self> {
        Self::start_on(0, scenario).await
    }

    /// Serves a scenario on a port of the loopback interface, until the runtime ends.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start_on(port: u16, scenario: Scenario) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        // Small answers at once: under virtual time a wait of the kernel's would be taken for idleness.
        let listener = listener.tap_io(|stream| {
            let _is_quick = stream.set_nodelay(true).is_ok();
        });
        let shared = Arc::new(Mutex::new(Shared::new(scenario)));
        let server = Self { address, shared: Arc::clone(&shared) };
        let router = router(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(server)
    }

    /// The same without a port: a service to be called in process.
    pub fn router(scenario: Scenario) -> Router {
        router(Arc::new(Mutex::new(Shared::new(scenario))))
    }

    /// `http://127.0.0.1:<port>`
    #[must_use]
    pub fn host(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets everything and begins anew with `scenario`: its rows' arrivals count from now.
    pub fn set(&self, scenario: Scenario) {
        *lock(&self.shared) = Shared::new(scenario);
    }

    /// Changes the scenario under way.
    pub fn change(&self, change: impl FnOnce(&mut Scenario)) {
        change(&mut lock(&self.shared).scenario);
    }

    /// The requests since this was last asked.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.shared).asked)
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router(shared: Arc<Mutex<Shared>>) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

async fn handle(
    State(shared): State<Arc<Mutex<Shared>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    match (uri.path(), &method) {
        ("/_scenario", &Method::PUT) => return set(&shared, &body).into_response(),
        ("/_requests", &Method::GET) => return Answer::json(200, &json!(lock(&shared).asked)).into_response(),
        _ => {}
    }
    let (answer, delay) = lock(&shared).serve(&method, &uri, &headers);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    answer.into_response()
}

fn set(shared: &Mutex<Shared>, body: &[u8]) -> Answer {
    match serde_json::from_slice(body) {
        Ok(scenario) => {
            *lock(shared) = Shared::new(scenario);
            Answer::json(200, &json!({"status": "OK"}))
        }
        Err(error) => Answer::json(400, &json!({"message": error.to_string()})),
    }
}

impl Shared {
    fn serve(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap) -> (Answer, Duration) {
        let query_text = uri.query().unwrap_or_default();
        let query: Vec<(String, String)> = form_urlencoded::parse(query_text.as_bytes()).into_owned().collect();
        let below = uri.path().strip_prefix(self.scenario.path_prefix.trim_end_matches('/'));
        let path = below.unwrap_or("/").to_owned();
        // Decoded after splitting: an id may hold a slash.
        let decoded: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let call =
            Call { method, segments: &segments, headers, parameters: Parameters(&query), now: self.began.elapsed() };
        let mut delay = Duration::from_millis(self.scenario.delay_ms);
        if path.ends_with("/health") || path.ends_with("/projects") {
            delay = Duration::ZERO;
        }
        let fault = fault(&self.scenario, &mut self.faults_seen, &path, query_text);
        let replacement = fault.and_then(|fault| {
            delay += Duration::from_millis(fault.delay_ms);
            let own = |status| Answer {
                status,
                headers: fault.headers.clone().into_iter().collect(),
                body: fault.body.clone(),
            };
            fault.error.as_deref().map(Answer::recorded).or_else(|| fault.status.map(own))
        });
        let answer = replacement.unwrap_or_else(|| answer(&call, &self.scenario, &mut self.limiters));
        let length = uri.path_and_query().map_or(0, |text| text.as_str().len());
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.asked.push(Asked { path: uri.path().to_owned(), query, length, status: answer.status, at_ms });
        (answer, delay)
    }
}
