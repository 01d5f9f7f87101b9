//! LangSmith's REST API, as far as an import needs it (contract langsmith §1 to §3).

use std::time::Duration;

use serde_json::{Value, json};
use spanlift_importer::Query;
use spanlift_model::{PlatformError, Timestamp, Window};
use spanlift_platform_client::{BaseUrl, Calls, Limits, PlatformClient, Request, Response};
use tokio::time::timeout;

use crate::connection::Connection;
use crate::judge::{Judged, NotTaken, judge, refused_by_proxy, wrong_host};
use crate::memory::{Memory, Who};
use crate::page::Page;
use crate::{filter, page};

/// One request, from the connection to the end of the answer (contract langsmith §5.2).
const REQUEST_TIME: Duration = Duration::from_secs(20);
/// A page of so few rows is not what is too much for a server: if it does not come, it is asked for again as it is.
const SMALL_PAGE: usize = 25;

/// Which of the two runs queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `POST /api/v1/runs/query`, to be removed after 31 January 2027.
    V1,
    /// `POST /api/v2/runs/query`.
    V2,
}

/// What is told of each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    /// As much as tells whose it is.
    Tags,
    /// All that normalisation needs.
    Whole,
    /// Whatever the server tells by itself. v1 only: v2 tells no more than ids.
    Unselected,
}

/// Runs that are asked for.
#[derive(Clone, Debug)]
pub(crate) struct RunsQuery {
    pub(crate) project: String,
    /// Beside the window.
    pub(crate) filter: Option<String>,
    /// Runs start in it.
    pub(crate) window: Window,
    pub(crate) roots_only: bool,
    pub(crate) fields: Fields,
}

/// What comes of asking for a page.
pub(crate) enum Answer {
    Page(Page),
    /// This version is not served here.
    NotServed,
    NotTaken(NotTaken),
    /// Smaller pages may be had.
    TooMuch,
}

/// LangSmith, as one connection reaches it during one reading.
pub(crate) struct Api<'a, N> {
    connection: &'a Connection,
    pub(crate) memory: &'a Memory,
    pub(crate) who: Who,
    base: BaseUrl,
    calls: Calls<'a, N>,
    now: N,
}

impl Version {
    /// The rows of a page (contract langsmith §9.1).
    pub(crate) const fn usual_page(self) -> usize {
        match self {
            Self::V1 => 100,
            Self::V2 => 500,
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::V1 => Self::V2,
            Self::V2 => Self::V1,
        }
    }

    const fn path(self) -> [&'static str; 4] {
        match self {
            Self::V1 => ["api", "v1", "runs", "query"],
            Self::V2 => ["api", "v2", "runs", "query"],
        }
    }
}

impl RunsQuery {
    /// The request's body.
    pub(crate) fn body(&self, version: Version, limit: usize, cursor: Option<&str>) -> Value {
        let (from, to) = (self.window.from, self.window.to.plus(Duration::from_micros(1)));
        let own = self.filter.clone();
        let mut body = match version {
            // Oldest first: runs that arrive meanwhile are told too. `end_time` is not sent (contract langsmith §3.2).
            Version::V1 => json!({
                "session": [self.project], "start_time": from.to_micros_text(), "order": "asc", "limit": limit,
                "filter": filter::all(own.into_iter().chain([filter::starts_before(to)])),
            }),
            Version::V2 => json!({
                "project_ids": [self.project], "min_start_time": from.to_micros_text(),
                "max_start_time": to.to_micros_text(), "page_size": limit,
            }),
        };
        if let Value::Object(members) = &mut body {
            if let (Version::V2, Some(filter)) = (version, &self.filter) {
                members.insert("filter".to_owned(), json!(filter));
            }
            if self.roots_only {
                members.insert("is_root".to_owned(), json!(true));
            }
            if let Some((name, fields)) = page::selection(version, self.fields) {
                members.insert(name.to_owned(), json!(fields));
            }
            if let Some(cursor) = cursor {
                members.insert("cursor".to_owned(), json!(cursor));
            }
        }
        body
    }
}

impl<'a, N: Fn() -> Timestamp + Copy> Api<'a, N> {
    pub(crate) fn open(
        client: &'a PlatformClient,
        connection: &'a Connection,
        memory: &'a Memory,
        query: &Query,
        now: N,
    ) -> Result<Self, PlatformError> {
        let limits = Limits { request: REQUEST_TIME, deadline: query.read_until };
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
            calls: client.calls(limits, now),
            now,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
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

    /// A page of runs. One that the server is too slow or too weak for is not asked for again as it is (contract
    /// langsmith §5.2), unless the server says when.
    pub(crate) async fn page(
        &self,
        version: Version,
        query: &RunsQuery,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Answer, PlatformError> {
        let body = query.body(version, limit, cursor).to_string();
        let request = Request::post_json(&self.base, &version.path(), body)?;
        let is_large = limit > SMALL_PAGE;
        let answer = self.ask(request, |answer| match answer.status() {
            408 | 502..=504 | 524 if is_large && answer.retry_after().is_none() => Ok(Judged::TooMuch),
            _ => judge(answer),
        });
        let judged =
            if is_large { timeout(REQUEST_TIME, answer).await.unwrap_or(Ok(Judged::TooMuch)) } else { answer.await };
        match judged? {
            Judged::Sound(answer) => Page::read(answer.body(), version).map(Answer::Page),
            Judged::NotServed => Ok(Answer::NotServed),
            // The look-up of the project has shown that the host is right: an older server's interface answers.
            Judged::NotJson if version == Version::V2 => Ok(Answer::NotServed),
            Judged::NotJson => Err(wrong_host()),
            Judged::NotTaken(problem) => Ok(Answer::NotTaken(problem)),
            Judged::TooMuch => Ok(Answer::TooMuch),
            Judged::Proxy { status } => Err(refused_by_proxy(status)),
        }
    }

    /// A GET below the API's beginning.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Judged, PlatformError> {
        self.ask(Request::get(&self.base, path, query)?, judge).await
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
