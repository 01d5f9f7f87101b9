//! Strands Agents.

use spanlift_model::Role;
use spanlift_model::names::gen_ai;

use crate::row::{KindTable, Vocabulary};

/// What it writes as operation beside the conventions' own values.
pub const OPERATIONS: KindTable = KindTable {
    attribute: gen_ai::OPERATION_NAME,
    rows: &[("execute_event_loop_cycle", Role::Other, "strands-agents 1.62")],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["strands.telemetry.tracer", "strands-agents"],
    marks: &[("gen_ai.system", "strands-agents"), (gen_ai::PROVIDER_NAME, "strands-agents")],
    kinds: &[OPERATIONS],
    ..Vocabulary::named("Strands")
};
