//! A row of a page: a span as far as it is kept while reading, or what is left of one that cannot be read.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::json;
use spanlift_model::correlation::{Label, Outline, UNREADABLE_PARENT, may_hold_a_tag, size_of_labels};
use spanlift_model::json::{Room, each_item, each_member, mended, readable, string, to_text};
use spanlift_model::{CUT_MARKER, SourceSpan, Timestamp};
use spanlift_platform_client::has_broken_byte;

use crate::labels::Tags;
use crate::query::Form;
use crate::record::{PhoenixSpan, Rejection, is_id, is_known, otlp_time};

/// Ids are hexadecimal digits of a few bytes: what is longer than this is none.
const LONGEST_ID: usize = 1 << 10;
/// What of a name is kept while reading.
const LONGEST_NAME: usize = 64;
/// A number of nanoseconds is shorter.
const LONGEST_TIME: usize = 64;

/// A span of Phoenix as it is kept: its text, cut to what is of use, and what says whose it is and when.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoenixRow {
    trace_id: String,
    span_id: String,
    parent_id: Option<String>,
    name: Box<str>,
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
    /// Nobody knows of which trace.
    Lost {
        /// Why.
        cause: Rejection,
        /// It may say whose its trace is.
        may_hold_a_tag: bool,
    },
}

impl PhoenixRow {
    /// Everything that normalization needs, read from the row's text.
    ///
    /// # Errors
    /// The cause, should the text be no span.
    pub fn span(&self) -> Result<PhoenixSpan, Rejection> {
        let span = match self.form {
            Form::Plain => PhoenixSpan::from_plain(&self.json),
            Form::Otlp => PhoenixSpan::from_otlp(&self.json),
        };
        // Of a parent that cannot be read, the text says nothing.
        span.map(|span| PhoenixSpan { parent_id: self.parent_id.clone(), ..span })
    }

