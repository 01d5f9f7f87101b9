//! Every attribute name that Spanlift writes or reads, in one place.
//!
//! GenAI names follow the OpenTelemetry GenAI semantic conventions, schema
//! `https://opentelemetry.io/schemas/gen-ai/1.42.0` (status: development). `gen_ai.usage.total_tokens` is our
//! documented extension. Names without a prefix (`input`, `metrics.ttfb`, …) are those of Coval's span schema
//! (contract coval §3 and §5), which its trace metrics read.

use crate::lookup::look_up;

/// Canonical span names (design §6).
pub mod span {
    /// A model call.
    pub const LLM: &str = "llm";
    /// A tool call.
    pub const TOOL_CALL: &str = "llm_tool_call";
    /// Speech to text.
    pub const SPEECH_TO_TEXT: &str = "stt";
    /// Text to speech.
    pub const TEXT_TO_SPEECH: &str = "tts";
}

/// Resource attributes of every imported span (design §4.5).
pub mod resource {
    /// The provider.
    pub const SERVICE_NAME: &str = "service.name";
    /// The tenant; on native rows too, unless configured otherwise.
    pub const ORGANIZATION_ID: &str = "coval.organization_id";
    /// The run.
    pub const RUN_ID: &str = "coval.run_id";
    /// The simulation; on native rows too, unless configured otherwise.
    pub const SIMULATION_OUTPUT_ID: &str = "coval.simulation_output_id";
    /// The attempt.
    pub const ATTEMPT: &str = "coval.attempt";
    /// The key that matched, or `window`.
    pub const CORRELATION_METHOD: &str = "coval.correlation.method";
    /// The import; no native row has it.
    pub const IMPORT_ID: &str = "import.id";
    /// The host that the spans were read from.
    pub const IMPORT_SOURCE_HOST: &str = "import.source_host";
}

/// The name that the span has on its platform.
pub const IMPORT_SOURCE_NAME: &str = "import.source_name";
/// The platform's own trace id, as it writes it.
pub const IMPORT_SOURCE_TRACE_ID: &str = "import.source_trace_id";
/// The platform's own span id, as it writes it.
pub const IMPORT_SOURCE_SPAN_ID: &str = "import.source_span_id";
/// Marks an end that is not the platform's: `before_start`, `of_descendants` or `unknown`.
pub const IMPORT_END_TIME: &str = "import.end_time";

/// Seconds to the first byte (or token).
pub const METRICS_TTFB: &str = "metrics.ttfb";
/// A tool's name.
pub const FUNCTION_NAME: &str = "function.name";
/// A tool's arguments, JSON.
pub const FUNCTION_ARGUMENTS: &str = "function.arguments";
/// The id by which a model asked for a tool.
pub const TOOL_CALL_ID: &str = "tool_call_id";
/// What a tool gave back.
pub const TOOL_RESULT: &str = "tool.result";
/// What was heard.
pub const TRANSCRIPT: &str = "transcript";
/// What went in.
pub const INPUT: &str = "input";
/// What came out.
pub const OUTPUT: &str = "output";
/// Why a model stopped.
pub const LLM_FINISH_REASON: &str = "llm.finish_reason";
/// What kind of error ended the span (OpenTelemetry general conventions).
pub const ERROR_TYPE: &str = "error.type";
/// The session (OpenTelemetry general conventions).
pub const SESSION_ID: &str = "session.id";
/// The user (OpenTelemetry general conventions).
pub const USER_ID: &str = "user.id";

/// OpenTelemetry's conventions for exceptions.
pub mod exception {
    /// The event's name.
    pub const EVENT: &str = "exception";
    /// The exception's type.
    pub const TYPE: &str = "exception.type";
    /// What it says.
    pub const MESSAGE: &str = "exception.message";
    /// Where it came from.
    pub const STACKTRACE: &str = "exception.stacktrace";
}

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
    // Coval's span schema (contract coval §3).
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
];

/// Does the attribute hold what was said, in a name that is not one platform's own?
#[must_use]
pub fn is_content(name: &str) -> bool {
    // A prompt's name is no prompt.
    name != gen_ai::PROMPT_NAME && CONTENT.iter().any(|content| is_within(name, content))
}

