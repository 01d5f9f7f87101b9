//! What correlation needs of a run, read from the whole row without keeping it.

use std::borrow::Cow;
use std::ops::ControlFlow;

use spanlift_model::Timestamp;
use spanlift_model::correlation::{Label, Outline, UNREADABLE_PARENT, may_hold_a_tag};
use spanlift_model::json::{each_item, each_member, readable, string};
use spanlift_platform_client::has_broken_byte;

use crate::labels::Tags;

/// Why a run could not be read: the cause under which it is counted as rejected.
pub type Rejection = &'static str;

/// A row's ids, place, times and tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Lower case, as all ids here.
    pub(crate) id: String,
    pub(crate) trace_id: String,
    pub(crate) parent_id: Option<String>,
    /// Its beginning.
    pub(crate) name: Box<str>,
    /// If told.
    pub(crate) project_id: Option<String>,
    /// If it can be read.
    pub(crate) started_at: Option<Timestamp>,
    /// `None` while the run is pending, whatever end it names.
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) tags: Tags,
    /// Something in the row cannot be read, so that it is not stored.
    pub(crate) is_malformed: bool,
}

/// A row without ids: nobody can say where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nameless;

/// No platform's id is longer.
const LONGEST_ID: usize = 1_024;
/// Bytes of a name that are kept while reading.
const LONGEST_NAME: usize = 64;

impl Head {
    /// Reads a row, which is valid JSON.
    pub(crate) fn read(row: &str) -> Result<Self, Nameless> {
        let mut members = Members::default();
        let mut tags = Tags::default();
        let is_object = each_member(row, |name, value| match name {
            "id" => members.id = Some(value),
            "name" => members.name = Some(value),
            "trace_id" => members.trace_id = Some(value),
            "parent_run_id" => members.parent = Some(value),
            "parent_run_ids" => members.above = Some(value),
            "dotted_order" => members.dotted_order = Some(value),
            "project_id" => members.project = Some(value),
            "session_id" => members.session = Some(value),
            "start_time" => members.start = Some(value),
            "end_time" => members.end = Some(value),
            "status" => members.status = Some(value),
            "extra" => tags.add_extra(value),
            "metadata" => tags.add_metadata(value),
            name => tags.is_unknown |= has_broken_byte(name),
        });
        tags.is_unknown |= !is_object && may_hold_a_tag(row);
        let (Some(id), Some(trace_id)) = (id_of(members.id), id_of(members.trace_id)) else {
            return Err(Nameless);
        };
        let parent_id = match members.parent_id() {
            // The id of a trace is that of its root.
            _ if id == trace_id => None,
            Some(parent) if parent == id => None,
            parent => parent,
        };
        let is_pending = text(members.status).is_some_and(|status| status.eq_ignore_ascii_case("pending"));
        Ok(Self {
            is_malformed: has_broken_byte(row) || parent_id.as_deref() == Some(UNREADABLE_PARENT),
            parent_id,
            name: name_of(members.name),
            project_id: id_of(members.project).or_else(|| id_of(members.session)),
            started_at: time_of(members.start),
            ended_at: time_of(members.end).filter(|_| !is_pending),
            tags,
            id,
            trace_id,
        })
    }

    /// Is it in this project, as far as it is told?
    pub(crate) fn is_in(&self, project: &str) -> bool {
        self.project_id.as_deref().is_none_or(|known| known.eq_ignore_ascii_case(project))
    }

    /// The same, if it ended by then: a later end is none.
    pub(crate) fn ended_by(self, moment: Timestamp) -> Self {
        Self { ended_at: self.ended_at.filter(|end| *end <= moment), ..self }
    }

    /// What it says of whose it is.
    pub(crate) fn labels(&self) -> &[Label] {
        &self.tags.labels
    }

    /// What is left of it where it is not stored.
    pub(crate) fn outline(self, cause: Rejection) -> Outline {
        Outline {
            trace_id: self.trace_id,
            span_id: self.id,
            parent_id: self.parent_id,
            started_at: self.started_at,
            has_ended: self.ended_at.is_some(),
            labels: self.tags.labels,
            is_tag_unknown: self.tags.is_unknown,
            cause,
        }
    }
}

/// The JSON of the members that are read.
#[derive(Default)]
struct Members<'j> {
    id: Option<&'j str>,
    trace_id: Option<&'j str>,
    name: Option<&'j str>,
    parent: Option<&'j str>,
    above: Option<&'j str>,
    dotted_order: Option<&'j str>,
    project: Option<&'j str>,
    session: Option<&'j str>,
    start: Option<&'j str>,
    end: Option<&'j str>,
    status: Option<&'j str>,
}

impl Members<'_> {
    /// v1 names the parent; v2 all runs above, the parent last; and both have it in the last segment but one of the order.
    fn parent_id(&self) -> Option<String> {
        let is_null = |json: Option<&str>| json.is_none_or(|json| json == "null");
        let is_nothing = |json: &str| json.starts_with('[') && last_item(json).is_none();
        id_of(self.parent)
            .or_else(|| id_of(self.above.and_then(last_item)))
            .or_else(|| {
                let order = text(self.dotted_order)?;
                let (_, id) = order.rsplit('.').nth(1)?.split_once('Z')?;
                (!id.is_empty()).then(|| id.to_ascii_lowercase())
            })
            .or_else(|| {
                let is_told = is_null(self.parent) && (is_null(self.above) || self.above.is_some_and(is_nothing));
                (!is_told).then(|| UNREADABLE_PARENT.to_owned())
            })
    }
}

/// The JSON of the last item of a list; `None` where there is none.
fn last_item(json: &str) -> Option<&str> {
    let mut last = None;
    let is_list = each_item(json, |item| {
        last = Some(item);
        ControlFlow::Continue(())
    });
    last.filter(|_| is_list)
}

/// The text of a JSON string, with U+FFFD for halves of surrogate pairs.
fn text(json: Option<&str>) -> Option<String> {
    string(&readable(json?)).map(Cow::into_owned)
}

/// An id; one with a byte that could not be read is none.
fn id_of(json: Option<&str>) -> Option<String> {
    let id = text(json.filter(|json| json.len() <= LONGEST_ID))?;
    (!id.trim().is_empty() && !has_broken_byte(&id)).then(|| id.to_ascii_lowercase())
}

fn name_of(json: Option<&str>) -> Box<str> {
    let name = json.and_then(string).unwrap_or_default();
    name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default().into()
}

fn time_of(json: Option<&str>) -> Option<Timestamp> {
    Timestamp::parse_platform(text(json)?.trim()).ok()
}
