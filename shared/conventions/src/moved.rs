//! What platforms move or name anew, by which it would lose its meaning.

use spanlift_model::Attributes;

use crate::row::is_named;
use crate::sent::Side;
use crate::vocabularies::ai_sdk;

/// Attributes of which a platform makes the input or the output of a span (docs/platforms/langfuse.md#85-contents), where that
/// takes a meaning away: the scope, the span (`*` at its beginning is anything), the side, what it begins with, and the attribute. As an
/// input, what was heard would be what somebody was given; as an output, what a model said would be any text. JSON where text was is what
/// the platform made of several attributes. An agent of Pydantic AI bears the name that Logfire shows.
const MOVED: &[(&str, &str, Side, Begins, &str)] = &[
    ("livekit-agents", "user_turn", Side::Input, Begins::Text, "lk.user_transcript"),
    (AI_SDK, "ai.generateText", Side::Input, Begins::Object, "ai.prompt"),
    (AI_SDK, "ai.generateText", Side::Output, Begins::Text, "ai.response.text"),
    (AI_SDK, "ai.streamText", Side::Input, Begins::Object, "ai.prompt"),
    (AI_SDK, "ai.streamText", Side::Output, Begins::Text, "ai.response.text"),
    (AI_SDK, "ai.generateObject", Side::Input, Begins::Object, "ai.prompt"),
    (AI_SDK, "ai.generateObject", Side::Output, Begins::Object, "ai.response.object"),
    (AI_SDK, "ai.streamObject", Side::Input, Begins::Object, "ai.prompt"),
    (AI_SDK, "ai.streamObject", Side::Output, Begins::Object, "ai.response.object"),
    (AI_SDK, "ai.generateText.doGenerate", Side::Output, Begins::Text, "ai.response.text"),
    (AI_SDK, "ai.generateText.doGenerate", Side::Output, Begins::List, "ai.response.toolCalls"),
    (AI_SDK, "ai.streamText.doStream", Side::Output, Begins::Text, "ai.response.text"),
    (AI_SDK, "ai.generateObject.doGenerate", Side::Output, Begins::Object, "ai.response.object"),
    (AI_SDK, "ai.streamObject.doStream", Side::Output, Begins::Object, "ai.response.object"),
    (ADK, "call_llm", Side::Input, Begins::Object, "gcp.vertex.agent.llm_request"),
    (ADK, "call_llm", Side::Output, Begins::Object, "gcp.vertex.agent.llm_response"),
    ("pydantic-ai", "* run", Side::Input, Begins::List, "pydantic_ai.all_messages"),
];

const AI_SDK: &str = "ai";
const ADK: &str = "gcp.vertex.agent";

/// What a text begins as: JSON of a list or an object, or any other text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Text,
    List,
    Object,
}

/// The attributes that were moved from a span with this scope and name, and their texts, which now are the input and the output.
pub fn moved<'a>(
    scope: &str,
    name: &str,
    input: Option<&'a str>,
    output: Option<&'a str>,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let rows = MOVED.iter().filter(move |(of, span, ..)| *of == scope && is_named(span, name));
    rows.filter_map(move |(_, _, side, begins, attribute)| {
        let text = match side {
            Side::Input => input,
            Side::Output => output,
        };
        Some((*attribute, text.filter(|text| Begins::of(text) == *begins)?))
    })
}

impl Begins {
    fn of(text: &str) -> Self {
        match text.trim_start().bytes().next() {
            Some(b'[') => Self::List,
            Some(b'{') => Self::Object,
            _ => Self::Text,
        }
    }
}

/// A span's name as it was sent. The AI SDK's spans are named as their operation; a platform puts the function's name and a
/// colon in front of it.
#[must_use]
pub fn name_as_sent<'a>(scope: &str, name: &'a str, attributes: &'a Attributes) -> &'a str {
    let operation = attributes.get(ai_sdk::OPERATIONS.attribute).filter(|_| scope == AI_SDK);
    let is_its = |operation: &&str| name.strip_suffix(operation).is_some_and(|function| function.ends_with(':'));
    operation.filter(is_its).unwrap_or(name)
}
