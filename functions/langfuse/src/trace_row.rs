//! What is said of a whole trace.

use std::sync::{Arc, OnceLock};

use spanlift_model::Timestamp;
use spanlift_model::correlation::{Label, Outline, may_hold_a_tag, size_of_labels};
use spanlift_platform_client::has_broken_byte;

use crate::fields::{Fields, Nameless, Sought, id, time};
use crate::json::usable;
use crate::labels::Labels;
use crate::record::{Observation, TraceRecord};

/// The memory that a row takes beside its texts, about.
pub(crate) const BESIDE_TEXTS: usize = 400;

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
    /// Its JSON, or that of the synthetic row.
    pub(crate) json: Box<str>,
    pub(crate) is_synthetic: bool,
    pub(crate) parsed: OnceLock<Option<Arc<TraceRecord>>>,
}

impl TraceRow {
    /// Reads a trace of v1.
    ///
    /// # Errors
    /// What is known of it, where it has no id.
    pub(crate) fn read(json: &str, sought: &Sought) -> Result<Self, Nameless> {
        let is_broken = has_broken_byte(json);
        let nameless = |cause| Nameless { trace_id: None, may_be_tagged: is_broken || may_hold_a_tag(json), cause };
        let fields = Fields::read(json).ok_or_else(|| nameless("malformed"))?;
        let Labels { labels, is_unknown } = fields.labels(sought);
        Ok(Self {
            id: id(fields.id).ok_or_else(|| nameless("no_id"))?,
            timestamp: time(fields.timestamp),
            labels,
            is_tag_unknown: is_unknown || is_broken,
            is_own: fields.is_own(sought),
            json: usable(json).into(),
            ..Self::default()
        })
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
        self.json.len() + self.id.len() + size_of_labels(&self.labels) + BESIDE_TEXTS
    }

    /// Everything that it says, read when it is first asked for.
    pub(crate) fn record(&self) -> Option<Arc<TraceRecord>> {
        let of_row = || Some(Observation::from_json(&self.json).ok()?.into_record());
        let parse = || if self.is_synthetic { of_row() } else { TraceRecord::from_json(&self.json).ok() };
        self.parsed.get_or_init(|| parse().map(Arc::new)).clone()
    }
}
