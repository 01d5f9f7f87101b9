//! What is said of a whole trace.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use spanlift_model::Timestamp;
use spanlift_model::correlation::{Label, Outline, may_hold_a_tag};

use crate::fields::{Fields, INVALID, Nameless, Sought, id, time};
use crate::json::usable;
use crate::labels::Labels;
use crate::observation::{Observation, TraceRecord};
use crate::row::{BESIDE_TEXTS, Row, label_bytes};

/// A trace as v1 tells it, or as the synthetic row of v2 does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TraceRow {
    pub(crate) id: String,
    /// v1's `timestamp`: the start of the span that came first.
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) labels: Vec<Label>,
    pub(crate) is_tag_unknown: bool,
    /// Coval wrote it itself.
    pub(crate) is_own: bool,
    json: Box<str>,
    is_synthetic: bool,
    parsed: OnceLock<Option<Arc<TraceRecord>>>,
}

impl TraceRow {
    /// Reads a trace of v1.
    ///
    /// # Errors
    /// What is known of it, where it has no id.
    pub(crate) fn read(json: &str, sought: &Sought) -> Result<Self, Nameless> {
        let is_invalid = json.contains(INVALID);
        let may_be_tagged = is_invalid || may_hold_a_tag(json);
        let nameless = |cause| Nameless { trace_id: None, may_be_tagged, cause };
        let mut mended = Cow::default();
        let fields = Fields::read(json, &mut mended).map_err(|_| nameless("malformed"))?;
        let Labels { labels, is_unknown } = fields.labels(sought);
        Ok(Self {
            id: id(fields.id).ok_or_else(|| nameless("no_id"))?,
            timestamp: time(fields.timestamp),
            labels,
            is_tag_unknown: is_unknown || is_invalid,
            is_own: fields.is_own(sought),
            json: usable(json).into(),
            ..Self::default()
        })
    }

    /// What a synthetic row says of its trace.
    pub(crate) fn of_synthetic(row: Row) -> Self {
        Self {
            id: row.trace_id,
            timestamp: Some(row.started_at),
            labels: row.labels,
            is_tag_unknown: row.is_tag_unknown,
            is_own: row.is_own,
            json: row.json,
            is_synthetic: true,
            ..Self::default()
        }
    }

    /// What is left of one that cannot be read.
    pub(crate) fn of_outline(outline: &Outline) -> Self {
        Self {
            id: outline.trace_id.clone(),
            timestamp: outline.started_at,
            labels: outline.labels.clone(),
            is_tag_unknown: outline.is_tag_unknown,
            ..Self::default()
        }
    }

    /// Keeps nothing but what tells whose the trace is.
    pub(crate) fn forget_text(&mut self) {
        self.json = Box::default();
    }

    /// Bytes that it takes, about.
    pub(crate) fn size(&self) -> usize {
        self.json.len() + self.id.len() + label_bytes(&self.labels) + BESIDE_TEXTS
    }

    /// Everything that it says, read when it is first asked for.
    pub(crate) fn record(&self) -> Option<Arc<TraceRecord>> {
        let parse = || {
            if self.is_synthetic {
                Some(Observation::from_json(&self.json).ok()?.into_record())
            } else {
                TraceRecord::from_json(&self.json).ok()
            }
        };
        self.parsed.get_or_init(|| parse().map(Arc::new)).clone()
    }
}
