//! A row as it is kept while reading: small, for an import holds many.

use serde::de::IgnoredAny;
use spanlift_model::correlation::{Label, Outline, size_of_labels};
use spanlift_model::json::{Room, mended};
use spanlift_model::{SourceSpan, Timestamp};

use crate::facts::Facts;
use crate::head::Head;
use crate::own::Own;
use crate::record::{LangSmithRun, Offloaded, Rejection};

/// A run as the platform told it: its head, what the runs around it need to know, and its JSON, cut to what is stored.
#[derive(Clone, Debug)]
pub struct Row {
    head: Head,
    started_at: Timestamp,
    json: Box<str>,
    /// Where payloads are that are worth fetching.
    pub(crate) offloaded: Offloaded,
    /// What was fetched: JSON of what went in and of what came out.
    fetched: [Option<Box<str>>; 2],
    /// What decides what is whose doing.
    pub(crate) facts: Facts,
    /// What is this run's own doing; set once the whole trace is known.
    pub(crate) own: Own,
}

impl Row {
    /// Reads a row of either version of the API.
    ///
    /// # Errors
    /// The cause, when what makes a run a run (ids, a start) cannot be read.
    pub fn read(json: &str) -> Result<Self, Rejection> {
        let is_json = || serde_json::from_str::<IgnoredAny>(json).is_ok();
        let head = Head::read(json).map_err(|_| if is_json() { "no_id" } else { "malformed" })?;
        Self::new(head, json).map_err(|outline| outline.cause)
    }

    /// The row whose head was read; the head's outline where the row cannot be stored.
    pub(crate) fn new(head: Head, json: &str) -> Result<Self, Box<Outline>> {
        if head.is_malformed {
            return Err(Box::new(head.outline("malformed")));
        }
        let Some(started_at) = head.started_at else { return Err(Box::new(head.outline("no_start"))) };
        let json = mended(json, &mut { Room::OF_ROW });
        let Some(run) = LangSmithRun::read_for_facts(&head, started_at, &json) else {
            return Err(Box::new(head.outline("malformed")));
        };
        let is_worth_it = run.parent_id.is_none() || matches!(run.run_type.as_str(), "llm" | "tool");
        Ok(Self {
            facts: Facts::of(&run),
            offloaded: if is_worth_it { run.offloaded } else { Offloaded::default() },
            json: json.into(),
            fetched: [None, None],
            own: Own::default(),
            started_at,
            head,
        })
    }

    /// All of it.
    ///
    /// # Errors
    /// The cause, when the JSON cannot be read: it could when the row was read.
    pub fn run(&self) -> Result<LangSmithRun, Rejection> {
        let mut run = LangSmithRun::read(&self.head, self.started_at, &self.json).ok_or("malformed")?;
        let places = [(&mut run.inputs, &mut run.offloaded.inputs), (&mut run.outputs, &mut run.offloaded.outputs)];
        for ((value, address), fetched) in places.into_iter().zip(&self.fetched) {
            if let Some(payload) = fetched.as_deref().and_then(|json| serde_json::from_str(json).ok()) {
                (*value, *address) = (payload, None);
            }
        }
        run.own = self.own.clone();
        Ok(run)
    }

    /// Puts a payload, valid JSON, in its place, if it takes no more bytes than `most`.
    pub(crate) fn put(&mut self, payload: Payload, json: &str, most: usize) {
        let json = mended(json, &mut { Room::OF_ROW });
        if json.len() > most {
            return;
        }
        let place = match payload {
            Payload::Inputs => &mut self.fetched[0],
            Payload::Outputs => &mut self.fetched[1],
        };
        *place = Some(json.into());
        if let Ok(run) = self.run() {
            self.facts = Facts::of(&run);
        }
    }

    /// The bytes that it takes, about.
    pub(crate) fn size(&self) -> usize {
        let fetched: usize = self.fetched.iter().flatten().map(|json| json.len()).sum();
        let ids = self.head.id.len() + self.head.trace_id.len() + self.head.name.len();
        size_of::<Self>() + self.json.len() + fetched + ids + size_of_labels(self.labels())
    }
}

/// A payload that may be in blob storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Inputs,
    Outputs,
}

impl SourceSpan for Row {
    fn trace_id(&self) -> &str {
        &self.head.trace_id
    }

    fn span_id(&self) -> &str {
        &self.head.id
    }

    fn parent_id(&self) -> Option<&str> {
        self.head.parent_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.head.name
    }

    fn started_at(&self) -> Timestamp {
        self.started_at
    }

    fn ended_at(&self) -> Option<Timestamp> {
        self.head.ended_at
    }

    fn labels(&self) -> &[Label] {
        self.head.labels()
    }

    fn is_tag_unknown(&self) -> bool {
        self.head.tags.is_unknown
    }
}
