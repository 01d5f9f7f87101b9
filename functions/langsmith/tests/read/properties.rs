//! Any traces: both versions of the API give the same spans, and every call its own.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use spanlift_model::names::gen_ai;
use stand_in_langsmith::{Limits, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, id, on_v1, on_v2, run};

const CALLS: [&str; 2] = ["call-1", "call-2"];
const TYPES: [&str; 5] = ["chain", "llm", "tool", "embedding", "retriever"];
const KEYS: [&str; 4] = ["simulation_output_id", "coval_simulation_output_id", "session_id", "ticket"];

/// Of a speech run, of a call, of nothing.
const NAMES: [&str; 4] = ["tts_request", "llm", "", "step"];

/// One run: how far back its parent is, its type and name, where its counts are, its tag, and whether it has a first
/// token, is hidden, has costs.
type Drawn = (usize, (usize, usize), usize, u64, Option<(usize, usize)>, [bool; 3]);

fn a_run() -> impl Strategy<Value = Drawn> {
    let tag = proptest::option::weighted(0.4, (0..KEYS.len(), 0..3_usize));
    (0..4_usize, (0..TYPES.len(), 0..NAMES.len()), 0..4_usize, 1..50_u64, tag, any::<[bool; 3]>())
}

fn trace_of(trace: u32, drawn: &[Drawn]) -> Vec<Run> {
    let run = |(number, (back, (kind, name), place, count, tag, flags)): (u32, &Drawn)| {
        let [has_first_token, is_hidden, has_costs] = *flags;
        let mut run = run(trace, number).kind(TYPES[*kind]).named(NAMES[*name]);
        if is_hidden {
            run = run.metadata("ls_message_view_exclude", true);
        }
        run.costs = has_costs.then_some((0.25, 0.5));
        if number > 0 {
            let parent = number.saturating_sub(1 + u32::try_from(*back).unwrap());
            run.parent_run_id = Some(id(trace, parent));
        }
        let usage = json!({"input_tokens": count, "output_tokens": 1});
        run = match place {
            0 => run,
            1 => run.outputs(json!({"usage_metadata": usage})),
            2 => run.metadata("usage_metadata", usage),
            // The server counts for models only.
            _ if matches!(TYPES[*kind], "llm" | "embedding") => run.tokens(*count, 1),
            _ => run,
        };
        if let Some((key, value)) = tag {
            // A session's own id stands beside anybody's tag and says nothing.
            let values = if KEYS[*key] == "session_id" { ["a", "b", "c"] } else { ["call-1", "call-2", "elsewhere"] };
            run = run.tagged(KEYS[*key], values[*value]);
        }
        let first = run.start_time.plus(std::time::Duration::from_millis(100));
        run.with(|run| run.first_token_time = has_first_token.then_some(first))
    };
    (0..).zip(drawn).map(run).collect()
}

#[test]
fn both_versions_agree_on_any_traces() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let traces = proptest::collection::vec(proptest::collection::vec(a_run(), 1..9), 1..5);
    let result = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
    .run(&traces, |traces| {
        let runs: Vec<Run> = (1..).zip(&traces).flat_map(|(trace, drawn)| trace_of(trace, drawn)).collect();
        runtime.block_on(agree(runs))
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

async fn agree(runs: Vec<Run>) -> Result<(), TestCaseError> {
    let limits = Limits { v1: 1_000, ..Limits::default() };
    let scenario = Scenario { limits, ..holding(runs) };
    let (mut v1, mut v2) = (Reader::of(on_v1(scenario.clone())).await, Reader::of(on_v2(scenario)).await);
    let mut owners: Vec<String> = Vec::new();
    for call in CALLS {
        (v1, v2) = (v1.hints(&[call]), v2.hints(&[call]));
        let (from_v1, from_v2) = (v1.spans().await, v2.spans().await);
        prop_assert_eq!(&from_v1, &from_v2);
        for span in &from_v1 {
            owners.push(span.attributes.get("langsmith.run_id").unwrap().to_owned());
            let specific = span.attributes.get("simulation_output_id");
            prop_assert!(specific.is_none_or(|value| value == call));
            let is_call = matches!(span.attributes.get("langsmith.run_type"), Some("llm" | "embedding"));
            let is_call = is_call || span.attributes.get("langsmith.run_name") == Some("llm");
            prop_assert!(is_call || span.attributes.get(gen_ai::USAGE_TOTAL_TOKENS).is_none());
        }
    }
    // Nothing belongs to two calls.
    let all = owners.len();
    owners.sort();
    owners.dedup();
    prop_assert_eq!(owners.len(), all);
    Ok(())
}
