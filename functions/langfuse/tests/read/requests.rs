//! How many requests a reading makes: for a typical call, and for one as large as an import takes.

use std::time::Duration;

use serde_json::json;
use stand_in_langfuse::Observation;

use crate::agent::{at, holding, others, ours, untagged};
use crate::reader::{Reader, owned, serve};

/// A pass soon after the call, when nothing can have begun behind the window yet, and a late one.
const PASSES: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(30)];

/// A trace of ours with 2 KB of text on each row. Its root has the only tag, and comes last.
fn call(number: u64, start: i64, rows: u64) -> Vec<Observation> {
    let mut call = ours(number, start, rows - 1);
    for row in &mut call {
        row.input = json!("said ".repeat(400));
    }
    call
}

/// The window and, side by side, what begins long before the call and what the trace has around the window.
#[tokio::test(start_paused = true)]
async fn a_typical_call_takes_two_or_three() {
    for (after, requests) in PASSES.into_iter().zip([2, 3]) {
        let server = serve(holding([call(1, 0, 60)])).await;
        let reading = Reader::of(&server).after(after).read().await.unwrap();
        assert_eq!((owned(&reading), reading.requests), ([(1, 60)].into(), requests), "{after:?}");
    }
}

/// A small page and ten large ones bring the rows. What begins long before the call takes one request more; once something
/// may have begun behind the window, both sides of it are asked for, too.
#[tokio::test(start_paused = true)]
async fn ten_thousand_rows_are_told_once() {
    let server = serve(holding([call(1, 0, 10_000)])).await;
    for (after, requests) in PASSES.into_iter().zip([12, 14]) {
        let reading = Reader::of(&server).after(after).read().await.unwrap();
        let found = (reading.requests, reading.cut, reading.partial_traces.len());
        assert_eq!((owned(&reading), found), ([(1, 10_000)].into(), (requests, None, 0)), "{after:?}");
    }
}

/// The hours around the window are read though the window is not read again.
#[tokio::test(start_paused = true)]
async fn a_large_call_is_read_whole_on_both_sides_of_the_window() {
    let mut call = call(1, 0, 2_503);
    for (row, minutes) in [(1, -30), (2, 50), (3, -90)] {
        call[row].start = at(minutes * 60_000);
        call[row].end = Some(at(minutes * 60_000 + 5));
    }
    let server = serve(holding([call])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.requests), ([(1, 2_502)].into(), 7));
    assert_eq!((reading.outlines.len(), reading.cut, reading.partial_traces.len()), (1, None, 0));
}

/// Where most is of others, or of nobody, no page but the first has their contents.
#[tokio::test(start_paused = true)]
async fn of_a_project_of_others_the_first_page_alone_has_contents() {
    for crowd in [others, untagged] {
        let crowd = (100..500).map(|number| crowd(number, i64::try_from(number).unwrap() * 100, 9));
        let server = serve(holding(crowd.chain([call(1, 0, 20)]))).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((owned(&reading), reading.requests), ([(1, 20)].into(), 7));
        let is_whole = |query: &str| query.contains("io");
        let asked = server.take_requests();
        let whole = asked.iter().filter(|asked| asked.value("fields").is_some_and(is_whole)).count();
        // The other is for what matched.
        assert_eq!(whole, 2);
    }
}

/// What may be ours turns out to be another's in the end: that is let go of, and what is ours is there.
#[tokio::test(start_paused = true)]
async fn a_large_call_of_others_ends_the_walk_with_contents() {
    let mut other = others(2, 20_000, 3_000);
    for row in other.iter_mut().skip(1) {
        row.start = row.start.plus(Duration::from_mins(1));
    }
    let small = (100..700).map(|number| others(number, i64::try_from(number).unwrap() * 20, 4));
    let server = serve(holding(small.chain([other, call(1, 0, 20)]))).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut, reading.partial_traces.len()), ([(1, 20)].into(), None, 0));
    assert_eq!(reading.spans.len(), 20);
}
