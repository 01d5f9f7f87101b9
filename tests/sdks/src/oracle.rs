//! What an SDK's spans mean, written down from the SDK's source or documents before anybody looked at what is stored.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::read;

/// The names that the metrics know. A span that no oracle names must have none of them.
pub const CANONICAL: &[&str] = &["llm", "llm_tool_call", "stt", "tts"];

/// The oracle of one recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oracle {
    /// Where the facts are from: files of the SDK, or documents.
    pub from: Vec<String>,
    /// Spans with a canonical name or with something that the metrics read, by their labels in the export.
    pub spans: BTreeMap<String, Expected>,
    /// What a platform itself does not hold, by the platform (`phoenix`, `langfuse`, `langsmith`) or one of its versions (`langsmith-v1`).
    #[serde(default)]
    pub not_held: BTreeMap<String, Vec<NotHeld>>,
}

/// What is to be stored of a span.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Its stored name.
    pub name: String,
    /// The label of the span above it; `null` for a root.
    pub parent: Option<String>,
    /// `Error`, or `Fine`: `Unset` or `Ok`, between which platforms choose.
    pub status: String,
    /// Attributes and their values. `null`: it is not there. A text: exactly that. `{"sent": NAME}`: the value of that attribute of
    /// the exported span, `{"sent": NAME, "of": LABEL}` of another. `"member"`: of the JSON in it; `"scale"`: times this; `"alone_in": MEMBER`:
    /// or an object with nothing but that in this member.
    /// `{"first_byte": NAME}`: seconds from its start to the moment in that attribute; `{"event": NAME}` to the first event of that name. `{"json": …}`: the same as JSON.
    /// `{"messages": […]}`: these messages, as [`crate::messages::lines`] tells them. `{"any": true}`: whatever it is.
    pub has: BTreeMap<String, Value>,
}

/// Something that a platform itself does not hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotHeld {
    /// Labels of spans, `*` at the end for any number: `llm_request#*`.
    pub spans: String,
    /// What: names of attributes, or `name`, `status`, `parent`, `span`.
    pub what: Vec<String>,
    /// Why: where the platform drops it.
    pub why: String,
}

/// The oracle of a recording.
#[must_use]
pub fn oracle(name: &str) -> Oracle {
    read(&format!("oracles/{name}.json"))
}

impl NotHeld {
    /// Does it speak of this on this span?
    #[must_use]
    pub fn speaks_of(&self, label: &str, what: &str) -> bool {
        let is_span = match self.spans.strip_suffix('*') {
            Some(begin) => label.starts_with(begin),
            None => label == self.spans,
        };
        is_span && self.what.iter().any(|name| name == what)
    }
}
