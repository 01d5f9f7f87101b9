//! What the first page decides: whole rows at once where most of them are ours, tags first where few are.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use spanlift_importer::Discovery;
use spanlift_model::{FailureReason, SourceSpan as _, Timestamp};
use stand_in_langsmith::{Fault, Limits, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, SIM, holding, id, on_v1, on_v2, root, run, window};

const VERSIONS: [fn(Scenario) -> Scenario; 2] = [on_v1, on_v2];
/// What a query holds that asks what begins outside of the window.
const AROUND: &str = "\"trace_filter\"";

fn unlimited(scenario: Scenario) -> Scenario {
    Scenario { limits: Limits { v1: 10_000, ..scenario.limits.clone() }, ..scenario }
}

/// A moment of the call.
fn at(millis: u64) -> Timestamp {
    window().from.plus(Duration::from_millis(millis))
}

/// So many runs of others, a trace each, one every 100 ms from the call's beginning on; tagged, or the work of every day.
fn others(count: u32, tag: Option<&str>) -> impl Iterator<Item = Run> {
    let other = move |index: u32| {
        let other = run(1_000 + index, 0).starts(at(u64::from(index) * 100));
        tag.map_or(other.clone(), |tag| other.tagged("simulation_output_id", tag))
    };
    (0..count).map(other)
}

/// A call of so many runs in one trace.
fn call(runs: u32) -> impl Iterator<Item = Run> {
    std::iter::once(root(1)).chain((1..runs).map(|number| run(1, number)))
}

/// What a query for runs asks for.
fn kind(body: &Value) -> &'static str {
    let is_whole = body.to_string().to_lowercase().contains("\"inputs\"");
    let filter = body["filter"].as_str().unwrap_or_default();
    match (body.get("trace_filter").is_some(), filter.contains("in(trace_id"), filter.contains("metadata_key")) {
        (true, _, _) => "around",
        (_, _, true) => "search",
        (_, true, _) if !is_whole => "early",
        (_, true, _) if filter.contains("or(lt(start_time") => "traces outside",
        (_, true, _) => "traces",
        _ if is_whole => "rows",
        _ => "tags",
    }
}

/// The kinds of what was asked since the stand-in got its scenario, in alphabetical order: what goes side by side comes in any.
fn kinds(reader: &Reader) -> Vec<&'static str> {
    let asked = reader.stand_in.requests();
    let mut kinds: Vec<&str> = asked
        .iter()
        .filter(|asked| asked.path.ends_with("/query") && asked.status == 200)
        .map(|asked| kind(&asked.body))
        .collect();
    kinds.sort_unstable();
    kinds
}

fn ids(of: &[(u32, &[u32])]) -> BTreeSet<String> {
    of.iter().flat_map(|(trace, runs)| runs.iter().map(|run| id(*trace, *run))).collect()
}

#[tokio::test]
async fn where_most_is_ours_two_requests_bring_it() {
    for version in VERSIONS {
        let reader = Reader::of(version(holding(call(60).chain(others(20, Some("another")))))).await;
        for _ in 0..2 {
            let reading = reader.read().await.unwrap();
            assert_eq!((reading.spans.len(), reading.discovery, reading.is_one_look), (60, Discovery::Whole, true));
            assert!(reading.partial_traces.is_empty() && reading.outlines.is_empty() && reading.cut.is_none());
            assert!(reading.spans.iter().all(|row| !row.run().unwrap().inputs.is_null()));
        }
        assert_eq!(kinds(&reader), ["around", "around", "rows", "rows"]);
    }
}

/// On v1 a call of some length is several pages, of which none is read twice.
#[tokio::test(start_paused = true)]
async fn where_most_is_ours_all_pages_are_read_at_once() {
    for (version, pages) in [(on_v1 as fn(Scenario) -> Scenario, 5), (on_v2, 1)] {
        let reader = Reader::of(unlimited(version(holding(call(450))))).await;
        assert_eq!(reader.read().await.unwrap().spans.len(), 450);
        assert_eq!(kinds(&reader).iter().filter(|kind| **kind == "rows").count(), pages);
        assert_eq!(kinds(&reader).len(), pages + 1);
    }
}

