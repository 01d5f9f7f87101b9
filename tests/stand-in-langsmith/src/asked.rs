use std::collections::BTreeMap;

use axum::body::Bytes;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::Value;

/// A request that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, decoded, without slashes at its end.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, and values; keys are not among them.
    pub headers: BTreeMap<String, String>,
    /// Was a key sent?
    pub has_key: bool,
    /// The status of the answer.
    pub status: u16,
    /// The body, if it is JSON.
    pub body: Value,
    #[serde(skip)]
    pub(crate) key: Option<String>,
    #[serde(skip)]
    pub(crate) raw_body: Bytes,
}

impl Asked {
    pub(crate) fn new(parts: &axum::http::request::Parts, raw_body: Bytes) -> Self {
        let mut headers: BTreeMap<String, String> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let key = headers.remove("x-api-key");
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned();
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: parts.method.as_str().to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            has_key: key.is_some(),
            status: 0,
            body: serde_json::from_slice(&raw_body).unwrap_or_default(),
            key,
            raw_body,
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}
