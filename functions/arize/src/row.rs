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
        let mut look = Look::new(form);
        if !each_member(&json, |name, value| look.take(name, value)) {
            return lost("malformed");
        }
        let Look { members, mut tags, kept, .. } = look;
        let (Some(trace_id), Some(span_id)) = (members.trace_id.and_then(id), members.span_id.and_then(id)) else {
            return lost("no_id");
        };
        // A byte that is no text may stand in the name of a key.
        tags.is_unknown |= is_broken;
        let parent_id = members.parent_id.and_then(parent);
        let ended_at = members.end.and_then(|end| time(end, form)).filter(|end| is_known(*end));
        match members.start.and_then(|start| time(start, form)) {
            Some(started_at) if !is_broken => {
                let json = (kept + "}").into_boxed_str();
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

/// What one look through a row's text finds: a page holds many, and each look reads every byte.
struct Look<'a> {
    form: Form,
    members: Members<'a>,
    tags: Tags,
    /// The text as it is kept, but for its last bracket.
    kept: String,
    room: Room,
}

impl<'a> Look<'a> {
    fn new(form: Form) -> Self {
        let kept = "{".to_owned();
        Self { form, members: Members::default(), tags: Tags::default(), kept, room: Room::OF_ROW }
    }

    fn take(&mut self, name: &str, value: &'a str) {
        push_name(&mut self.kept, name);
        if name == "attributes" {
            self.take_attributes(value);
        } else {
            self.members.take(self.form, name, value);
            self.push(value);
        }
    }

    fn take_attributes(&mut self, json: &str) {
        self.tags = Tags::default();
        let is_sound = match self.form {
            Form::Plain if json.starts_with('{') => self.take_plain(json),
            Form::Otlp if json.starts_with('[') => self.take_otlp(json),
            _ => {
                self.push(json);
                false
            }
        };
        self.tags.note_fault(is_sound, json);
    }

    /// Attribute by attribute, for one that is too large is no reason to cut another. Where there are too many, a last one says
    /// that the others were left out; tags are looked for in all. False where it is no object.
    fn take_plain(&mut self, json: &str) -> bool {
        self.kept.push('{');
        let mut is_cut = false;
        let is_object = each_member(json, |name, value| {
            self.tags.add_attribute(name, value);
            is_cut |= self.room.nodes == 0;
            if !is_cut {
                self.room.nodes -= 1;
                push_name(&mut self.kept, name);
                self.push(value);
            }
        });
        if is_cut {
            push_name(&mut self.kept, CUT_MARKER);
            self.kept.push_str("true");
        }
        self.kept.push('}');
        is_object
    }

    /// The same of the other form. False where it is no list.
    fn take_otlp(&mut self, json: &str) -> bool {
        self.kept.push('[');
        let mut is_cut = false;
        let is_list = each_item(json, |item| {
            self.tags.add_otlp_attribute(item);
            is_cut |= self.room.nodes == 0;
            if !is_cut {
                push_comma(&mut self.kept);
                self.push(item);
            }
            ControlFlow::Continue(())
        });
        if is_cut {
            push_comma(&mut self.kept);
            self.kept.push_str(&json!({"key": CUT_MARKER, "value": {"bool_value": true}}).to_string());
        }
        self.kept.push(']');
        is_list
    }

    fn push(&mut self, json: &str) {
        self.kept.push_str(&mended(json, &mut self.room));
    }
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
