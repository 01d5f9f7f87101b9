//! A reading that is one page, without a server: what `fuzz/` reads.

use std::collections::BTreeSet;

use spanlift_importer::{Query, Reading};
use spanlift_model::PlatformError;
use spanlift_platform_client::Response;

use crate::page::Page;
use crate::query::Form;
use crate::reading_state::Gathered;
use crate::row::PhoenixRow;

/// Rows of the page at most.
const MOST_ROWS: usize = 1_000;

/// Reads a page of `GET …/spans`, or of `…/spans/otlpv1`.
///
/// # Errors
/// [`PlatformError::Malformed`] when it is no page.
pub fn read(answer: &Response, is_otlp: bool, query: &Query) -> Result<Reading<PhoenixRow>, PlatformError> {
    let form = if is_otlp { Form::Otlp } else { Form::Plain };
    let mut gathered = Gathered::default();
    for row in Page::new(answer.body(), form, MOST_ROWS)?.read_rows()? {
        gathered.look(row, query);
    }
    let matched: BTreeSet<String> = gathered.matched.clone();
    gathered.retain(&matched);
    Ok(Reading {
        spans: gathered.rows.into_values().collect(),
        outlines: gathered.outlines.into_values().collect(),
        sightings: gathered.sightings,
        bytes: gathered.bytes,
        ..Reading::of("one-page.example".to_owned())
    })
}
