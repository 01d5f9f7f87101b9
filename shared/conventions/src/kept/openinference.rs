//! OpenInference.

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Identifier, Name, Number, Numbers};

/// The table.
pub(super) const OPENINFERENCE: KeptTable = KeptTable {
    of: "OpenInference",
    seen: "openinference-semantic-conventions 0.1.42",
    rows: &[
        (Number, &["llm.token_count.*", "llm.cost.*", "reranker.top_k"]),
        (Numbers, &["llm.invocation_parameters", "embedding.invocation_parameters"]),
        (
            Identifier,
            &[
                "openinference.span.kind",
                "embedding.model_name",
                "graph.node.id",
                "graph.node.parent_id",
                "input.mime_type",
                "llm.model_name",
                "llm.prompt_template.version",
                "llm.provider",
                "llm.request.model_name",
                "llm.response.model_name",
                "llm.system",
                "output.mime_type",
                "prompt.id",
                "prompt.vendor",
                "reranker.model_name",
                "tool.id",
                "tool_call.id",
            ],
        ),
        (CutName, &["tool_call.function.name"]),
        (Name, &["graph.node.name"]),
    ],
};
