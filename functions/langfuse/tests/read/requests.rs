//! How many requests a reading makes: for a typical call, and for one as large as an import takes.

use std::time::Duration;

use stand_in_langfuse::Observation;

use crate::agent::{at, holding, others, ours, trace, untagged};
use crate::reader::{Reader, owned, serve};

/// A pass soon after the call, when nothing can have begun behind the window yet, and a late one.
const PASSES: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(30)];

/// A trace of ours. Its root has the only tag, and comes last.
fn call(number: u64, start: i64, rows: u64) -> Vec<Observation> {
    ours(number, start, rows - 1)
}

/// The window, and what the trace has around it.
#[tokio::test(start_paused = true)]
async fn a_typical_call_takes_two() {
    for after in PASSES {
        let server = serve(holding([call(1, 0, 60)])).await;
        let reading = Reader::of(&server).after(after).read().await.unwrap();
        assert_eq!((owned(&reading), reading.requests), ([(1, 60)].into(), 2), "{after:?}");
    }
}

/// The root with the only tag comes last: a small page and ten large ones bring the rows, and a small page each tells that the
/// hours before the window are quiet, and those behind it as soon as something can have begun there.
#[tokio::test(start_paused = true)]
async fn ten_thousand_rows_are_told_once() {
    let [fresh, late] = PASSES;
    let one = || vec![call(1, 0, 10_000)];
    let many = || (1..=500).map(|number| call(number, i64::try_from(number).unwrap() * 500, 20)).collect();
    for (calls, after, requests) in [(one(), fresh, 12), (many(), fresh, 12), (one(), late, 13), (many(), late, 13)] {
        let server = serve(holding(calls)).await;
        let reading = Reader::of(&server).after(after).read().await.unwrap();
        let found = (reading.spans.len(), reading.requests, reading.cut, reading.partial_traces.len());
        assert_eq!(found, (10_000, requests, None, 0), "{after:?}");
    }
}

/// Where the hours around the window are not quiet, the ids of five hundred traces take seven addresses for each side.
#[tokio::test(start_paused = true)]
async fn of_a_project_that_never_rests_the_traces_are_looked_at_by_their_ids() {
    let hour = 60 * 60_000;
    let crowd = [-20, -1].map(|hours| others(1_000, hours * hour, 200)).into_iter().flatten();
    let crowd: Vec<_> = crowd.chain(others(2_000, 20 * 60_000, 251)).collect();
    let calls = (1..=500).map(|number| call(number, i64::try_from(number).unwrap() * 500, 2));
    let server = serve(holding(calls.chain([crowd]))).await;
    for (after, requests) in PASSES.into_iter().zip([10, 18]) {
        let reading = Reader::of(&server).after(after).read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.requests, reading.cut), (1_000, requests, None), "{after:?}");
    }
}

/// Rows around the window, of a call that the walk tells whole but for them: the trace is then asked for by its id.
#[tokio::test(start_paused = true)]
async fn a_call_that_reaches_out_of_the_window_is_read_whole() {
    let minute = 60_000;
    for (rows, start, requests) in
        [(60, -30 * minute, 3), (60, 50 * minute, 3), (400, -30 * minute, 5), (400, 50 * minute, 5)]
    {
        let mut reaching = call(1, 0, rows);
        reaching[1].start = at(start);
        reaching[1].end = Some(at(start));
        let server = serve(holding([reaching, call(2, 0, 60)])).await;
        let reading = Reader::of(&server).after(Duration::from_hours(2)).read().await.unwrap();
        let found = (reading.requests, reading.cut, reading.partial_traces.len());
        assert_eq!(
            (owned(&reading), found),
            ([(1, usize::try_from(rows).unwrap()), (2, 60)].into(), (requests, None, 0))
        );
    }
}

/// Between two pages a row may come that says whose the others are, unless the root above them says so. Without its word the trace
/// is asked for by its id, in one answer.
#[tokio::test(start_paused = true)]
async fn a_trace_whose_root_does_not_say_whose_it_is_is_asked_for_in_one_answer() {
    let mut tagged_below = call(1, 0, 400);
    tagged_below[1].metadata = std::mem::take(&mut tagged_below[0].metadata);
    let mut merged = call(1, 0, 400);
    merged[0].id = format!("t-{}", trace(1));
    for child in &mut merged[1..] {
        child.parent = Some(format!("t-{}", trace(1)));
    }
    for (rows, spans, requests) in [(tagged_below, 400, 5), (merged, 399, 4)] {
        let server = serve(holding([rows])).await;
        let reading = Reader::of(&server).after(PASSES[0]).read().await.unwrap();
        let asked = server.take_requests();
        assert_eq!((reading.spans.len(), reading.requests), (spans, requests));
        let is_by_id = |query: &str| query.contains(&trace(1));
        let whole = asked.iter().filter(|asked| asked.value("fields").is_some_and(|fields| fields.contains("io")));
        assert_eq!(whole.filter(|asked| asked.value("filter").is_some_and(is_by_id)).count(), 1);
    }
}

/// Where most is of others, or of nobody, no page but the first has their contents.
#[tokio::test(start_paused = true)]
async fn of_a_project_of_others_the_first_page_alone_has_contents() {
    for crowd in [others, untagged] {
        let crowd = (100..500).map(|number| crowd(number, i64::try_from(number).unwrap() * 100, 9));
        let server = serve(holding(crowd.chain([call(1, 0, 20)]))).await;
        let reading = Reader::of(&server).after(PASSES[0]).read().await.unwrap();
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
    let reading = Reader::of(&server).after(PASSES[0]).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut, reading.partial_traces.len()), ([(1, 20)].into(), None, 0));
    assert_eq!(reading.spans.len(), 20);
}
