//! What a run used: its counts as SDKs state them, else as LangSmith reckons them, and its costs
//! (docs/platforms/langsmith.md#73-token-counts).

use spanlift_conventions::Usage as Tokens;
use spanlift_conventions::usage::{count_of, usage_objects};
use spanlift_model::json::{Map, Value};

use crate::own::Usage;
use crate::record::LangSmithRun;

/// What the run used. `takes_metadata`: the metadata is the run's own, not inherited.
#[must_use]
pub fn find(run: &LangSmithRun, takes_metadata: bool) -> Option<Usage> {
    let stated = run.metadata.get("usage_metadata").filter(|_| takes_metadata);
    let told: Vec<&Map> = usage_objects(&run.outputs, stated).collect();
    let Some(tokens) = Tokens::of_objects(told.iter().copied()) else { return estimate(run) };
    let names = ["input_cost", "output_cost", "total_cost"];
    let costs = told.iter().map(|usage| names.map(|name| usage.get(name).and_then(amount)));
    let costs = costs.into_iter().find(|costs| costs.iter().any(Option::is_some));
    Some(Usage { tokens, costs: costs.unwrap_or_default(), is_estimate: false })
}

/// What the server says that a run cost, by its price list: in, out, both. On v1 with all runs below.
#[must_use]
pub fn counted_costs(run: &LangSmithRun) -> [Option<f64>; 3] {
    ["prompt_cost", "completion_cost", "total_cost"].map(|name| run.counted.get(name).and_then(amount))
}

/// Zero is unknown here.
fn estimate(run: &LangSmithRun) -> Option<Usage> {
    let positive = |value: &Value| count_of(value).filter(|count| *count > 0);
    let count = |name: &str| run.counted.get(name).and_then(positive);
    let detail = |group: &str, name: &str| run.counted.get(group)?.get(name).and_then(positive);
    let tokens = Tokens {
        input: count("prompt_tokens"),
        output: count("completion_tokens"),
        total: count("total_tokens"),
        cache_read: detail("prompt_token_details", "cache_read"),
        cache_creation: detail("prompt_token_details", "cache_creation"),
        reasoning: detail("completion_token_details", "reasoning"),
    };
    tokens.total.or(tokens.input).or(tokens.output)?;
    let is_call = matches!(run.run_type.as_str(), "llm" | "embedding");
    is_call.then_some(Usage { tokens, costs: [None; 3], is_estimate: true })
}

/// A cost: v1 writes it as text or as a number.
fn amount(value: &Value) -> Option<f64> {
    let amount = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    amount.filter(|amount: &f64| amount.is_finite() && *amount >= 0.0)
}
