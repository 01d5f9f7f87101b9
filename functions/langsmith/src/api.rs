//! LangSmith's REST API, as far as an import needs it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spanlift_importer::Query;
use spanlift_model::{Clock, PlatformError, Timestamp, Window};
use spanlift_platform_client::{BaseUrl, Calls, Limits, PlatformClient, Request, Response};
use tokio::time::timeout;

use crate::connection::Connection;
use crate::memory::{Memory, Who};
use crate::query::{RunsQuery, Version};
use crate::status::{Judged, NotTaken, judge, refused_by_proxy, wrong_host};

/// A page of so few rows is not what is too much for a server: if it does not come, it is asked for again as it is.
const SMALL_PAGE: usize = 25;
/// Requests of one reading that look for the way around rows which the server can't tell: enough for two or three rows.
const MOST_PROBES: u32 = 120;

/// What comes of asking for a page.
pub(crate) enum Answer {
    /// What should be a page.
    Page(Response),
    /// This version is not served here.
    NotServed,
    /// This server does not take the query.
    NotTaken(NotTaken),
    /// Something on the page is too much for the server or for us, or breaks it. Smaller pages may be had.
    Broken(PlatformError),
}

/// How often a page is asked for where the server fails at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Several times, for the failure may pass.
    Usual,
    /// Once: a row is near that the server fails at, and asking again would bring the same.
    Once,
    /// Once and not for long: what the page would tell can be had in other ways.
    Trial,
}

impl Effort {
    /// For how long a page is waited for.
    const fn patience(self) -> Duration {
        match self {
            Self::Usual | Self::Once => Limits::REQUEST,
            Self::Trial => Duration::from_secs(3),
        }
    }
}

/// LangSmith, as one connection reaches it during one reading.
pub(crate) struct Api<'a> {
    connection: &'a Connection,
    pub(crate) memory: &'a Memory,
    pub(crate) who: Who,
    base: BaseUrl,
    calls: Calls<'a>,
    clock: &'a dyn Clock,
    /// Where rows start that the server can't tell.
    holes: Mutex<Vec<Window>>,
    probes: AtomicU32,
}

impl<'a> Api<'a> {
    pub(crate) fn open(
        client: &'a PlatformClient,
        connection: &'a Connection,
        memory: &'a Memory,
        query: &Query,
        clock: &'a dyn Clock,
    ) -> Result<Self, PlatformError> {
        let limits = Limits { request: Limits::REQUEST, deadline: query.read_until };
        let base = connection.base_url(client)?;
        Ok(Self {
            who: Who {
                base: base.to_string(),
                key: connection.api_key()?,
                workspace: connection.workspace_id().map(str::to_owned),
                project_name: connection.project_name()?.to_owned(),
            },
            connection,
            memory,
            base,
            calls: client.calls(limits, clock),
            clock,
            holes: Mutex::default(),
            probes: AtomicU32::new(0),
        })
    }

    /// Where rows start that the server can't tell, as far as known.
    pub(crate) fn holes(&self) -> Vec<Window> {
        self.known_holes().clone()
    }

    /// Notes where such a row starts, unless that is known.
    pub(crate) fn note_hole(&self, hole: Window) {
        let mut known = self.known_holes();
        if !known.iter().any(|known| known.from <= hole.from && hole.to <= known.to) {
            known.push(hole);
        }
    }

    /// May one more request be spent on finding where such a row starts?
    pub(crate) fn may_probe(&self) -> bool {
        self.probes.fetch_add(1, Ordering::Relaxed) < MOST_PROBES
    }

    fn known_holes(&self) -> MutexGuard<'_, Vec<Window>> {
        // A panic elsewhere leaves the list usable.
        self.holes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.calls.requests()
    }

    pub(crate) fn host(&self) -> String {
        self.base.host()
    }

    pub(crate) fn captures_content(&self) -> bool {
        self.connection.settings().capture_content
    }

    /// A page of runs. One that the server is too slow or too weak for is not asked for again as it is, unless the
    /// server says when.
    pub(crate) async fn page(
        &self,
        version: Version,
        query: &RunsQuery,
        limit: usize,
        cursor: Option<&str>,
        effort: Effort,
    ) -> Result<Answer, PlatformError> {
        let body = query.body(version, limit, cursor).to_string();
        let request = Request::post_json(&self.base, &version.path(), body)?;
        let is_large = limit > SMALL_PAGE;
        let answer = self.ask(request, |answer| match answer.status() {
            408 | 502..=504 | 524 if is_large && answer.retry_after().is_none() => Ok(Judged::TooMuch),
            500 if effort != Effort::Usual => Ok(Judged::Broken),
            _ => judge(answer, &self.host()),
        });
        let judged = if is_large {
            timeout(effort.patience(), answer).await.unwrap_or(Ok(Judged::TooMuch))
        } else {
            answer.await
        };
        match judged {
            Ok(Judged::Sound(answer)) => {
                self.memory.note_deprecation(version, &answer);
                Ok(Answer::Page(answer))
            }
            Ok(Judged::NotServed) => Ok(Answer::NotServed),
            // The look-up of the project has shown that the host is right: an older server's interface answers.
            Ok(Judged::NotJson) if version == Version::V2 => Ok(Answer::NotServed),
            Ok(Judged::NotJson) => Err(wrong_host()),
            Ok(Judged::NotTaken(problem)) => Ok(Answer::NotTaken(problem)),
            Ok(Judged::TooMuch) => Ok(Answer::Broken(PlatformError::unavailable(413))),
            Ok(Judged::Broken) => Ok(Answer::Broken(PlatformError::unavailable(500))),
            Ok(Judged::Proxy { status }) => Err(refused_by_proxy(status)),
            Err(
                error
                @ (PlatformError::Unavailable { status: 500, retry_after: None } | PlatformError::TooLarge { .. }),
            ) => Ok(Answer::Broken(error)),
            Err(error) => Err(error),
        }
    }

    /// A GET below the API's beginning.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Judged, PlatformError> {
        self.ask(Request::get(&self.base, path, query)?, |answer| judge(answer, &self.host())).await
    }

    /// What stands at an address that LangSmith gave, on its own host: without the key, for the address is one.
    pub(crate) async fn get_offloaded(&self, url: &str) -> Result<Response, PlatformError> {
        let request = Request::get_url(&self.base, url)?;
        // Whatever its media type: storage often knows none. Not worth sending again.
        let sound = |answer: Response| match answer.status() {
            200..=299 => Ok(answer),
            status => Err(PlatformError::Malformed {
                problem: format!("an offloaded payload was answered with status {status}"),
            }),
        };
        self.calls.send(&request, sound).await
    }

    async fn ask(
        &self,
        request: Request,
        judge: impl Fn(Response) -> Result<Judged, PlatformError>,
    ) -> Result<Judged, PlatformError> {
        let mut request = request.with_key("x-api-key", &self.who.key)?;
        if let Some(workspace) = &self.who.workspace {
            request = request.with_header("x-tenant-id", workspace)?;
        }
        match self.calls.send(&request, &judge).await? {
            Judged::Proxy { .. } => self.calls.send(&request, &judge).await,
            judged => Ok(judged),
        }
    }
}
