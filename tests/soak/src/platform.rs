//! The platform behind a network: the stand-in's answers, in process, with what goes wrong on their way.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use bytes::Bytes;
use spanlift_platform_client::{AllowList, PlatformClient};
use tokio::time::sleep;
use tower::ServiceExt as _;
use worlds::in_process::router;
use worlds::world::Provider;

use crate::plan::Forever;
use crate::stage::{EXECUTION, Stage};

/// Where the platform seems to be.
pub(crate) const HOST: &str = "https://platform.example";
/// How far replicas lag behind, in seconds.
const LAGS: [u64; 2] = [3, 11];
/// Longer than any request may take.
const NEVER: Duration = Duration::from_mins(1);

/// The server, its replicas, and the page to which cursors lead back.
struct Platform {
    stage: Arc<Stage>,
    now: Router,
    replicas: [OnceLock<Router>; LAGS.len()],
    looped: Mutex<Option<(String, Response<Bytes>)>>,
}

/// A client whose requests the world's platform answers.
pub(crate) fn client(stage: &Arc<Stage>) -> PlatformClient {
    let world = &stage.plan.world;
    let platform = Platform {
        stage: Arc::clone(stage),
        now: router(world),
        replicas: [const { OnceLock::new() }; LAGS.len()],
        looped: Mutex::default(),
    };
    let platform = Arc::new(platform);
    for (replica, lag) in LAGS.iter().enumerate() {
        // One that begins later is behind for ever.
        let platform = Arc::clone(&platform);
        tokio::spawn(async move {
            sleep(Duration::from_secs(*lag)).await;
            _ = platform.replicas[replica].set(router(&platform.stage.plan.world));
        });
    }
    PlatformClient::in_process(AllowList::default(), move |request| {
        let platform = Arc::clone(&platform);
        async move { platform.answer(request).await }
    })
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Status(u16),
    Busy,
    Reset,
    Refused,
    Silent,
    CutOff,
}

const TROUBLES: [Trouble; 10] = [
    Trouble::Status(500),
    Trouble::Status(502),
    Trouble::Status(503),
    Trouble::Status(504),
    Trouble::Status(429),
    Trouble::Busy,
    Trouble::Reset,
    Trouble::Refused,
    Trouble::Silent,
    Trouble::CutOff,
];

impl Platform {
    async fn answer(&self, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let stage = &self.stage;
        let since = EXECUTION.with(|execution| {
            execution.requests.fetch_add(1, Ordering::SeqCst);
            stage.now().saturating_sub(execution.began)
        });
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        EXECUTION.with(|execution| execution.last_request.store(millis, Ordering::SeqCst));
        let path = request.uri().path().to_owned();
        self.travel().await;
        if stage.is_forever(Forever::Killed) {
            stage.fault("killed while it reads, always", &path);
            return stage.die().await;
        }
        if stage.is_forever(Forever::PlatformDown) {
            return Ok(status(500));
        }
        if stage.happens(stage.plan.odds.killed / 40) {
            stage.fault("killed while it reads", &path);
            return stage.die().await;
        }
        if stage.happens(stage.plan.odds.platform) {
            let trouble = stage.dice(|dice| TROUBLES[dice.usize(..TROUBLES.len())]);
            EXECUTION.with(|execution| execution.platform_faults.fetch_add(1, Ordering::SeqCst));
            return self.trouble(trouble, request).await;
        }
        let answer = self.answered(request).await?;
        self.travel().await;
        Ok(answer)
    }

    async fn travel(&self) {
        if self.stage.travel(NEVER).await {
            EXECUTION.with(|execution| execution.slow_ways.fetch_add(1, Ordering::SeqCst));
        }
    }

