//! Pydantic AI, before it took the names of the conventions.

use spanlift_model::Role;

use crate::row::{NameRow, Vocabulary};

const SEEN: &str = "pydantic-ai 2.68, where an older version of its instrumentation is asked for";

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["pydantic-ai"],
    prefixes: &["logfire.", "model_request_parameters"],
    names: &[
        NameRow::new("running tool", Role::ToolCall, SEEN),
        NameRow::wrapper("running tools", SEEN),
        NameRow::new("running tool: *", Role::ToolCall, SEEN),
        NameRow::new("agent run", Role::Agent, SEEN),
        // `logfire.` is anybody's who uses Logfire.
        NameRow::new("chat *", Role::ModelCall, SEEN).only_with("gen_ai.request.model"),
    ],
    ..Vocabulary::named("Pydantic AI")
};
