//! A window for which one pass has not the time.

use std::collections::BTreeSet;
use std::time::Duration;

use spanlift_importer::{Discovery, Mark};
use spanlift_model::{SourceSpan, TraceId, Truncation};
use stand_in_langfuse::{Edition, Fault, Observation, Scenario};

use crate::agent::{SIM, at, both, holding, of_edition, others, ours, trace, untagged};
use crate::reader::{Reader, ours as spans_of, read_traces, serve, window};

/// Where our calls stand among the others.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Spread,
    Early,
    Late,
}

/// So many calls of ours, with four times as many of others around them.
fn window_of(calls: u64, shape: Shape) -> Vec<Vec<Observation>> {
    let step = 290_000 / i64::try_from(calls * 5).unwrap();
    let start = |place: u64| i64::try_from(place).unwrap() * step;
    let place = |number: u64| match shape {
        Shape::Spread => number * 5,
        Shape::Early => number,
        Shape::Late => calls * 4 + number,
    };
    let mine = (1..=calls).map(|number| ours(number, start(place(number)), 5));
    let foreign = (0..calls * 4).map(|number| others(1_000 + number, start(number), 5));
    mine.chain(foreign).collect()
}

/// Reads pass after pass as the engine does, until everything is stored: the number of passes.
async fn passes(server: &stand_in_langfuse::StandIn, expected: usize) -> u32 {
    let mut stored: BTreeSet<(String, String)> = BTreeSet::new();
    let mut mark: Option<Mark> = None;
    for pass in 1..=40 {
        let traces = stored.iter().map(|(trace, _)| trace.clone()).collect();
        let before = (stored.len(), mark.clone());
        let reader = Reader::of(server).after(Duration::from_mins(1) * pass).budget(Duration::from_secs(22));
        let reading = reader.resume(mark.clone(), &traces).read().await.unwrap();
        stored.extend(spans_of(&reading, SIM, false));
        let (cut, discovery) = (reading.cut, reading.discovery);
        mark = reading.mark;
        if stored.len() == expected {
            return pass;
        }
        assert_ne!((stored.len(), mark.clone()), before, "pass {pass} has brought nothing");
        let is_whole = discovery == Discovery::Whole;
        assert!(cut == Some(Truncation::Budget) || (is_whole && mark.is_none()), "pass {pass}");
    }
    panic!("{} of {expected} after 40 passes", stored.len());
}

#[tokio::test(start_paused = true)]
async fn every_pass_goes_on_where_the_one_before_it_stopped() {
    for shape in [Shape::Spread, Shape::Early, Shape::Late] {
        for (calls, delay_ms) in [(94, 5_000), (94, 8_000), (30, 8_500)] {
            let mut scenario = holding(window_of(calls, shape));
            scenario.delay_ms = delay_ms;
            let server = serve(scenario).await;
            let passes = passes(&server, usize::try_from(calls * 6).unwrap()).await;
            assert!(passes <= 12, "{passes} passes: {calls} calls, {delay_ms} ms a page, {shape:?}");
        }
    }
}

/// On v1 every reading begins at the top, and reads first what is not stored.
#[tokio::test(start_paused = true)]
async fn v1_reads_what_is_not_stored_first() {
    for delay_ms in [1_500, 3_000] {
        let mut scenario = of_edition(Edition::V3, holding(window_of(30, Shape::Spread)));
        scenario.delay_ms = delay_ms;
        let server = serve(scenario).await;
        let mut stored: BTreeSet<(String, String)> = BTreeSet::new();
        for pass in 1..=8 {
            let traces = stored.iter().map(|(trace, _)| trace.clone()).collect();
            let reader = Reader::of(&server).after(Duration::from_mins(1) * pass).budget(Duration::from_secs(22));
            let reading = reader.resume(None, &traces).read().await.unwrap();
            assert_eq!(reading.mark, None);
            stored.extend(spans_of(&reading, SIM, false));
        }
        assert_eq!(stored.len(), 180, "{delay_ms} ms");
    }
}

/// What came later to a part that was seen already.
#[tokio::test(start_paused = true)]
async fn what_comes_late_to_a_part_that_was_seen_is_found() {
    let mut late = ours(500, 280_000, 2);
    for row in &mut late {
        row.arrives_after_ms = 25_000;
    }
    let mut traces = window_of(60, Shape::Spread);
    traces.push(late);
    let mut scenario = holding(traces);
    scenario.delay_ms = 6_000;
    let server = serve(scenario).await;
    let passes = passes(&server, 60 * 6 + 3).await;
    assert!((3..=8).contains(&passes), "{passes}");
}

fn mark(api: &str, millis: i64) -> Mark {
    Mark { api: api.to_owned(), seen_from: at(millis) }
}

