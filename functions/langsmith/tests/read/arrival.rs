//! Runs come late, and their ends later still.

use std::time::Duration;

use spanlift_model::{StatusCode, complete_tree};
use stand_in_langsmith::Scenario;

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, id, on_v1, on_v2, root, run};

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
    complete_tree(&mut spans);
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
