//! Pages, cursors and caps.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use serde_json::{Value, json};
use spanlift_importer::Discovery;
use spanlift_model::{Caps, EmptyReason, FailureReason, Selection, SourceSpan as _, SpanKey, Truncation};
use stand_in_langsmith::{Fault, Limits, Run, Scenario};
use tokio::time::Instant;

use crate::reader::{Reader, normalized};
use crate::runs::{RunExt as _, holding, id, on_v1, on_v2, root, run};

/// What a query on v2 holds that asks for all of each run.
const WHOLE: &str = "INPUTS";

fn call_of(count: u32) -> Vec<Run> {
    let mut runs = vec![root(1)];
    runs.extend((1..count).map(|index| run(1, index)));
    runs
}

/// Any number of requests.
fn unlimited(scenario: Scenario) -> Scenario {
    Scenario { limits: Limits { v1: 10_000, ..scenario.limits.clone() }, ..scenario }
}

#[tokio::test(start_paused = true)]
async fn of_501_runs_all_are_read_and_500_are_kept_the_root_among_them() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding(call_of(501)))).await;
        let spans = reader.spans().await;
        assert_eq!(spans.len(), 501);
        let stored: HashSet<SpanKey> = HashSet::new();
        let mut selection = Selection::beside(&stored, Caps::new(langsmith::CAP));
        for span in spans {
            selection.offer(span);
        }
        assert_eq!((selection.new.len(), selection.truncated), (500, Some(Truncation::Cap)));
        assert!(selection.new.iter().any(|span| span.parent_span_id.is_none()));
    }
}

#[tokio::test]
async fn a_call_whose_every_run_is_tagged_takes_no_more_requests() {
    let tagged = call_of(400).into_iter().map(|run| run.tagged("simulation_output_id", crate::runs::SIM));
    let reader = Reader::of(on_v1(holding(tagged))).await;
    let reading = reader.read().await.unwrap();
    // The project, v2 in vain twice, four pages, and a look around the window: five of v1.
    assert_eq!((reading.spans.len(), reading.requests), (400, 8));
}

#[tokio::test(start_paused = true)]
async fn two_thousand_runs_of_others_around_ours() {
    let mut runs: Vec<Run> = (10..2_010).map(|trace| run(trace, 0).tagged("simulation_output_id", "another")).collect();
    runs.extend(call_of(3));
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reading = Reader::of(version(holding(runs.clone()))).await.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.cut), (3, None));
    }
}

#[tokio::test]
async fn sixty_traces_take_two_batches() {
    let runs: Vec<Run> = (1..=60).flat_map(|trace| [root(trace), run(trace, 1)]).collect();
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(unlimited(version(holding(runs.clone())))).await;
        assert_eq!(reader.owned().await.len(), 120);
        // Of the traces that v1 told by their roots none is looked for a second time.
        let asked = reader.stand_in.requests();
        let filters = asked.iter().filter_map(|asked| asked.body["filter"].as_str());
        let others: Vec<&str> = filters.filter(|filter| filter.contains("not(")).collect();
        assert!(others.iter().all(|filter| (1..=60).all(|trace| filter.contains(&id(trace, 0)))));
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_is_read_than_an_import_holds() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding(call_of(501)))).await.most_spans(150);
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.cut), (151, Some(Truncation::Size)));
        assert_eq!(reading.partial_traces, [id(1, 0)].into());
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_bytes_are_kept_than_an_import_holds() {
    let runs: Vec<Run> =
        call_of(60).into_iter().map(|run| run.with(|run| run.inputs = json!("x".repeat(10_000)))).collect();
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding(runs.clone()))).await.most_bytes(300_000);
        let reading = reader.read().await.unwrap();
        assert!(reading.bytes <= 300_000 && reading.spans.len() > 20, "{}", reading.bytes);
        assert_eq!((reading.cut, reading.partial_traces), (Some(Truncation::Size), [id(1, 0)].into()));
    }
}

