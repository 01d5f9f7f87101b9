use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use memchr::memmem;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use spanlift_model::{PlatformError, Timestamp};
use tokio::time::{Instant, timeout_at};

use crate::failure::broken_body;
use crate::origin::Origin;
use crate::retry_after::parse_retry_after;
use crate::status::{Advice, status_error};

/// The most of a body that is read, after decompression.
pub(crate) const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Stands in a body for a byte that is no text. No platform writes this character: a row that holds it is one that cannot be
/// read.
const BROKEN_BYTE: char = '\u{ffff}';
/// The most that is read of the body of an error.
pub(crate) const LARGEST_ERROR_BODY: usize = 8 * 1024;

/// A platform's answer, whatever its status.
#[derive(Clone)]
pub struct Response {
    status: u16,
    headers: HeaderMap,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl Response {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type in lower case and without parameters: `application/json`.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// When the platform takes requests again, six hours at most.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body, which is valid UTF-8 where the status is a success: each byte that is no text is a U+FFFF ([`has_broken_byte`]). That of
    /// an error is cut at 8 KiB; it can echo a key and belongs in no text of ours.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// A success with this body, as if it had been fetched: for what reads answers without a server (`fuzz/`). `None` where it
    /// is too large.
    #[doc(hidden)]
    #[must_use]
    pub fn of_body(body: Bytes) -> Option<Self> {
        let body = Some(body).filter(|body| body.len() <= LARGEST_BODY).and_then(as_text)?;
        Some(Self { status: 200, headers: HeaderMap::new(), retry_after: None, body })
    }

    /// What the status means on most platforms; `None` when it is a success.
    #[must_use]
    pub fn error(&self, advice: &Advice<'_>) -> Option<PlatformError> {
        status_error(self.status, self.retry_after, advice)
    }

    /// Reads the body under its cap and until `ends_at`.
    pub(crate) async fn read(
        mut answer: reqwest::Response,
        origin: &Origin,
        now: Timestamp,
        ends_at: Instant,
    ) -> Result<Self, PlatformError> {
        let status = answer.status();
        let headers = std::mem::take(answer.headers_mut());
        let body = if status.is_success() {
            timeout_at(ends_at, whole(&mut answer, origin)).await.map_err(|_| PlatformError::Timeout)??
        } else {
            let mut body = BytesMut::new();
            // The status says what matters: an error's body that does not come is one that was not sent.
            let _is_whole = timeout_at(ends_at, beginning(&mut answer, &mut body)).await.is_ok();
            body.freeze()
        };
        let retry_after = headers.get(RETRY_AFTER).and_then(|value| parse_retry_after(value.to_str().ok()?, now));
        Ok(Self { status: status.as_u16(), headers, retry_after, body })
    }
}

/// Does the text hold what stands for a byte that is no text?
#[must_use]
pub fn has_broken_byte(text: &str) -> bool {
    memmem::find(text.as_bytes(), BROKEN_BYTE.encode_utf8(&mut [0; 4]).as_bytes()).is_some()
}

async fn whole(answer: &mut reqwest::Response, origin: &Origin) -> Result<Bytes, PlatformError> {
    let too_large = PlatformError::TooLarge { limit: LARGEST_BODY };
    // Said by the platform, and only of what is not compressed.
    if answer.content_length().is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(too_large);
    }
    let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = answer.chunk().await.map_err(|error| broken_body(&error, origin))? {
        if body.len().saturating_add(chunk.len()) > LARGEST_BODY {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    as_text(body.freeze()).ok_or(too_large)
}

/// The same with a [`BROKEN_BYTE`] for every byte that is no text, so that it costs a row and not its page; `None` when that
/// is too large.
fn as_text(body: Bytes) -> Option<Bytes> {
    if std::str::from_utf8(&body).is_ok() {
        return Some(body);
    }
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        let length = chunk.valid().len() + chunk.invalid().len() * BROKEN_BYTE.len_utf8();
        if text.len() + length > LARGEST_BODY {
            return None;
        }
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| BROKEN_BYTE));
    }
    Some(Bytes::from(text))
}

async fn beginning(answer: &mut reqwest::Response, body: &mut BytesMut) {
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = LARGEST_ERROR_BODY.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() >= LARGEST_ERROR_BODY {
            return;
        }
    }
}

/// Shows no header and no body.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("content_type", &self.content_type())
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}
