//! What Spanlift derives, and what Coval's metrics read.

use spanlift_model::names::{self, gen_ai};

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Hint, Identifier, Name, Number, Path};

/// What Spanlift writes itself; the names of the GenAI conventions are in their own table.
pub(super) const SPANLIFT: KeptTable = KeptTable {
    of: "Spanlift",
    seen: "this version",
    rows: &[
        (CutName, &[names::IMPORT_SOURCE_NAME]),
        (Path, &[names::IMPORT_SOURCE_TRACE_ID, names::IMPORT_SOURCE_SPAN_ID]),
        (Identifier, &[names::IMPORT_END_TIME]),
        (Number, &[names::IMPORT_WITHHELD]),
        // The keys by which a span is a simulation's, and what people and SDKs call the same.
        (
            Hint,
            &[
                "simulation_output_id",
                "coval_simulation_output_id",
                "session_id",
                names::SESSION_ID,
                "sessionId",
                gen_ai::CONVERSATION_ID,
                "conversation.id",
                "conversation_id",
                "thread_id",
                "coval.simulation_output_id",
                "coval.internal.simulation_id",
            ],
        ),
    ],
};

/// Coval's span schema.
pub(super) const COVAL: KeptTable = KeptTable {
    of: "Coval",
    seen: "span naming conventions, 2026-06",
    rows: &[
        (
            Number,
            &[
                names::METRICS_TTFB,
                "call.cost_usd",
                "call.duration_seconds",
                "http.status_code",
                "retry_count",
                "stt.confidence",
                "tool.call.count",
                "tool.error",
                "tool.failure.count",
                "tool.latency_ms",
                "tool.result.count",
                "workflow.completed",
                "workflow.dependency_blocked",
                "workflow.fallback_used",
                // People's own ways to write the time to the first byte.
                "llm.ttfb_ms",
                "llm.ttft_ms",
                "metrics.ttfb_ms",
                "stt.ttfb_ms",
                "time_to_first_token_ms",
                "ttfb_ms",
                "tts.ttfb_ms",
                "ttft_ms",
            ],
        ),
        (Flag, &["tool.dependency_unavailable"]),
        (CutName, &[names::FUNCTION_NAME, "tool.name"]),
        (
            Identifier,
            &[
                names::TOOL_CALL_ID,
                "tool.call_id",
                names::LLM_FINISH_REASON,
                "call.ended_reason",
                "coval.agent_type",
                "fallback.reason",
                "stt.providerName",
                "stt.providerType",
                "stt.selectedProvider",
                "trace.source",
                "trace.timing",
                "turn.role",
                "agent.provider",
            ],
        ),
        (Name, &["agent.name"]),
    ],
};
