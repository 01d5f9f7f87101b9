//! What `LangSmith` says in fields of its own (docs/platforms/langsmith.md#7-meaning).

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Hint, Hints, Identifier, Number, Path};

/// The table. A session of `LangSmith` is a project.
pub(super) const LANGSMITH: KeptTable = KeptTable {
    of: "LangSmith",
    seen: "API v1, v2",
    rows: &[
        (Number, &["langsmith.completion_cost", "langsmith.prompt_cost", "langsmith.total_cost"]),
        (Flag, &["langsmith.inputs_offloaded", "langsmith.outputs_offloaded", "langsmith.usage_estimated"]),
        (
            Identifier,
            &[
                "langsmith.parent_run_id",
                "langsmith.run_id",
                "langsmith.run_type",
                "langsmith.session_id",
                "langsmith.status",
                "langsmith.trace_id",
            ],
        ),
        (Path, &["langsmith.dotted_order"]),
        (CutName, &["langsmith.run_name"]),
        (Hint, &["langsmith.trace.session_id"]),
        (Hints, &["langsmith.tags", "langsmith.span.tags"]),
    ],
};
