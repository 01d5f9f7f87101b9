//! Each simulation gets its own runs and no others.

use std::collections::BTreeSet;

use serde_json::json;
use spanlift_model::{EmptyReason, FailureReason};
use stand_in_langsmith::{Fault, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, id, on_v1, on_v2, root, run, window};

const CALLS: [&str; 7] = ["call-1", "call-2", "call-3", "call-4", "call-5", "call-6", "call-7"];

/// Seven calls at the same time in one project.
fn seven_calls() -> Vec<Run> {
    let mut runs = Vec::new();
    // An agent with an SDK that passes metadata on: every run bears the tag.
    runs.extend((0..4).map(|index| run(1, index).tagged("simulation_output_id", CALLS[0])));
    // One that does not; the key is the session's.
    runs.push(run(2, 0).tagged("session_id", CALLS[1]));
    runs.extend((1..4).map(|index| run(2, index)));
    // Two calls in one worker's trace.
    runs.push(run(3, 0).named("worker"));
    runs.push(run(3, 1).tagged("simulation_output_id", CALLS[2]));
    runs.push(run(3, 2).under(1).kind("llm"));
    runs.push(run(3, 3).tagged("simulation_output_id", CALLS[3]));
    runs.push(run(3, 4).under(3).kind("llm"));
    runs.push(run(3, 5).named("warm up"));
    // One that is tagged on a child only.
    runs.extend([run(4, 0), run(4, 1).tagged("simulation_output_id", CALLS[4]), run(4, 2)]);
    // One trace a turn, and its tag a number's text.
    runs.extend([run(5, 0).tagged("coval_simulation_output_id", CALLS[5]), run(5, 1)]);
    runs.extend([run(6, 0).tagged("coval_simulation_output_id", CALLS[5]), run(6, 1)]);
    // One without a tag, whose only mention of its call stands under a key that means nothing; beside another's tag,
    // and beside a key of ours with another value.
    runs.extend([run(7, 0).metadata("ticket", CALLS[6]), run(7, 1).metadata("session_id", "someone")]);
    runs.extend([run(8, 0).metadata("ticket", CALLS[6]).tagged("simulation_output_id", "elsewhere"), run(8, 1)]);
    runs.extend([run(9, 0), run(9, 1)]);
    runs
}

fn ids(of: &[(u32, &[u32])]) -> BTreeSet<String> {
    of.iter().flat_map(|(trace, runs)| runs.iter().map(|run| id(*trace, *run))).collect()
}

#[tokio::test]
async fn seven_concurrent_calls_in_one_project() {
    let expected: [&[(u32, &[u32])]; 7] = [
        &[(1, &[0, 1, 2, 3])],
        &[(2, &[0, 1, 2, 3])],
        &[(3, &[1, 2])],
        &[(3, &[3, 4])],
        &[(4, &[0, 1, 2])],
        &[(5, &[0, 1]), (6, &[0, 1])],
        &[],
    ];
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(Scenario {
            limits: stand_in_langsmith::Limits { v1: 1_000, ..stand_in_langsmith::Limits::default() },
            ..version(holding(seven_calls()))
        })
        .await;
        let mut reader = reader;
        for (call, expected) in CALLS.iter().zip(expected) {
            reader = reader.hints(&[call]);
            assert_eq!(reader.owned().await, ids(expected), "{call}");
        }
    }
}

#[tokio::test]
async fn a_child_only_tag_beside_a_tagged_root() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let mut runs = vec![root(1), run(1, 1)];
        runs.extend([run(2, 0), run(2, 1).tagged("session_id", crate::runs::SIM)]);
        let reader = Reader::of(version(holding(runs))).await;
        assert_eq!(reader.owned().await, ids(&[(1, &[0, 1]), (2, &[0, 1])]));
    }
}

