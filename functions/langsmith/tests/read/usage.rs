//! Token counts: nine places, and only the run that made the call.

use serde_json::{Value, json};
use spanlift_model::{Span, names::gen_ai};
use stand_in_langsmith::{Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, on_v1, on_v2, root, run};

fn count(span: &Span, name: &str) -> Option<u64> {
    span.attributes.get(name).map(|text| text.parse().unwrap())
}

fn counts(span: &Span) -> [Option<u64>; 3] {
    [gen_ai::USAGE_INPUT_TOKENS, gen_ai::USAGE_OUTPUT_TOKENS, gen_ai::USAGE_TOTAL_TOKENS].map(|name| count(span, name))
}

async fn spans(version: fn(Scenario) -> Scenario, runs: Vec<Run>) -> Vec<Span> {
    Reader::of(version(holding(runs))).await.spans().await
}

/// A model call in each of the places, and what it used.
fn nine_places() -> Vec<(Run, [Option<u64>; 3])> {
    let call = |index: u32| run(1, index).kind("llm").outputs(json!({"text": "hi"}));
    let told = |input: u64, output: u64| json!({"input_tokens": input, "output_tokens": output, "total_tokens": input + output});
    let openai = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5});
    let generation = |message: Value| json!({"generations": [[{"text": "hi", "message": {"kwargs": message}}]]});
    let all = |input: u64, output: u64| [Some(input), Some(output), Some(input + output)];
    vec![
        (call(1).outputs(json!({"usage_metadata": told(11, 1)})).tokens(11, 1), all(11, 1)),
        (call(2).outputs(json!({"usage_metadata": {"prompt_tokens": 9, "completion_tokens": 4}})), all(9, 4)),
        (call(3).metadata("usage_metadata", told(12, 2)), all(12, 2)),
        (call(4).outputs(generation(json!({"usage_metadata": told(13, 3)}))), all(13, 3)),
        (call(5).outputs(json!({"llm_output": {"token_usage": openai}})), all(3, 2)),
        (
            call(6).outputs(json!({"llm_output": {"usage": {"input_tokens": 5, "output_tokens": 8, "cache_read_input_tokens": 40}}})),
            all(45, 8),
        ),
        (call(7).outputs(json!({"usage": openai})), all(3, 2)),
        (call(8).outputs(json!({"output": {"usage_metadata": told(17, 7)}})), all(17, 7)),
        (call(9).outputs(json!({"message": {"kwargs": {"usage_metadata": told(18, 8)}}})), all(18, 8)),
        (call(10).outputs(generation(json!({"response_metadata": {"token_usage": openai}}))), all(3, 2)),
        (call(11).tokens(19, 9), all(19, 9)),
        (call(12).kind("embedding").tokens(20, 0), [Some(20), None, Some(20)]),
        // Unknown is not zero.
        (call(13), [None; 3]),
        (call(14).outputs(json!({"usage_metadata": {"input_tokens": 0, "output_tokens": 0}})), [None; 3]),
        (call(15).outputs(json!({"usage": {"total_tokens": "31"}})), [None, None, Some(31)]),
        (call(16).outputs(json!({"usage_metadata": {"input_tokens": -1, "output_tokens": 2.5}, "usage": openai})), all(3, 2)),
    ]
}

#[tokio::test]
async fn nine_places_and_their_sum() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let (mut runs, expected): (Vec<Run>, Vec<_>) = nine_places().into_iter().unzip();
        runs.push(root(1));
        let spans = spans(version, runs).await;
        let found: Vec<_> = spans[1..].iter().map(counts).collect();
        assert_eq!(found, expected);
        assert_eq!(counts(&spans[0]), [None; 3]);
        let sum = |of: &[[Option<u64>; 3]]| of.iter().filter_map(|counts| counts[2]).sum::<u64>();
        let all: Vec<_> = spans.iter().map(counts).collect();
        assert_eq!(sum(&all), sum(&expected));
    }
}

