//! Langfuse's public API, as far as an import needs it.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use spanlift_importer::Query;
use spanlift_model::{Clock, FailureReason, PlatformError, ServerVersion, Timestamp};
use spanlift_platform_client::{Advice, BaseUrl, Calls, Limits, PlatformClient, Request, Response, other_regions};

use crate::connection::Connection;
use crate::memory::{Memory, Mode, PageRows};

/// One request, from the connection to the end of the answer: the server itself gives up after 30 s.
const REQUEST_TIME: Duration = Duration::from_secs(9);
/// A page that cannot come before the end of the reading is not asked for.
pub(crate) const LEAST_TIME: Duration = Duration::from_secs(1);
const JSON: &str = "application/json";
const NO_TABLE: &[u8] = b"Unknown table expression identifier 'events_core'";

const ADVICE: Advice<'_> = Advice {
    unauthorized: "Langfuse does not accept the keys. Either they are wrong or were deleted, or they belong to another \
                   region or server than the host: compare both keys with the project's settings, and the host with \
                   the address that Langfuse is opened at.",
    forbidden: "Langfuse does not let this key read a project: it is an organization's key. Use the keys of the project \
                that the agent writes to.",
    not_found: WRONG_HOST,
    wrong_host: WRONG_HOST,
};
/// The regions of the cloud (docs/platforms/langfuse.md#11-hosts).
const REGIONS: [&str; 4] =
    ["us.cloud.langfuse.com", "cloud.langfuse.com", "jp.cloud.langfuse.com", "hipaa.cloud.langfuse.com"];
const FIREWALL: &str = "Something in front of Langfuse, such as a firewall or a proxy, refuses the importer's requests. Let them \
                        through to the host.";
const WRONG_HOST: &str = "What answers at this host is not Langfuse's API. Enter Langfuse's base URL (for the US cloud \
                          https://us.cloud.langfuse.com), without the path of a page.";

/// Langfuse, as one connection reaches it during one reading.
pub(crate) struct Api<'a> {
    base: BaseUrl,
    public_key: String,
    secret_key: SecretString,
    calls: Calls<'a>,
    memory: &'a Memory,
    key: (String, String),
    read_until: Timestamp,
    clock: &'a dyn Clock,
}

/// What comes of asking.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A body of JSON.
    Body(Response),
    /// This server has no such endpoint, or no such trace.
    Missing(Missing),
    /// The server broke on it: the query was too much for it or its answer too large (422), or a row of the answer is one
    /// that it cannot tell (500). Smaller pages may do.
    Broken(u16),
}

/// What an answer says that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No word that is Langfuse's.
    Page,
    /// The v1 API is not there: the server is a v4 one.
    V1,
    /// The v2 API lacks its table: a v3 server that knows the route, or a v4 one in the middle of a migration.
    Table,
    /// Anything else that Langfuse says.
    Other,
}

/// The JSON of an error, as far as it is read. Of its texts none is ever shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    message: Value,
    error: Value,
    details: Value,
}

