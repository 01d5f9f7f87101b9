//! How a platform limits its clients' requests, and its answer to one too many (docs/platforms).

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::{Response, StatusCode};
use bytes::Bytes;
use spanlift_model::{Clock as _, Timestamp};
use worlds::run::WorldClock;

/// A limit of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// None, as on a server of one's own.
    None,
    /// Langfuse's cloud: a window of 60 s from its first request, the last request of which is refused; `Retry-After`.
    Fixed {
        /// The limit: one less is served.
        requests: u64,
    },
    /// `LangSmith`: any so many seconds; no `Retry-After`.
    Sliding {
        /// As many are served.
        requests: usize,
        /// In so long.
        within: Duration,
    },
}

impl Limit {
    /// How long a platform takes to serve so many requests, if each comes as soon as it may.
    #[must_use]
    pub fn shortest(self, requests: u64) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed { requests: limit } => {
                WINDOW * u32::try_from(requests.saturating_sub(1) / (limit - 1)).unwrap()
            }
            Self::Sliding { requests: limit, within } => {
                within * u32::try_from(requests.saturating_sub(1) / u64::try_from(limit).unwrap()).unwrap()
            }
        }
    }
}

const WINDOW: Duration = Duration::from_mins(1);

/// A limit at work.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: Limit,
    clock: WorldClock,
    served: Mutex<VecDeque<Timestamp>>,
}

impl Limiter {
    pub(crate) fn new(limit: Limit, clock: WorldClock) -> Self {
        Self { limit, clock, served: Mutex::default() }
    }

    /// The refusal, where this request is one too many.
    pub(crate) fn refuse(&self) -> Option<Response<Bytes>> {
        let now = self.clock.now();
        let mut served = self.served.lock().unwrap();
        match self.limit {
            Limit::None => None,
            Limit::Fixed { requests } => {
                if served.front().is_some_and(|first| first.plus(WINDOW) <= now) {
                    served.clear();
                }
                let first = *served.front().unwrap_or(&now);
                if u64::try_from(served.len()).unwrap() + 1 < requests {
                    served.push_back(now);
                    return None;
                }
                // Whole seconds, rounded up.
                let left = first.plus(WINDOW).since(now).as_secs_f64().ceil();
                Some(refusal(&[("retry-after", format!("{left}"))]))
            }
            Limit::Sliding { requests, within } => {
                while served.front().is_some_and(|first| first.plus(within) <= now) {
                    served.pop_front();
                }
                if served.len() < requests {
                    served.push_back(now);
                    return None;
                }
                Some(refusal(&[]))
            }
        }
    }
}

fn refusal(headers: &[(&'static str, String)]) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(br#"{"message":"Rate limit exceeded"}"#));
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    for (name, value) in headers {
        answer.headers_mut().insert(*name, value.parse().unwrap());
    }
    answer
}
