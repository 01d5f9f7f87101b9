//! A page of runs.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use spanlift_model::PlatformError;
use spanlift_model::json::{each_member, items, string};
use spanlift_platform_client::Response;

use crate::query::Version;

/// A page, its rows still as text.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) rows: Vec<&'a str>,
    pub(crate) next_cursor: Option<String>,
}

/// Why a body is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPage {
    /// It is no JSON: a row may have broken it.
    NoJson,
    /// It is something else, or holds more rows than were asked for.
    Other,
}

impl From<NoPage> for PlatformError {
    fn from(_: NoPage) -> Self {
        Self::Malformed { problem: "LangSmith answered with JSON that is no page of runs".to_owned() }
    }
}

impl<'a> Page<'a> {
    /// Reads a page of at most `limit` rows. `null` for rows is no rows; an object that lacks them, and whatever is no
    /// object, is no page.
    pub(crate) fn read(answer: &'a Response, version: Version, limit: usize) -> Result<Self, NoPage> {
        let body = std::str::from_utf8(answer.body()).map_err(|_| NoPage::NoJson)?;
        let (rows_name, cursor_name) = match version {
            Version::V1 => ("runs", "cursors"),
            Version::V2 => ("items", "next_cursor"),
        };
        let (mut rows, mut cursor) = (None, None);
        let is_object = each_member(body, |name, value| {
            if name == rows_name {
                rows = Some(value);
            } else if name == cursor_name {
                cursor = Some(value);
            }
        });
        if !is_object && serde_json::from_str::<IgnoredAny>(body).is_err() {
            return Err(NoPage::NoJson);
        }
        let rows = rows.filter(|_| is_object).ok_or(NoPage::Other)?;
        Ok(Self {
            rows: if rows == "null" { Vec::new() } else { items(rows, limit).ok_or(NoPage::Other)? },
            next_cursor: match (version, cursor) {
                (Version::V1, Some(cursors)) => next_of(cursors)?,
                (_, cursor) => cursor_of(cursor)?,
            },
        })
    }
}

fn next_of(cursors: &str) -> Result<Option<String>, NoPage> {
    let mut next = None;
    let is_object = each_member(cursors, |name, value| {
        if name == "next" {
            next = Some(value);
        }
    });
    if is_object || cursors == "null" { cursor_of(next) } else { Err(NoPage::Other) }
}

fn cursor_of(json: Option<&str>) -> Result<Option<String>, NoPage> {
    match json {
        None | Some("null") => Ok(None),
        Some(json) => string(json).map(|cursor| Some(Cow::into_owned(cursor))).ok_or(NoPage::Other),
    }
}
