//! How many requests it takes, and that nothing is missed or read for nothing.

use std::time::Duration;

use serde_json::json;
use spanlift_model::{SourceSpan as _, Truncation};

use crate::agent::{OTHER, SIM, at, both, call, holding, others, ours, trace, untagged};
use crate::reader::{Reader, owned, owned_by, read_traces, serve, version, window};

#[tokio::test(start_paused = true)]
async fn a_call_that_is_all_there_is_takes_two_requests() {
    let server = serve(holding([ours(1, 1_000, 20), ours(2, 5_000, 3)])).await;
    let reading = Reader::of(&server).after(Duration::from_mins(5)).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 21), (2, 4)].into());
    // The second one asks for what began long before the call.
    assert_eq!((reading.requests, reading.cut), (2, None));
    assert_eq!(version(&reading), "v2");
    assert_eq!(reading.source_host, "127.0.0.1");
    assert!(reading.partial_traces.is_empty() && reading.rejected.is_empty());
}

#[tokio::test(start_paused = true)]
async fn concurrent_simulations_are_kept_apart() {
    let server = serve(holding([
        ours(1, 0, 5),
        others(2, 10, 5),
        untagged(3, 20, 5),
        call(4, 30, 5, json!({"session_id": "third"})),
    ]))
    .await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 6)].into());
    assert_eq!(read_traces(&reading), [1].into());
    assert!(reading.sightings.is_tagged());
    let reading = Reader::of(&server).hint(OTHER).read().await.unwrap();
    assert_eq!(owned_by(&reading, OTHER), [(2, 6)].into());
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_reaches_out_of_the_window_is_read_whole() {
    let minute = 60_000;
    let mut long = ours(1, 0, 3);
    // Its root began before the padded window, and a child comes after it.
    long[0].start = at(-30 * minute);
    long[0].end = Some(at(60 * minute));
    long[1].metadata = long[0].metadata.clone();
    long[3].start = at(50 * minute);
    long[3].end = None;
    let mut far = ours(2, -30 * minute, 2);
    far[0].end = Some(at(-29 * minute));
    let server = serve(holding([long, far])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 4)].into());
    let requests = server.take_requests();
    assert_eq!((reading.requests, requests.len()), (3, 3));
    assert_eq!(requests[0].value("fromStartTime"), Some("2026-11-20T14:54:00Z"));
    assert_eq!(requests[0].value("toStartTime"), Some("2026-11-20T15:11:00.001Z"));
    // The call in full, and at the same time what began long before it.
    let by_id = |from: &str| requests[1..].iter().find(|request| request.value("fromStartTime") == Some(from)).unwrap();
    let (whole, early) = (by_id("2026-11-20T13:54:00Z"), by_id("2026-11-19T15:00:00Z"));
    assert_eq!(early.value("toStartTime"), whole.value("fromStartTime"));
    assert!([whole, early].iter().all(|request| request.value("filter").unwrap().contains(&trace(1))));
    assert!(whole.value("fields").unwrap().contains("io") && !early.value("fields").unwrap().contains("io"));
}

/// Once there may be more of it than the window holds, a trace is looked for beyond it.
#[tokio::test(start_paused = true)]
async fn what_comes_long_after_the_call_is_found_by_a_late_pass() {
    let mut call = ours(1, 0, 2);
    call[2].start = at(13 * 60_000);
    call[2].end = Some(at(14 * 60_000));
    let server = serve(holding([call])).await;
    for (minutes, spans, requests) in [(1, 2, 2), (16, 3, 3)] {
        let reading = Reader::of(&server).after(Duration::from_mins(minutes)).read().await.unwrap();
        assert_eq!((owned(&reading), reading.requests), ([(1, spans)].into(), requests), "{minutes} min");
    }
}

/// v1 tells a trace with everything in it. What began more than an hour after the window is ignored, as v2 is not asked for
/// it.
#[tokio::test(start_paused = true)]
async fn what_comes_hours_after_the_call_is_ignored() {
    let mut call = ours(1, 0, 2);
    call[2].start = at(3 * 60 * 60_000);
    call[2].end = Some(call[2].start);
    for scenario in both(&holding([call])) {
        let edition = scenario.edition;
        let server = serve(scenario).await;
        let reading = Reader::of(&server).after(Duration::from_hours(4)).read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.outlines.len()), (2, 0), "{edition:?}");
        assert_eq!((reading.cut, reading.partial_traces.len(), reading.rejected.len()), (None, 0, 0), "{edition:?}");
    }
}

/// A trace may have several roots. Another one may have begun before the window, unless the one that is there says whose
/// the trace is.
#[tokio::test(start_paused = true)]
async fn a_trace_whose_only_root_does_not_say_that_it_is_ours_is_asked_for() {
    for (is_root_ours, requests) in [(true, 2), (false, 3)] {
        let mut call = ours(1, 0, 2);
        if !is_root_ours {
            call[1].metadata = std::mem::take(&mut call[0].metadata);
            let mut earlier = call[0].clone();
            "earlier".clone_into(&mut earlier.id);
            earlier.start = at(-30 * 60_000);
            call.push(earlier);
        }
        let spans = call.len();
        let server = serve(holding([call])).await;
        let reading = Reader::of(&server).after(Duration::from_mins(5)).read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.requests), (spans, requests), "{is_root_ours}");
    }
}

#[tokio::test(start_paused = true)]
async fn six_hundred_foreign_traces_around_twenty_of_ours() {
    let foreign = (100..700).map(|number| others(number, i64::try_from(number).unwrap() * 100, 4));
    let mine = (1..=20).map(|number| ours(number, i64::try_from(number).unwrap() * 3_000, 4));
    let server = serve(holding(foreign.chain(mine))).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), (1..=20).map(|number| (number, 5)).collect());
    assert_eq!(reading.cut, None);
    // A page of everything, four without contents, and of what is ours one, and one of what began long before.
    assert!(reading.requests <= 7, "{}", reading.requests);
}