impl<'a> Api<'a> {
    pub(crate) fn open(
        client: &'a PlatformClient,
        connection: &Connection,
        memory: &'a Memory,
        query: &Query,
        clock: &'a dyn Clock,
    ) -> Result<Self, PlatformError> {
        let limits = Limits { request: REQUEST_TIME, deadline: query.read_until };
        let base = connection.base_url(client)?;
        let (public_key, secret_key) = connection.keys()?;
        Ok(Self {
            key: (base.to_string(), public_key.to_owned()),
            public_key: public_key.to_owned(),
            secret_key,
            base,
            calls: client.calls(limits, clock),
            memory,
            read_until: limits.deadline,
            clock,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Can an answer that takes `time` still come?
    pub(crate) fn has_time_for(&self, time: Duration) -> bool {
        self.now().plus(time.max(LEAST_TIME)) < self.read_until
    }

    pub(crate) fn mode(&self) -> Option<Mode> {
        self.memory.mode(&self.key)
    }

    pub(crate) fn learn_mode(&self, mode: Option<Mode>) {
        self.memory.learn_mode(&self.key, mode);
    }

    /// Rows a page that the server was seen to manage.
    pub(crate) fn page_rows(&self) -> PageRows {
        self.memory.page_rows(&self.key)
    }

    pub(crate) fn learn_page_rows(&self, rows: PageRows) {
        self.memory.learn_page_rows(&self.key, rows);
    }

    /// Did a window of this project hold more than its first page?
    pub(crate) fn is_busy(&self) -> bool {
        self.memory.is_busy(&self.key)
    }

    pub(crate) fn learn_busy(&self, is_busy: bool) {
        self.memory.learn_busy(&self.key, is_busy);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.calls.requests()
    }

    pub(crate) fn host(&self) -> String {
        self.base.host()
    }

    /// The bytes of an address before its query.
    pub(crate) fn base_length(&self) -> usize {
        self.base.to_string().len()
    }

    /// Asks what stands below `/api/public`.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        self.ask(path, query, false).await
    }

    /// The same where a 500 is known not to pass: it is not asked again.
    pub(crate) async fn get_once(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        self.ask(path, query, true).await
    }

    async fn ask(&self, path: &[&str], query: &[(&str, &str)], is_once: bool) -> Result<Answer, PlatformError> {
        if let Some(wait) = self.memory.take_request(&self.key, self.now()) {
            return Err(PlatformError::RateLimited { retry_after: Some(wait) });
        }
        let path: Vec<&str> = ["api", "public"].into_iter().chain(path.iter().copied()).collect();
        let request = Request::get(&self.base, &path, query)?.with_basic(&self.public_key, &self.secret_key)?;
        match self.calls.send(&request, |answer| self.judge(answer, is_once)).await {
            Err(PlatformError::Unavailable { status: 500, .. }) => Ok(Answer::Broken(500)),
            answer => answer,
        }
    }

    /// The server's version, if it says so; without the key, and of no rate limit.
    pub(crate) async fn version(&self) -> Option<[u32; 3]> {
        #[derive(Deserialize)]
        struct Health {
            version: String,
        }
        let request = Request::get(&self.base, &["api", "public", "health"], &[]).ok()?;
        // One whose database is down says its version too.
        let body = self.calls.send(&request, |answer| Ok(answer.body().clone())).await.ok()?;
        let health: Health = serde_json::from_slice(&body).ok()?;
        ServerVersion::parse_release(&health.version)
    }

    fn judge(&self, answer: Response, is_once: bool) -> Result<Answer, PlatformError> {
        let body = || serde_json::from_slice::<ErrorBody>(answer.body()).ok();
        match answer.status() {
            404 => Ok(Answer::Missing(missing(body()))),
            422 => Ok(Answer::Broken(422)),
            429 => Err(self.rate_limited(&answer, &body().unwrap_or_default())),
            // Some 3.15x builds have the v2 route and not its table. Other failures of a query name the table too.
            500 if says(answer.body(), NO_TABLE) => Ok(Answer::Missing(Missing::Table)),
            500 if is_once => Ok(Answer::Broken(500)),
            // Langfuse's own are JSON.
            403 if answer.content_type().as_deref() != Some(JSON) => {
                Err(PlatformError::Forbidden { advice: FIREWALL.to_owned() })
            }
            _ => {
                let unauthorized = unauthorized(&self.base.host());
                if let Some(error) = answer.error(&Advice { unauthorized: &unauthorized, ..ADVICE }) {
                    return Err(error);
                }
                if answer.content_type().as_deref() != Some(JSON) {
                    return Err(wrong_host());
                }
                Ok(Answer::Body(answer))
            }
        }
    }

    fn rate_limited(&self, answer: &Response, body: &ErrorBody) -> PlatformError {
        let number = |name: &str| body.details.get(name).and_then(Value::as_u64);
        let seconds = number("retryAfterSeconds").map(|seconds| Duration::from_secs(seconds.min(3_600)));
        let retry_after = answer.retry_after().or(seconds);
        let header = answer.header("x-ratelimit-limit").and_then(|limit| limit.parse().ok());
        self.memory.learn_limit(&self.key, header.or_else(|| number("limit")), retry_after, self.now());
        PlatformError::RateLimited { retry_after }
    }
}

/// What to do about keys that are not accepted at this host. No other host is asked: a key is sent to none but its own.
fn unauthorized(host: &str) -> String {
    let Some(others) = other_regions(&REGIONS, host) else { return ADVICE.unauthorized.to_owned() };
    format!(
        "Langfuse does not accept the keys at https://{host}: they are wrong, were deleted, or belong to another region. \
         Compare both keys with the project's settings, and the host with the address that Langfuse is opened at. The \
         other regions are {others}; none of them was asked.",
    )
}

fn missing(body: Option<ErrorBody>) -> Missing {
    let text = |value: &Value, part: &str| value.as_str().is_some_and(|text| text.contains(part));
    match body {
        Some(body) if text(&body.message, "events_only") => Missing::V1,
        Some(body) if text(&body.message, "Langfuse") || text(&body.error, "Langfuse") => Missing::Other,
        _ => Missing::Page,
    }
}

fn says(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|window| window == word)
}

pub(crate) fn wrong_host() -> PlatformError {
    PlatformError::Refused { reason: FailureReason::WrongHost, advice: WRONG_HOST.to_owned() }
}

pub(crate) fn malformed(problem: &str) -> PlatformError {
    PlatformError::Malformed { problem: problem.to_owned() }
}