/// Once, at once, and for the rest of the reading.
#[tokio::test(start_paused = true)]
async fn a_page_that_is_too_much_is_asked_for_in_halves() {
    let slow = Fault { status: 200, body: "{}".to_owned(), after: 100.0, ..Fault::default() };
    let huge = Fault { status: 200, body: " ".repeat(33 << 20), ..Fault::default() };
    let statuses = [408, 413, 502, 503, 504, 524].map(|status| Fault { status, ..Fault::default() });
    for fault in [slow, huge].into_iter().chain(statuses) {
        let case = format!("status {} after {} s", fault.status, fault.after);
        let most = if fault.after > 0.0 { Duration::from_secs(24) } else { Duration::from_secs(1) };
        for (version, whole, requests) in
            [(on_v1 as fn(Scenario) -> Scenario, "\"limit\":100", 13), (on_v2, "\"page_size\":500", 7)]
        {
            let path = "/runs/query".to_owned();
            let fault = Fault { path, body_holds: whole.to_owned(), ..fault.clone() };
            let reader = Reader::of(Scenario { faults: vec![fault], ..version(holding(call_of(120))) }).await;
            let began = Instant::now();
            let reading = reader.read().await.unwrap();
            assert_eq!((reading.spans.len(), reading.cut, reading.requests), (120, None, requests), "{case}");
            assert!(began.elapsed() < most, "{case}: {:?}", began.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_taken_for_large_pages_for_long() {
    for (version, path, requests) in
        [(on_v1 as fn(Scenario) -> Scenario, "/api/v1/runs/query", 10), (on_v2, "/api/v2/runs/query", 11)]
    {
        let down = Fault { path: path.to_owned(), status: 503, ..Fault::default() };
        let reader = Reader::of(Scenario { faults: vec![down], ..version(holding([root(1)])) }).await;
        let began = Instant::now();
        let error = reader.read().await.unwrap_err();
        assert_eq!(error.reason(), FailureReason::PlatformError);
        assert_eq!(reader.paths().len(), requests);
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn cursors_that_lead_nowhere_end_the_paging() {
    let row = json!({"id": id(1, 0), "trace_id": id(1, 0), "start_time": "2026-11-20T15:01:00Z",
        "metadata": {"simulation_output_id": crate::runs::SIM}});
    let page = |cursor: &str| json!({"items": [row], "next_cursor": cursor}).to_string();
    let answers = |cursor: &str, body_holds: &str, times: Option<u32>| Fault {
        path: "/api/v2/runs/query".to_owned(),
        body_holds: body_holds.to_owned(),
        status: 200,
        body: page(cursor),
        times,
        ..Fault::default()
    };
    // A page without news, under a new cursor: the window is looked through in another way; marked where it was to bring a trace.
    for (skip, cut) in [(0, None), (1, Some(Truncation::Paging))] {
        let faults = vec![Fault { skip, ..answers("a", WHOLE, Some(1)) }, answers("b", WHOLE, Some(1))];
        let runs = [run(1, 0), run(1, 1).tagged("simulation_output_id", crate::runs::SIM)];
        let reading = Reader::of(Scenario { faults, ..holding(runs) }).await.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.cut, reading.discovery), (2, cut, Discovery::Whole));
    }
    // The same cursor again: an error.
    let reader = Reader::of(Scenario { faults: vec![answers("a", "", None)], ..holding([root(1)]) }).await;
    let error = reader.read().await.unwrap_err();
    assert_eq!(error.reason(), FailureReason::Malformed);
}

#[tokio::test]
async fn rows_that_are_no_runs_are_counted_and_left_out() {
    let rows = json!([
        null, 7, "x", [], {}, {"id": id(1, 1)}, {"id": id(1, 2), "trace_id": id(1, 0), "start_time": "yesterday"},
        {"id": id(1, 0), "trace_id": id(1, 0), "start_time": "2026-11-20T15:01:00", "name": 7, "extra": "?", "tags": {},
         "metadata": {"simulation_output_id": crate::runs::SIM}, "inputs": [1], "parent_run_ids": [7], "status": []},
    ]);
    let reader = Reader::of(Scenario {
        faults: vec![Fault {
            path: "/api/v2/runs/query".to_owned(),
            body_holds: WHOLE.to_owned(),
            status: 200,
            body: json!({"items": rows}).to_string(),
            ..Fault::default()
        }],
        ..holding([root(1)])
    })
    .await;
    let reading = reader.read().await.unwrap();
    assert_eq!(reading.spans.len(), 1);
    assert_eq!(reading.rejected, [("no_id", 6)].into());
    let outlines: Vec<_> = reading.outlines.iter().map(|outline| (outline.span_id.clone(), outline.cause)).collect();
    assert_eq!(outlines, [(id(1, 2), "no_start")]);
    assert_eq!(reading.partial_traces, [id(1, 0)].into());
    let span = normalized(&reading.spans[0]);
    assert_eq!(span.attributes.get("input"), Some("[1]"));
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_ends_leaves_what_is_complete() {
    let slow = Fault {
        path: "/api/v2/runs/query".to_owned(),
        body_holds: WHOLE.to_owned(),
        // Two pages of the window, and two of the traces.
        skip: 4,
        status: 200,
        body: "{}".to_owned(),
        after: 100.0,
        ..Fault::default()
    };
    let mut runs = call_of(1_500);
    runs.push(root(2));
    let reader = Reader::of(Scenario { faults: vec![slow], ..holding(runs) }).await.budget(Duration::from_secs(30));
    let reading = reader.read().await.unwrap();
    assert_eq!((reading.spans.len(), reading.cut), (1_000, Some(Truncation::Budget)));
    let partial: BTreeSet<String> = reading.partial_traces.iter().cloned().collect();
    assert_eq!(partial, [id(1, 0), id(2, 0)].into());
    assert!(reading.spans.iter().all(|run| run.trace_id() == id(1, 0) || run.trace_id() == id(2, 0)));
}

fn page_of(rows: &Value, cursor: Option<&str>) -> Fault {
    Fault {
        path: "/api/v2/runs/query".to_owned(),
        status: 200,
        times: Some(1),
        body: json!({"items": rows, "next_cursor": cursor}).to_string(),
        ..Fault::default()
    }
}

#[tokio::test]
async fn a_page_of_rows_that_are_no_runs_is_not_the_end() {
    let row = json!([{"id": id(1, 0), "trace_id": id(1, 0), "start_time": "2026-11-20T15:01:00Z",
        "metadata": {"simulation_output_id": crate::runs::SIM}}]);
    // While looking through the window, and while reading what was found.
    for (skip, spans, rejected) in [(0, 1, 0), (1, 2, 2)] {
        let faults = [Fault { skip, ..page_of(&json!([7, {}]), Some("a")) }, page_of(&row, None)];
        let faults = faults.map(|fault| Fault { body_holds: WHOLE.to_owned(), ..fault }).to_vec();
        let runs = [run(1, 0), run(1, 1).tagged("simulation_output_id", crate::runs::SIM)];
        let reading = Reader::of(Scenario { faults, ..holding(runs) }).await.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.cut), (spans, None));
        assert_eq!(reading.rejected.values().sum::<u64>(), rejected);
    }
}

#[tokio::test]
async fn of_a_run_that_is_told_twice_the_one_with_an_end_counts() {
    let row = |end: Option<&str>| {
        json!([{"id": id(1, 0), "trace_id": id(1, 0), "start_time": "2026-11-20T15:01:00Z", "end_time": end,
            "metadata": {"simulation_output_id": crate::runs::SIM}}])
    };
    let (pending, ended) = (row(None), row(Some("2026-11-20T15:02:00Z")));
    for (first, second) in [(&pending, &ended), (&ended, &pending)] {
        let told = [page_of(first, Some("a")), page_of(second, None)];
        let told = told.map(|fault| Fault { body_holds: WHOLE.to_owned(), ..fault });
        let faults = told.into_iter().chain([page_of(&pending, None)]).collect();
        let reading = Reader::of(Scenario { faults, ..holding([]) }).await.read().await.unwrap();
        assert_eq!(reading.spans.len(), 1);
        assert!(reading.spans[0].ended_at().is_some());
    }
}

#[tokio::test]
async fn null_is_no_rows() {
    for (version, path, body) in [
        (on_v1 as fn(Scenario) -> Scenario, "/api/v1/runs/query", r#"{"runs":null,"cursors":null}"#),
        (on_v2, "/api/v2/runs/query", r#"{"items":null}"#),
    ] {
        let null = Fault { path: path.to_owned(), status: 200, body: body.to_owned(), ..Fault::default() };
        let reading =
            Reader::of(Scenario { faults: vec![null], ..version(holding([root(1)])) }).await.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.sightings.empty_reason()), (0, EmptyReason::NothingInWindow));
    }
}
