//! What was said, in Langfuse's names and in those of the frameworks that write to it.

use spanlift_model::names::{self, langfuse};

/// Names of what was said, and of everything below them.
const CONTENT: &[&str] = &[
    langfuse::TRACE_INPUT,
    langfuse::TRACE_OUTPUT,
    langfuse::OBSERVATION_INPUT,
    langfuse::OBSERVATION_OUTPUT,
    // Plain OpenTelemetry: the AI SDK, OpenInference, Pipecat.
    "ai.prompt",
    "ai.response.object",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.toolCall.args",
    "ai.toolCall.result",
    "ai.value",
    "ai.values",
    "input.value",
    "output.value",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompts",
    "llm.choices",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "text",
    "user_transcript",
];

/// Does the attribute hold what was said? Metadata is an agent's own: of it only what bears one of these names.
#[must_use]
pub fn is_content(name: &str) -> bool {
    let metadata = [langfuse::OBSERVATION_METADATA, langfuse::TRACE_METADATA];
    let own = metadata.iter().find_map(|prefix| name.strip_prefix(prefix));
    let name = own.unwrap_or(name);
    (own.is_some() && names::is_content(name)) || CONTENT.iter().any(|content| names::is_within(name, content))
}
