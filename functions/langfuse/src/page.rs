//! Bodies taken apart into rows. One row that cannot be read is counted and left out (contract §2, §3).

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, Hash, RandomState};

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
    /// v1: how many rows there are in all, those that were not merged too.
    pub(crate) items: usize,
}

/// Something that is read from a row.
pub(crate) trait ReadRow: Sized {
    fn read(json: &str) -> Result<Self, Rejection>;

    /// What tells it from all others, earlier states of the same thing too.
    fn version(&self) -> impl Hash;
}

impl ReadRow for Observation {
    fn read(json: &str) -> Result<Self, Rejection> {
        Self::from_json(json)
    }

    fn version(&self) -> impl Hash {
        (&self.trace_id, &self.id, self.updated_at)
    }
}

impl ReadRow for TraceRecord {
    fn read(json: &str) -> Result<Self, Rejection> {
        Self::from_json(json)
    }

    fn version(&self) -> impl Hash {
        &self.id
    }
}

/// The rows of the pages so far.
#[derive(Debug, Default)]
pub(crate) struct Told {
    rows: HashSet<u64>,
    hasher: RandomState,
}

impl Told {
    /// How many rows of the next page were told by a page before it.
    pub(crate) fn again<R: ReadRow>(&mut self, page: &Page<R>) -> usize {
        let rows: Vec<u64> = page.rows.iter().map(|row| self.hasher.hash_one(row.version())).collect();
        let again = rows.iter().filter(|row| self.rows.contains(row)).count();
        self.rows.extend(rows);
        again
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
        page.items = meta.total_items.unwrap_or_default();
        Ok(page)
    }

    fn of_rows(rows: &[&RawValue], bytes: usize) -> Self {
        let mut page = Self { bytes, ..Self::default() };
        for row in rows {
            match R::read(row.get()) {
                Ok(row) => page.rows.push(row),
                Err(cause) => page.reject(cause),
            }
        }
        page
    }

    pub(crate) fn reject(&mut self, cause: Rejection) {
        *self.rejected.entry(cause).or_default() += 1;
    }

    /// Does it hold nothing but so many rows?
    pub(crate) fn is_only(&self, rows: usize) -> bool {
        self.rows.len() == rows && self.rejected.is_empty()
    }

    pub(crate) fn append(&mut self, part: Self) {
        self.rows.extend(part.rows);
        for (cause, count) in part.rejected {
            *self.rejected.entry(cause).or_default() += count;
        }
        self.bytes = self.bytes.saturating_add(part.bytes);
        self.items = self.items.max(part.items);
    }
}

impl<R> Default for Page<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), rejected: BTreeMap::new(), bytes: 0, cursor: None, items: 0 }
    }
}

/// Reads a trace of v1 with all its observations (contract §3.3); the trace itself may be what cannot be read.
///
/// # Errors
/// [`PlatformError::Malformed`] when it is none.
pub(crate) fn read_trace(body: &[u8]) -> Result<(Option<TraceRecord>, Page<Observation>), PlatformError> {
    #[derive(Deserialize)]
    struct Detail<'a> {
        #[serde(borrow)]
        observations: Vec<&'a RawValue>,
    }
    let no_trace = || malformed("Langfuse answered with JSON that is no trace");
    let detail: Detail<'_> = serde_json::from_slice(body).map_err(|_| no_trace())?;
    let text = std::str::from_utf8(body).map_err(|_| no_trace())?;
    Ok((TraceRecord::from_json(text).ok(), Page::of_rows(&detail.observations, body.len())))
}
