//! `OpenLLMetry` (Traceloop).

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Identifier, Name, Number};

/// The table.
pub(super) const OPENLLMETRY: KeptTable = KeptTable {
    of: "OpenLLMetry",
    seen: "opentelemetry-semantic-conventions-ai 0.4",
    rows: &[
        (
            Number,
            &[
                "llm.usage.*",
                "llm.frequency_penalty",
                "llm.presence_penalty",
                "llm.request.max_tokens",
                "llm.request.repetition_penalty",
                "llm.temperature",
                "llm.top_k",
                "llm.top_p",
                "db.vector.query.top_k",
                "traceloop.entity.version",
                "traceloop.prompt.version",
            ],
        ),
        (Flag, &["llm.is_streaming", "traceloop.prompt.managed"]),
        (
            Identifier,
            &[
                "db.operation",
                "db.system",
                "llm.request.type",
                "llm.response.finish_reason",
                "llm.response.id",
                "llm.response.model",
                "llm.response.stop_reason",
                "llm.usage.token_type",
                "mcp.method.name",
                "mcp.request.id",
                "traceloop.prompt.version_hash",
                "traceloop.span.kind",
            ],
        ),
        (CutName, &["traceloop.entity.name"]),
        (Name, &["traceloop.entity.path", "traceloop.workflow.name", "traceloop.prompt.key"]),
    ],
};
