//! What LangSmith's statuses mean.

use std::time::Duration;

use spanlift_model::{FailureReason, PlatformError};
use spanlift_platform_client::{Advice, Response, other_regions};

const JSON: &str = "application/json";
const ORGANIZATION_KEY: &str = "org_scoped_key_requires_workspace";

const ADVICE: Advice<'_> = Advice {
    unauthorized: "LangSmith does not know the API key: it was rotated, revoked or mistyped. Replace the key.",
    forbidden: "LangSmith does not let this API key read: it belongs to another workspace or region, or may not read. Use a \
                key of the project's workspace, and the host of its region (EU, APAC or AWS).",
    not_found: WRONG_HOST,
    wrong_host: WRONG_HOST,
};
/// The regions of the cloud (docs/platforms/langsmith.md#11-hosts).
const REGIONS: [&str; 4] = [
    "api.smith.langchain.com",
    "eu.api.smith.langchain.com",
    "apac.api.smith.langchain.com",
    "aws.api.smith.langchain.com",
];
pub(crate) const WRONG_HOST: &str = "What answers at this host is not LangSmith's API. Enter the API host of your region: https://api.smith.langchain.com, \
     https://eu.api.smith.langchain.com, https://apac.api.smith.langchain.com or https://aws.api.smith.langchain.com; \
     for a server of your own its base URL.";
const NO_WORKSPACE: &str = "This API key is one of a whole organization: LangSmith needs to know the workspace. Enter the workspace's id \
                            in the connection, or use a key of the workspace.";
const KEY_REFUSED: &str = "The API key was refused as unknown, perhaps by a proxy in front of LangSmith. Replace the key; if that does not help, \
                           check the host, and let Spanlift's addresses through.";
const PROXY: &str = "A proxy or firewall in front of LangSmith refused the request, not LangSmith itself. Check the host, and let \
                     Spanlift's addresses through.";

/// Requests are counted in windows of so long, and a 429 need not say so.
const RATE_WINDOW: Duration = Duration::from_secs(10);

/// What an answer comes to.
#[derive(Debug)]
pub(crate) enum Judged {
    /// JSON.
    Sound(Response),
    /// There is no such endpoint here.
    NotServed,
    /// A page for people, status 200: what a user interface says to any address.
    NotJson,
    /// The request is not one that this server takes.
    NotTaken(NotTaken),
    /// The answer would be too large, or took too long to make.
    TooMuch,
    /// The server failed at making it.
    Broken,
    /// Not LangSmith refused, but something before it, with 401 or 403. Once more may help.
    Proxy { status: u16 },
}

/// Why a request was not taken, as far as it helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotTaken {
    pub(crate) status: u16,
    /// The largest page, where that was the trouble.
    pub(crate) most_rows: Option<usize>,
}

/// Sorts an answer; what can only be an error is one.
pub(crate) fn judge(answer: Response, host: &str) -> Result<Judged, PlatformError> {
    let status = answer.status();
    let is_json = is_json(&answer);
    match status {
        404 | 405 | 410 | 501 => Ok(Judged::NotServed),
        400 | 422 => Ok(Judged::NotTaken(NotTaken { status, most_rows: most_rows(&answer) })),
        413 => Ok(Judged::TooMuch),
        401 | 403 if !is_json => Ok(Judged::Proxy { status }),
        403 if holds(&answer, ORGANIZATION_KEY) => Err(PlatformError::Forbidden { advice: NO_WORKSPACE.to_owned() }),
        429 => Err(PlatformError::RateLimited { retry_after: answer.retry_after().or(Some(RATE_WINDOW)) }),
        _ => match answer.error(&Advice { unauthorized: &unauthorized(host), ..ADVICE }) {
            Some(error) => Err(error),
            None if is_json => Ok(Judged::Sound(answer)),
            None => Ok(Judged::NotJson),
        },
    }
}

/// What to do about a key that is not known at this host. No other host is asked: a key is sent to none but its own.
fn unauthorized(host: &str) -> String {
    let Some(others) = other_regions(&REGIONS, host) else { return ADVICE.unauthorized.to_owned() };
    format!(
        "LangSmith does not know the API key at https://{host}: it was rotated, revoked or mistyped, or it belongs to another \
         region. Replace the key, or enter the host of its region. The other regions are {others}; none of them was asked.",
    )
}

pub(crate) fn wrong_host() -> PlatformError {
    PlatformError::Refused { reason: FailureReason::WrongHost, advice: WRONG_HOST.to_owned() }
}

pub(crate) fn refused_by_proxy(status: u16) -> PlatformError {
    match status {
        401 => PlatformError::Unauthorized { advice: KEY_REFUSED.to_owned() },
        _ => PlatformError::Forbidden { advice: PROXY.to_owned() },
    }
}

impl NotTaken {
    pub(crate) fn error(self) -> PlatformError {
        PlatformError::Malformed {
            problem: format!(
                "LangSmith refused our query with status {}; its version may be one we do not know",
                self.status
            ),
        }
    }
}

/// By what it is rather than by what it is called: some errors are JSON as plain text.
fn is_json(answer: &Response) -> bool {
    let first = answer.body().trim_ascii_start().first();
    matches!(first, Some(b'{' | b'[')) || answer.content_type().as_deref() == Some(JSON)
}

fn holds(answer: &Response, text: &str) -> bool {
    String::from_utf8_lossy(answer.body()).contains(text)
}

/// `{"detail":"Limit exceeds maximum allowed value of 100"}`
fn most_rows(answer: &Response) -> Option<usize> {
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    let (_, behind) = body.split_once("maximum allowed value of ")?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|most| *most > 0)
}
