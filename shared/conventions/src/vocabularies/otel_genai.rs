//! The GenAI conventions of OpenTelemetry.

use spanlift_model::Role;
use spanlift_model::names::gen_ai;

use crate::row::{KindTable, Vocabulary};

const SEEN: &str = "schema gen-ai 1.42.0";

/// `gen_ai.operation.name`.
pub const OPERATIONS: KindTable = KindTable {
    attribute: gen_ai::OPERATION_NAME,
    rows: &[
        ("chat", Role::ModelCall, SEEN),
        ("text_completion", Role::ModelCall, SEEN),
        ("generate_content", Role::ModelCall, SEEN),
        ("execute_tool", Role::ToolCall, SEEN),
        ("embeddings", Role::Embedding, SEEN),
        ("retrieval", Role::Retrieval, SEEN),
        ("invoke_agent", Role::Agent, SEEN),
        ("create_agent", Role::Agent, SEEN),
        ("invoke_workflow", Role::Workflow, SEEN),
    ],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary { kinds: &[OPERATIONS], ..Vocabulary::named("OpenTelemetry GenAI") };