/// One page of others' contents, and for five minutes no more.
#[tokio::test(start_paused = true)]
async fn where_little_is_ours_tags_are_looked_at_first() {
    for version in VERSIONS {
        for tag in [Some("another"), None] {
            let ours = root(1).starts(at(50_005));
            let reader = Reader::of(unlimited(version(holding(others(900, tag).chain([ours.clone()]))))).await;
            for (rows, minutes) in [(1, 1), (1, 5), (2, 0)] {
                let reading = reader.read().await.unwrap();
                assert_eq!((reading.spans.len(), reading.discovery, reading.cut), (1, Discovery::Whole, None));
                assert_eq!(kinds(&reader).iter().filter(|kind| **kind == "rows").count(), rows, "{tag:?}");
                tokio::time::sleep(Duration::from_mins(minutes)).await;
            }
        }
    }
}

/// Nobody's rows are no reason to look at tags first.
#[tokio::test(start_paused = true)]
async fn an_empty_window_says_nothing_of_the_next_one() {
    for version in VERSIONS {
        let late = call(3).map(|run| run.with(|run| run.arrives_after = 20.0));
        let reader = Reader::of(version(holding(late))).await;
        assert!(reader.owned().await.is_empty());
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(reader.owned().await.len(), 3);
        assert_eq!(kinds(&reader), ["around", "around", "rows", "rows"]);
    }
}

/// What begins outside of the window is found, and what was read in it is not read again.
#[tokio::test]
async fn a_trace_that_begins_before_the_window_or_goes_on_after_it_is_read_outside_of_it() {
    let minutes = |minutes: u64| Duration::from_mins(minutes);
    let before = run(1, 7).starts(window().from.minus(minutes(30)));
    let after = run(1, 8).starts(window().to.plus(minutes(30)));
    let long_before = run(1, 9).starts(window().from.minus(Duration::from_hours(3)));
    let tagged_below = [run(1, 0), run(1, 1).tagged("simulation_output_id", SIM)];
    let tagged_before = root(1).starts(window().from.minus(minutes(30)));
    let root_long_before = root(1).starts(window().from.minus(Duration::from_hours(3)));
    for (case, runs, expected, outlines) in [
        ("before", vec![root(1), run(1, 1), before.clone()], &[0, 1, 7][..], 0),
        ("after", vec![root(1), run(1, 1), after.clone()], &[0, 1, 8], 0),
        ("below what began before", vec![root(1), run(1, 1).under(7), before.clone()], &[0, 1, 7], 0),
        ("long before", vec![root(1), run(1, 1).under(9), long_before], &[0, 1], 1),
        ("on both sides", vec![root(1), before.clone(), after.clone()], &[0, 7, 8], 0),
        ("a tag below the root", tagged_below.into_iter().chain([after.clone()]).collect(), &[0, 1, 8], 0),
        ("a root before", vec![tagged_before, run(1, 1).tagged("simulation_output_id", SIM), after], &[0, 1, 8], 0),
        ("a root long before", vec![root_long_before, run(1, 1).tagged("session_id", SIM), run(1, 2)], &[1, 2], 1),
    ] {
        for version in VERSIONS {
            // Others are outside of the window too.
            let noise = (0..300).map(|index| run(2_000 + index, 0).starts(window().from.minus(minutes(20))));
            let reader = Reader::of(unlimited(version(holding(runs.clone().into_iter().chain(noise))))).await;
            let reading = reader.read().await.unwrap();
            let read: BTreeSet<String> = reading.spans.iter().map(|row| row.span_id().to_owned()).collect();
            assert_eq!(read, ids(&[(1, expected)]), "{case}");
            assert_eq!((reading.outlines.len(), reading.partial_traces.len()), (outlines, 0), "{case}");
            assert_eq!(reader.owned().await, ids(&[(1, expected)]), "{case}");
            let asked = kinds(&reader);
            assert_eq!(asked[..3], ["around", "early", "early"], "{case}");
            // The next reading looks at tags first, and reads the trace whole.
            assert_eq!(asked[3..], ["rows", "tags", "traces", "traces outside"], "{case}");
        }
    }
}

