use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use serde_json::json;
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::asked::Asked;
use crate::phoenix::Phoenix;
use crate::scenario::Scenario;

/// No scenario is larger.
const LARGEST_REQUEST: usize = 256 << 20;

/// A stand-in that answers in this process until the runtime ends.
#[derive(Clone, Debug)]
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

/// A stand-in that is bound to its port and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    stand_in: StandIn,
}

struct Shared {
    phoenix: Phoenix,
    requests: Vec<Asked>,
    /// Requests since the scenario was set.
    count: usize,
    hook: Option<Box<Hook>>,
}

type Hook = dyn FnMut(usize, &Asked, &mut Phoenix) -> Option<Answer> + Send;

impl Server {
    /// Binds to a port of the loopback interface, whichever is free where `port` is 0.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn bind(port: u16, scenario: Scenario) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, stand_in: StandIn { address, ..StandIn::new(scenario) } })
    }

    /// Where it will answer.
    #[must_use]
    pub const fn stand_in(&self) -> &StandIn {
        &self.stand_in
    }

    /// Answers, for ever.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn serve(self) -> io::Result<()> {
        // Small answers at once: under virtual time a wait of the kernel's would be taken for idleness.
        let listener = self.listener.tap_io(|stream| {
            let _is_quick = stream.set_nodelay(true).is_ok();
        });
        axum::serve(listener, self.stand_in.router()).await
    }
}

impl StandIn {
    /// One that listens nowhere and answers through its [`router`](Self::router) alone.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        let shared = Shared { phoenix: Phoenix::new(scenario), requests: Vec::new(), count: 0, hook: None };
        Self { address: (Ipv4Addr::LOCALHOST, 0).into(), shared: Arc::new(Mutex::new(shared)) }
    }

    /// Starts one on a free port.
    ///
    /// # Errors
    /// There is none.
    pub async fn start(scenario: Scenario) -> io::Result<Self> {
        let server = Server::bind(0, scenario).await?;
        let stand_in = server.stand_in().clone();
        tokio::spawn(server.serve());
        Ok(stand_in)
    }

    /// Its base URL; the port is 0 where it listens nowhere.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// It as a service, to be called without a network. Every one of them is the same server.
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(Arc::clone(&self.shared))
    }

    /// Holds another scenario from now on; what was asked is forgotten. The hook stays.
    pub fn set(&self, scenario: Scenario) {
        self.shared().set(scenario);
    }

    /// Looks at every request from now on before the server does. It may answer it, and change what the server holds.
    /// The number counts requests from 1.
    pub fn hook(&self, hook: impl FnMut(usize, &Asked, &mut Phoenix) -> Option<Answer> + Send + 'static) {
        self.shared().hook = Some(Box::new(hook));
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        self.shared().requests.clone()
    }

    /// The requests since they were last taken.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shared().requests)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Shared {
    fn set(&mut self, scenario: Scenario) {
        self.phoenix = Phoenix::new(scenario);
        self.requests.clear();
        self.count = 0;
    }

    fn answer(&mut self, mut asked: Asked) -> Answer {
        self.count += 1;
        let hooked = self.hook.as_mut().and_then(|hook| hook(self.count, &asked, &mut self.phoenix));
        let answer = hooked.unwrap_or_else(|| self.phoenix.faulty_answer(&asked));
        asked.status = answer.status;
        self.requests.push(asked);
        answer
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shared").field("phoenix", &self.phoenix).finish_non_exhaustive()
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn handle(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_REQUEST).await else {
        return Answer::text(413, "too large").arrive().await;
    };
    let asked = Asked::new(&parts);
    let answer = if asked.path.starts_with("/_") {
        administer(&mut lock(&shared), &asked, &body)
    } else {
        lock(&shared).answer(asked)
    };
    answer.arrive().await
}

fn administer(shared: &mut Shared, asked: &Asked, body: &[u8]) -> Answer {
    match (asked.method.as_str(), asked.path.as_str()) {
        ("PUT", "/_scenario") => match serde_json::from_slice(body) {
            Ok(scenario) => {
                shared.set(scenario);
                Answer::text(204, "")
            }
            Err(error) => Answer::new(400, "application/json", json!({"detail": error.to_string()}).to_string()),
        },
        ("GET", "/_requests") => Answer::json(json!(shared.requests).to_string()),
        _ => Answer::text(404, "Not Found"),
    }
}
