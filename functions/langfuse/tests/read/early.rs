//! What began long before the call, and tells whose its spans are.

use std::time::Duration;

use serde_json::json;
use stand_in_langfuse::{Edition, Fault, Observation};

use crate::agent::{OTHER, SIM, answered, at, both, holding, members, of_edition, trace};
use crate::reader::{Reader, ours, serve};

const MINUTE: i64 = 60_000;

fn span(id: &str, parent: Option<&str>, start: i64, tag: Option<&str>) -> Observation {
    let mut row = Observation::new(trace(1), id, at(start));
    row.end = Some(at(start.max(0) + 500));
    row.parent = parent.map(str::to_owned);
    if let Some(tag) = tag {
        row.metadata = members(json!({"simulation_output_id": tag}));
    }
    row
}

/// A worker that began before the call, and in it another's span that did. During the call: one of ours, one below the
/// other's, and one of nobody.
fn worker(minutes: i64) -> Vec<Observation> {
    vec![
        span("R", None, -minutes * MINUTE - 1_000, None),
        span("B", Some("R"), -minutes * MINUTE, Some(OTHER)),
        span("A", Some("R"), 1_000, Some(SIM)),
        span("D", Some("A"), 1_500, None),
        span("C", Some("B"), 2_000, None),
        span("U", Some("R"), 3_000, None),
    ]
}

fn ids(reading: &spanlift_importer::Reading<crate::reader::Told>) -> Vec<String> {
    ours(reading, SIM, true).into_iter().map(|(_, id)| id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_tagged_ancestor_from_long_before_the_call_is_heard() {
    for minutes in [3, 30, 65, 66, 67, 120, 600, 1_439] {
        for scenario in both(&holding([worker(minutes)])) {
            let edition = scenario.edition;
            let server = serve(scenario).await;
            let reading = Reader::of(&server).read().await.unwrap();
            assert_eq!(ids(&reading), ["A", "D"], "{minutes} min, {edition:?}");
            assert!(reading.partial_traces.is_empty() && reading.cut.is_none(), "{minutes} min, {edition:?}");
            let early = reading.outlines.iter().filter(|outline| outline.cause == "before_call").count();
            let expected = if minutes < 66 { 0 } else { 2 - usize::from(minutes == 66) };
            assert_eq!(early, expected, "{minutes} min, {edition:?}");
        }
    }
}

/// Where that cannot be read to its end, only what has a tag on it or above it is ours.
#[tokio::test(start_paused = true)]
async fn a_trace_that_reaches_back_too_far_to_be_read_is_partial() {
    let early = |path: &str, fault: Fault| Fault {
        path: path.to_owned(),
        query: "fromStartTime=2026-11-19".to_owned(),
        ..fault
    };
    let slow = || Fault { delay_ms: 60_000, ..Fault::default() };
    let broken = || answered("", "", 500, r#"{"message":"Internal Server Error"}"#);
    let many = || {
        let mut rows = worker(120);
        rows.extend((0..5_001).map(|number| span(&format!("early {number}"), Some("R"), -100 * MINUTE, None)));
        rows
    };
    let cases = [(worker(120), Some(slow())), (worker(120), Some(broken())), (many(), None)];
    for (rows, fault) in cases {
        for (edition, path) in [(Edition::V4, "/v2/"), (Edition::V3, "/observations")] {
            let mut scenario = of_edition(edition, holding([rows.clone()]));
            scenario.faults = fault.clone().into_iter().map(|fault| early(path, fault)).collect();
            let server = serve(scenario).await;
            let reading = Reader::of(&server).read().await.unwrap();
            assert_eq!(ids(&reading), ["A", "D"], "{edition:?} {fault:?}");
            assert_eq!(reading.partial_traces, [trace(1)].into(), "{edition:?} {fault:?}");
        }
    }
}

/// It costs a request for a batch of traces, and no time of its own.
#[tokio::test(start_paused = true)]
async fn looking_back_takes_no_time_of_its_own() {
    for edition in [Edition::V4, Edition::V3] {
        let calls = (1..=20).map(|number| crate::agent::ours(number, i64::try_from(number).unwrap() * 1_000, 20));
        let mut scenario = of_edition(edition, holding(calls));
        let server = serve(scenario.clone()).await;
        Reader::of(&server).read().await.unwrap();
        scenario.delay_ms = 2_000;
        server.set(scenario);
        let reading = Reader::of(&server).budget(Duration::from_secs(17)).read().await.unwrap();
        assert_eq!((reading.cut, reading.partial_traces.len(), reading.spans.len()), (None, 0, 420), "{edition:?}");
        let early = |asked: &&stand_in_langfuse::Asked| {
            asked.value("fromStartTime").is_some_and(|from| from.starts_with("2026-11-19"))
        };
        assert_eq!(server.take_requests().iter().filter(early).count(), 1, "{edition:?}");
    }
}
