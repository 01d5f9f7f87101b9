//! What the counts of a call are called, inside an account of its usage: an object, or attributes behind one prefix.

/// What a name counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Tokens in.
    Input,
    /// Tokens in that come on top of them: what tools of the server's put in.
    ToolInput,
    /// Tokens out.
    Output,
    /// Both.
    Total,
    /// Of those in, from a cache.
    CacheRead,
    /// A part of them.
    CacheReadPart,
    /// What they have beyond 200,000, where the general count stops there.
    CacheReadBeyond,
    /// Of those in, put into a cache.
    CacheCreation,
    /// A part of them.
    CacheCreationPart,
    /// Of those out, reasoning.
    Reasoning,
    /// A part of them.
    ReasoningPart,
}

/// Where in the account a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// At its top.
    Top,
    /// In an object with details of the tokens in.
    Input,
    /// In an object with details of the tokens out.
    Output,
}

/// A name of a count. Names are compared without case and `_`: `promptTokens` is `prompt_tokens`.
#[derive(Clone, Copy, Debug)]
pub struct CountRow {
    /// The name.
    pub name: &'static str,
    /// Where it stands.
    pub group: Group,
    /// What it counts.
    pub is: Count,
    /// It stands beside the tokens in or out, not among them, unless the total says otherwise.
    pub is_apart: bool,
    /// Who writes it.
    pub seen: &'static str,
}

/// Objects with details of the tokens in, the first that is there counts.
pub const INPUT_GROUPS: &[(&str, &str)] = &[
    ("input_token_details", "LangChain, LiveKit, AI SDK 6"),
    ("input_tokens_details", "OpenAI Responses"),
    ("prompt_tokens_details", "OpenAI Chat"),
    ("prompt_token_details", "LangSmith"),
    ("prompt_details", "OpenInference"),
    ("input_tokens", "AI SDK 6, models; Sentry"),
    ("details", "Pydantic AI"),
    (CACHE_CREATION_GROUP, "Anthropic"),
];

/// The parts of what was put into a cache, which say nothing of what else is among the tokens in.
pub(super) const CACHE_CREATION_GROUP: &str = "cache_creation";

/// The same of the tokens out.
pub const OUTPUT_GROUPS: &[(&str, &str)] = &[
    ("output_token_details", "LangChain, AI SDK 6"),
    ("output_tokens_details", "OpenAI Responses, Anthropic"),
    ("completion_tokens_details", "OpenAI Chat"),
    ("completion_token_details", "LangSmith"),
    ("completion_details", "OpenInference"),
    ("output_tokens", "AI SDK 6, models; Sentry"),
    ("details", "Pydantic AI"),
];

