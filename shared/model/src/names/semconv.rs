/// OpenTelemetry GenAI conventions.
pub mod gen_ai {
    /// `chat`, `execute_tool`, …
    pub const OPERATION_NAME: &str = "gen_ai.operation.name";
    /// Who serves the model.
    pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
    /// The model that was asked for.
    pub const REQUEST_MODEL: &str = "gen_ai.request.model";
    /// The model that answered.
    pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
    /// The answer's id.
    pub const RESPONSE_ID: &str = "gen_ai.response.id";
    /// Why the model stopped, a JSON list.
    pub const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
    /// Tokens in, cached included.
    pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    /// Tokens out.
    pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    /// Both. Not in the conventions: our extension.
    pub const USAGE_TOTAL_TOKENS: &str = "gen_ai.usage.total_tokens";
    /// Tokens in that came from a cache.
    pub const USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
    /// Tokens in that were put into a cache.
    pub const USAGE_CACHE_CREATION_INPUT_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
    /// Tokens out that were reasoning.
    pub const USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
    /// The conversation or session.
    pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";
    /// Seconds to the first piece of the answer.
    pub const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
    /// The workflow.
    pub const WORKFLOW_NAME: &str = "gen_ai.workflow.name";
    /// The prompt's name.
    pub const PROMPT_NAME: &str = "gen_ai.prompt.name";
    /// The agent.
    pub const AGENT_NAME: &str = "gen_ai.agent.name";
    /// A tool's name.
    pub const TOOL_NAME: &str = "gen_ai.tool.name";
    /// `function`.
    pub const TOOL_TYPE: &str = "gen_ai.tool.type";
    /// What a tool is for.
    pub const TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
    /// The id by which a model asked for a tool.
    pub const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
    /// A tool's arguments, JSON.
    pub const TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
    /// What a tool gave back.
    pub const TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";
    /// The tools that a model may call, JSON.
    pub const TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
    /// Messages in, JSON.
    pub const INPUT_MESSAGES: &str = "gen_ai.input.messages";
    /// Messages out, JSON.
    pub const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
    /// `text`, `json`, …
    pub const OUTPUT_TYPE: &str = "gen_ai.output.type";
    /// Documents that a retriever found, JSON.
    pub const RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";
    /// What a retriever was asked.
    pub const RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";
    /// The length of an embedding's vectors.
    pub const EMBEDDINGS_DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";
    /// Request parameter.
    pub const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
    /// Request parameter.
    pub const REQUEST_TOP_P: &str = "gen_ai.request.top_p";
    /// Request parameter.
    pub const REQUEST_TOP_K: &str = "gen_ai.request.top_k";
    /// Request parameter.
    pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
    /// Request parameter.
    pub const REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
    /// Request parameter.
    pub const REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
    /// Request parameter.
    pub const REQUEST_SEED: &str = "gen_ai.request.seed";
    /// Request parameter.
    pub const REQUEST_STREAM: &str = "gen_ai.request.stream";
    /// Request parameter, a JSON list.
    pub const REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
    /// Request parameter; not written when 1.
    pub const REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
    /// Request parameter, a JSON list.
    pub const REQUEST_ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
}
