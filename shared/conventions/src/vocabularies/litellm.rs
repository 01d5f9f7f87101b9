//! `LiteLLM`.

use spanlift_model::Role;

use crate::row::{CallTable, Vocabulary};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary { scopes: &["litellm"], ..Vocabulary::named("LiteLLM") };

/// A call of a model, and the same once more in the provider's words.
pub const MODEL_CALL: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &["litellm_request", "raw_gen_ai_request"],
    named: "litellm_request",
    seen: "litellm 1.110",
};
