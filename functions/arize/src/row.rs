//! A row of a page: a span as far as it is kept while reading, or what is left of one that cannot be read.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;
use spanlift_model::correlation::{Label, Outline};
use spanlift_model::json::{Room, mended, readable, to_text};
use spanlift_model::{SourceSpan, Timestamp};
use spanlift_platform_client::BROKEN_BYTE;

use crate::labels::Tags;
use crate::page::Form;
use crate::span::{PhoenixSpan, Rejection, is_id, is_known, otlp_time};

/// Attributes of a span; more are left out.
const MOST_ATTRIBUTES: usize = 4_096;

/// A span of Phoenix as it is kept: its text, cut to what is of use, and what says whose it is and when.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoenixRow {
    trace_id: String,
    span_id: String,
    parent_id: Option<String>,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    tags: Tags,
    form: Form,
    json: Box<str>,
}

/// What a row of a page turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Read {
    /// A span.
    Span(PhoenixRow),
    /// A span that cannot be read, but has its place in its trace.
    Outline(Outline),
    /// Nobody knows what, or of which trace; the cause.
    Lost(Rejection),
}

impl PhoenixRow {
    /// Everything that normalization needs, read from the row's text.
    ///
    /// # Errors
    /// The cause, should the text be no span.
    pub fn span(&self) -> Result<PhoenixSpan, Rejection> {
        match self.form {
            Form::Plain => PhoenixSpan::from_plain(&self.json),
            Form::Otlp => PhoenixSpan::from_otlp(&self.json),
        }
    }

    /// The bytes that it takes, about.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.trace_id.len() + self.span_id.len() + self.json.len()
    }

    /// The row as one that began long before the call.
    pub(crate) fn into_outline(self) -> Outline {
        Outline {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_id: self.parent_id,
            started_at: Some(self.started_at),
            has_ended: self.ended_at.is_some(),
            labels: self.tags.labels,
            is_tag_unknown: self.tags.is_unknown,
            cause: Outline::BEFORE_CALL,
        }
    }
}

impl SourceSpan for PhoenixRow {
    fn trace_id(&self) -> &str {
        &self.trace_id
    }

    fn span_id(&self) -> &str {
        &self.span_id
    }

    fn parent_id(&self) -> Option<&str> {
        self.parent_id.as_deref()
    }

    fn started_at(&self) -> Timestamp {
        self.started_at
    }

    fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    fn labels(&self) -> &[Label] {
        &self.tags.labels
    }

    fn is_tag_unknown(&self) -> bool {
        self.tags.is_unknown
    }
}

/// The members of either form that say what a row is, as they were written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members<'a> {
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    trace_id: Option<&'a RawValue>,
    span_id: Option<&'a RawValue>,
    parent_id: Option<&'a RawValue>,
    parent_span_id: Option<&'a RawValue>,
    start_time: Option<&'a RawValue>,
    start_time_unix_nano: Option<&'a RawValue>,
    end_time: Option<&'a RawValue>,
    end_time_unix_nano: Option<&'a RawValue>,
    attributes: Option<&'a RawValue>,
}

