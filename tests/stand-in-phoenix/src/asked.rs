use std::collections::BTreeMap;

use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

/// A request as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `GET`, …
    pub method: String,
    /// The path as it stood in the request, percent signs and all.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, and values; the key is not among them.
    pub headers: BTreeMap<String, String>,
    /// The header with the key.
    pub authorization: Option<String>,
}

impl Asked {
    /// `GET` of a path, with a query's pairs.
    #[must_use]
    pub fn get(path: &str, query: &[(&str, &str)]) -> Self {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method: "GET".to_owned(), path: path.to_owned(), query, ..Self::default() }
    }

    pub(crate) fn new(parts: &Parts) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())));
        let mut headers: BTreeMap<String, String> = headers.collect();
        let authorization = headers.remove("authorization");
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            authorization,
        }
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// All values of a query parameter.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header's value; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// An empty cursor is none.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.value("cursor").filter(|cursor| !cursor.is_empty())
    }

    /// The path's segments, decoded as Starlette does it: a `%2F` is a slash by then.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = percent_decode_str(&self.path).decode_utf8_lossy();
        path.split('/').skip(1).map(str::to_owned).collect()
    }
}
