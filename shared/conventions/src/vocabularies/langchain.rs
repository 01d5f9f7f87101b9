//! `LangChain` and `LangGraph`, where their tracer exports by OpenTelemetry.

use spanlift_model::Role;

use crate::row::{KindTable, Vocabulary};

const SEEN: &str = "langsmith 0.15";

/// `langsmith.span.kind`. `chain`, `prompt` and `parser` are not here: they say nothing.
pub const KINDS: KindTable = KindTable {
    attribute: "langsmith.span.kind",
    rows: &[
        ("llm", Role::ModelCall, SEEN),
        ("tool", Role::ToolCall, SEEN),
        ("embedding", Role::Embedding, SEEN),
        ("retriever", Role::Retrieval, SEEN),
    ],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary { kinds: &[KINDS], ..Vocabulary::named("LangChain") };