/// The look around the window is believed only where it is one whole page.
#[tokio::test(start_paused = true)]
async fn a_look_around_the_window_that_says_nothing_costs_two_requests() {
    let fault = |status: u16| Fault {
        path: "/runs/query".to_owned(),
        body_holds: AROUND.to_owned(),
        status,
        ..Fault::default()
    };
    let told = |body: &str| Fault { body: body.to_owned(), ..fault(200) };
    let slow = Fault { after: 100.0, ..told("{}") };
    let empty = ("{\"runs\":[],\"cursors\":{\"next\":null}}", "{\"items\":[],\"next_cursor\":null}");
    let more = (
        "{\"runs\":[{\"id\":\"a\",\"trace_id\":\"b\"}],\"cursors\":{\"next\":\"c\"}}",
        "{\"items\":[{\"id\":\"a\",\"trace_id\":\"b\"}],\"next_cursor\":\"c\"}",
    );
    let nameless = ("{\"runs\":[{}]}", "{\"items\":[{}]}");
    let after = run(1, 8).starts(window().to.plus(Duration::from_mins(30)));
    for (is_v1, version) in VERSIONS.into_iter().enumerate().map(|(index, version)| (index == 0, version)) {
        let of = |(v1, v2): (&str, &str)| told(if is_v1 { v1 } else { v2 });
        let unsure = [
            fault(400),
            fault(422),
            fault(429),
            fault(500),
            fault(503),
            of(more),
            of(nameless),
            told("{}"),
            told("no JSON"),
            slow.clone(),
        ];
        let cases = unsure.into_iter().map(|fault| (fault, 4)).chain([(of(empty), 3)]);
        for (fault, spans) in cases {
            let case = format!("{} {}", fault.status, fault.body);
            let runs = call(3).chain([after.clone()]);
            let reader = Reader::of(unlimited(Scenario { faults: vec![fault], ..version(holding(runs)) })).await;
            let began = tokio::time::Instant::now();
            let reading = reader.read().await.unwrap();
            assert_eq!((reading.spans.len(), reading.cut, reading.partial_traces.len()), (spans, None, 0), "{case}");
            assert!(began.elapsed() < Duration::from_secs(4), "{case}: {:?}", began.elapsed());
        }
    }
}

/// Where the root, its tag, a parent or a row is not known, a look that shows nothing proves nothing.
#[tokio::test]
async fn only_a_trace_with_its_root_and_all_parents_is_done_with() {
    let lost = |run: Run| {
        run.with(|run| run.told_as = Some(json!({"id": run.id, "trace_id": id(1, 0), "inputs": "\u{FFFF}"})))
    };
    for (case, runs) in [
        ("no root", vec![run(1, 1).tagged("simulation_output_id", SIM)]),
        ("a root without a tag", vec![run(1, 0), run(1, 1).tagged("simulation_output_id", SIM)]),
        ("a parent that is not told", vec![root(1), run(1, 1).under(9).with(|run| run.trace_id = Some(id(1, 0)))]),
        ("a row that cannot be stored", vec![root(1), lost(run(1, 1))]),
    ] {
        for version in VERSIONS {
            let reader = Reader::of(version(holding(runs.clone()))).await;
            reader.read().await.unwrap();
            assert_eq!(kinds(&reader), ["around", "early", "rows", "traces outside"], "{case}");
        }
    }
}

/// What is too much for whole rows may not be for tags, and costs no more than a short while.
#[tokio::test(start_paused = true)]
async fn a_first_page_that_does_not_come_is_a_page_of_tags() {
    for (version, whole) in [(on_v1 as fn(Scenario) -> Scenario, "\"inputs\""), (on_v2, "\"INPUTS\"")] {
        let fault = |status: u16| Fault {
            path: "/runs/query".to_owned(),
            body_holds: whole.to_owned(),
            times: Some(1),
            status,
            ..Fault::default()
        };
        let slow = Fault { after: 100.0, body: "{}".to_owned(), ..fault(200) };
        let cut_off = Fault { body: "{\"items\":[{".to_owned(), ..fault(200) };
        for fault in [fault(413), fault(500), fault(503), cut_off, slow] {
            let case = format!("{} {}", fault.status, fault.body);
            let reader = Reader::of(unlimited(Scenario { faults: vec![fault], ..version(holding(call(5))) })).await;
            let began = tokio::time::Instant::now();
            let reading = reader.read().await.unwrap();
            assert_eq!((reading.spans.len(), reading.discovery, reading.cut), (5, Discovery::Whole, None), "{case}");
            assert!(began.elapsed() < Duration::from_secs(4), "{case}: {:?}", began.elapsed());
        }
    }
}

