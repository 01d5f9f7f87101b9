//! A page of spans as it came.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use spanlift_model::PlatformError;

use crate::row::Read;

/// The two forms in which Phoenix tells spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `…/spans`
    Plain,
    /// `…/spans/otlpv1`: larger and slower, but it tells spans on which the other one breaks.
    Otlp,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    body: Bytes,
    form: Form,
    /// The rows that were asked for.
    limit: usize,
    /// The first row of the next page, if there is one.
    pub(crate) next_cursor: Option<String>,
}

impl Page {
    /// Takes a body apart as far as its cursor.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is no page.
    pub(crate) fn new(body: Bytes, form: Form, limit: usize) -> Result<Self, PlatformError> {
        #[derive(Deserialize)]
        struct Envelope {
            #[serde(rename = "data")]
            _data: IgnoredAny,
            next_cursor: Option<String>,
        }
        let Envelope { next_cursor, .. } = object(&body).ok_or_else(no_page)?;
        Ok(Self { body, form, limit, next_cursor: next_cursor.filter(|cursor| !cursor.is_empty()) })
    }

    /// Reads the rows. Takes its time: meant for a thread of its own, while the next page is on its way.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when `data` is no list, or one of more rows than were asked for.
    pub(crate) fn rows(&self) -> Result<Vec<Read>, PlatformError> {
        #[derive(Deserialize)]
        struct Data<'a> {
            #[serde(borrow)]
            data: Vec<&'a RawValue>,
        }
        let Data { data } = object(&self.body).ok_or_else(no_page)?;
        if data.len() > self.limit {
            return Err(no_page());
        }
        Ok(data.into_iter().map(|row| Read::row(row.get(), self.form)).collect())
    }
}

/// serde reads a list as a struct, too: a page is an object.
fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    is_object.then(|| serde_json::from_slice(body).ok()).flatten()
}

fn no_page() -> PlatformError {
    PlatformError::Malformed { problem: "Phoenix answered with JSON that is no page of spans".to_owned() }
}
