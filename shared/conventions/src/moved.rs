//! What platforms move or name anew, by which it would lose its meaning.

use spanlift_model::Attributes;

use crate::sent::Side;
use crate::vocabularies::ai_sdk;

/// Attributes of which a platform makes the input or the output of a span (docs/platforms/langfuse.md#85-contents), where that
/// takes a meaning away: the scope, the span, the side, and the attribute. As an input, what was heard would be what somebody was
/// given; as an output, what a model said would be any text.
const MOVED: &[(&str, &str, Side, &str)] = &[
    ("livekit-agents", "user_turn", Side::Input, "lk.user_transcript"),
    (AI_SDK, "ai.generateText.doGenerate", Side::Output, "ai.response.text"),
    (AI_SDK, "ai.streamText.doStream", Side::Output, "ai.response.text"),
];

const AI_SDK: &str = "ai";

/// The attribute that was moved from a span with this scope and name, and to which side.
#[must_use]
pub fn moved(scope: &str, name: &str) -> Option<(Side, &'static str)> {
    let moved = MOVED.iter().find(|(of, span, ..)| *of == scope && *span == name);
    moved.map(|(_, _, side, attribute)| (*side, *attribute))
}

/// A span's name as it was sent. The AI SDK's spans are named as their operation; a platform puts the function's name and a
/// colon in front of it.
#[must_use]
pub fn name_as_sent<'a>(scope: &str, name: &'a str, attributes: &'a Attributes) -> &'a str {
    let operation = attributes.get(ai_sdk::OPERATIONS.attribute).filter(|_| scope == AI_SDK);
    let is_its = |operation: &&str| name.strip_suffix(operation).is_some_and(|function| function.ends_with(':'));
    operation.filter(is_its).unwrap_or(name)
}