impl Read {
    /// Reads a row of a page in this form.
    pub(crate) fn row(json: &str, form: Form) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Context<'a> {
            #[serde(borrow)]
            trace_id: Option<&'a RawValue>,
            span_id: Option<&'a RawValue>,
        }
        // serde reads a list as a struct, too.
        let Some(members) = Some(json).filter(|json| json.starts_with('{')).and_then(parse::<Members<'_>>) else {
            return Self::Lost("malformed");
        };
        let (ids, parent, start, end) = match form {
            Form::Plain => {
                let context: Context<'_> = members.context.and_then(|raw| parse(raw.get())).unwrap_or_default();
                let time = |raw: &RawValue| Timestamp::parse_platform(&text(raw)?).ok();
                let ids = (context.trace_id, context.span_id);
                (ids, members.parent_id, members.start_time.and_then(time), members.end_time.and_then(time))
            }
            Form::Otlp => {
                let time = |raw: &RawValue| otlp_time(parse(raw.get()).as_ref());
                let start = members.start_time_unix_nano.and_then(time);
                let ids = (members.trace_id, members.span_id);
                (ids, members.parent_span_id, start, members.end_time_unix_nano.and_then(time))
            }
        };
        let id = |raw: Option<&RawValue>| raw.and_then(text).filter(|id| !id.is_empty()).map(Cow::into_owned);
        let (Some(trace_id), Some(span_id)) = (id(ids.0), id(ids.1)) else { return Self::Lost("no_id") };
        let is_broken = json.contains(BROKEN_BYTE);
        let mut tags = match form {
            Form::Plain => Tags::of_plain(members.attributes),
            Form::Otlp => Tags::of_otlp(members.attributes),
        };
        // A byte that is no text may stand in the name of a key.
        tags.is_unknown |= is_broken;
        let parent_id = id(parent).filter(|parent| is_id(parent));
        let ended_at = end.filter(|end| is_known(*end));
        match start {
            Some(started_at) if !is_broken => {
                let json = kept(json, &members, form).into_boxed_str();
                Self::Span(PhoenixRow { trace_id, span_id, parent_id, started_at, ended_at, tags, form, json })
            }
            start => Self::Outline(Outline {
                trace_id,
                span_id,
                parent_id,
                started_at: start,
                has_ended: ended_at.is_some(),
                labels: tags.labels,
                is_tag_unknown: tags.is_unknown,
                cause: if is_broken { "malformed" } else { "no_start" },
            }),
        }
    }

    /// The ids of the trace and the span, where they are known.
    pub(crate) fn ids(&self) -> Option<(&str, &str)> {
        match self {
            Self::Span(row) => Some((&row.trace_id, &row.span_id)),
            Self::Outline(outline) => Some((&outline.trace_id, &outline.span_id)),
            Self::Lost(_) => None,
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// A string, also one with half a surrogate pair in it.
fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    match readable(raw.get()) {
        Cow::Borrowed(json) => parse::<Cow<'_, str>>(json),
        Cow::Owned(json) => serde_json::from_str(&json).ok().map(Cow::Owned),
    }
}

/// The row's text, so that it can be read and is not larger than is of use: attribute by attribute, for one that is too
/// large is no reason to cut another.
fn kept(json: &str, members: &Members<'_>, form: Form) -> String {
    let mut room = Room::OF_ROW;
    let attributes = members.attributes.map(RawValue::get).unwrap_or_default();
    if json.len() <= room.value_bytes {
        return mended(json, &mut room).into_owned();
    }
    let attributes_at = attributes.as_ptr().addr().saturating_sub(json.as_ptr().addr());
    let before = json.get(..attributes_at).unwrap_or_default();
    let behind = json.get(attributes_at + attributes.len()..).unwrap_or_default();
    let kept = match form {
        Form::Plain => kept_members(attributes, &mut room),
        Form::Otlp => kept_items(attributes, &mut room),
    };
    match kept {
        // The rest of a row is bounded as one value.
        Some(kept) => mended(&format!("{before}{kept}{behind}"), &mut room).into_owned(),
        None => mended(json, &mut room).into_owned(),
    }
}

fn kept_members(attributes: &str, room: &mut Room) -> Option<String> {
    let members: Pairs<'_> = parse(attributes)?;
    let mut kept = String::from("{");
    for (name, value) in members.0.into_iter().take(MOST_ATTRIBUTES) {
        let comma = if kept.len() > 1 { "," } else { "" };
        let written = write!(kept, "{comma}{}:{}", to_text(&name), mended(value.get(), room));
        debug_assert!(written.is_ok(), "a string takes everything");
    }
    kept.push('}');
    Some(kept)
}

fn kept_items(attributes: &str, room: &mut Room) -> Option<String> {
    let items: Vec<&RawValue> = parse(attributes)?;
    let kept: Vec<Cow<'_, str>> =
        items.into_iter().take(MOST_ATTRIBUTES).map(|item| mended(item.get(), room)).collect();
    Some(format!("[{}]", kept.join(",")))
}

/// The members of an object in the order in which they were written.
struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
