use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::asked::Asked;
use crate::scenario::Scenario;
use crate::state::State;

/// No request of a client or an administrator is larger.
const LARGEST_REQUEST: usize = 256 << 20;

/// A stand-in that answers in this process until the runtime ends.
#[derive(Clone, Debug)]
pub struct StandIn {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// A stand-in that is bound to its port and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    stand_in: StandIn,
}

impl Server {
    /// Binds to a port of the loopback interface, whichever is free where `port` is 0.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn bind(port: u16, scenario: Scenario) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::new(scenario)));
        Ok(Self { listener, stand_in: StandIn { address, state } })
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
        axum::serve(listener, router(self.stand_in.state)).await
    }
}

impl StandIn {
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

    /// The same without a port: a service to be called in process.
    pub fn router(scenario: Scenario) -> Router {
        router(Arc::new(Mutex::new(State::new(scenario))))
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds another scenario from now on; what was asked is forgotten.
    pub fn set(&self, scenario: Scenario) {
        *self.state() = State::new(scenario);
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked().to_vec()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router(state: Arc<Mutex<State>>) -> Router {
    Router::new().fallback(handle).with_state(state)
}

async fn handle(Shared(state): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_REQUEST).await else {
        return respond(Answer::text(413, "text/plain", "too large"));
    };
    let answer = lock(&state).answer(Asked::new(&parts, body));
    tokio::time::sleep(answer.after).await;
    respond(answer)
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap_or_default()
}
