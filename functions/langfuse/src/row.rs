//! A row as it is kept while reading: what tells whose it is, and its text, from which everything else is read when it
//! is stored.

use std::sync::Arc;

use spanlift_model::correlation::{Label, Outline, may_hold_a_tag, size_of_labels};
use spanlift_model::{SourceSpan, Timestamp};
use spanlift_platform_client::has_broken_byte;

use crate::fields::{Fields, Nameless, Sought, id, name, parent, time};
use crate::json::usable;
use crate::labels::Labels;
use crate::record::{Observation, Rejection};
use crate::trace_row::{BESIDE_TEXTS, TraceRow};

/// How much of a row was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Everything, which is kept.
    Whole,
    /// What tells whose it is.
    Slim,
    /// Ids, parents and times; the rest could not be had.
    Ids,
}

/// An observation as Langfuse tells it, by v2 or v1.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub(crate) trace_id: String,
    pub(crate) id: String,
    pub(crate) parent_id: Option<String>,
    /// The beginning of its name.
    pub(crate) name: Box<str>,
    /// Langfuse calls it a root, whatever is above it.
    pub(crate) is_root: bool,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    /// When the row was last written.
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) labels: Vec<Label>,
    pub(crate) is_tag_unknown: bool,
    /// Coval wrote its trace itself.
    pub(crate) is_own: bool,
    /// What is known of its trace besides.
    pub(crate) trace: Option<Arc<TraceRow>>,
    /// Its JSON, as `serde_json` reads it and no longer than an import can use. Empty where it was not asked for.
    pub(crate) json: Box<str>,
}

/// A row that is read, as far as it can be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Row(Row),
    /// Its ids are there, and something else is not that makes an observation one.
    Outline(Outlined),
}

/// An outline, with what Langfuse says of its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outlined {
    pub(crate) outline: Outline,
    pub(crate) is_root: bool,
    pub(crate) is_own: bool,
}

impl Entry {
    /// Reads a row.
    ///
    /// # Errors
    /// What is known of it, where that does not make an observation or the outline of one.
    pub(crate) fn read(json: &str, sought: &Sought, detail: Detail) -> Result<Self, Nameless> {
        let is_broken = has_broken_byte(json);
        let nameless = |trace_id, cause| Nameless { trace_id, may_be_tagged: is_broken || may_hold_a_tag(json), cause };
        let fields = Fields::read(json).ok_or_else(|| nameless(None, "malformed"))?;
        let trace_id = id(fields.trace_id).ok_or_else(|| nameless(None, "no_trace"))?;
        let Some(id) = id(fields.id) else { return Err(nameless(Some(trace_id), "no_id")) };
        let (parent_id, has_sound_parent) = parent(fields.parent_id);
        let started_at = time(fields.start_time);
        let ended_at = fields.end(started_at);
        let Labels { labels, is_unknown } = fields.labels(sought);
        let (is_root, is_own) = (fields.is_root == "true", fields.is_own(sought));
        let outline = |cause, is_tag_unknown, labels| {
            let has_ended = ended_at.is_some();
            let (trace_id, span_id, parent_id) = (trace_id.clone(), id.clone(), parent_id.clone());
            let outline =
                Outline { trace_id, span_id, parent_id, started_at, has_ended, labels, is_tag_unknown, cause };
            Self::Outline(Outlined { outline, is_root, is_own })
        };
        if detail == Detail::Ids {
            return Ok(outline("unreadable", true, labels));
        }
        let Some(started_at) = started_at.filter(|_| has_sound_parent && !is_broken) else {
            let cause = if started_at.is_none() { "no_start" } else { "malformed" };
            return Ok(outline(cause, is_unknown || is_broken, labels));
        };
        let json = if detail == Detail::Whole { usable(json).into() } else { Box::default() };
        Ok(Self::Row(Row {
            parent_id,
            name: name(fields.name),
            is_root,
            started_at,
            ended_at,
            updated_at: time(fields.updated_at),
            labels,
            is_tag_unknown: is_unknown,
            is_own,
            trace: None,
            json,
            trace_id,
            id,
        }))
    }

