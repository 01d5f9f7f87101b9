use spanlift_model::names::is_within;

/// What was said, in OpenInference's names and in Pipecat's (contract phoenix §6.1). A name stands for everything below it
/// too: `llm.input_messages` for `llm.input_messages.0.message.content`.
const CONTENT: &[&str] = &[
    "audio.transcript",
    "embedding.embeddings",
    "input.value",
    "llm.choices",
    "llm.function_call",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompt_template.variables",
    "llm.prompts",
    "output.value",
    "reranker.input_documents",
    "reranker.output_documents",
    "reranker.query",
    "retrieval.documents",
    "tool.parameters",
    "tool_call.function.arguments",
    // Pipecat's own tracing and its instrumentor.
    "text",
    "user_transcript",
];

/// Does the attribute hold what was said?
#[must_use]
pub fn is_content(name: &str) -> bool {
    CONTENT.iter().any(|content| is_within(name, content))
}
