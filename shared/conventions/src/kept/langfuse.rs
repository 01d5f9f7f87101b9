//! What Langfuse says in fields of its own (docs/platforms/langfuse.md#82-attribute-names).

use super::KeptTable;
use crate::value_kind::ValueKind::{Hint, Hints, Identifier, Name, Number, Numbers, Path, Time};

/// The table. Trace names are people's own, and may be a chat's title.
pub(super) const LANGFUSE: KeptTable = KeptTable {
    of: "Langfuse",
    seen: "v3, v4",
    rows: &[
        (Number, &["langfuse.observation.prompt.version", "langfuse.observation.total_cost"]),
        (
            Numbers,
            &[
                "langfuse.observation.cost_details",
                "langfuse.observation.model.parameters",
                "langfuse.observation.usage_details",
            ],
        ),
        (
            Identifier,
            &[
                "langfuse.environment",
                "langfuse.observation.level",
                "langfuse.observation.model.name",
                "langfuse.observation.type",
                "langfuse.project.id",
                "langfuse.release",
                "langfuse.version",
            ],
        ),
        (Path, &["langfuse.observation.parent_id"]),
        (Name, &["langfuse.observation.prompt.name"]),
        (Time, &["langfuse.observation.completion_start_time"]),
        (Hint, &["langfuse.session.id", "langfuse.trace.name"]),
        (Hints, &["langfuse.trace.tags", "tag.tags"]),
    ],
};
