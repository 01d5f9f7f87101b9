//! Rows and traces that are not what the API promises.

use serde_json::{Value, json};
use stand_in_langfuse::Edition;

use crate::agent::{SIM, answered, holding, of_edition, ours, trace};
use crate::reader::{Reader, owned, serve};

fn row(metadata: &Value) -> Value {
    json!({"id": "a", "traceId": trace(1), "startTime": "2026-11-20T15:01:00Z", "metadata": metadata})
}

/// A row that cannot be read, in a window without a tag: the window is not known to be untagged, if it may bear one.
#[tokio::test(start_paused = true)]
async fn what_may_be_tagged_forbids_the_fallback_and_nothing_else_does() {
    let no_start = |metadata: Value| json!({"id": "b", "startTime": "soon", "traceId": trace(1), "metadata": metadata});
    let no_id = |metadata: Value| json!({"startTime": "2026-11-20T15:01:00Z", "metadata": metadata});
    let untagged = json!({"note": "hello"});
    let cut = json!({"metadata": "{\"simulation_output_id\": \"so_1\", \"note\": \"cut"});
    for (broken, is_untagged, outlines) in [
        (no_start(untagged.clone()), true, 1),
        (no_start(json!({"session_id": "x"})), false, 0),
        (no_start(cut.clone()), false, 0),
        (no_id(untagged), true, 0),
        (no_id(json!({"session_id": "x"})), false, 0),
        (no_id(cut), false, 0),
        (json!({"id": "b", "traceId": trace(1), "metadata": "\u{ffff}"}), false, 0),
        (json!(7), true, 0),
        (json!("simulation_output_id"), false, 0),
    ] {
        let page = json!({"data": [row(&json!({})), broken], "meta": {}});
        let mut scenario = holding([]);
        scenario.faults = vec![answered("/v2/", "", 200, &page.to_string())];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert_eq!(reading.sightings.is_untagged(), is_untagged, "{broken}");
        assert_eq!(reading.outlines.len(), outlines, "{broken}");
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
    assert_eq!(reading.spans[0].observation().unwrap().metadata["note"], json!("cut \u{fffd}"));
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