    /// The bytes that it takes, about.
    pub(crate) fn size(&self) -> usize {
        // The ids count twice: a reading finds rows by them.
        let ids = 2 * (self.trace_id.len() + self.span_id.len()) + self.parent_id.as_ref().map_or(0, String::len);
        size_of::<Self>() + ids + self.name.len() + size_of_labels(&self.tags.labels) + self.json.len()
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

    fn name(&self) -> &str {
        &self.name
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

/// The members of either form that say what a row is, as they were written; of two with the same name the last counts.
#[derive(Default)]
struct Members<'a> {
    trace_id: Option<&'a str>,
    span_id: Option<&'a str>,
    parent_id: Option<&'a str>,
    name: Option<&'a str>,
    start: Option<&'a str>,
    end: Option<&'a str>,
    attributes: Option<&'a str>,
}

impl<'a> Members<'a> {
    fn take(&mut self, form: Form, name: &str, value: &'a str) {
        let place = match (form, name) {
            (Form::Plain, "context") => {
                (self.trace_id, self.span_id) = (None, None);
                each_member(value, |name, value| match name {
                    "trace_id" => self.trace_id = Some(value),
                    "span_id" => self.span_id = Some(value),
                    _ => {}
                });
                return;
            }
            (Form::Otlp, "trace_id") => &mut self.trace_id,
            (Form::Otlp, "span_id") => &mut self.span_id,
            (Form::Plain, "parent_id") | (Form::Otlp, "parent_span_id") => &mut self.parent_id,
            (Form::Plain, "start_time") | (Form::Otlp, "start_time_unix_nano") => &mut self.start,
            (Form::Plain, "end_time") | (Form::Otlp, "end_time_unix_nano") => &mut self.end,
            (_, "name") => &mut self.name,
            (_, "attributes") => &mut self.attributes,
            _ => return,
        };
        *place = Some(value);
    }
}

impl Read {
    /// Reads a row of a page in this form.
    pub(crate) fn row(raw: &str, form: Form) -> Self {
        let is_broken = has_broken_byte(raw);
        let lost = |cause| Self::Lost { cause, may_hold_a_tag: is_broken || may_hold_a_tag(raw) };
        let json = readable(raw);
        let mut members = Members::default();
        if !each_member(&json, |name, value| members.take(form, name, value)) {
            return lost("malformed");
        }
        let (Some(trace_id), Some(span_id)) = (members.trace_id.and_then(id), members.span_id.and_then(id)) else {
            return lost("no_id");
        };
        let mut tags = match form {
            Form::Plain => Tags::of_plain(members.attributes.unwrap_or("null")),
            Form::Otlp => Tags::of_otlp(members.attributes.unwrap_or("null")),
        };
        // A byte that is no text may stand in the name of a key.
        tags.is_unknown |= is_broken;
        let parent_id = members.parent_id.and_then(parent);
        let ended_at = members.end.and_then(|end| time(end, form)).filter(|end| is_known(*end));
        match members.start.and_then(|start| time(start, form)) {
            Some(started_at) if !is_broken => {
                let json = kept(&json, form).into_boxed_str();
                let name = members.name.map(name).unwrap_or_default();
                Self::Span(PhoenixRow { trace_id, span_id, parent_id, name, started_at, ended_at, tags, form, json })
            }
            started_at => Self::Outline(Outline {
                trace_id,
                span_id,
                parent_id,
                started_at,
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
            Self::Lost { .. } => None,
        }
    }

    /// When the span began, where that is known.
    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        match self {
            Self::Span(row) => Some(row.started_at),
            Self::Outline(outline) => outline.started_at,
            Self::Lost { .. } => None,
        }
    }
}

fn id(json: &str) -> Option<String> {
    let id = string(json).filter(|id| !id.is_empty() && id.len() <= LONGEST_ID && !has_broken_byte(id));
    id.map(Cow::into_owned)
}

/// A root says `null`, nothing, or an id of zeros. Anything else stands for a span above, even if it cannot be read.
fn parent(json: &str) -> Option<String> {
    if json == "null" || string(json).is_some_and(|parent| !is_id(&parent)) {
        return None;
    }
    Some(id(json).unwrap_or_else(|| UNREADABLE_PARENT.to_owned()))
}

fn name(json: &str) -> Box<str> {
    let name = string(json).unwrap_or_default();
    name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default().into()
}

fn time(json: &str, form: Form) -> Option<Timestamp> {
    if json.len() > LONGEST_TIME {
        return None;
    }
    match form {
        Form::Plain => Timestamp::parse_platform(&string(json)?).ok(),
        Form::Otlp => otlp_time(serde_json::from_str(json).ok().as_ref()),
    }
}

/// The row's text as it is kept: attribute by attribute, for one that is too large is no reason to cut another.
fn kept(json: &str, form: Form) -> String {
    let mut room = Room::OF_ROW;
    let mut kept = String::from("{");
    each_member(json, |name, value| {
        push_name(&mut kept, name);
        let attributes = Some(value).filter(|_| name == "attributes");
        match (form, attributes.and_then(|value| value.chars().next())) {
            (Form::Plain, Some('{')) => push_members(&mut kept, value, &mut room),
            (Form::Otlp, Some('[')) => push_items(&mut kept, value, &mut room),
            _ => kept.push_str(&mended(value, &mut room)),
        }
    });
    kept.push('}');
    kept
}

/// Where there are too many, a last one says that the others were left out.
fn push_members(kept: &mut String, json: &str, room: &mut Room) {
    kept.push('{');
    let mut is_cut = false;
    each_member(json, |name, value| {
        is_cut |= room.nodes == 0;
        if !is_cut {
            room.nodes -= 1;
            push_name(kept, name);
            kept.push_str(&mended(value, room));
        }
    });
    if is_cut {
        push_name(kept, CUT_MARKER);
        kept.push_str("true");
    }
    kept.push('}');
}

fn push_items(kept: &mut String, json: &str, room: &mut Room) {
    kept.push('[');
    let mut is_cut = false;
    each_item(json, |item| {
        is_cut |= room.nodes == 0;
        if !is_cut {
            push_comma(kept);
            kept.push_str(&mended(item, room));
        }
        ControlFlow::Continue(())
    });
    if is_cut {
        push_comma(kept);
        kept.push_str(&json!({"key": CUT_MARKER, "value": {"bool_value": true}}).to_string());
    }
    kept.push(']');
}

fn push_name(kept: &mut String, name: &str) {
    push_comma(kept);
    kept.push_str(&to_text(&name));
    kept.push(':');
}

fn push_comma(kept: &mut String) {
    if !kept.ends_with(['{', '[']) {
        kept.push(',');
    }
}
