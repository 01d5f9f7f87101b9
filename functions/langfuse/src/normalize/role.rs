//! What an observation stands for (docs/platforms/langfuse.md#81-types).

use std::borrow::Cow;

use spanlift_conventions::{SpanView, Told, Words, names_a_model, role_of};
use spanlift_model::{Attributes, Role, look_up, names};

use crate::names as langfuse;
use crate::record::Observation;

/// Types that say what an observation stands for. `SPAN` is not here: it says nothing.
const TYPES: &[(&str, Role)] = &[
    ("GENERATION", Role::ModelCall),
    ("TOOL", Role::ToolCall),
    ("EMBEDDING", Role::Embedding),
    ("RETRIEVER", Role::Retrieval),
    ("AGENT", Role::Agent),
    ("CHAIN", Role::Workflow),
    ("EVENT", Role::Other),
    ("GUARDRAIL", Role::Other),
    ("EVALUATOR", Role::Other),
];

/// Where the server keeps the name of the instrumentation scope.
const SCOPE: &str = "langfuse.observation.metadata.scope.name";

/// Attributes as they were sent: what was below `metadata.` is so again.
#[derive(Clone, Copy)]
pub(super) struct Sent<'a>(pub(super) &'a Attributes);

impl Words for Sent<'_> {
    fn word(&self, name: &str) -> Option<Cow<'_, str>> {
        let own = || Some(format!("{}{}", langfuse::OBSERVATION_METADATA, name.strip_prefix("metadata.")?));
        self.0.get(name).or_else(|| self.0.get(&own()?)).map(Cow::Borrowed)
    }

    fn has_below(&self, prefix: &str) -> bool {
        self.0.has_below(prefix)
    }
}

/// The view of an observation whose attributes have their own names again.
pub(super) fn view<'a>(observation: &'a Observation, sent: &'a Sent<'a>) -> SpanView<'a> {
    SpanView {
        name: &observation.name,
        scope: sent.0.get(SCOPE),
        words: sent,
        words_are_inherited: false,
        told: told(observation, sent.0),
        has_counts: observation.usage.values().any(|count| *count > 0),
    }
}

pub(super) fn role(observation: &Observation, attributes: &Attributes) -> Role {
    role_of(&view(observation, &Sent(attributes)))
}

/// The server makes a generation of whatever names a model and states no operation.
fn told(observation: &Observation, attributes: &Attributes) -> Told {
    let is_stated = attributes.get(names::gen_ai::OPERATION_NAME).is_some();
    match look_up(TYPES, &observation.kind) {
        Some(role @ Role::ModelCall) if !is_stated && names_a_model(attributes) => Told::Guess(role),
        Some(role) => Told::ByAgent(role),
        None => Told::Nothing,
    }
}
