//! A page of runs, and what is asked for of each (contract langsmith §3.1, §3.8).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use spanlift_model::PlatformError;

use crate::api::{Fields, Version};
use crate::run::LangSmithRun;

/// One wrong name fails the whole query, so that these are only such as every version knows.
const V1_TAGS: &[&str] = &[
    "id",
    "trace_id",
    "dotted_order",
    "parent_run_id",
    "parent_run_ids",
    "session_id",
    "extra",
    "start_time",
    "end_time",
    "status",
];
const V1_WHOLE: &[&str] = &[
    "id",
    "trace_id",
    "dotted_order",
    "parent_run_id",
    "parent_run_ids",
    "session_id",
    "name",
    "run_type",
    "start_time",
    "end_time",
    "first_token_time",
    "status",
    "error",
    "inputs",
    "outputs",
    "extra",
    "tags",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_token_details",
    "completion_token_details",
    "prompt_cost",
    "completion_cost",
    "total_cost",
    "inputs_s3_urls",
    "outputs_s3_urls",
    "thread_id",
    "app_path",
];
const V2_TAGS: &[&str] = &[
    "ID",
    "TRACE_ID",
    "DOTTED_ORDER",
    "PARENT_RUN_IDS",
    "PROJECT_ID",
    "METADATA",
    "EXTRA",
    "START_TIME",
    "END_TIME",
    "STATUS",
];
const V2_WHOLE: &[&str] = &[
    "ID",
    "TRACE_ID",
    "DOTTED_ORDER",
    "PARENT_RUN_IDS",
    "PROJECT_ID",
    "IS_ROOT",
    "NAME",
    "RUN_TYPE",
    "START_TIME",
    "END_TIME",
    "FIRST_TOKEN_TIME",
    "STATUS",
    "ERROR",
    "INPUTS",
    "OUTPUTS",
    "EXTRA",
    "METADATA",
    "TAGS",
    "PROMPT_TOKENS",
    "COMPLETION_TOKENS",
    "TOTAL_TOKENS",
    "PROMPT_TOKEN_DETAILS",
    "COMPLETION_TOKEN_DETAILS",
    "PROMPT_COST",
    "COMPLETION_COST",
    "TOTAL_COST",
    "THREAD_ID",
    "APP_PATH",
];

/// The member of the body that selects fields, and its value.
pub(crate) fn selection(version: Version, fields: Fields) -> Option<(&'static str, &'static [&'static str])> {
    match (version, fields) {
        (Version::V1, Fields::Tags) => Some(("select", V1_TAGS)),
        (Version::V1, Fields::Whole) => Some(("select", V1_WHOLE)),
        (Version::V1, Fields::Unselected) => None,
        (Version::V2, Fields::Tags) => Some(("selects", V2_TAGS)),
        (Version::V2, Fields::Whole | Fields::Unselected) => Some(("selects", V2_WHOLE)),
    }
}

/// Null is none. A page that lacks them is no page: reading them by a function makes serde insist on the name.
type Rows<'a> = Option<Vec<&'a RawValue>>;

/// A page of runs.
#[derive(Debug)]
pub(crate) struct Page {
    /// Each with the bytes that it took.
    pub(crate) runs: Vec<(LangSmithRun, usize)>,
    /// Rows that are no runs, by cause.
    pub(crate) rejected: BTreeMap<&'static str, u64>,
    pub(crate) next_cursor: Option<String>,
}

impl Page {
    /// # Errors
    /// [`PlatformError::Malformed`] when the body is no page. A row that is no run is no error.
    pub(crate) fn read(body: &[u8], version: Version) -> Result<Self, PlatformError> {
        #[derive(Deserialize)]
        struct V1<'a> {
            #[serde(borrow, deserialize_with = "Option::deserialize")]
            runs: Rows<'a>,
            #[serde(default)]
            cursors: Value,
        }
        #[derive(Deserialize)]
        struct V2<'a> {
            #[serde(borrow, deserialize_with = "Option::deserialize")]
            items: Rows<'a>,
            #[serde(default)]
            next_cursor: Value,
        }
        let (rows, cursor) = match version {
            Version::V1 => {
                let page: V1<'_> = serde_json::from_slice(body).map_err(|_| no_page())?;
                (page.runs, page.cursors.get("next").cloned().unwrap_or_default())
            }
            Version::V2 => {
                let page: V2<'_> = serde_json::from_slice(body).map_err(|_| no_page())?;
                (page.items, page.next_cursor)
            }
        };
        let rows = rows.unwrap_or_default();
        let mut page = Self {
            runs: Vec::with_capacity(rows.len()),
            rejected: BTreeMap::new(),
            next_cursor: cursor.as_str().map(str::to_owned),
        };
        for row in rows {
            match LangSmithRun::from_json(row.get()) {
                Ok(run) => page.runs.push((run, row.get().len())),
                Err(cause) => *page.rejected.entry(cause).or_default() += 1,
            }
        }
        Ok(page)
    }
}

fn no_page() -> PlatformError {
    PlatformError::Malformed { problem: "LangSmith answered with JSON that is no page of runs".to_owned() }
}
