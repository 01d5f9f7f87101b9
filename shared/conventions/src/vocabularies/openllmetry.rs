//! `OpenLLMetry` (Traceloop), and what sends through it: `CrewAI`, Haystack.

use spanlift_model::Role;

use crate::row::{KindTable, NameRow, Vocabulary};

const SEEN: &str = "opentelemetry-semantic-conventions-ai";

/// `traceloop.span.kind`. `task` and `unknown` are not here: they say nothing.
pub const KINDS: KindTable = KindTable {
    attribute: "traceloop.span.kind",
    rows: &[("workflow", Role::Workflow, SEEN), ("agent", Role::Agent, SEEN), ("tool", Role::ToolCall, SEEN)],
};

/// `llm.request.type`, on calls of models.
pub const REQUESTS: KindTable = KindTable {
    attribute: "llm.request.type",
    rows: &[
        ("chat", Role::ModelCall, SEEN),
        ("completion", Role::ModelCall, SEEN),
        ("embedding", Role::Embedding, SEEN),
        ("rerank", Role::Other, SEEN),
    ],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    prefixes: &["traceloop."],
    kinds: &[KINDS, REQUESTS],
    names: &[NameRow::new(
        "*.embeddings",
        Role::Embedding,
        "opentelemetry-instrumentation-openai, without a request type",
    )],
    ..Vocabulary::named("OpenLLMetry")
};
