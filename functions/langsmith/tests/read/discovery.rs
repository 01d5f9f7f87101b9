//! Found once is not all: how traces are looked for, how far, and what is said of it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use spanlift_importer::{Discovery, Mark};
use spanlift_model::{EmptyReason, FailureReason, SourceSpan, Timestamp, Truncation};
use stand_in_langsmith::{Endpoint, Fault, Limits, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, SIM, holding, id, on_v1, on_v2, root, run, window};

const V1: &str = "/api/v1/runs/query";
const V2: &str = "/api/v2/runs/query";
const VERSIONS: [fn(Scenario) -> Scenario; 2] = [on_v1, on_v2];

/// A moment of the call.
fn at(millis: u64) -> Timestamp {
    window().from.plus(Duration::from_millis(millis))
}

/// So many untagged runs of others, a trace each, one every 100 ms.
fn others(count: u32) -> impl Iterator<Item = Run> {
    (0..count).map(|index| run(1_000 + index, 0).starts(at(u64::from(index) * 100)))
}

/// Traces of ours in ways of writing that a server's search does not find, at the ends and in the middle of the window.
fn hidden() -> Vec<Run> {
    let written = [json!(format!("  {SIM} ")), json!(format!("{SIM}\n")), json!(format!("\t{SIM}"))];
    let traces = (1..).zip(written).zip([at(5), at(90_005), at(200_005)]);
    traces.map(|((trace, tag), at)| run(trace, 0).metadata("simulation_output_id", tag).starts(at)).collect()
}

fn unlimited(scenario: Scenario) -> Scenario {
    Scenario { limits: Limits { v1: 10_000, ..Limits::default() }, ..scenario }
}

fn traces(numbers: &[u32]) -> BTreeSet<String> {
    numbers.iter().map(|trace| id(*trace, 0)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_a_search_cannot_ask_for_is_found_by_walking_on() {
    for version in VERSIONS {
        // One page, a few, and more than a few: with and without a trace that the search finds.
        for count in [20, 800, 1_400] {
            for plain in [None, Some(root(9).starts(at(50_005)))] {
                let expected = if plain.is_some() { traces(&[1, 2, 3, 9]) } else { traces(&[1, 2, 3]) };
                let runs = others(count).chain(hidden()).chain(plain);
                let reader = Reader::of(unlimited(version(holding(runs)))).await;
                let reading = reader.read().await.unwrap();
                assert_eq!(reader.owned().await, expected, "{count}");
                assert_eq!((reading.discovery, reading.cut, reading.mark), (Discovery::Whole, None, None), "{count}");
                assert!(reading.is_one_look);
            }
        }
    }
}

/// More than one pass can look at: each goes on where the one before stopped, and what was stored is read again.
#[tokio::test(start_paused = true)]
async fn a_walk_goes_on_from_pass_to_pass() {
    // The oldest is the last that is met, newest first.
    let runs: Vec<Run> = others(4_000).chain(hidden()).chain([root(9).starts(at(150_005))]).collect();
    let mut reader = Reader::of(unlimited(on_v1(holding(runs)))).await;
    let (mut found, mut mark, mut passes) = (BTreeSet::new(), None, 0);
    loop {
        let stored: Vec<&str> = found.iter().map(String::as_str).collect();
        reader = reader.storing(&stored).resuming(mark.clone());
        let reading = reader.read().await.unwrap();
        passes += 1;
        let owned = reader.owned().await;
        assert!(owned.is_superset(&found), "what is stored is part of every later reading");
        found = owned;
        let is_end = reading.discovery == Discovery::Whole;
        assert_eq!((reading.cut, reading.is_one_look), (None, passes == 1));
        assert_eq!(reading.mark.is_none(), is_end);
        if is_end {
            break;
        }
        assert_eq!(reading.discovery, Discovery::Searched);
        let is_earlier = mark.is_none_or(|mark: Mark| reading.mark.as_ref().unwrap().seen_from < mark.seen_from);
        assert!(is_earlier && passes < 9);
        mark = reading.mark;
    }
    assert_eq!((found, passes > 1), (traces(&[1, 2, 3, 9]), true));
}

#[tokio::test(start_paused = true)]
async fn a_walk_without_a_match_that_does_not_end_is_no_empty_window() {
    let reader = Reader::of(unlimited(on_v1(holding(others(2_000))))).await;
    let reading = reader.read().await.unwrap();
    assert_eq!((reading.discovery, reading.cut), (Discovery::Unfinished, Some(Truncation::Budget)));
    let mark = reading.mark.unwrap();
    assert_eq!(mark.api, "v1");
    // A mark of another version is dropped.
    for api in ["v1", "v2"] {
        let mark = Mark { api: api.to_owned(), ..mark.clone() };
        let reader = Reader::of(unlimited(on_v1(holding(others(2_000))))).await.resuming(Some(mark.clone()));
        let reading = reader.read().await.unwrap();
        assert_eq!(reading.is_one_look, api == "v2");
        let again = reading.mark.map(|again| again.seen_from);
        assert_eq!(again.is_none_or(|again| again < mark.seen_from), api == "v1");
    }
}

/// More runs than one pass looks at, and none that the search finds: what bears a key at all is looked at, and read.
#[tokio::test(start_paused = true)]
async fn a_tag_that_only_the_look_for_keys_meets_is_read() {
    let padded = run(1, 0).metadata("simulation_output_id", json!(format!("  {SIM} "))).starts(at(5));
    let runs: Vec<Run> = others(2_000).chain([padded, run(1, 1)]).collect();
    let reader = Reader::of(unlimited(on_v1(holding(runs)))).await;
    let reading = reader.read().await.unwrap();
    assert_eq!((reading.spans.len(), reading.discovery, reading.cut), (2, Discovery::Searched, None));
}

/// What is too much where whole runs are told is not where only tags are.
#[tokio::test(start_paused = true)]
async fn pages_of_tags_stay_as_large_as_they_were() {
    for (version, path, whole, times) in
        [(on_v1 as fn(Scenario) -> Scenario, V1, "\"inputs\"", 2), (on_v2, V2, "\"INPUTS\"", 8)]
    {
        let too_much = Fault {
            path: path.to_owned(),
            body_holds: whole.to_owned(),
            status: 413,
            times: Some(times),
            ..Fault::default()
        };
        let runs = others(1_400).chain([root(9).starts(at(50_005))]);
        let reader = Reader::of(unlimited(Scenario { faults: vec![too_much], ..version(holding(runs)) })).await;
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.discovery, reading.cut), (1, Discovery::Whole, None));
    }
}