/// A refusal in the middle is none of "nothing there".
#[tokio::test(start_paused = true)]
async fn a_second_page_that_is_refused_fails_the_reading() {
    for (version, whole) in [(on_v1 as fn(Scenario) -> Scenario, "\"inputs\""), (on_v2, "\"INPUTS\"")] {
        for (status, reason) in [
            (401, FailureReason::Unauthorized),
            (403, FailureReason::Forbidden),
            (422, FailureReason::Malformed),
            (429, FailureReason::RateLimited),
        ] {
            let refused = Fault {
                path: "/runs/query".to_owned(),
                body_holds: whole.to_owned(),
                skip: 1,
                status,
                ..Fault::default()
            };
            let reader = Reader::of(unlimited(Scenario { faults: vec![refused], ..version(holding(call(700))) })).await;
            assert_eq!(reader.read().await.unwrap_err().reason(), reason);
        }
        // One that passes is one of the window's tags.
        let down = Fault {
            path: "/runs/query".to_owned(),
            body_holds: whole.to_owned(),
            skip: 1,
            times: Some(1),
            status: 500,
            ..Fault::default()
        };
        let reader = Reader::of(unlimited(Scenario { faults: vec![down], ..version(holding(call(700))) })).await;
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.discovery, reading.cut), (700, Discovery::Whole, None));
    }
}

/// A run that is told on two pages with other contents: the one with an end counts, wherever it stands.
#[tokio::test]
async fn a_run_that_is_told_twice_is_one_run() {
    let row = |end: Option<&str>, answer: u32| {
        json!({"id": id(1, 0), "trace_id": id(1, 0), "start_time": "2026-11-20T15:01:00Z", "end_time": end,
            "outputs": {"answer": answer}, "metadata": {"simulation_output_id": SIM}})
    };
    let child = json!({"id": id(1, 1), "trace_id": id(1, 0), "parent_run_ids": [id(1, 0)], "start_time": "2026-11-20T15:01:01Z"});
    let (pending, ended) = (row(None, 1), row(Some("2026-11-20T15:02:00Z"), 2));
    for (first, second) in [(&pending, &ended), (&ended, &pending)] {
        let page = |rows: Value, cursor: Option<&str>| Fault {
            path: "/api/v2/runs/query".to_owned(),
            body_holds: "\"INPUTS\"".to_owned(),
            status: 200,
            times: Some(1),
            body: json!({"items": rows, "next_cursor": cursor}).to_string(),
            ..Fault::default()
        };
        let faults = vec![page(json!([first]), Some("a")), page(json!([second, child]), None)];
        let reader = Reader::of(Scenario { faults, ..on_v2(holding([])) }).await;
        let reading = reader.read().await.unwrap();
        assert_eq!(reading.spans.len(), 2);
        let told = reading.spans.iter().find(|row| row.span_id() == id(1, 0)).unwrap();
        assert_eq!(told.run().unwrap().outputs, spanlift_model::json::Value::from(json!({"answer": 2})));
    }
}

/// A call that has more than an import holds is read by its traces, as far as there is room.
#[tokio::test(start_paused = true)]
async fn where_there_is_no_room_for_the_window_its_traces_are_read() {
    for version in VERSIONS {
        let large = call(40).chain(others(30, None)).map(|run| run.with(|run| run.inputs = json!("x".repeat(10_000))));
        let reader = Reader::of(unlimited(version(holding(large)))).await.most_bytes(600_000);
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.cut, reading.partial_traces.len()), (40, None, 0));
        assert!(reading.bytes <= 600_000);
    }
}
