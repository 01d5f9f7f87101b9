//! A reading that is one page, without a server: what `fuzz/` reads.

use spanlift_importer::{Query, Reading};
use spanlift_model::PlatformError;
use spanlift_platform_client::Response;

use crate::attribution;
use crate::head::Head;
use crate::page::Page;
use crate::query::Version;
use crate::reading_state::Gathered;
use crate::row::Row;

/// Rows of the page at most.
const MOST_ROWS: usize = 1_000;

/// Reads a page of runs of either version of the API.
///
/// # Errors
/// [`PlatformError::Malformed`] when it is none.
pub fn read(answer: &Response, is_v2: bool, query: &Query) -> Result<Reading<Row>, PlatformError> {
    let version = if is_v2 { Version::V2 } else { Version::V1 };
    let mut gathered = Gathered::default();
    for row in Page::read(answer, version, MOST_ROWS)?.rows {
        let Ok(head) = Head::read(row) else {
            gathered.rejected.add("no_id", 1);
            continue;
        };
        gathered.sightings.add(head.labels());
        match Row::new(head.ended_by(query.ends_by()), row) {
            Ok(row) => gathered.keep(row, query.most_bytes),
            Err(outline) => gathered.note(*outline, query.most_bytes),
        };
    }
    let (mut rows, outlines) = gathered.take_rows();
    attribution::mark(&mut rows);
    Ok(Reading {
        bytes: rows.iter().map(Row::size).sum(),
        spans: rows,
        outlines,
        sightings: gathered.sightings,
        rejected: gathered.rejected,
        ..Reading::of("one-page.example".to_owned())
    })
}