/// All names. Of several for one thing the first that is there counts, parts are added up, and of a general count and the
/// sum of the parts the larger counts: some write both, some a zero beside the parts.
pub const COUNTS: &[CountRow] = &[
    top(Count::Input, "input_tokens", "OpenTelemetry GenAI, LangChain, Anthropic, OpenAI Responses, AI SDK 5"),
    top(Count::Input, "prompt_tokens", "OpenAI Chat, older OpenTelemetry GenAI, LiveKit, AI SDK 4"),
    top(Count::Input, "prompt_token_count", "Gemini"),
    top(Count::Input, "input_tokens.total", "AI SDK 6, models"),
    top(Count::Input, "prompt", "OpenInference, Langfuse's SDKs"),
    top(Count::Input, "input", "Langfuse's SDKs"),
    top(Count::Input, "tokens", "AI SDK, embeddings"),
    top(Count::ToolInput, "tool_use_prompt_token_count", "Gemini"),
    top(Count::Output, "output_tokens", "OpenTelemetry GenAI, LangChain, Anthropic, OpenAI Responses, AI SDK 5"),
    top(Count::Output, "completion_tokens", "OpenAI Chat, older OpenTelemetry GenAI, LiveKit, AI SDK 4"),
    top(Count::Output, "candidates_token_count", "Gemini"),
    top(Count::Output, "response_token_count", "Gemini Live"),
    top(Count::Output, "output_tokens.total", "AI SDK 6, models"),
    top(Count::Output, "completion", "OpenInference, Langfuse's SDKs"),
    top(Count::Output, "output", "Langfuse's SDKs"),
    top(Count::Total, "total_tokens", "everybody"),
    top(Count::Total, "total_token_count", "Gemini"),
    top(Count::Total, "total", "OpenInference, Langfuse's SDKs"),
    top(Count::CacheRead, "cache_read.input_tokens", "OpenTelemetry GenAI"),
    of_input(Count::CacheRead, "cache_read", "LangChain, OpenInference, AI SDK 6"),
    of_input(Count::CacheRead, "cached_tokens", "OpenAI, LiveKit, OpenLIT"),
    of_input(Count::CacheRead, "cache_input", "older OpenInference"),
    of_input(Count::CacheRead, "cache_read_tokens", "AI SDK 6, Pydantic AI"),
    of_input(Count::CacheRead, "cached", "Sentry"),
    apart(Count::CacheRead, "cache_read_input_tokens", "Anthropic, Bedrock, older OpenLLMetry, Strands"),
    top(Count::CacheRead, "prompt_cached_tokens", "LiveKit"),
    top(Count::CacheRead, "input_cached_tokens", "LiveKit"),
    top(Count::CacheRead, "cached_input_tokens", "AI SDK 5"),
    top(Count::CacheRead, "cached_prompt_tokens", "AI SDK 4 with OpenAI"),
    top(Count::CacheRead, "cached_content_token_count", "Gemini"),
    top(Count::CacheRead, "prompt_cache_hit_tokens", "DeepSeek"),
    of_input(Count::CacheReadPart, "priority_cache_read", "LangChain and LangSmith with a service tier"),
    of_input(Count::CacheReadPart, "flex_cache_read", "LangChain and LangSmith with a service tier"),
    of_input(Count::CacheReadBeyond, "cache_read_over_200k", "LangSmith's wrapper of Gemini"),
    top(Count::CacheCreation, "cache_creation.input_tokens", "OpenTelemetry GenAI"),
    top(Count::CacheCreation, "cache_write.input_tokens", "LiveKit 1.8"),
    of_input(Count::CacheCreation, "cache_creation", "LangChain"),
    of_input(Count::CacheCreation, "cache_write", "OpenInference, AI SDK 6, Sentry"),
    of_input(Count::CacheCreation, "cache_write_tokens", "OpenAI, AI SDK 6, Pydantic AI"),
    of_input(Count::CacheCreation, "cache_creation_tokens", "OpenLIT"),
    apart(Count::CacheCreation, "cache_creation_input_tokens", "Anthropic, older OpenLLMetry"),
    apart(Count::CacheCreation, "cache_write_input_tokens", "Bedrock, Strands"),
    top(Count::CacheCreation, "cache_creation_tokens", "LiveKit"),
    of_input(Count::CacheCreationPart, "ephemeral_5m_input_tokens", "Anthropic, LangChain"),
    of_input(Count::CacheCreationPart, "ephemeral_1h_input_tokens", "Anthropic, LangChain"),
    of_input(Count::CacheCreationPart, "ephemeral_1hr_input_tokens", "LangSmith's Claude Agent SDK"),
    of_input(Count::CacheCreationPart, "priority_cache_creation", "LangChain with a service tier"),
    of_input(Count::CacheCreationPart, "flex_cache_creation", "LangChain with a service tier"),
    top(Count::Reasoning, "reasoning.output_tokens", "OpenTelemetry GenAI"),
    of_output(Count::Reasoning, "reasoning", "LangChain, OpenInference, AI SDK 6, Sentry"),
    of_output(Count::Reasoning, "reasoning_tokens", "OpenAI, OpenLIT, AI SDK 6, Pydantic AI"),
    of_output(Count::Reasoning, "thinking_tokens", "Anthropic"),
    of_output(Count::Reasoning, "thoughts_tokens", "Pydantic AI with Gemini"),
    top(Count::Reasoning, "reasoning_tokens", "OpenLLMetry, LiveKit, AI SDK 5"),
    top(Count::Reasoning, "thoughts_tokens", "people's own"),
    top(Count::Reasoning, "experimental.reasoning_tokens", "Google ADK 1.30"),
    apart(Count::Reasoning, "thoughts_token_count", "Gemini"),
    of_output(Count::ReasoningPart, "priority_reasoning", "LangChain and LangSmith with a service tier"),
    of_output(Count::ReasoningPart, "flex_reasoning", "LangChain and LangSmith with a service tier"),
];

const fn top(is: Count, name: &'static str, seen: &'static str) -> CountRow {
    CountRow { name, group: Group::Top, is, is_apart: false, seen }
}

const fn apart(is: Count, name: &'static str, seen: &'static str) -> CountRow {
    CountRow { name, group: Group::Top, is, is_apart: true, seen }
}

const fn of_input(is: Count, name: &'static str, seen: &'static str) -> CountRow {
    CountRow { name, group: Group::Input, is, is_apart: false, seen }
}

const fn of_output(is: Count, name: &'static str, seen: &'static str) -> CountRow {
    CountRow { name, group: Group::Output, is, is_apart: false, seen }
}

impl Count {
    /// In a document's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Input => "tokens in",
            Self::ToolInput => "tokens in, on top",
            Self::Output => "tokens out",
            Self::Total => "total",
            Self::CacheRead => "cache read",
            Self::CacheReadPart => "cache read, a part",
            Self::CacheReadBeyond => "cache read, beyond 200,000",
            Self::CacheCreation => "cache creation",
            Self::CacheCreationPart => "cache creation, a part",
            Self::Reasoning => "reasoning",
            Self::ReasoningPart => "reasoning, a part",
        }
    }
}
