//! A page of spans as it came.

use std::ops::{ControlFlow, Range};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use spanlift_model::PlatformError;

use crate::members::each_item;
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
    /// Where in the body the list of rows is.
    data: Range<usize>,
    form: Form,
    /// The rows that were asked for.
    limit: usize,
    /// The first row of the next page, if there is one.
    pub(crate) next_cursor: Option<String>,
}

impl Page {
    /// Takes a body apart as far as its cursor, on a thread of its own.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is no page.
    pub(crate) async fn open(body: Bytes, form: Form, limit: usize) -> Result<Self, PlatformError> {
        apart(move || Self::new(body, form, limit)).await
    }

    /// Reads the rows, on a thread of its own.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when `data` is no list, or one of more rows than were asked for.
    pub(crate) async fn rows(self) -> Result<Vec<Read>, PlatformError> {
        apart(move || self.read_rows()).await
    }

    fn new(body: Bytes, form: Form, limit: usize) -> Result<Self, PlatformError> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
            next_cursor: Option<String>,
        }
        // serde reads a list as a struct, too: a page is an object.
        let is_object = body.trim_ascii_start().first() == Some(&b'{');
        let envelope = is_object.then(|| serde_json::from_slice::<Envelope<'_>>(&body).ok()).flatten();
        let Envelope { data, next_cursor } = envelope.ok_or_else(no_page)?;
        let from = data.get().as_ptr().addr().saturating_sub(body.as_ptr().addr());
        let data = from..from + data.get().len();
        let next_cursor = next_cursor.filter(|cursor| !cursor.is_empty());
        Ok(Self { body, data, form, limit, next_cursor })
    }

    fn read_rows(&self) -> Result<Vec<Read>, PlatformError> {
        let data = self.body.get(self.data.clone()).and_then(|data| std::str::from_utf8(data).ok());
        let mut rows = Vec::new();
        let read = |row| {
            if rows.len() == self.limit {
                return ControlFlow::Break(());
            }
            rows.push(Read::row(row, self.form));
            ControlFlow::Continue(())
        };
        if each_item(data.unwrap_or_default(), read) { Ok(rows) } else { Err(no_page()) }
    }
}

/// What takes its time does not keep the next page from coming.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PlatformError> + Send + 'static,
) -> Result<T, PlatformError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(no_page()))
}

fn no_page() -> PlatformError {
    PlatformError::Malformed { problem: "Phoenix answered with JSON that is no page of spans".to_owned() }
}