#[tokio::test]
async fn details_are_told_in_whoevers_shape() {
    for usage in [
        json!({"input_tokens": 10, "output_tokens": 5, "input_token_details": {"cache_read": 4, "cache_creation": 2}, "output_token_details": {"reasoning": 3}}),
        json!({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4, "cache_creation": 2}, "completion_tokens_details": {"reasoning_tokens": 3}}),
        json!({"input_tokens": 4, "output_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2, "output_tokens_details": {"reasoning_tokens": 3}}),
    ] {
        let spans = spans(on_v2, vec![root(1), run(1, 1).kind("llm").outputs(json!({"usage": usage}))]).await;
        assert_eq!(counts(&spans[1]), [Some(10), Some(5), Some(15)]);
        let details = [
            gen_ai::USAGE_CACHE_READ_INPUT_TOKENS,
            gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS,
            gen_ai::USAGE_REASONING_OUTPUT_TOKENS,
        ];
        assert_eq!(details.map(|name| count(&spans[1], name)), [Some(4), Some(2), Some(3)]);
    }
}

/// A wrapper of type `llm` holds what the call below it used.
#[tokio::test]
async fn a_model_call_inside_another_counts_once() {
    let told = json!({"usage_metadata": {"input_tokens": 30, "output_tokens": 3}});
    let call = |index: u32, parent: u32| run(1, index).under(parent).kind("llm").outputs(told.clone());
    let estimated = |index: u32, parent: u32| run(1, index).under(parent).kind("llm").tokens(30, 3);
    let plain = |index: u32, parent: u32, kind: &str| run(1, index).under(parent).kind(kind);
    let usage = Some(33);
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for (runs, expected) in [
            // Told by both; a chain between them; a wrapper that tells nothing; estimated, which v1 adds up.
            (vec![call(1, 0), call(2, 1)], vec![None, None, usage]),
            (vec![call(1, 0), plain(2, 1, "chain"), call(3, 2)], vec![None, None, None, usage]),
            (vec![plain(1, 0, "llm"), call(2, 1)], vec![None, None, usage]),
            (vec![estimated(1, 0), estimated(2, 1)], vec![None, None, usage]),
            (vec![plain(1, 0, "llm"), estimated(2, 1)], vec![None, None, usage]),
            // Two calls below one wrapper are two.
            (vec![call(1, 0), call(2, 1), call(3, 1)], vec![None, None, usage, usage]),
            // A chain that is named as a call is one.
            (vec![call(1, 0), call(2, 1).kind("chain").named("llm")], vec![None, None, usage]),
            // What the server reckons of speech is no call.
            (vec![call(1, 0), estimated(2, 1).named("tts_request")], vec![None, usage, None]),
            (vec![plain(1, 0, "llm"), estimated(2, 1).named("stt")], vec![None, None, None]),
            // Nor is a wrapper that holds no more than an embedding.
            (
                vec![call(1, 0), plain(2, 1, "llm"), plain(3, 2, "embedding").tokens(8, 0)],
                vec![None, usage, None, Some(8)],
            ),
            // A tool or an embedding below is no call of that model.
            (
                vec![call(1, 0), plain(2, 1, "tool"), plain(3, 1, "embedding").tokens(8, 0)],
                vec![None, usage, None, Some(8)],
            ),
        ] {
            let mut all = vec![root(1)];
            all.extend(runs);
            let found: Vec<_> = spans(version, all).await.iter().map(|span| counts(span)[2]).collect();
            assert_eq!(found, expected);
        }
    }
}

/// Metadata is passed on to every run below.
#[tokio::test]
async fn usage_in_inherited_metadata_is_not_the_heirs() {
    let told = json!({"input_tokens": 30, "output_tokens": 3});
    let with = |run: Run| run.metadata("usage_metadata", told.clone());
    let runs = vec![
        with(root(1)),
        with(run(1, 1).kind("llm")),
        with(run(1, 2).kind("llm")),
        run(1, 3).kind("llm").metadata("usage_metadata", json!({"input_tokens": 1, "output_tokens": 1})),
    ];
    let found: Vec<_> = spans(on_v2, runs).await.iter().map(|span| counts(span)[2]).collect();
    assert_eq!(found, [None, None, None, Some(2)]);
}

/// A chain that tells the sum of its one call does not take it from that.
#[tokio::test]
async fn usage_that_a_chain_tells_as_well_is_its_one_calls() {
    let told = json!({"input_tokens": 30, "output_tokens": 3});
    let with = |run: Run| run.metadata("usage_metadata", told.clone());
    let runs = vec![with(root(1)), with(run(1, 1).kind("llm")), run(1, 2).kind("tool")];
    let found: Vec<_> = spans(on_v2, runs).await.iter().map(|span| counts(span)[2]).collect();
    assert_eq!(found, [None, Some(33), None]);
}

/// The costs of the runs below are theirs: v1 adds them up.
#[tokio::test]
async fn costs_count_once() {
    let told = json!({"usage_metadata": {"input_tokens": 30, "output_tokens": 3}});
    let runs = vec![
        root(1),
        run(1, 1).kind("llm").outputs(told.clone()),
        run(1, 2).under(1).kind("embedding").tokens(8, 0).with(|run| run.costs = Some((0.5, 0.0))),
        run(1, 3).kind("llm").outputs(told).with(|run| run.costs = Some((0.25, 0.5))),
    ];
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let spans = spans(version, runs.clone()).await;
        let costs: Vec<_> = spans.iter().map(|span| span.attributes.get("langsmith.total_cost")).collect();
        assert_eq!(costs, [None, None, Some("0.5"), Some("0.75")]);
    }
}

/// Hidden, and without counts of its own: speech, whatever v1 adds up into it.
#[tokio::test]
async fn a_hidden_run_is_told_by_its_own_counts() {
    let hidden = |run: Run| run.kind("llm").metadata("ls_message_view_exclude", true);
    let runs = vec![root(1), hidden(run(1, 1)).named("reply"), hidden(run(1, 2)).under(1).named("inner").tokens(30, 3)];
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let spans = spans(version, runs.clone()).await;
        let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["step 0", "reply", "llm"]);
    }
}