/// What fails after something was found costs no more than what it would have found.
#[tokio::test(start_paused = true)]
async fn a_walk_that_fails_leaves_what_was_found() {
    for status in [429, 503, 400] {
        // The first pages, then the search, then the trace; then the walk goes on.
        let failing = Fault {
            path: V2.to_owned(),
            body_holds: format!("\"max_start_time\":\"{}", window().to.plus(Duration::from_mins(1)).day()),
            skip: 5,
            status,
            ..Fault::default()
        };
        let runs = others(1_400).chain([root(9).starts(at(1_000))]);
        let reader = Reader::of(Scenario { faults: vec![failing], ..on_v2(holding(runs)) }).await;
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.discovery, reading.cut), (1, Discovery::Searched, None), "{status}");
        assert!(reading.mark.is_some());
    }
}

#[tokio::test]
async fn a_stored_trace_is_read_again_whatever_is_found() {
    let late = window().to.plus(Duration::from_mins(30));
    for version in VERSIONS {
        let runs = [root(1), run(2, 0).starts(late), run(2, 1).starts(late)];
        let reader = Reader::of(version(holding(runs))).await.storing(&[&id(2, 0)]);
        let reading = reader.read().await.unwrap();
        let read: BTreeSet<&str> = reading.spans.iter().map(SourceSpan::span_id).collect();
        assert_eq!(read, [id(1, 0), id(2, 0), id(2, 1)].iter().map(String::as_str).collect());
    }
}

