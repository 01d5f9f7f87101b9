/// What was said, in OpenInference's names and in those of the voice frameworks that write to Phoenix (contract
/// phoenix §6.1). A name stands for everything below it too: `llm.input_messages` for
/// `llm.input_messages.0.message.content`.
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
    // LiveKit.
    "lk.chat_ctx",
    "lk.function_tool.arguments",
    "lk.function_tool.output",
    "lk.input_text",
    "lk.response.function_calls",
    "lk.response.text",
    "lk.user_input",
    "lk.user_transcript",
];

/// Does the attribute hold what was said?
#[must_use]
pub fn is_content(name: &str) -> bool {
    let is_below =
        |content: &&str| name.strip_prefix(*content).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    CONTENT.iter().any(is_below)
}
