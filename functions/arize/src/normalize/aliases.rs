//! Names that mean the same: what the source wrote, and what the conventions and Coval's metrics call it
//! (docs/platforms/phoenix.md#7-meaning). In each table the first source that a span has wins, and a target that the span already has stays.

use spanlift_model::Attributes;
use spanlift_model::names::{self, gen_ai};

/// On every span.
pub const ALIASES: &[(&str, &str)] = &[
    ("input.value", names::INPUT),
    ("output.value", names::OUTPUT),
    ("llm.request.model_name", gen_ai::REQUEST_MODEL),
    ("llm.model_name", gen_ai::REQUEST_MODEL),
    ("embedding.model_name", gen_ai::REQUEST_MODEL),
    ("llm.response.model_name", gen_ai::RESPONSE_MODEL),
    ("session.id", gen_ai::CONVERSATION_ID),
    ("conversation.id", gen_ai::CONVERSATION_ID),
    ("agent.name", gen_ai::AGENT_NAME),
];

/// On spans that called a model, where the value is a whole number. Elsewhere it is a sum over descendants, which
/// would count twice.
pub const USAGE_ALIASES: &[(&str, &str)] = &[
    ("llm.token_count.prompt", gen_ai::USAGE_INPUT_TOKENS),
    ("gen_ai.usage.prompt_tokens", gen_ai::USAGE_INPUT_TOKENS),
    ("llm.token_count.completion", gen_ai::USAGE_OUTPUT_TOKENS),
    ("gen_ai.usage.completion_tokens", gen_ai::USAGE_OUTPUT_TOKENS),
    ("llm.token_count.total", gen_ai::USAGE_TOTAL_TOKENS),
    ("llm.token_count.prompt_details.cache_read", gen_ai::USAGE_CACHE_READ_INPUT_TOKENS),
    ("llm.token_count.prompt_details.cache_input", gen_ai::USAGE_CACHE_READ_INPUT_TOKENS),
    ("gen_ai.usage.cache_read_input_tokens", gen_ai::USAGE_CACHE_READ_INPUT_TOKENS),
    ("llm.token_count.prompt_details.cache_write", gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS),
    ("gen_ai.usage.cache_write.input_tokens", gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS),
    ("gen_ai.usage.cache_creation_input_tokens", gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS),
    ("llm.token_count.completion_details.reasoning", gen_ai::USAGE_REASONING_OUTPUT_TOKENS),
    ("gen_ai.usage.reasoning_tokens", gen_ai::USAGE_REASONING_OUTPUT_TOKENS),
];

/// On every span, last: what went in and came out where nobody wrote it down as such.
pub const CONTENT_ALIASES: &[(&str, &str)] = &[
    (gen_ai::INPUT_MESSAGES, names::INPUT),
    (gen_ai::TOOL_CALL_ARGUMENTS, names::INPUT),
    (gen_ai::RETRIEVAL_QUERY_TEXT, names::INPUT),
    (gen_ai::OUTPUT_MESSAGES, names::OUTPUT),
    (gen_ai::TOOL_CALL_RESULT, names::OUTPUT),
];

/// Derives every target of `table` that has a source which is not blank.
pub(super) fn apply<'a>(table: impl IntoIterator<Item = &'a (&'a str, &'static str)>, attributes: &mut Attributes) {
    for (source, target) in table {
        derive_from(attributes, source, target, |text| Some(text.to_owned()));
    }
}

/// Derives the counts of [`USAGE_ALIASES`]. What is no whole number is no count.
pub(super) fn apply_usage(attributes: &mut Attributes) {
    for (source, target) in USAGE_ALIASES {
        derive_from(attributes, source, target, |text| text.parse::<u64>().ok().map(|count| count.to_string()));
    }
}

fn derive_from(
    attributes: &mut Attributes,
    source: &str,
    target: &'static str,
    read: impl FnOnce(&str) -> Option<String>,
) {
    if attributes.get(target).is_none() {
        let value = attributes.get(source).filter(|text| !text.trim().is_empty()).and_then(read);
        attributes.derive_some(target, value);
    }
}
