//! Frameworks with few names of their own.

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Identifier, Name, Number, Time};

/// Vercel's AI SDK.
pub(super) const AI_SDK: KeptTable = KeptTable {
    of: "AI SDK",
    seen: "ai 5.0.277",
    rows: &[
        (
            Number,
            &[
                "ai.usage.*",
                "ai.response.avgCompletionTokensPerSecond",
                "ai.response.avgOutputTokensPerSecond",
                "ai.response.msToFinish",
                "ai.response.msToFirstChunk",
                "ai.settings.maxOutputTokens",
                "ai.settings.maxRetries",
                "ai.settings.maxSteps",
                "ai.settings.temperature",
                "ai.settings.topK",
                "ai.settings.topP",
            ],
        ),
        (
            Identifier,
            &[
                "ai.finishReason",
                "ai.model.id",
                "ai.model.provider",
                "ai.operationId",
                "ai.response.finishReason",
                "ai.response.id",
                "ai.response.model",
                "ai.settings.output",
                "ai.toolCall.id",
            ],
        ),
        (CutName, &["ai.toolCall.name"]),
        (Name, &["ai.telemetry.functionId", "operation.name", "resource.name"]),
        (Time, &["ai.response.timestamp"]),
    ],
};

/// Pydantic AI and Logfire.
pub(super) const PYDANTIC_AI: KeptTable = KeptTable {
    of: "Pydantic AI",
    seen: "pydantic-ai 2.68",
    rows: &[
        (Number, &["gen_ai.aggregated_usage.*", "logfire.level_num", "operation.cost"]),
        (Identifier, &["logfire.span_type"]),
        (Name, &["agent_name"]),
    ],
};

/// Strands Agents.
pub(super) const STRANDS: KeptTable = KeptTable {
    of: "Strands",
    seen: "strands-agents 1.62",
    rows: &[
        (Identifier, &["event_loop.cycle_id", "event_loop.parent_cycle_id", "gen_ai.tool.status", "tool.status"]),
        (Flag, &["tool.is_error"]),
    ],
};

/// Google's ADK. Everything below `gcp.vertex.agent.` that holds a request, a response or an event is content.
pub(super) const ADK: KeptTable = KeptTable {
    of: "Google ADK",
    seen: "google-adk 2.13",
    rows: &[(Identifier, &["gcp.vertex.agent.event_id", "gcp.vertex.agent.invocation_id", "gen_ai.agent.type"])],
};

/// `LiteLLM`.
pub(super) const LITELLM: KeptTable = KeptTable {
    of: "LiteLLM",
    seen: "litellm 1.110",
    rows: &[
        (
            Number,
            &[
                "litellm.response_cost",
                "response_cost",
                "llm.openai.n",
                "llm.openai.max_tokens",
                "llm.openai.temperature",
            ],
        ),
        (Flag, &["llm.openai.stream"]),
        (
            Identifier,
            &[
                "litellm.call_id",
                "litellm_call_id",
                "llm.openai.id",
                "llm.openai.model",
                "llm.openai.object",
                "model_group",
            ],
        ),
    ],
};

/// Anthropic's client.
pub(super) const ANTHROPIC: KeptTable = KeptTable {
    of: "Anthropic's client",
    seen: "anthropic 2.14",
    rows: &[
        (Number, &["anthropic.message.batch.request_count", "anthropic.thinking.budget_tokens", "anthropic.usage.*"]),
        (Flag, &["anthropic.content.truncated"]),
        (
            Identifier,
            &[
                "anthropic.message.stop_reason",
                "anthropic.request.service_tier",
                "anthropic.response.service_tier",
                "anthropic.thinking.type",
            ],
        ),
    ],
};

/// `CrewAI`.
pub(super) const CREWAI: KeptTable = KeptTable {
    of: "CrewAI",
    seen: "crewai 1.0, opentelemetry-instrumentation-crewai",
    rows: &[
        (
            Number,
            &["crewai.agent.max_iter", "crewai.agent.max_rpm", "crewai.crew.max_rpm", "crewai.crew.token_usage.*"],
        ),
        (Flag, &["crewai.agent.allow_delegation", "crewai.agent.cache", "crewai.agent.verbose", "crewai.crew.verbose"]),
        (
            Identifier,
            &[
                "crewai.agent.id",
                "crewai.crew.id",
                "crewai.crew.process",
                "crewai.task.id",
                "crew_id",
                "crew_key",
                "crewai_version",
                "task_id",
                "task_key",
            ],
        ),
    ],
};
