//! Bodies taken apart into rows. One row that cannot be read is counted and left out (contract §2, §3).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use spanlift_model::PlatformError;

use crate::api::malformed;
use crate::observation::{Observation, Rejection, TraceRecord};

/// Rows that were read, and those that were not.
#[derive(Debug)]
pub(crate) struct Page<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) rejected: BTreeMap<Rejection, u64>,
    pub(crate) bytes: usize,
    /// v2: where the next page begins.
    pub(crate) cursor: Option<String>,
    /// v1: how many pages there are.
    pub(crate) pages: usize,
    /// v1: how many rows there are, those that were not merged too.
    pub(crate) items: usize,
}

/// Something that is read from a row.
pub(crate) trait ReadRow: Sized {
    fn read(json: &str) -> Result<Self, Rejection>;
}

impl ReadRow for Observation {
    fn read(json: &str) -> Result<Self, Rejection> {
        Self::from_json(json)
    }
}

impl ReadRow for TraceRecord {
    fn read(json: &str) -> Result<Self, Rejection> {
        Self::from_json(json)
    }
}

#[derive(Deserialize)]
struct Listing<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    meta: Option<Meta>,
}

/// The last page's `meta` of v2 is empty, or null.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    cursor: Option<String>,
    total_pages: Option<usize>,
    total_items: Option<usize>,
}

impl<R: ReadRow> Page<R> {
    /// Reads a page of a listing of either API.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is none.
    pub(crate) fn read(body: &[u8]) -> Result<Self, PlatformError> {
        let listing: Listing<'_> = serde_json::from_slice(body)
            .map_err(|_| malformed("Langfuse answered with JSON that is no page of observations or traces"))?;
        let meta = listing.meta.unwrap_or_default();
        let mut page = Self::of_rows(&listing.data, body.len());
        page.cursor = meta.cursor;
        page.pages = meta.total_pages.unwrap_or_default();
        page.items = meta.total_items.unwrap_or_default();
        Ok(page)
    }

    fn of_rows(rows: &[&RawValue], bytes: usize) -> Self {
        let mut page = Self {
            rows: Vec::with_capacity(rows.len()),
            rejected: BTreeMap::new(),
            bytes,
            cursor: None,
            pages: 0,
            items: 0,
        };
        for row in rows {
            match R::read(row.get()) {
                Ok(row) => page.rows.push(row),
                Err(cause) => *page.rejected.entry(cause).or_default() += 1,
            }
        }
        page
    }
}

/// Reads a trace of v1 with all its observations (contract §3.3).
///
/// # Errors
/// [`PlatformError::Malformed`] when it is none.
pub(crate) fn read_trace(body: &[u8]) -> Result<(TraceRecord, Page<Observation>), PlatformError> {
    #[derive(Deserialize)]
    struct Detail<'a> {
        #[serde(borrow)]
        observations: Vec<&'a RawValue>,
    }
    let no_trace = || malformed("Langfuse answered with JSON that is no trace");
    let detail: Detail<'_> = serde_json::from_slice(body).map_err(|_| no_trace())?;
    let text = std::str::from_utf8(body).map_err(|_| no_trace())?;
    let record = TraceRecord::from_json(text).map_err(|_| no_trace())?;
    Ok((record, Page::of_rows(&detail.observations, body.len())))
}
