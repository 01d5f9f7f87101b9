//! Spans as the agent's SDK sent them: what a provider makes of its platform's rows.

use std::sync::OnceLock;

use spanlift_model::json::{Map, Value, to_text};
use spanlift_model::{Attributes, SpanId, SpanKind, StatusCode, Timestamp, TraceId};

use crate::first_byte::EventView;
use crate::view::{SpanView, Told, Words};

/// What the names of token counts begin with.
const COUNTS: &[&str] = &["gen_ai.usage.", "llm.token_count."];

/// A span as the agent's SDK sent it, its platform's wrapping undone, and what the platform says of it beside that.
#[derive(Clone, PartialEq)]
pub struct SentSpan {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The span above it; `None` for a root.
    pub parent_span_id: Option<SpanId>,
    /// The platform's own trace id, as it writes it.
    pub source_trace_id: String,
    /// The platform's own span id, as it writes it.
    pub source_span_id: String,
    /// Its name; may be empty.
    pub name: String,
    /// The instrumentation scope, where the platform keeps it.
    pub scope: Option<String>,
    /// Its role in the call, where the platform keeps it.
    pub kind: SpanKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it has not, or where the platform does not know.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub status: StatusCode,
    /// Why: a message, or the text of an exception with its stack. May be empty.
    pub status_message: String,
    /// Its attributes, by the names and with the texts that the SDK sent; lists and objects as JSON.
    pub attributes: Attributes,
    /// What the names of attributes are stored behind, where the platform has no attributes but only metadata; else empty.
    pub prefix: &'static str,
    /// The platform hands attributes down to the spans below: they may speak of a span above.
    pub is_inherited: bool,
    /// What happened during it.
    pub events: Vec<SentEvent>,
    /// What the platform says of it.
    pub platform: PlatformWords,
}

/// An event of a [`SentSpan`].
#[derive(Clone, PartialEq)]
pub struct SentEvent {
    /// Its name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Its attributes, as the span's.
    pub attributes: Attributes,
}

/// What a platform says of a span in fields of its own.
#[derive(Clone, Default, PartialEq)]
pub struct PlatformWords {
    /// What the span is.
    pub told: Told,
    /// What went in.
    pub input: Option<Payload>,
    /// What came out.
    pub output: Option<Payload>,
    /// The tokens that it counted.
    pub usage: Option<Usage>,
    /// The model that was asked for.
    pub model: Option<String>,
    /// What the model was asked for, by the names of its API.
    pub parameters: Map,
    /// The conversation or session.
    pub conversation_id: Option<String>,
    /// Seconds to the first byte or token.
    pub first_byte: Option<f64>,
    /// What is stored beside the span's own attributes, under the platform's own names.
    pub stored: Attributes,
}

/// Tokens of one call. Nothing that is not known is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens in, cached ones included.
    pub input: Option<u64>,
    /// Tokens out, reasoning included.
    pub output: Option<u64>,
    /// Both, where somebody told it. Else `usage::derive` stores the sum of the two.
    pub total: Option<u64>,
    /// Of those in, from a cache.
    pub cache_read: Option<u64>,
    /// Of those in, put into a cache.
    pub cache_creation: Option<u64>,
    /// Of those out, reasoning.
    pub reasoning: Option<u64>,
}

/// What went in or came out: a text, and its JSON where it is an object or a list.
#[derive(Clone)]
pub struct Payload {
    text: String,
    /// Parsed when it is first asked for: nobody asks for most.
    json: OnceLock<Option<Value>>,
    /// The platform told JSON, not a text.
    is_told_json: bool,
}

/// On which side of a span something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It went in.
    Input,
    /// It came out.
    Output,
}

impl Payload {
    /// Of a text that may be JSON.
    #[must_use]
    pub fn of_text(text: String) -> Self {
        Self { json: OnceLock::new(), text, is_told_json: false }
    }

    /// Of JSON: its text is the same whatever order members stand in. `None` for null and for an object without members.
    #[must_use]
    pub fn of_json(json: Value) -> Option<Self> {
        let says_nothing = json.is_null() || json.as_object().is_some_and(Map::is_empty);
        let text = || to_text(&spanlift_model::json::Sorted(&json));
        if says_nothing { None } else { Some(Self { text: text(), json: Some(json).into(), is_told_json: true }) }
    }

    /// As it is stored.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON that the platform told; `None` where it told a text.
    pub(crate) fn told_json(&self) -> Option<&Value> {
        self.json().filter(|_| self.is_told_json)
    }

    /// The object or list that it is; of [`Self::of_json`] any JSON.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| json_of(&self.text)).as_ref()
    }
}

impl PartialEq for Payload {
    /// The text says it all.
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.is_told_json) == (&other.text, other.is_told_json)
    }
}

impl SentSpan {
    /// A span of which nothing is known but its ids, its name and its start. Ids are the platform's own text
    /// (docs/REFERENCE.md#ids-and-times).
    #[must_use]
    pub fn new(trace_id: &str, span_id: &str, parent_id: Option<&str>, name: &str, started_at: Timestamp) -> Self {
        Self {
            parent_span_id: parent_id.map(|parent| SpanId::from_source(trace_id, parent)),
            ..Self::with_id(SpanId::from_source(trace_id, span_id), trace_id, span_id, name, started_at)
        }
    }

    /// The same without a parent, where a platform's ids of spans are read by a rule of their own.
    #[must_use]
    pub fn with_id(id: SpanId, trace_id: &str, span_id: &str, name: &str, started_at: Timestamp) -> Self {
        Self {
            trace_id: TraceId::from_source(trace_id),
            span_id: id,
            parent_span_id: None,
            source_trace_id: trace_id.to_owned(),
            source_span_id: span_id.to_owned(),
            name: name.to_owned(),
            scope: None,
            kind: SpanKind::Internal,
            started_at,
            ended_at: None,
            status: StatusCode::Unset,
            status_message: String::new(),
            attributes: Attributes::default(),
            prefix: "",
            is_inherited: false,
            events: Vec::new(),
            platform: PlatformWords::default(),
        }
    }

    /// What decides what it stands for.
    pub(crate) fn view(&self) -> SpanView<'_> {
        SpanView {
            name: &self.name,
            scope: self.scope.as_deref(),
            words: &self.attributes,
            words_are_inherited: self.is_inherited,
            told: self.platform.told,
            has_counts: self.platform.usage.is_some() || COUNTS.iter().any(|prefix| self.attributes.has_below(prefix)),
        }
    }

    pub(crate) fn event_views(&self) -> impl Iterator<Item = EventView<'_>> {
        self.events.iter().map(|event| EventView { name: &event.name, at: event.at, words: &event.attributes })
    }
}

/// Text that is a JSON object or list.
pub(crate) fn json_of(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

macro_rules! without_content {
    ($($type:ident),*) => {$(
        impl std::fmt::Debug for $type {
            /// Without what was said.
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    )*};
}
without_content!(SentSpan, SentEvent, PlatformWords, Payload);