#[tokio::test(start_paused = true)]
async fn a_mark_of_another_api_is_dropped() {
    let calls = || holding([ours(1, 10_000, 2), ours(2, 200_000, 2)]);
    for scenario in both(&calls()) {
        let edition = scenario.edition;
        let other = if edition == Edition::V4 { "v1" } else { "v2" };
        for mark in [mark(other, 100_000), mark("v3", 100_000), mark("v2", -900_000), mark("v2", 9_000_000)] {
            let server = serve(scenario.clone()).await;
            let reading = Reader::of(&server).resume(Some(mark), &BTreeSet::new()).read().await.unwrap();
            assert_eq!((read_traces(&reading), reading.is_one_look), ([1, 2].into(), true), "{edition:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_that_is_seen_in_pieces_is_not_taken_by_time() {
    let server = serve(holding([untagged(1, 10_000, 2), untagged(2, 200_000, 2)])).await;
    let reader = Reader::of(&server).may_fall_back().resume(Some(mark("v2", 100_000)), &BTreeSet::new());
    let reading = reader.read().await.unwrap();
    assert!(reading.spans.is_empty() && reading.sightings.is_untagged());
    assert_eq!((reading.is_one_look, reading.discovery), (false, Discovery::Whole));
}

/// Stored traces are read whether they are found again or not.
#[tokio::test(start_paused = true)]
async fn what_is_stored_is_always_read() {
    let mut untold = ours(1, 10_000, 3);
    untold[0].metadata.clear();
    let scenario: Scenario = holding([untold, others(2, 0, 2)]);
    for scenario in both(&scenario) {
        let server = serve(scenario).await;
        let stored = [trace(1), "gone".to_owned()].into();
        let reading = Reader::of(&server).resume(None, &stored).read().await.unwrap();
        assert_eq!(read_traces(&reading), [1].into());
        assert_eq!(reading.spans.len(), 4);
        assert!(reading.spans.iter().all(|span| window().contains(span.started_at())));
    }
}

/// A limit that comes while a resumed pass looks at what came later, or reads it.
#[tokio::test(start_paused = true)]
async fn a_limit_in_the_second_look_keeps_what_was_read_whole() {
    // The rest of the window and two requests by id come first; then the second look, and its traces.
    for (after, later) in [(3, None), (4, Some(at(200_000)))] {
        let mut scenario = holding([ours(1, 10_000, 2), ours(2, 200_000, 2)]);
        let error = Some("429-v2".to_owned());
        scenario.faults = vec![Fault { path: "/v2/".to_owned(), after, error, ..Fault::default() }];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).resume(Some(mark("v2", 100_000)), &BTreeSet::new()).read().await.unwrap();
        assert_eq!((read_traces(&reading), reading.cut), ([1].into(), Some(Truncation::Budget)), "{after}");
        assert!(!reading.partial_traces.contains(&trace(1)), "{after}");
        assert_eq!(reading.mark.map(|mark| mark.seen_from), later, "{after}");
    }
}

/// The time is over in the second look: something may have come that it did not see.
#[tokio::test(start_paused = true)]
async fn a_second_look_that_is_not_finished_is_no_whole_one() {
    let mut scenario = holding([ours(1, 10_000, 2), ours(2, 200_000, 2)]);
    scenario.delay_ms = 8_000;
    let server = serve(scenario).await;
    let reading = Reader::of(&server).resume(Some(mark("v2", 100_000)), &BTreeSet::new()).read().await.unwrap();
    assert_eq!((read_traces(&reading), reading.cut), ([1].into(), Some(Truncation::Budget)));
}

/// What is stored lies above the mark, where a resumed pass does not look first. It is asked for by the ids that Langfuse
/// may have for it. An id of the agent's own cannot be told from the stored one: its trace is read when it is seen again.
#[tokio::test(start_paused = true)]
async fn what_is_stored_above_a_mark_is_read_again() {
    let uuid = TraceId::from_source(&trace(2)).to_uuid();
    let ids = [trace(1), uuid, "the agent's own".to_owned()];
    let calls = ids.iter().zip(1_u64..).map(|(id, number)| {
        let mut rows = ours(number, 200_000 + i64::try_from(number).unwrap() * 1_000, 2);
        for row in &mut rows {
            row.trace_id.clone_from(id);
        }
        rows
    });
    let server = serve(holding(calls)).await;
    let stored = ids.iter().cloned().collect();
    let reading = Reader::of(&server).resume(Some(mark("v2", 100_000)), &stored).read().await.unwrap();
    let told: BTreeSet<&str> = reading.spans.iter().map(SourceSpan::trace_id).collect();
    assert_eq!(told, ids.iter().map(String::as_str).collect());
    assert_eq!((reading.spans.len(), reading.cut), (9, None));
    // Below the mark there is nothing. Then the stored ones are asked for, and only then is looked above the mark.
    let asked = server.take_requests();
    let by_id: Vec<bool> = asked.iter().map(|request| request.value("filter").is_some()).collect();
    assert_eq!(by_id[..4], [false, true, true, false]);
    let is_named = |id: &String| asked[1].value("filter").unwrap().contains(id.as_str());
    assert_eq!(ids.each_ref().map(is_named), [true, true, false]);
}
