//! `LiteLLM`.

use spanlift_model::Role;

use crate::row::{NameRow, Vocabulary};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["litellm"],
    names: &[
        NameRow::new("litellm_request", Role::ModelCall, "litellm 1.110"),
        // The same call once more, in the provider's words.
        NameRow::wrapper("raw_gen_ai_request", "litellm 1.110"),
    ],
    ..Vocabulary::named("LiteLLM")
};
