//! `LangChain` and `LangGraph`: metadata of their tracers, whatever platform it ends up on.

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Identifier, Identifiers, Name, Number, Numbers};

/// The table.
pub(super) const LANGCHAIN: KeptTable = KeptTable {
    of: "LangChain, LangGraph",
    seen: "langchain-core 1.0, langgraph 1.2, langsmith 0.15",
    rows: &[
        (
            Number,
            &[
                "langgraph_step",
                "langgraph_version_step",
                "ls_max_tokens",
                "ls_run_depth",
                "ls_temperature",
                "ls_top_p",
            ],
        ),
        (Flag, &["ls_message_view_exclude", "langgraph_auth_enabled"]),
        (
            Identifier,
            &[
                "assistant_id",
                "checkpoint_ns",
                "graph_id",
                "langgraph_checkpoint_ns",
                "langgraph_plan",
                "langgraph_version",
                "langsmith.span.kind",
                "ls_agent_type",
                "ls_integration",
                "ls_method",
                "ls_model_name",
                "ls_model_type",
                "ls_provider",
                "ls_vector_store_provider",
                "ls_embedding_provider",
                "ls_retriever_name",
                "revision_id",
                "run_id",
            ],
        ),
        (Identifiers, &["langgraph_path", "langgraph_triggers"]),
        (Numbers, &["ls_invocation_params", "usage_metadata"]),
        (CutName, &["tool_name"]),
        (Name, &["langgraph_node", "langsmith.trace.name"]),
    ],
};
