//! A page of spans as it came.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use spanlift_model::PlatformError;
use spanlift_model::json::items;
use spanlift_platform_client::aside;

use crate::query::Form;
use crate::row::Read;

/// A page as it came.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The list of rows: a part of the body.
    data: Bytes,
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
    pub(crate) async fn open(body: Bytes, form: Form, limit: usize) -> Result<Self, PlatformError> {
        aside(body.len(), move || Self::new(&body, form, limit)).await.unwrap_or_else(|| Err(no_page()))
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when `data` is no list, or one of more rows than were asked for.
    pub(crate) async fn rows(self) -> Result<Vec<Read>, PlatformError> {
        aside(self.data.len(), move || self.read_rows()).await.unwrap_or_else(|| Err(no_page()))
    }

    /// The same on this thread.
    pub(crate) fn new(body: &Bytes, form: Form, limit: usize) -> Result<Self, PlatformError> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
            next_cursor: Option<String>,
        }
        // serde reads a list as a struct, too: a page is an object.
        let is_object = body.trim_ascii_start().first() == Some(&b'{');
        let envelope = is_object.then(|| serde_json::from_slice::<Envelope<'_>>(body).ok()).flatten();
        let Envelope { data, next_cursor } = envelope.ok_or_else(no_page)?;
        let data = body.slice_ref(data.get().as_bytes());
        let next_cursor = next_cursor.filter(|cursor| !cursor.is_empty());
        Ok(Self { data, form, limit, next_cursor })
    }

    /// The same on this thread.
    pub(crate) fn read_rows(&self) -> Result<Vec<Read>, PlatformError> {
        let rows = std::str::from_utf8(&self.data).ok().and_then(|data| items(data, self.limit)).ok_or_else(no_page)?;
        Ok(rows.into_iter().map(|row| Read::row(row, self.form)).collect())
    }
}

fn no_page() -> PlatformError {
    PlatformError::Malformed { problem: "Phoenix answered with JSON that is no page of spans".to_owned() }
}
