//! What a span stands for (docs/platforms/phoenix.md#71-kinds-and-speech).

use spanlift_conventions::vocabularies::openinference;
use spanlift_conventions::{EventView, SpanView, Told, Words as _, role_of};
use spanlift_model::Role;

use crate::record::PhoenixSpan;

/// What the names of token counts begin with.
const COUNTS: &[&str] = &["gen_ai.usage.", "llm.token_count."];

/// The view of a span. Phoenix drops the scope.
pub(super) fn view(span: &PhoenixSpan) -> SpanView<'_> {
    SpanView {
        name: &span.name,
        scope: None,
        words: &span.attributes,
        words_are_inherited: false,
        told: told(span),
        has_counts: COUNTS.iter().any(|prefix| span.attributes.has_below(prefix)),
    }
}

/// Its events, seen likewise.
pub(super) fn events(span: &PhoenixSpan) -> impl Iterator<Item = EventView<'_>> {
    span.events.iter().map(|event| EventView { name: &event.name, at: event.at, words: &event.attributes })
}

pub(super) fn role(span: &PhoenixSpan) -> Role {
    role_of(&view(span))
}

/// Phoenix makes a kind up for a span of the GenAI conventions that has none, from its attributes
/// (docs/platforms/phoenix.md#75-genai-spans).
fn told(span: &PhoenixSpan) -> Told {
    let kind = span.kind.as_deref().unwrap_or_default();
    match openinference::role_of_kind(kind) {
        Some(role @ (Role::ModelCall | Role::ToolCall | Role::Embedding | Role::Retrieval))
            if span.attributes.has_below("gen_ai.") =>
        {
            Told::Guess(role)
        }
        Some(role) => Told::BySdk(role),
        None if kind.trim().eq_ignore_ascii_case("CHAIN") => Told::ByAgent(Role::Other),
        None => Told::Nothing,
    }
}