#[tokio::test]
async fn hints_of_the_event_count_as_well() {
    let runs = [run(1, 0).tagged("session_id", "room \"7\"\\"), run(2, 0).tagged("session_id", "b"), run(3, 0)];
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding(runs.clone()))).await.hints(&["a", "room \"7\"\\", "b"]);
        assert_eq!(reader.owned().await, ids(&[(1, &[0]), (2, &[0])]));
    }
}

#[tokio::test]
async fn what_did_not_match_says_why() {
    let far = window().from.minus(std::time::Duration::from_mins(30));
    let cases: [(Vec<Run>, EmptyReason); 4] = [
        (Vec::new(), EmptyReason::NothingInWindow),
        (vec![root(1).starts(far)], EmptyReason::NothingInWindow),
        (vec![run(1, 0)], EmptyReason::Untagged),
        (vec![run(1, 0).metadata("session_id", json!(7))], EmptyReason::OthersTagged),
    ];
    for (runs, reason) in cases {
        for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
            let reading = Reader::of(version(holding(runs.clone()))).await.read().await.unwrap();
            assert!(reading.spans.is_empty());
            assert_eq!(reading.sightings.empty_reason(), reason);
        }
    }
}

#[tokio::test]
async fn a_matched_trace_is_read_an_hour_beyond_the_window() {
    let minutes = |minutes: u64| std::time::Duration::from_mins(minutes);
    let runs = [
        root(1),
        run(1, 1).starts(window().to.plus(minutes(50))),
        run(1, 2).starts(window().from.minus(minutes(50))),
        run(1, 3).starts(window().to.plus(minutes(90))),
    ];
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding(runs.clone()))).await;
        assert_eq!(reader.owned().await, ids(&[(1, &[0, 1, 2])]));
    }
}

/// A tag that is neither on the first page of v1, which begins with the oldest, nor on that of v2.
#[tokio::test(start_paused = true)]
async fn others_tags_are_seen_wherever_they_are() {
    let at = |index: u32| window().from.plus(std::time::Duration::from_millis(10) * index);
    let mut runs: Vec<Run> = (0..1_100).map(|index| run(index + 1, 0).starts(at(index))).collect();
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reading = Reader::of(version(holding(runs.clone()))).await.read().await.unwrap();
        assert_eq!((reading.cut, reading.sightings.empty_reason()), (None, EmptyReason::Untagged));
    }
    runs[550] = runs[550].clone().tagged("session_id", "another");
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reading = Reader::of(version(holding(runs.clone()))).await.read().await.unwrap();
        assert_eq!((reading.cut, reading.sightings.empty_reason()), (None, EmptyReason::OthersTagged));
    }
}

/// Why nothing matched is not guessed.
#[tokio::test]
async fn looking_around_may_fail() {
    let limited = Fault {
        path: "/api/v2/runs/query".to_owned(),
        body_holds: "metadata_key".to_owned(),
        status: 429,
        headers: [("retry-after".to_owned(), "120".to_owned())].into(),
        ..Fault::default()
    };
    let runs = (1..=1_100).map(|trace| run(trace, 0));
    let reader = Reader::of(Scenario { faults: vec![limited], ..holding(runs) }).await;
    assert_eq!(reader.read().await.unwrap_err().reason(), FailureReason::RateLimited);
}

#[tokio::test]
async fn a_tag_is_compared_as_text_whatever_its_type_and_alphabet() {
    let runs = [
        run(1, 0).metadata("simulation_output_id", json!(123)),
        run(2, 0).tagged("session_id", "appel \u{e9}t\u{e9} \u{1f4de}"),
        run(3, 0).metadata("simulation_output_id", json!(1234)),
    ];
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding(runs.clone()))).await.hints(&["123"]);
        assert_eq!(reader.owned().await, ids(&[(1, &[0])]));
        let reader = reader.hints(&["appel \u{e9}t\u{e9} \u{1f4de}"]);
        assert_eq!(reader.owned().await, ids(&[(2, &[0])]));
    }
}