    pub(crate) fn trace_id(&self) -> &str {
        match self {
            Self::Row(row) => &row.trace_id,
            Self::Outline(outlined) => &outlined.outline.trace_id,
        }
    }

    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        match self {
            Self::Row(row) => Some(row.started_at),
            Self::Outline(outlined) => outlined.outline.started_at,
        }
    }

    pub(crate) fn labels(&self) -> &[Label] {
        match self {
            Self::Row(row) => &row.labels,
            Self::Outline(outlined) => &outlined.outline.labels,
        }
    }

    pub(crate) const fn is_tag_unknown(&self) -> bool {
        match self {
            Self::Row(row) => row.is_tag_unknown,
            Self::Outline(outlined) => outlined.outline.is_tag_unknown,
        }
    }

    pub(crate) const fn is_own(&self) -> bool {
        match self {
            Self::Row(row) => row.is_own,
            Self::Outline(outlined) => outlined.is_own,
        }
    }

    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Row(row) => &row.id,
            Self::Outline(outlined) => &outlined.outline.span_id,
        }
    }

    /// Is it a root: of the trace, below the row that stands for it, or by Langfuse's own word?
    pub(crate) fn is_root(&self) -> bool {
        let (parent_id, is_root) = match self {
            Self::Row(row) => (&row.parent_id, row.is_root),
            Self::Outline(outlined) => (&outlined.outline.parent_id, outlined.is_root),
        };
        let is_top = parent_id.as_ref().is_none_or(|parent| is_synthetic(parent, self.trace_id()));
        !is_synthetic(self.id(), self.trace_id()) && (is_root || is_top)
    }

    /// Bytes that it takes, about.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Row(row) => row.size(),
            Self::Outline(outlined) => outlined.outline.size(),
        }
    }

    /// The same row, or only its outline if it began before `from`: too long before the call to be a part of it.
    pub(crate) fn or_outline_before(self, from: Timestamp) -> Self {
        match self {
            Self::Row(row) if row.started_at < from => Self::Outline(Outlined {
                is_root: row.is_root,
                is_own: row.is_own,
                outline: Outline {
                    trace_id: row.trace_id,
                    span_id: row.id,
                    parent_id: row.parent_id,
                    started_at: Some(row.started_at),
                    has_ended: row.ended_at.is_some(),
                    labels: row.labels,
                    is_tag_unknown: row.is_tag_unknown,
                    cause: Outline::BEFORE_CALL,
                },
            }),
            entry => entry,
        }
    }
}

impl Row {
    /// Everything that the row says, and its trace.
    ///
    /// # Errors
    /// The cause, when its text is none of an observation.
    pub fn observation(&self) -> Result<Observation, Rejection> {
        let mut observation = Observation::from_usable(&self.json)?;
        observation.parent_id.clone_from(&self.parent_id);
        if let Some(record) = self.trace.as_ref().and_then(|trace| trace.record()) {
            observation.trace.fill(&record.context);
            observation.record = Some(record).filter(|_| self.parent_id.is_none());
        }
        Ok(observation)
    }

    /// What a synthetic row says of its trace.
    pub(crate) fn into_trace(self) -> TraceRow {
        TraceRow {
            id: self.trace_id,
            timestamp: Some(self.started_at),
            labels: self.labels,
            is_tag_unknown: self.is_tag_unknown,
            is_own: self.is_own,
            json: self.json,
            is_synthetic: true,
            ..TraceRow::default()
        }
    }

    /// Bytes that it takes, about.
    pub(crate) fn size(&self) -> usize {
        // Ids stand twice: they are keys too.
        self.json.len()
            + self.name.len()
            + 2 * (self.trace_id.len() + self.id.len())
            + size_of_labels(&self.labels)
            + BESIDE_TEXTS
    }

    /// The later of two rows of the same observation: they are told until the server has merged them.
    pub(crate) fn supersedes(&self, other: &Self) -> bool {
        (self.updated_at, self.ended_at) > (other.updated_at, other.ended_at)
    }
}

/// Is it the id of the row that stands for the trace?
pub(crate) fn is_synthetic(id: &str, trace_id: &str) -> bool {
    id.strip_prefix("t-") == Some(trace_id)
}

impl SourceSpan for Row {
    fn trace_id(&self) -> &str {
        &self.trace_id
    }

    fn span_id(&self) -> &str {
        &self.id
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
        &self.labels
    }

    fn is_tag_unknown(&self) -> bool {
        self.is_tag_unknown
    }
}
