//! Runs come late, and their ends later still.

use std::time::Duration;

use spanlift_model::{SourceSpan as _, StatusCode, Twig, complete_tree};
use stand_in_langsmith::Scenario;

use crate::reader::{Reader, normalized};
use crate::runs::{RunExt as _, holding, id, on_v1, on_v2, root, run, window};

#[tokio::test(start_paused = true)]
async fn what_arrives_after_twenty_seconds_is_there_a_pass_later() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let late = [root(1), run(1, 1)].map(|run| run.with(|run| run.arrives_after = 20.0));
        let reader = Reader::of(version(holding(late))).await;
        assert!(reader.owned().await.is_empty());
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(reader.owned().await.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pending_root_is_finished_by_a_later_reading() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let pending = root(1).with(|run| run.ends_after = 30.0);
        let reader = Reader::of(version(holding([pending, run(1, 1)]))).await;
        let before = reader.spans().await;
        assert_eq!((before[0].ended_at, before[0].status), (None, StatusCode::Unset));
        assert_eq!(before[0].attributes.get("output"), None);
        tokio::time::sleep(Duration::from_secs(30)).await;
        let after = reader.spans().await;
        assert_eq!((after[0].ended_at.is_some(), after[0].status), (true, StatusCode::Ok));
        assert_eq!((before[0].trace_id, before[0].span_id), (after[0].trace_id, after[0].span_id));
        assert_eq!(after[0].attributes.get("output"), Some(r#"{"answer":0}"#));
    }
}

#[tokio::test]
async fn what_never_ends_gets_the_end_of_what_is_below_it() {
    let reader = Reader::of(holding([root(1).with(|run| run.end_time = None), run(1, 1)])).await;
    let mut spans = reader.spans().await;
    let twigs: Vec<Twig> = spans.iter().map(Twig::of).collect();
    complete_tree(&mut spans, &twigs);
    assert_eq!(spans[0].ended_at, spans[1].ended_at);
    assert_eq!(spans[0].attributes.get("import.end_time"), Some("of_descendants"));
}

#[tokio::test]
async fn a_parent_in_another_project_is_missed_and_still_named() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let mut scenario = holding([run(1, 1).tagged("simulation_output_id", crate::runs::SIM)]);
        scenario.tenants[0].projects.push(stand_in_langsmith::Project {
            id: "00000000-0000-4000-8000-000000000002".to_owned(),
            name: "gateway".to_owned(),
            runs: vec![run(1, 0)],
        });
        let reader = Reader::of(version(scenario)).await;
        assert_eq!(reader.owned().await, [id(1, 1)].into());
        assert!(reader.spans().await[0].parent_span_id.is_some());
    }
}

/// A root is told when it begins. Until it has ended nobody knows what else is in its trace.
#[tokio::test]
async fn an_untagged_span_waits_for_the_roots_end() {
    let days = |days: u64| Duration::from_hours(24 * days);
    let to = window().to;
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for (end, status, has_ended) in [
            (None, None, false),
            (Some(to), None, true),
            (Some(to), Some("error"), true),
            // Pending with an end, and an end that no call has.
            (Some(to), Some("pending"), false),
            (Some(to.plus(days(6))), None, true),
            (Some(to.plus(days(8))), None, false),
        ] {
            let root = run(1, 0).with(|run| {
                run.end_time = end;
                run.status = status.map(str::to_owned);
            });
            let tagged = run(1, 1).tagged("simulation_output_id", crate::runs::SIM);
            let reader = Reader::of(version(holding([root, tagged, run(1, 2)]))).await;
            let reading = reader.read().await.unwrap();
            let root = reading.spans.iter().find(|row| row.span_id() == id(1, 0)).unwrap();
            assert_eq!(root.ended_at().is_some(), has_ended, "{end:?} {status:?}");
            let span = normalized(root);
            assert_eq!(span.ended_at, root.ended_at());
            let undecided = reader.undecided(&reading);
            let expected = if has_ended { vec![] } else { vec![id(1, 0), id(1, 2)] };
            assert_eq!(undecided, expected, "{end:?} {status:?}");
        }
    }
}
