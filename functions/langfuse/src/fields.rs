//! The members of a row that are read at once, whatever the row is read for.

use spanlift_model::correlation::UNREADABLE_PARENT;
use spanlift_model::json::{each_member, readable, string};
use spanlift_model::{Hint, PlatformError, Timestamp};
use spanlift_platform_client::has_broken_byte;

use crate::connection::OwnTraces;
use crate::labels::{Hints, Labels, text_at};
use crate::record::Rejection;

/// Bytes of an id: Langfuse takes 800 characters.
const LONGEST_ID: usize = 4 * 1024;
/// Rows that the server does not tell are counted under these.
const TOO_LARGE: Rejection = "too_large";
const UNTOLD: Rejection = "untold";
/// Bytes of a name that are kept while reading.
const LONGEST_NAME: usize = 64;

/// What rows are read for.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    /// The values that mark a trace as this simulation's.
    pub(crate) hints: Hints,
    /// The mark of traces that Coval wrote itself.
    pub(crate) own: Option<OwnTraces>,
}

impl Sought {
    pub(crate) fn new(hints: &[Hint], own: Option<&OwnTraces>) -> Self {
        Self { hints: Hints::new(hints), own: own.cloned() }
    }
}

/// A row that is there and has no ids: they cannot be read, or the server does not tell the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nameless {
    /// Its trace, where at least that can be read.
    pub(crate) trace_id: Option<String>,
    pub(crate) may_be_tagged: bool,
    pub(crate) cause: Rejection,
}

impl Nameless {
    /// A row that the server could not be brought to tell.
    pub(crate) const fn untold(error: &PlatformError) -> Self {
        let cause = if matches!(error, PlatformError::TooLarge { .. }) { TOO_LARGE } else { UNTOLD };
        Self { trace_id: None, may_be_tagged: true, cause }
    }

    /// Did the server not tell it? Then nothing is known of it, and it may come when it is asked for in another way.
    pub(crate) fn is_untold(&self) -> bool {
        matches!(self.cause, TOO_LARGE | UNTOLD)
    }
}

/// The members of a row that are read at once, as JSON.
#[derive(Default)]
pub(crate) struct Fields<'j> {
    pub(crate) id: &'j str,
    pub(crate) trace_id: &'j str,
    pub(crate) parent_id: &'j str,
    pub(crate) is_root: &'j str,
    pub(crate) kind: &'j str,
    pub(crate) name: &'j str,
    pub(crate) start_time: &'j str,
    pub(crate) end_time: &'j str,
    pub(crate) updated_at: &'j str,
    pub(crate) timestamp: &'j str,
    pub(crate) session_id: &'j str,
    pub(crate) metadata: &'j str,
}

impl<'j> Fields<'j> {
    /// Reads a row; `None` where it is no object.
    pub(crate) fn read(json: &'j str) -> Option<Self> {
        let mut fields = Self::default();
        let is_object = each_member(json, |name, value| {
            let field = match name {
                "id" => &mut fields.id,
                "traceId" => &mut fields.trace_id,
                "parentObservationId" => &mut fields.parent_id,
                "isRootObservation" => &mut fields.is_root,
                "type" => &mut fields.kind,
                "name" => &mut fields.name,
                "startTime" => &mut fields.start_time,
                "endTime" => &mut fields.end_time,
                "updatedAt" => &mut fields.updated_at,
                "timestamp" => &mut fields.timestamp,
                "sessionId" => &mut fields.session_id,
                "metadata" => &mut fields.metadata,
                _ => return,
            };
            *field = value;
        });
        is_object.then_some(fields)
    }

    pub(crate) fn labels(&self, sought: &Sought) -> Labels {
        let mut labels = Labels::read(self.metadata, &sought.hints);
        labels.add_session(self.session_id, &sought.hints);
        labels
    }

    pub(crate) fn is_own(&self, sought: &Sought) -> bool {
        sought.own.as_ref().is_some_and(|own| text_at(self.metadata, &own.key).as_deref() == Some(&own.value))
    }

    pub(crate) fn end(&self, start: Option<Timestamp>) -> Option<Timestamp> {
        let is_event = string(self.kind).is_some_and(|kind| kind.eq_ignore_ascii_case("EVENT"));
        time(self.end_time).or(start.filter(|_| is_event))
    }
}

/// An id, of its JSON.
pub(crate) fn id(json: &str) -> Option<String> {
    let sound = readable(json);
    let text = string(&sound)?;
    let is_sound = !text.is_empty() && text.len() <= LONGEST_ID && !has_broken_byte(&text);
    is_sound.then(|| text.into_owned())
}

/// The row above, and whether that could be read. v2's `""` is v1's null: there is none.
pub(crate) fn parent(json: &str) -> (Option<String>, bool) {
    match json {
        "" | "null" | "\"\"" => (None, true),
        json => match id(json) {
            Some(parent) => (Some(parent), true),
            None => (Some(UNREADABLE_PARENT.to_owned()), false),
        },
    }
}

/// What of a name is kept while reading, of its JSON.
pub(crate) fn name(json: &str) -> Box<str> {
    let name = string(json).unwrap_or_default();
    name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default().into()
}

/// A moment, of its JSON.
pub(crate) fn time(json: &str) -> Option<Timestamp> {
    Timestamp::parse_platform(&string(json)?).ok()
}
