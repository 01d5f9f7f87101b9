//! What was said, in Langfuse's names and in those of the frameworks that write to it.

use spanlift_model::names::{self, langfuse};

/// Names of what was said, and of everything below them.
const CONTENT: &[&str] = &[
    langfuse::TRACE_INPUT,
    langfuse::TRACE_OUTPUT,
    langfuse::OBSERVATION_INPUT,
    langfuse::OBSERVATION_OUTPUT,
    // Plain OpenTelemetry: the AI SDK, OpenInference, Pipecat, LiveKit.
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
    "lk.chat_ctx",
    "lk.function_tool.arguments",
    "lk.function_tool.output",
    "lk.input_text",
    "lk.pii",
    "lk.response.function_calls",
    "lk.response.text",
    "lk.user_input",
    "lk.user_transcript",
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
    own.is_some_and(names::is_content) || is_one_of(own.unwrap_or(name))
}

fn is_one_of(name: &str) -> bool {
    let is_below =
        |content: &str| name.strip_prefix(content).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    CONTENT.iter().any(|content| is_below(content))
}
