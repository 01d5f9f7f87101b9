//! Token counts: the nine places in which LangSmith has them (docs/platforms/langsmith.md#73-token-counts).

use serde_json::{Map, Value};

use crate::own::Usage;
use crate::record::LangSmithRun;

/// Where details of tokens in stand: LangSmith's own, and those of OpenAI's two APIs.
const INPUT: &[&str] = &["input_token_details", "input_tokens_details", "prompt_tokens_details"];
/// The same of tokens out.
const OUTPUT: &[&str] = &["output_token_details", "output_tokens_details", "completion_tokens_details"];

/// The first place that has counts wins. `takes_metadata`: the metadata is the run's own, not inherited.
#[must_use]
pub fn find(run: &LangSmithRun, takes_metadata: bool) -> Option<Usage> {
    let outputs = &run.outputs;
    let of_metadata = run.metadata.get("usage_metadata").filter(|_| takes_metadata);
    let llm_output = |name: &str| outputs.get("llm_output")?.get(name);
    let stated = [outputs.get("usage_metadata"), of_metadata].into_iter().flatten();
    let stated = stated
        .chain(generations(outputs).filter_map(|generation| {
            let message = generation.get("message")?;
            at(message, &["kwargs", "usage_metadata"]).or_else(|| message.get("usage_metadata"))
        }))
        .chain([llm_output("token_usage"), llm_output("usage"), outputs.get("usage")].into_iter().flatten())
        .chain(
            members(outputs).filter_map(|member| {
                member.get("usage_metadata").or_else(|| at(member, &["kwargs", "usage_metadata"]))
            }),
        )
        .chain(
            generations(outputs)
                .filter_map(|generation| at(generation, &["message", "kwargs", "response_metadata", "token_usage"])),
        );
    let found = stated.filter_map(Value::as_object).find_map(read);
    found.or_else(|| estimate(run))
}

/// What the server says that a run cost, by its price list: in, out, both. On v1 with all runs below.
#[must_use]
pub fn counted_costs(run: &LangSmithRun) -> [Option<f64>; 3] {
    ["prompt_cost", "completion_cost", "total_cost"].map(|name| run.counted.get(name).and_then(amount))
}

/// Chat models have a list of generations a prompt.
pub(crate) fn generations(outputs: &Value) -> impl Iterator<Item = &Value> {
    let prompts = outputs.get("generations").and_then(Value::as_array).into_iter().flatten();
    prompts.flat_map(|prompt| match prompt {
        Value::Array(generations) => generations.iter().collect(),
        generation => vec![generation],
    })
}

pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// A count: a whole number, as a number or as text.
pub(crate) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn members(outputs: &Value) -> impl Iterator<Item = &Value> {
    outputs.as_object().into_iter().flat_map(Map::values)
}

fn read(usage: &Map<String, Value>) -> Option<Usage> {
    let first = |names: &[&str]| names.iter().find_map(|name| count(usage.get(*name)?));
    let detail = |groups: &[&str], names: &[&str]| {
        let mut groups = groups.iter().filter_map(|group| usage.get(*group));
        groups.find_map(|group| names.iter().find_map(|name| count(group.get(*name)?)))
    };
    // Anthropic counts what has to do with a cache beside the tokens in, not among them.
    let beside = [first(&["cache_read_input_tokens"]), first(&["cache_creation_input_tokens"])];
    let is_beside = !INPUT.iter().any(|group| usage.contains_key(*group));
    let apart = if is_beside { beside } else { [None, None] };
    let input = first(&["input_tokens", "prompt_tokens"]);
    let input = input.map(|input| apart.iter().flatten().fold(input, |sum, part| sum.saturating_add(*part)));
    let output = first(&["output_tokens", "completion_tokens"]);
    let is_told = [input, output, first(&["total_tokens"])].into_iter().flatten().any(|count| count > 0);
    let costs = ["input_cost", "output_cost", "total_cost"].map(|name| usage.get(name).and_then(amount));
    is_told.then(|| Usage {
        tokens: spanlift_conventions::Usage {
            input,
            output,
            total: first(&["total_tokens"]).filter(|total| *total > 0).or_else(|| Some(input?.saturating_add(output?))),
            cache_read: detail(INPUT, &["cache_read", "cached_tokens"]).or(beside[0]),
            cache_creation: detail(INPUT, &["cache_creation"]).or(beside[1]),
            reasoning: detail(OUTPUT, &["reasoning", "reasoning_tokens"]),
        },
        costs,
        is_estimate: false,
    })
}

/// Zero is unknown here.
fn estimate(run: &LangSmithRun) -> Option<Usage> {
    let positive = |name: &str| run.counted.get(name).and_then(count).filter(|count| *count > 0);
    let detail = |group: &str, name: &str| run.counted.get(group)?.get(name).and_then(count).filter(|count| *count > 0);
    let (input, output) = (positive("prompt_tokens"), positive("completion_tokens"));
    let total = positive("total_tokens").or_else(|| Some(input?.saturating_add(output?)));
    total.or(input).or(output)?;
    matches!(run.run_type.as_str(), "llm" | "embedding").then(|| Usage {
        tokens: spanlift_conventions::Usage {
            input,
            output,
            total,
            cache_read: detail("prompt_token_details", "cache_read"),
            cache_creation: detail("prompt_token_details", "cache_creation"),
            reasoning: detail("completion_token_details", "reasoning"),
        },
        costs: [None; 3],
        is_estimate: true,
    })
}

/// A cost: v1 writes it as text or as a number.
fn amount(value: &Value) -> Option<f64> {
    let amount = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    amount.filter(|amount: &f64| amount.is_finite() && *amount >= 0.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole, positive and small")]
fn whole(float: f64) -> Option<u64> {
    (float.fract() == 0.0 && (0.0..=9.0e15).contains(&float)).then_some(float as u64)
}
