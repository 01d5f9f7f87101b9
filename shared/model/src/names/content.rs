use super::{FUNCTION_ARGUMENTS, INPUT, OUTPUT, TOOL_RESULT, TRANSCRIPT, gen_ai, is_within};

/// Names of attributes that hold what was said: dropped where a connection does not capture content.
const CONTENT: &[&str] = &[
    INPUT,
    OUTPUT,
    TRANSCRIPT,
    FUNCTION_ARGUMENTS,
    TOOL_RESULT,
    gen_ai::INPUT_MESSAGES,
    gen_ai::OUTPUT_MESSAGES,
    gen_ai::TOOL_CALL_ARGUMENTS,
    gen_ai::TOOL_CALL_RESULT,
    gen_ai::RETRIEVAL_DOCUMENTS,
    gen_ai::RETRIEVAL_QUERY_TEXT,
    // Older GenAI conventions, still sent.
    "gen_ai.completion",
    "gen_ai.prompt",
    "gen_ai.system_instructions",
    "gen_ai.tool.message",
    // Coval's span schema (docs/REFERENCE.md#keys).
    "stt.transcription",
    "tool.arguments",
    "turn.text",
    // What SDKs write, which send to every platform: OpenInference,
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
    // OpenLLMetry,
    "traceloop.entity.input",
    "traceloop.entity.output",
    // the AI SDK,
    "ai.prompt",
    "ai.response.object",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.toolCall.args",
    "ai.toolCall.result",
    "ai.value",
    "ai.values",
    // Pipecat,
    "text",
    "user_transcript",
    // LiveKit.
    "lk.chat_ctx",
    "lk.function_tool.arguments",
    "lk.function_tool.output",
    "lk.input_text",
    "lk.instructions",
    "lk.pii",
    "lk.response.function_calls",
    "lk.response.text",
    "lk.user_input",
    "lk.user_transcript",
    "lk_pii_user_transcript",
    "lk_user_transcript",
    // Pydantic AI, Google ADK.
    "tool_arguments",
    "tool_response",
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.tool_response",
];

/// Does the attribute hold what was said, in a name that is not one platform's own?
#[must_use]
pub fn is_content(name: &str) -> bool {
    // A prompt's name is no prompt.
    name != gen_ai::PROMPT_NAME && CONTENT.iter().any(|content| is_within(name, content))
}
