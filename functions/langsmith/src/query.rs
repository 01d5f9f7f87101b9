//! A query for runs, as either version of the API takes it.

use std::time::Duration;

use serde_json::{Value, json};
use spanlift_model::Window;

use crate::filter;

/// Which of the two runs queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `POST /api/v1/runs/query`, to be removed after 31 January 2027.
    V1,
    /// `POST /api/v2/runs/query`.
    V2,
}

/// What is told of each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    /// As much as tells whose it is.
    Tags,
    /// All that normalization needs.
    Whole,
    /// Whatever the server tells by itself. v1 only: v2 tells no more than ids.
    Unselected,
}

/// The order in which runs come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Runs that arrive during paging are told too. v2 knows no such order and answers newest first.
    OldestFirst,
    /// What v2 does.
    NewestFirst,
}

/// Runs that are asked for.
#[derive(Clone, Debug)]
pub(crate) struct RunsQuery {
    pub(crate) project: String,
    /// Beside the window.
    pub(crate) filter: Option<String>,
    /// What holds for the root of a run's trace.
    pub(crate) trace_filter: Option<String>,
    /// Runs start in it.
    pub(crate) window: Window,
    pub(crate) roots_only: bool,
    pub(crate) fields: Fields,
    pub(crate) order: Order,
}

impl Version {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The rows of a page: v1 allows 100, and 1,000 of v2 take long.
    pub(crate) const fn usual_page(self) -> usize {
        match self {
            Self::V1 => 100,
            Self::V2 => 500,
        }
    }

    /// Pages of all runs in the window that are looked at before a search is tried. A v1 server allows ten requests in ten
    /// seconds, and a search takes two of them.
    pub(crate) const fn few_pages(self) -> usize {
        match self {
            Self::V1 => 5,
            Self::V2 => 2,
        }
    }

    /// Pages of them that are looked at in one reading after that.
    pub(crate) const fn many_pages(self) -> usize {
        match self {
            Self::V1 => 10,
            Self::V2 => 100,
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::V1 => Self::V2,
            Self::V2 => Self::V1,
        }
    }

    pub(crate) const fn path(self) -> [&'static str; 4] {
        match self {
            Self::V1 => ["api", "v1", "runs", "query"],
            Self::V2 => ["api", "v2", "runs", "query"],
        }
    }

    /// The order in which this version answers when asked for another.
    pub(crate) const fn order(self, wanted: Order) -> Order {
        match self {
            Self::V1 => wanted,
            Self::V2 => Order::NewestFirst,
        }
    }
}

impl RunsQuery {
    /// The request's body.
    pub(crate) fn body(&self, version: Version, limit: usize, cursor: Option<&str>) -> Value {
        let (from, to) = (self.window.from, self.window.to.plus(Duration::from_micros(1)));
        let own = self.filter.clone();
        let mut body = match version {
            // `end_time` is not sent: what it means is told in two ways.
            Version::V1 => json!({
                "session": [self.project], "start_time": from.to_micros_text(), "order": self.order.as_str(),
                "limit": limit, "filter": filter::all(own.into_iter().chain([filter::starts_before(to)])),
            }),
            Version::V2 => json!({
                "project_ids": [self.project], "min_start_time": from.to_micros_text(),
                "max_start_time": to.to_micros_text(), "page_size": limit,
            }),
        };
        if let Value::Object(members) = &mut body {
            if let (Version::V2, Some(filter)) = (version, &self.filter) {
                members.insert("filter".to_owned(), json!(filter));
            }
            if let Some(filter) = &self.trace_filter {
                members.insert("trace_filter".to_owned(), json!(filter));
            }
            if self.roots_only {
                members.insert("is_root".to_owned(), json!(true));
            }
            if let Some((name, fields)) = selection(version, self.fields) {
                members.insert(name.to_owned(), json!(fields));
            }
            if let Some(cursor) = cursor {
                members.insert("cursor".to_owned(), json!(cursor));
            }
        }
        body
    }

    /// The same in another window.
    pub(crate) fn within(&self, window: Window) -> Self {
        Self { window, ..self.clone() }
    }
}

impl Order {
    const fn as_str(self) -> &'static str {
        match self {
            Self::OldestFirst => "asc",
            Self::NewestFirst => "desc",
        }
    }
}

/// What tells whose a run is. One wrong name fails the whole query, so that these are only such as every version knows.
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
/// What normalization needs beside them.
const V1_MORE: &[&str] = &[
    "name",
    "run_type",
    "first_token_time",
    "error",
    "inputs",
    "outputs",
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
/// The same of v2.
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
const V2_MORE: &[&str] = &[
    "NAME",
    "RUN_TYPE",
    "FIRST_TOKEN_TIME",
    "ERROR",
    "INPUTS",
    "OUTPUTS",
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
fn selection(version: Version, fields: Fields) -> Option<(&'static str, Vec<&'static str>)> {
    match (version, fields) {
        (Version::V1, Fields::Tags) => Some(("select", V1_TAGS.to_vec())),
        (Version::V1, Fields::Whole) => Some(("select", [V1_TAGS, V1_MORE].concat())),
        (Version::V1, Fields::Unselected) => None,
        (Version::V2, Fields::Tags) => Some(("selects", V2_TAGS.to_vec())),
        (Version::V2, Fields::Whole | Fields::Unselected) => Some(("selects", [V2_TAGS, V2_MORE].concat())),
    }
}
