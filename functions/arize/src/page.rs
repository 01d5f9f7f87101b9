//! A page of spans and what is read of its rows (contract phoenix §2).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use spanlift_model::correlation::Label;
use spanlift_model::{PlatformError, SourceSpan as _, Timestamp};

use crate::span::{PhoenixSpan, Rejection, is_label_attribute, labels};

/// The two forms in which Phoenix tells spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `…/spans`
    Plain,
    /// `…/spans/otlpv1`: larger and slower, but it tells spans on which the other one breaks.
    Otlp,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    body: Bytes,
    form: Form,
    /// The first row of the next page, if there is one.
    pub(crate) next_cursor: Option<String>,
}

/// A page's rows, read.
#[derive(Clone, Debug)]
pub(crate) struct Rows<R> {
    /// The rows that could be read, each with the length of its text.
    pub(crate) rows: Vec<(R, usize)>,
    /// Those that could not, by cause.
    pub(crate) rejected: BTreeMap<Rejection, u64>,
}

/// What is read of a row of a page.
pub(crate) trait Row: Sized + Send + 'static {
    /// Reads a row.
    ///
    /// # Errors
    /// The cause, when it is no span.
    fn read(json: &str, form: Form) -> Result<Self, Rejection>;

    /// The same for the same span: tells a page with news from one without.
    fn fingerprint(&self) -> u64;
}

fn fingerprint(trace_id: &str, span_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (trace_id, span_id).hash(&mut hasher);
    hasher.finish()
}

impl Page {
    /// Takes a body apart as far as its cursor.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is no page.
    pub(crate) fn new(body: Bytes, form: Form) -> Result<Self, PlatformError> {
        #[derive(Deserialize)]
        struct Envelope {
            #[serde(rename = "data")]
            _data: IgnoredAny,
            next_cursor: Option<String>,
        }
        let Envelope { next_cursor, .. } = serde_json::from_slice(&body).map_err(|_| no_page())?;
        Ok(Self { body, form, next_cursor: next_cursor.filter(|cursor| !cursor.is_empty()) })
    }

    /// Reads the rows. Takes its time: meant for a thread of its own, while the next page is on its way.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when `data` is no list.
    pub(crate) fn rows<R: Row>(&self) -> Result<Rows<R>, PlatformError> {
        #[derive(Deserialize)]
        struct Data<'a> {
            #[serde(borrow)]
            data: Vec<&'a RawValue>,
        }
        let Data { data } = serde_json::from_slice(&self.body).map_err(|_| no_page())?;
        let mut read = Rows { rows: Vec::with_capacity(data.len()), rejected: BTreeMap::new() };
        for json in data {
            match R::read(json.get(), self.form) {
                Ok(row) => read.rows.push((row, json.get().len())),
                Err(cause) => *read.rejected.entry(cause).or_default() += 1,
            }
        }
        Ok(read)
    }
}

fn no_page() -> PlatformError {
    PlatformError::Malformed { problem: "Phoenix answered with JSON that is no page of spans".to_owned() }
}

impl Row for PhoenixSpan {
    fn read(json: &str, form: Form) -> Result<Self, Rejection> {
        match form {
            Form::Plain => Self::from_plain(json),
            Form::Otlp => Self::from_otlp(json),
        }
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(&self.trace_id, &self.span_id)
    }
}

/// As much of a span as tells whether its trace is ours: large projects are walked through on these alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The trace.
    pub(crate) trace_id: String,
    /// The span.
    pub(crate) span_id: String,
    /// When the span began.
    pub(crate) started_at: Timestamp,
    /// The keys that it carries.
    pub(crate) labels: Vec<Label>,
}

impl Row for Sighting {
    fn read(json: &str, form: Form) -> Result<Self, Rejection> {
        #[derive(Deserialize)]
        struct Slim<'a> {
            #[serde(borrow)]
            context: Context<'a>,
            #[serde(borrow)]
            start_time: Cow<'a, str>,
            #[serde(borrow)]
            attributes: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Context<'a> {
            #[serde(borrow)]
            trace_id: Cow<'a, str>,
            #[serde(borrow)]
            span_id: Cow<'a, str>,
        }
        if form == Form::Otlp {
            let span = PhoenixSpan::from_otlp(json)?;
            let (started_at, labels) = (span.started_at, span.labels().to_vec());
            return Ok(Self { trace_id: span.trace_id, span_id: span.span_id, started_at, labels });
        }
        let Slim { context, start_time, attributes } = serde_json::from_str(json).map_err(|_| "malformed")?;
        if context.trace_id.is_empty() || context.span_id.is_empty() {
            return Err("no_id");
        }
        let attributes = attributes.and_then(|json| serde_json::from_str(json.get()).ok());
        Ok(Self {
            trace_id: context.trace_id.into_owned(),
            span_id: context.span_id.into_owned(),
            started_at: Timestamp::parse_platform(&start_time).map_err(|_| "no_start")?,
            labels: attributes.map_or_else(Vec::new, |Labelled(attributes)| labels(&attributes)),
        })
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(&self.trace_id, &self.span_id)
    }
}

/// The attributes in which a correlation key may stand; the others are passed over unread.
struct Labelled(Map<String, Value>);

impl<'de> Deserialize<'de> for Labelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;
        impl<'de> Visitor<'de> for Attributes {
            type Value = Labelled;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labelled, A::Error> {
                let mut kept = Map::new();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if is_label_attribute(&name) {
                        kept.insert(name.into_owned(), map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Labelled(kept))
            }
        }
        deserializer.deserialize_map(Attributes)
    }
}