/// Is it that name or one below it? `a.b` and `a.b.0.c` are within `a.b`; `a.bc` is not.
#[must_use]
pub fn is_within(name: &str, above: &str) -> bool {
    name.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Who serves a model: what SDKs and the older `gen_ai.system` call them, and the conventions' names.
const MODEL_PROVIDERS: &[(&str, &str)] = &[
    ("az.ai.inference", "azure.ai.inference"),
    ("az.ai.openai", "azure.ai.openai"),
    ("gemini", "gcp.gemini"),
    ("mistralai", "mistral_ai"),
    ("vertex_ai", "gcp.vertex_ai"),
    ("vertexai", "gcp.vertex_ai"),
    ("xai", "x_ai"),
];

/// The conventions' name (`gen_ai.provider.name`) of who serves a model, where the name in use is another and means the
/// same on every platform. In lower case.
#[must_use]
pub fn model_provider(name: &str) -> Option<&'static str> {
    look_up(MODEL_PROVIDERS, name)
}

/// Langfuse's official attribute names (contract langfuse §8.1), and those marked as ours.
pub mod langfuse {
    /// The trace's name.
    pub const TRACE_NAME: &str = "langfuse.trace.name";
    /// The trace's tags, a JSON list.
    pub const TRACE_TAGS: &str = "langfuse.trace.tags";
    /// What went into the trace.
    pub const TRACE_INPUT: &str = "langfuse.trace.input";
    /// What came out of the trace.
    pub const TRACE_OUTPUT: &str = "langfuse.trace.output";
    /// In front of a key of the trace's metadata.
    pub const TRACE_METADATA: &str = "langfuse.trace.metadata.";
    /// `span`, `generation`, …
    pub const OBSERVATION_TYPE: &str = "langfuse.observation.type";
    /// In front of a key of the observation's metadata.
    pub const OBSERVATION_METADATA: &str = "langfuse.observation.metadata.";
    /// `DEFAULT`, `ERROR`, …
    pub const OBSERVATION_LEVEL: &str = "langfuse.observation.level";
    /// Why.
    pub const OBSERVATION_STATUS_MESSAGE: &str = "langfuse.observation.status_message";
    /// What went in.
    pub const OBSERVATION_INPUT: &str = "langfuse.observation.input";
    /// What came out.
    pub const OBSERVATION_OUTPUT: &str = "langfuse.observation.output";
    /// When the answer began.
    pub const OBSERVATION_COMPLETION_START_TIME: &str = "langfuse.observation.completion_start_time";
    /// The model.
    pub const OBSERVATION_MODEL: &str = "langfuse.observation.model.name";
    /// Its parameters, JSON.
    pub const OBSERVATION_MODEL_PARAMETERS: &str = "langfuse.observation.model.parameters";
    /// Tokens by name, JSON.
    pub const OBSERVATION_USAGE_DETAILS: &str = "langfuse.observation.usage_details";
    /// Dollars by name, JSON.
    pub const OBSERVATION_COST_DETAILS: &str = "langfuse.observation.cost_details";
    /// Dollars in all. Ours.
    pub const OBSERVATION_TOTAL_COST: &str = "langfuse.observation.total_cost";
    /// The observation above it, as Langfuse names it. Ours.
    pub const OBSERVATION_PARENT_ID: &str = "langfuse.observation.parent_id";
    /// The prompt's name.
    pub const OBSERVATION_PROMPT_NAME: &str = "langfuse.observation.prompt.name";
    /// The prompt's version.
    pub const OBSERVATION_PROMPT_VERSION: &str = "langfuse.observation.prompt.version";
    /// The environment.
    pub const ENVIRONMENT: &str = "langfuse.environment";
    /// The agent's release.
    pub const RELEASE: &str = "langfuse.release";
    /// The agent's version.
    pub const VERSION: &str = "langfuse.version";
    /// The project. Ours.
    pub const PROJECT_ID: &str = "langfuse.project.id";
}
