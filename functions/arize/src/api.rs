//! Phoenix's REST API, as far as an import needs it (docs/platforms/phoenix.md#1-requests-and-keys).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use spanlift_importer::Query;
use spanlift_model::{Clock, FailureReason, PlatformError, ServerVersion, Timestamp};
use spanlift_platform_client::{
    Advice, BaseUrl, Calls, Limits, NextPage, PagingGuard, PlatformClient, Request, Response,
};
use tokio::time::timeout;

use crate::connection::Connection;
use crate::page::Page;
use crate::query::PageRequest;
use crate::version;

/// The most rows that Phoenix gives a page.
const LARGEST_PAGE: usize = 1_000;
const VERSION_HEADER: &str = "x-phoenix-server-version";
const JSON: &str = "application/json";

const ADVICE: Advice<'_> = Advice {
    unauthorized: "Phoenix does not know the API key: it was rotated, has expired, or is missing. Replace the key.",
    forbidden: "Phoenix does not let this API key read, or serves no REST API (read-only mode). Use a key that may read.",
    not_found: "Phoenix has no project of this name. Compare the project name with the one that the agent writes to.",
    wrong_host: WRONG_HOST,
};
const WRONG_HOST: &str = "What answers at this host is not Phoenix's REST API. Enter Phoenix's base URL (for the cloud \
                          https://app.phoenix.arize.com/s/<space>), without the path of a page.";

/// Phoenix, as one connection reaches it during one reading.
pub(crate) struct Phoenix<'a> {
    connection: &'a Connection,
    base: BaseUrl,
    calls: Calls<'a>,
    clock: &'a dyn Clock,
    ends_at: Timestamp,
    version: Mutex<Option<[u32; 3]>>,
    most_rows: AtomicUsize,
}

