use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::asked::Asked;
use crate::phoenix::Phoenix;
use crate::scenario::Scenario;

/// A stand-in that answers in this process until the runtime ends.
#[derive(Clone, Debug)]
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    phoenix: Phoenix,
    requests: Vec<Asked>,
    /// Requests since the scenario was set.
    count: usize,
    hook: Option<Box<Hook>>,
}

type Hook = dyn FnMut(usize, &Asked, &mut Phoenix) -> Option<Answer> + Send;

impl StandIn {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(scenario: Scenario) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Shared::of(scenario);
        // Small answers at once: under virtual time a wait of the kernel's would be taken for idleness.
        let listener = listener.tap_io(|stream| {
            let _is_quick = stream.set_nodelay(true).is_ok();
        });
        tokio::spawn(axum::serve(listener, router(Arc::clone(&shared))).into_future());
        Ok(Self { address, shared })
    }

    /// The same without a port: a service to be called in process.
    pub fn router(scenario: Scenario) -> Router {
        router(Shared::of(scenario))
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds another scenario from now on; what was asked is forgotten. The hook stays.
    pub fn set(&self, scenario: Scenario) {
        let mut shared = self.shared();
        shared.phoenix = Phoenix::new(scenario);
        shared.requests.clear();
        shared.count = 0;
    }

    /// Looks at every request from now on before the server does. It may answer it, and change what the server holds.
    /// The number counts requests from 1.
    pub fn hook(&self, hook: impl FnMut(usize, &Asked, &mut Phoenix) -> Option<Answer> + Send + 'static) {
        self.shared().hook = Some(Box::new(hook));
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
    fn of(scenario: Scenario) -> Arc<Mutex<Self>> {
        let phoenix = Phoenix::new(scenario);
        Arc::new(Mutex::new(Self { phoenix, requests: Vec::new(), count: 0, hook: None }))
    }

    fn answer(&mut self, asked: Asked) -> Answer {
        self.count += 1;
        let hooked = self.hook.as_mut().and_then(|hook| hook(self.count, &asked, &mut self.phoenix));
        let answer = hooked.unwrap_or_else(|| self.phoenix.answer(&asked));
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

fn router(shared: Arc<Mutex<Shared>>) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

async fn handle(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let answer = lock(&shared).answer(Asked::new(&parts));
    answer.arrive().await
}