/// The two versions stand on different stores.
fn only_v1_holds(runs: impl IntoIterator<Item = Run>) -> Scenario {
    let nothing = Fault { path: V2.to_owned(), status: 200, body: r#"{"items":[]}"#.to_owned(), ..Fault::default() };
    Scenario { faults: vec![nothing], ..holding(runs) }
}

#[tokio::test(start_paused = true)]
async fn nothing_on_v2_is_checked_on_v1_on_the_last_pass() {
    let asked = |reader: &Reader, path: &str| reader.paths().iter().filter(|asked| *asked == path).count();
    let reader = Reader::of(only_v1_holds([root(1), run(1, 1)])).await;
    assert_eq!((reader.owned().await.len(), asked(&reader, V1)), (0, 0));
    let reader = Reader::of(only_v1_holds([root(1), run(1, 1)])).await.on_the_last_pass();
    assert_eq!((reader.owned().await.len(), asked(&reader, V1)), (2, 2));
    // What v2 found is not looked for again.
    let reader = Reader::of(holding([root(1), run(1, 1)])).await.on_the_last_pass();
    assert_eq!((reader.owned().await.len(), asked(&reader, V1)), (2, 0));
    // v1 is not there, or holds nothing either.
    for v1 in [Endpoint::NotFound, Endpoint::MethodNotAllowed, Endpoint::NotImplemented, Endpoint::Served] {
        let reader = Reader::of(Scenario { v1, ..only_v1_holds([run(1, 0)]) }).await.on_the_last_pass();
        let reading = reader.read().await.unwrap();
        let reason = if v1 == Endpoint::Served { EmptyReason::Untagged } else { EmptyReason::NothingInWindow };
        assert_eq!((reading.spans.len(), reading.cut, reading.sightings.empty_reason()), (0, None, reason));
    }
    // It is there, and does not answer: nobody knows.
    for (status, reason) in [(503, FailureReason::PlatformError), (429, FailureReason::RateLimited)] {
        let mut scenario = only_v1_holds([root(1)]);
        scenario.faults.push(Fault { path: V1.to_owned(), status, ..Fault::default() });
        let reader = Reader::of(scenario).await.on_the_last_pass();
        assert_eq!(reader.read().await.unwrap_err().reason(), reason);
    }
}

/// An answer that is not what the API promises is never an empty page.
#[tokio::test(start_paused = true)]
async fn what_is_no_page_is_no_empty_page() {
    let bodies = [
        "",
        "null",
        "[]",
        "[[],null]",
        "[[]]",
        "[null,null]",
        "7",
        "\"\"",
        "true",
        "{}",
        "{\"runs\":7}",
        "{\"items\":{}}",
        "{\"runs\":\"\",\"items\":\"\"}",
        "{\"runs\":[],\"items\":[]",
        "{\"items\":[],\"next_cursor\":7,\"runs\":7}",
        "{\"runs\":[],\"cursors\":[null],\"items\":7}",
        "{\"runs\":[],\"cursors\":{\"next\":{}},\"items\":7}",
    ];
    for version in VERSIONS {
        for body in bodies {
            let answer = |path: &str| Fault {
                path: path.to_owned(),
                status: 200,
                body: if body.is_empty() { " ".to_owned() } else { body.to_owned() },
                headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
                ..Fault::default()
            };
            let reader =
                Reader::of(Scenario { faults: vec![answer("/runs/query")], ..version(holding([root(1)])) }).await;
            let error = reader.read().await.unwrap_err();
            assert_eq!(error.reason(), FailureReason::Malformed, "{body}");
            if body == "[]" {
                continue;
            }
            let reader =
                Reader::of(Scenario { faults: vec![answer("/sessions")], ..version(holding([root(1)])) }).await;
            let error = reader.read().await.unwrap_err();
            assert!(
                matches!(error.reason(), FailureReason::Malformed | FailureReason::ProjectNotFound),
                "{body}: {error}"
            );
        }
    }
}

/// A page of more rows than were asked for lies about them.
#[tokio::test]
async fn no_more_rows_are_read_than_were_asked_for() {
    let rows = vec!["{}"; 501].join(",");
    let lies = Fault { path: V2.to_owned(), status: 200, body: format!("{{\"items\":[{rows}]}}"), ..Fault::default() };
    let reader = Reader::of(Scenario { faults: vec![lies], ..on_v2(holding([])) }).await;
    assert_eq!(reader.read().await.unwrap_err().reason(), FailureReason::Malformed);
}