#[tokio::test(start_paused = true)]
async fn a_busy_project_takes_four_requests() {
    let foreign = (100..200).map(|number| untagged(number, i64::try_from(number).unwrap() * 1_000, 4));
    let server = serve(holding(foreign.chain([ours(1, 50_000, 30)]))).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.requests), ([(1, 31)].into(), 4));
    let requests = server.take_requests();
    assert_eq!(requests[1].value("expandMetadata"), Some("simulation_output_id"));
    assert!(!requests[1].value("fields").unwrap().contains("io"));
    assert!(requests.iter().all(|request| request.length < 4_096));
    // The next time it is known that one page will not do.
    let again = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&again), again.requests), ([(1, 31)].into(), 3));
    // Until it would again.
    server.set(holding([ours(1, 50_000, 30)]));
    for requests in [3, 2] {
        let again = Reader::of(&server).after(Duration::from_mins(1)).read().await.unwrap();
        assert_eq!((owned(&again), again.requests), ([(1, 31)].into(), requests));
    }
}

#[tokio::test(start_paused = true)]
async fn five_hundred_traces_of_twenty_within_the_budget() {
    for (count, children, cut) in [(500, 19, None), (501, 2, Some(Truncation::Cap))] {
        let traces = (1..=count).map(|number| ours(number, i64::try_from(number).unwrap() * 500, children));
        let mut scenario = holding(traces);
        scenario.delay_ms = 300;
        // The smallest plan that there is.
        scenario.requests_a_minute = Some(30);
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(owned(&reading), (1..=500).map(|number| (number, usize::try_from(children).unwrap() + 1)).collect());
        assert_eq!((reading.cut, reading.partial_traces.len()), (cut, 0));
        // Of 30 a minute the last one is refused.
        assert!(reading.requests <= 29, "{}", reading.requests);
        assert!(server.take_requests().iter().all(|request| request.length < 4_096 && request.status == 200));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_rows_the_later_one_counts() {
    let mut call = ours(1, 0, 2);
    let mut late = call[0].clone();
    call[0].end = None;
    call[0].updated = Some(at(100));
    late.updated = Some(at(9_000));
    late.name = "renamed".to_owned();
    let mut stale = call[1].clone();
    stale.end = None;
    let server = serve(holding([call, vec![late, stale]])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 3)].into());
    let root = reading.spans.iter().find(|span| span.parent_id().is_none()).unwrap().observation().unwrap();
    assert_eq!((root.name.as_str(), root.ended_at.is_some()), ("renamed", true));
    assert!(reading.spans.iter().all(|span| span.ended_at().is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_late_root_is_there_for_the_next_reading() {
    let mut call = ours(1, 0, 2);
    call[0].arrives_after_ms = 20_000;
    call[1].metadata = call[0].metadata.clone();
    let server = serve(holding([call])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 2)].into());
    tokio::time::advance(std::time::Duration::from_secs(20)).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 3)].into());
}

#[tokio::test(start_paused = true)]
async fn what_coval_wrote_itself_is_left_out() {
    let mut own = ours(1, 0, 2);
    for row in &mut own {
        row.resource_attributes.insert("service.name".to_owned(), json!("coval"));
    }
    let server = serve(holding([own, ours(2, 0, 1)])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(2, 2)].into());
    assert_eq!(reading.rejected, [("written_by_coval", 3)].into());
    let all = Reader::of(&server).with("own_traces", json!(null)).read().await.unwrap();
    assert_eq!(owned(&all), [(1, 3), (2, 2)].into());
    let marked = json!({"key": "simulation_output_id", "value": SIM});
    let none = Reader::of(&server).with("own_traces", marked).read().await.unwrap();
    assert_eq!(owned(&none), [].into());
    assert!(!none.sightings.is_tagged());
    assert_eq!(window().from, at(0));
}

#[tokio::test(start_paused = true)]
async fn more_spans_than_an_import_holds_end_the_reading() {
    let traces = (1..=200).map(|number| ours(number, i64::try_from(number).unwrap() * 500, 19));
    let server = serve(holding(traces)).await;
    let reading = Reader::of(&server).most_spans(1_000).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Size));
    assert!(reading.requests < 12 && !reading.partial_traces.is_empty(), "{}", reading.requests);
}

/// What does not fit any more is left out, and named.
#[tokio::test(start_paused = true)]
async fn more_bytes_than_an_import_holds_end_the_reading() {
    let mut traces: Vec<_> = (1..=40).map(|number| ours(number, i64::try_from(number).unwrap() * 500, 9)).collect();
    for row in traces.iter_mut().flatten() {
        row.input = json!("said ".repeat(400));
    }
    for scenario in both(&holding(traces)) {
        let edition = scenario.edition;
        let server = serve(scenario).await;
        for most_bytes in [10_000, 300_000, 900_000, 64 << 20] {
            let reading = Reader::of(&server).most_bytes(most_bytes).read().await.unwrap();
            assert!(reading.bytes <= most_bytes);
            let is_all = reading.spans.len() == 400;
            assert_eq!(is_all, most_bytes == 64 << 20, "{edition:?} {most_bytes}");
            assert_eq!(reading.cut, Some(Truncation::Size).filter(|_| !is_all), "{edition:?} {most_bytes}");
            let whole = owned(&reading).into_iter().filter(|(_, spans)| *spans == 10).map(|(number, _)| trace(number));
            let partial = &reading.partial_traces;
            assert_eq!(whole.filter(|trace| !partial.contains(trace)).count() + partial.len(), 40, "{edition:?}");
        }
    }
}
