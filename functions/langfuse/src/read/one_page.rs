//! A reading that is one answer, without a server: what `fuzz/` reads.

use std::sync::Arc;

use spanlift_importer::{Query, Reading};
use spanlift_model::PlatformError;
use spanlift_platform_client::Response;

use crate::memory::Mode;
use crate::page::{Form, Page, WholeTrace};
use crate::row::{Detail, Entry, Row};
use crate::trace_row::TraceRow;

use super::reading_state::Gathered;

/// Rows of the page at most.
const MOST_ROWS: usize = 1_000;

/// Reads a page of observations by v2.
///
/// # Errors
/// [`PlatformError::Malformed`] when it is none.
pub async fn read_v2(answer: Response, query: &Query) -> Result<Reading<Row>, PlatformError> {
    let mut gathered = Gathered::new(query, None);
    let page = Page::<Entry>::read(answer, form(&gathered)).await?;
    gathered.overlook(&page);
    take(page, &mut gathered);
    Ok(gathered.into_reading(Mode::V2.version(), 1, HOST.to_owned()))
}

/// Reads an answer of v1: a whole trace, else a page of traces, else one of observations. Langfuse does not say which.
///
/// # Errors
/// [`PlatformError::Malformed`] when it is none.
pub async fn read_v1(answer: Response, query: &Query) -> Result<Reading<Row>, PlatformError> {
    let mut gathered = Gathered::new(query, None);
    let form = form(&gathered);
    if let Ok(trace) = WholeTrace::read(answer.clone(), form.clone()).await {
        if let Some(record) = trace.record {
            gathered.look_at_trace(record);
        }
        take(trace.page, &mut gathered);
    } else {
        let traces = Page::<TraceRow>::read(answer.clone(), form.clone()).await?;
        traces.rows.into_iter().for_each(|record| gathered.look_at_trace(record));
        take(Page::<Entry>::read(answer, form).await?, &mut gathered);
    }
    Ok(gathered.into_reading(Mode::V1(None).version(), 1, HOST.to_owned()))
}

const HOST: &str = "one-page.example";

fn form(gathered: &Gathered<'_>) -> Form {
    Form { rows: MOST_ROWS, detail: Detail::Whole, sought: Arc::clone(&gathered.sought) }
}

fn take(page: Page<Entry>, gathered: &mut Gathered<'_>) {
    for row in page.rows {
        gathered.look(&row);
        gathered.keep(row);
    }
    let wanted = gathered.wanted();
    gathered.retain(&wanted);
}
