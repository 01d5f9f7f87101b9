//! Rows and traces that are not what the API promises.

use serde_json::{Value, json};
use spanlift_model::Truncation;
use stand_in_langfuse::{Edition, Observation, Scenario};
use url::form_urlencoded::byte_serialize;

use crate::agent::{SIM, answered, at, both, holding, members, of_edition, ours, trace};
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
    assert_eq!(reading.spans[0].observation().unwrap().metadata.get("note"), Some(&"cut \u{fffd}".into()));
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

/// So many calls of ours, of 2 kB a row. One row of the last call is told with `member` null.
fn calls_with_a_null(count: u64, member: &str) -> Scenario {
    let call = |number| ours(number, i64::try_from(number).unwrap() * 500, 9);
    let mut calls: Vec<Vec<Observation>> = (1..=count).map(call).collect();
    calls.iter_mut().flatten().for_each(|row| row.input = json!("said ".repeat(400)));
    let row = &mut calls.last_mut().unwrap()[3];
    row.told = members(json!({ member: null }));
    holding(calls)
}

/// A row whose trace nobody knows, and no room for all: size ends the reading, not time.
#[tokio::test(start_paused = true)]
async fn where_there_is_no_room_a_nameless_row_is_no_lack_of_time() {
    for scenario in both(&calls_with_a_null(45, "traceId")) {
        let edition = scenario.edition;
        let server = serve(scenario).await;
        for most_bytes in [10_000, 300_000, 900_000] {
            let reading = Reader::of(&server).most_bytes(most_bytes).read().await.unwrap();
            assert_eq!(reading.cut, Some(Truncation::Size), "{edition:?} {most_bytes}");
            assert_eq!((reading.partial_traces.len(), reading.mark), (45, None), "{edition:?} {most_bytes}");
        }
    }
}

/// Each trace is asked for alone; when the time is over, those that were read whole stay whole.
#[tokio::test(start_paused = true)]
async fn traces_that_were_asked_for_alone_in_time_are_whole() {
    for (edition, count, delay_ms) in [(Edition::V4, 9, 2_500), (Edition::V3, 45, 1_200)] {
        let mut scenario = of_edition(edition, calls_with_a_null(count, "traceId"));
        scenario.delay_ms = delay_ms;
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(reading.cut, Some(Truncation::Budget), "{edition:?}");
        let is_partial = |number: u64| reading.partial_traces.contains(&trace(number));
        assert!(!is_partial(1) && !is_partial(2) && is_partial(count), "{edition:?}: {:?}", reading.partial_traces);
    }
}

/// The trace of a row without an id is known: the others need not be asked for alone.
#[tokio::test(start_paused = true)]
async fn a_row_without_an_id_costs_its_own_trace_alone() {
    for scenario in both(&calls_with_a_null(45, "id")) {
        let edition = scenario.edition;
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(reading.partial_traces, [trace(45)].into(), "{edition:?}");
        assert_eq!((reading.cut, reading.rejected), (None, [("no_id", 1)].into()), "{edition:?}");
        assert_eq!(reading.spans.len(), 449, "{edition:?}");
    }
}

/// A row of the first of four traces has lost its trace. Asked for alone, that trace is told as it was before, without
/// anything: none of the four is known to be whole.
#[tokio::test(start_paused = true)]
async fn an_older_answer_clears_no_trace() {
    let alone = byte_serialize(json!([trace(1)]).to_string().as_bytes()).collect::<String>();
    for (is_older, partial) in [(false, vec![trace(1)]), (true, (1..=4).map(trace).collect())] {
        let mut scenario = of_edition(Edition::V4, calls_with_a_null(4, "type"));
        scenario.projects[0].observations[3].told = members(json!({"traceId": null}));
        if is_older {
            let empty = json!({"data": [], "meta": {}}).to_string();
            scenario.faults = vec![answered("/v2/observations", &alone, 200, &empty)];
        }
        let reading = Reader::of(&serve(scenario).await).read().await.unwrap();
        assert_eq!(reading.partial_traces, partial.into_iter().collect(), "{is_older}");
        assert_eq!(reading.rejected, [("no_trace", 1)].into(), "{is_older}");
    }
}

/// One row whose trace nobody knows makes each trace be asked for alone, so that rows are told twice. Of 45 traces not
/// all are: the others may have lost it too, as far as anybody knows.
#[tokio::test(start_paused = true)]
async fn what_is_told_twice_is_lost_once() {
    for (edition, count) in [(Edition::V4, 4), (Edition::V3, 45), (Edition::V4, 45)] {
        let mut scenario = of_edition(edition, calls_with_a_null(count, "type"));
        scenario.projects[0].observations[3].told = members(json!({"traceId": null}));
        scenario.projects[0].observations[13].told = members(json!({"id": null}));
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(reading.rejected, [("no_id", 1), ("no_trace", 1)].into(), "{edition:?} {count}");
        assert!(reading.partial_traces.is_superset(&[trace(1), trace(2)].into()), "{edition:?} {count}");
        assert_eq!(reading.partial_traces.len() == 2, count == 4, "{edition:?} {count}");
    }
}

/// The same of what began long before the call.
#[tokio::test(start_paused = true)]
async fn what_is_told_twice_of_long_before_is_lost_once() {
    let mut calls: Vec<Vec<Observation>> = (1..=3).map(|number| ours(number, 0, 3)).collect();
    for (call, member) in calls.iter_mut().zip(["traceId", "id"]) {
        call[2].start = at(-3 * 60 * 60_000);
        call[2].told = members(json!({ member: null }));
    }
    let server = serve(holding(calls)).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(reading.rejected, [("no_id", 1), ("no_trace", 1)].into());
    assert_eq!(reading.partial_traces, [trace(1), trace(2)].into());
}
