//! Rows and traces that are not what the API promises.

use serde_json::{Value, json};
use spanlift_model::Truncation;
use stand_in_langfuse::{Edition, Fault, Observation};

use crate::agent::{SIM, answered, at, holding, of_edition, ours, trace, untagged};
use crate::reader::{Reader, owned, read_traces, serve};

fn row(metadata: &Value) -> Value {
    json!({"id": "a", "traceId": trace(1), "startTime": "2026-11-20T15:01:00Z", "metadata": metadata})
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_is_counted_once_and_forbids_the_fallback() {
    for (metadata, owns) in [(json!({"simulation_output_id": SIM}), 1), (json!({}), 0)] {
        let page = json!({"data": [row(&metadata), {"id": "b", "startTime": "soon", "traceId": trace(1)}], "meta": {}});
        let mut scenario = holding([]);
        scenario.faults = vec![answered("/v2/", "", 200, &page.to_string())];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.rejected), (owns, [("no_start", 1)].into()));
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_character_costs_no_row() {
    let mut scenario = holding([]);
    let page = json!({"data": [row(&json!({"simulation_output_id": SIM, "note": "cut @"}))], "meta": {}}).to_string();
    scenario.faults = vec![answered("/v2/", "", 200, &page.replace('@', "\\ud83d"))];
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.rejected.len()), ([(1, 1)].into(), 0));
    assert_eq!(reading.spans[0].metadata["note"], json!("cut \u{fffd}"));
}

#[tokio::test(start_paused = true)]
async fn v1_does_without_what_it_cannot_read_of_a_trace() {
    let detail = json!({"id": 7, "observations": [row(&json!({"simulation_output_id": SIM}))]}).to_string();
    for (status, body, count) in [(200, detail.as_str(), 1), (200, r#"{"observations":7}"#, 3), (500, "", 3)] {
        let mut scenario = of_edition(Edition::V3, holding([ours(1, 0, 2), ours(2, 10, 1)]));
        scenario.faults = vec![answered(&format!("/traces/{}", trace(1)), "", status, body)];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), ([(1, count), (2, 2)].into(), None), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn v1_lists_a_trace_whose_id_no_path_can_hold() {
    for id in ["..", "a\tb", "a/b?c"] {
        let mut rows = ours(1, 0, 2);
        for row in &mut rows {
            id.clone_into(&mut row.trace_id);
        }
        let server = serve(of_edition(Edition::V3, holding([rows]))).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), ([(u64::MAX, 3)].into(), None), "{id}");
    }
}

/// The server's count takes rows twice that it has not merged yet: that is no row too few.
#[tokio::test(start_paused = true)]
async fn v1_knows_a_row_that_was_lost_between_pages() {
    let calls = || (1..=60).map(|number| ours(number, 0, 1));
    let unmerged = |mut call: Vec<Observation>| {
        let mut late = call[1].clone();
        late.updated = Some(at(9_000));
        call.push(late);
        call
    };
    // All begin at the same moment, and pages sort them by different things.
    let unsteady = |mut call: Vec<Observation>| {
        for row in &mut call {
            row.start = at(0);
            if row.trace_id < trace(10) && row.parent.is_some() {
                row.id.push('x');
            }
        }
        call
    };
    let steady = holding(calls().map(unmerged));
    let lossy = holding(calls().map(unsteady));
    for (scenario, cut) in [(steady, None), (lossy, Some(Truncation::Paging))] {
        let server = serve(of_edition(Edition::V3, scenario)).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((reading.cut, read_traces(&reading).len() == 60), (cut, cut.is_none()));
    }
}

/// A listing that says that it has no end.
#[tokio::test(start_paused = true)]
async fn v1_ends_at_a_page_without_news() {
    let page = json!({"data": [row(&json!({}))], "meta": {"totalItems": 1_000_000_000}}).to_string();
    for (body, cut) in
        [(page.as_str(), Some(Truncation::Paging)), (r#"{"data":[],"meta":{"totalItems":999999}}"#, None)]
    {
        let mut scenario = of_edition(Edition::V3, holding([untagged(1, 0, 0)]));
        scenario.faults = vec![Fault { after: 1, ..answered("/observations", "", 200, body) }];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(reading.cut, cut);
        assert!(reading.requests < 12, "{}", reading.requests);
    }
}