    async fn trouble(&self, trouble: Trouble, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let path = request.uri().path().to_owned();
        match trouble {
            Trouble::Status(code) => {
                self.stage.fault("platform answers an error", &format!("{code} {path}"));
                Ok(status(code))
            }
            Trouble::Busy => {
                self.stage.fault("platform is busy and says until when", &path);
                let mut answer = status(429);
                let seconds = self.stage.dice(|dice| dice.u64(1..20));
                answer.headers_mut().insert("retry-after", seconds.into());
                Ok(answer)
            }
            Trouble::Reset => {
                self.stage.fault("platform closes the connection", &path);
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Trouble::Refused => {
                self.stage.fault("platform refuses the connection", &path);
                Err(io::ErrorKind::ConnectionRefused.into())
            }
            Trouble::Silent => {
                self.stage.fault("platform does not answer", &path);
                sleep(NEVER).await;
                Err(io::ErrorKind::TimedOut.into())
            }
            Trouble::CutOff => {
                self.stage.fault("platform's answer is cut off", &path);
                let answer = ask(&self.now, request).await?;
                Ok(answer.map(|body| body.slice(..body.len() / 2)))
            }
        }
    }

    /// From the server or a replica; perhaps with rows twice, perhaps in a loop.
    async fn answered(&self, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let stage = &self.stage;
        let path = request.uri().path().to_owned();
        let has_cursor = request.uri().query().is_some_and(|query| query.contains("cursor") || query.contains("page="))
            || request.body().windows(8).any(|eight| eight == b"\"cursor\"");
        let walk = walk_of(&request);
        if let Some(looped) = self.loop_back(&walk, has_cursor) {
            return Ok(looped);
        }
        let mut from = &self.now;
        if stage.happens(stage.plan.odds.stale) {
            let replica = stage.dice(|dice| dice.usize(..LAGS.len()));
            if let Some(router) = self.replicas[replica].get() {
                stage.fault("platform answers from a replica that lags", &format!("{} s {path}", LAGS[replica]));
                EXECUTION.with(|execution| execution.lag.fetch_max(LAGS[replica], Ordering::SeqCst));
                from = router;
            }
        }
        let answer = ask(from, request).await?;
        // The ids of Phoenix's rows are unique (docs/platforms/phoenix.md).
        let tells_twice = stage.plan.provider != Provider::Arize;
        let answer = if tells_twice && stage.happens(stage.plan.odds.doubled_rows) {
            answer.map(|body| self.with_a_row_twice(&body).unwrap_or(body))
        } else {
            answer
        };
        if has_cursor && self.is_looping() {
            *self.looped.lock().unwrap() = Some((walk, answer.clone()));
        }
        Ok(answer)
    }

    fn is_looping(&self) -> bool {
        let now = self.stage.now();
        self.stage.plan.cursor_loop.is_some_and(|(from, to)| from <= now && now < to)
    }

    /// The page again that was told before, with its cursor.
    fn loop_back(&self, walk: &str, has_cursor: bool) -> Option<Response<Bytes>> {
        if !has_cursor || !self.is_looping() {
            return None;
        }
        let (_, answer) = self.looped.lock().unwrap().clone().filter(|(of, _)| of == walk)?;
        EXECUTION.with(|execution| execution.platform_faults.fetch_add(1, Ordering::SeqCst));
        self.stage.fault("platform's cursor leads back", walk);
        Some(answer)
    }

    /// The same page with one of its rows a second time.
    fn with_a_row_twice(&self, body: &Bytes) -> Option<Bytes> {
        let mut page: serde_json::Value = serde_json::from_slice(body).ok()?;
        let name = ["data", "runs", "items"]
            .into_iter()
            .find(|name| page.get(*name).is_some_and(serde_json::Value::is_array))?;
        let rows = page.get_mut(name)?.as_array_mut()?;
        if rows.is_empty() {
            return None;
        }
        let (which, to) = self.stage.dice(|dice| (dice.usize(..rows.len()), dice.usize(..=rows.len())));
        rows.insert(to.max(which), rows[which].clone());
        self.stage.fault("platform tells a row twice", name);
        serde_json::to_vec(&page).ok().map(Bytes::from)
    }
}

/// What is asked for, whatever the page.
fn walk_of(request: &Request<Bytes>) -> String {
    let is_place = |parameter: &&str| !parameter.starts_with("cursor=") && !parameter.starts_with("page=");
    let query: Vec<&str> = request.uri().query().unwrap_or_default().split('&').filter(is_place).collect();
    let mut body: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("cursor");
    }
    format!("{} {} {body}", request.uri().path(), query.join("&"))
}

async fn ask(router: &Router, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let answer = router.clone().oneshot(request.map(Body::from)).await.map_err(io::Error::other)?;
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
    Ok(Response::from_parts(parts, body))
}

fn status(code: u16) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(b"<html>no</html>"));
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}
