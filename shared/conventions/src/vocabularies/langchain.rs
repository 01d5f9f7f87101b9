//! `LangChain` and `LangGraph`, where their tracer exports by OpenTelemetry.

use spanlift_model::Role;

use crate::row::{KindTable, NameRow, Vocabulary};

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
///
/// Langfuse's handlers of before 3.4 tell a tool as a span like any other, with all that `LangChain` says at a tool's beginning as metadata: its
/// inputs and a colour, which it says of nothing else.
pub const VOCABULARY: Vocabulary = Vocabulary {
    marks: &[("langfuse.observation.metadata.color", "green")],
    kinds: &[KINDS],
    names: &[NameRow::new("*", Role::ToolCall, "langfuse 3.3, LangChain's handler")
        .only_with("langfuse.observation.metadata.inputs")],
    ..Vocabulary::named("LangChain")
};