impl<'a> Phoenix<'a> {
    pub(crate) fn open(
        client: &'a PlatformClient,
        connection: &'a Connection,
        query: &Query,
        clock: &'a dyn Clock,
    ) -> Result<Self, PlatformError> {
        let ends_at = query.read_until;
        Ok(Self {
            connection,
            base: connection.base_url(client)?,
            calls: client.calls(Limits { request: Limits::REQUEST, deadline: ends_at }, clock),
            clock,
            ends_at,
            version: Mutex::new(None),
            most_rows: AtomicUsize::new(LARGEST_PAGE),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// When the reading has to end.
    pub(crate) const fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// The most rows that a page is asked for.
    pub(crate) fn most_rows(&self) -> usize {
        self.most_rows.load(Ordering::Relaxed)
    }

    /// From now on, in this reading.
    pub(crate) fn ask_for_at_most(&self, rows: usize) {
        self.most_rows.store(rows, Ordering::Relaxed);
    }

    /// The server's version, once it has answered; `None` when it does not say.
    pub(crate) fn version(&self) -> Option<ServerVersion> {
        let release = (*self.version.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(ServerVersion { api: None, release: Some(release) })
    }

    /// Does the server say that it is this release or a later one?
    pub(crate) fn is_at_least(&self, release: [u32; 3]) -> bool {
        self.version().and_then(|known| known.release).is_some_and(|known| known >= release)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.calls.requests()
    }

    pub(crate) fn host(&self) -> String {
        self.base.host()
    }

    /// How the connection's project is named in a path. Ordinary names stand for themselves; for others the
    /// project's id is looked up (docs/platforms/phoenix.md#3-projects).
    pub(crate) async fn project(&self) -> Result<String, PlatformError> {
        let name = self.connection.project_name()?;
        if !needs_id(name) {
            return Ok(name.to_owned());
        }
        let mut guard = PagingGuard::default();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = vec![("limit", "1000")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let request = self.request(&["v1", "projects"], &query)?;
            let page = self.send(&request, |answer| Projects::read(&self.judge(answer)?)).await?;
            if let Some(project) = page.data.iter().find(|project| project.name == name) {
                return Ok(project.id.clone());
            }
            cursor = match guard.next(page.next_cursor.as_deref(), !page.data.is_empty())? {
                NextPage::Cursor(cursor) => Some(cursor.to_owned()),
                NextPage::End | NextPage::Stalled => {
                    return Err(PlatformError::NotFound { advice: ADVICE.not_found.to_owned() });
                }
            };
        }
    }

    /// A page of spans. `500` may be a span on which this form breaks for good (docs/platforms/phoenix.md#55-broken-pages), and where a
    /// gateway did not wait, less may come in time: only for a single row is there nothing better than to ask again.
    pub(crate) async fn page(&self, page: &PageRequest<'_>) -> Result<Page, PlatformError> {
        let parameters = page.parameters();
        let query: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = self.request(&page.path(), &query)?;
        let read = |answer: Response| match answer.status() {
            status @ 500 if page.limit > 1 => Ok(Err(PlatformError::unavailable(status))),
            408 | 504 | 524 if page.limit > 1 => Ok(Err(PlatformError::Timeout)),
            _ => Ok(Ok(self.judge(answer)?.body().clone())),
        };
        let body = self.send(&request, read).await.flatten()?;
        Page::open(body, page.form, page.limit).await
    }

    /// Sends a request, and again after failures that may pass, all within the time of one request.
    async fn send<T>(
        &self,
        request: &Request,
        read: impl Fn(Response) -> Result<T, PlatformError>,
    ) -> Result<T, PlatformError> {
        timeout(Limits::REQUEST, self.calls.send(request, read)).await.unwrap_or(Err(PlatformError::Timeout))
    }

    fn request(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Request, PlatformError> {
        let request = Request::get(&self.base, path, query)?;
        match self.connection.api_key() {
            Some(key) => request.with_bearer(key),
            None => Ok(request),
        }
    }

    /// Success is JSON of a version that keeps projects apart: any address at all answers 200 with a page of HTML.
    fn judge(&self, answer: Response) -> Result<Response, PlatformError> {
        let version = answer.header(VERSION_HEADER).map(str::to_owned);
        if let Some(error) = answer.error(&ADVICE) {
            return Err(error);
        }
        let release = version.as_deref().and_then(ServerVersion::parse_release);
        if release.is_some_and(|release| release < version::KEEPS_PROJECTS_APART) {
            let old = ServerVersion { api: None, release };
            let advice = format!("Phoenix {old} tells the spans of other projects too. Upgrade it to 11.6 or later.");
            return Err(PlatformError::Refused { reason: FailureReason::UnsupportedVersion, advice });
        }
        if answer.content_type().as_deref() != Some(JSON) {
            return Err(PlatformError::Refused { reason: FailureReason::WrongHost, advice: WRONG_HOST.to_owned() });
        }
        if release.is_some() {
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = release;
        }
        Ok(answer)
    }
}

/// What base64 makes of `Project:` and a digit.
const RELAY_ID: &str = "UHJvamVjdDo";

/// A `/` or a dot segment never reaches Phoenix, a control character is lost in the URL, and a name that is a valid
/// Relay id (`UHJvamVjdDox`) is taken for that, whatever stands between its letters.
fn needs_id(name: &str) -> bool {
    let is_letter = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/');
    let letters: String = name.chars().filter(is_letter).take(RELAY_ID.len()).collect();
    letters == RELAY_ID || name.contains('/') || matches!(name, "." | "..") || name.contains(char::is_control)
}

#[derive(Deserialize)]
struct Projects {
    data: Vec<Project>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Project {
    name: String,
    id: String,
}

impl Projects {
    fn read(answer: &Response) -> Result<Self, PlatformError> {
        serde_json::from_slice(answer.body()).map_err(|_| PlatformError::Malformed {
            problem: "Phoenix answered with JSON that is no list of projects".to_owned(),
        })
    }
}
