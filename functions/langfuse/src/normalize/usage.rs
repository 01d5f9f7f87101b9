//! Tokens, as sums of the right keys (docs/platforms/langfuse.md#84-token-counts-and-costs).

use std::collections::BTreeMap;

use spanlift_model::Attributes;
use spanlift_model::names::gen_ai;

const CACHE_READ: &[&str] =
    &["input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_input_tokens"];
const CACHE_CREATION: &[&str] =
    &["input_cache_creation", "input_cache_creation_5m", "input_cache_creation_1h", "cache_creation_input_tokens"];
const REASONING: &[&str] = &["output_reasoning_tokens", "output_reasoning"];

/// Derives the counts. What is not known is not said: no key, or nothing but zeros, is no count.
pub(super) fn derive(usage: &BTreeMap<String, u64>, attributes: &mut Attributes) {
    if usage.values().all(|count| *count == 0) {
        return;
    }
    let containing = |part: &str| sum(usage.iter().filter(|(name, _)| name.contains(part)).map(|(_, count)| *count));
    let named = |names: &[&str]| sum(names.iter().filter_map(|name| usage.get(*name).copied()));
    // Cached and audio tokens stand beside `input`, not in it: the sum is what the conventions mean.
    let input = containing("input");
    let output = containing("output");
    let total =
        usage.get("total").copied().filter(|total| *total > 0).or_else(|| sum([input, output].into_iter().flatten()));
    for (name, count) in [
        (gen_ai::USAGE_INPUT_TOKENS, input),
        (gen_ai::USAGE_OUTPUT_TOKENS, output),
        (gen_ai::USAGE_TOTAL_TOKENS, total),
        (gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, named(CACHE_READ)),
        (gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS, named(CACHE_CREATION)),
        (gen_ai::USAGE_REASONING_OUTPUT_TOKENS, named(REASONING)),
    ] {
        attributes.derive_some(name, count.map(|count| count.to_string()));
    }
}

fn sum(counts: impl Iterator<Item = u64>) -> Option<u64> {
    counts.reduce(u64::saturating_add)
}
