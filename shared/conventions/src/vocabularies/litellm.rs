//! `LiteLLM`.

use spanlift_model::Role;

use spanlift_model::names::gen_ai;

use crate::row::{CallTable, KindTable, Vocabulary};

const SEEN: &str = "litellm 1.110";

/// What it writes as operation: the name of its function that was called.
pub const OPERATIONS: KindTable = KindTable {
    attribute: gen_ai::OPERATION_NAME,
    rows: &[
        ("completion", Role::ModelCall, SEEN),
        ("acompletion", Role::ModelCall, SEEN),
        ("atext_completion", Role::ModelCall, SEEN),
        ("responses", Role::ModelCall, SEEN),
        ("aresponses", Role::ModelCall, SEEN),
        ("anthropic_messages", Role::ModelCall, SEEN),
        ("embedding", Role::Embedding, SEEN),
        ("aembedding", Role::Embedding, SEEN),
    ],
};

/// The vocabulary. Its spans of the proxy may have a scope of one's own.
pub const VOCABULARY: Vocabulary =
    Vocabulary { scopes: &["litellm"], prefixes: &["litellm."], kinds: &[OPERATIONS], ..Vocabulary::named("LiteLLM") };

/// A call of a model, and the same once more in the provider's words.
pub const MODEL_CALL: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &["litellm_request", "raw_gen_ai_request"],
    again: &[],
    named: "litellm_request",
    alone: None,
    asks: None,
    waits: true,
    seen: SEEN,
};
