//! How many requests a reading makes: for a typical call, and for one as large as an import takes.

use std::time::Duration;

use serde_json::Value;
use stand_in_phoenix::Span;

use crate::phoenix::start_holding;
use crate::reader::{Reader, SIM, owned, window};
use crate::spans::{Build as _, span};

/// A pass soon after the call, when nothing can have begun behind the window yet, and a late one.
const PASSES: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(30)];

/// A call of so many spans in so many traces, with 2 KB of text on each span.
fn call(traces: u64, spans: u64) -> impl Iterator<Item = Span> {
    let text = Value::from("said ".repeat(400));
    (0..spans).map(move |number| {
        let started_at = window().from.plus(Duration::from_millis(number * 50));
        let (trace, number) = (number % traces + 1, number / traces + 1);
        let span = span(trace, number).at(started_at).with("input.value", text.clone());
        if number == 1 { span.with("simulation_output_id", SIM) } else { span.under(1) }
    })
}

/// The window, and what of the trace lies outside it.
#[tokio::test]
async fn a_typical_call_takes_two() {
    for after in PASSES {
        let phoenix = start_holding(call(1, 60)).await;
        let reading = Reader::of(&phoenix).after(after).read().await.unwrap();
        assert_eq!((owned(&reading).len(), reading.requests, reading.cut), (60, 2, None), "{after:?}");
    }
}

/// Five pages bring the spans. Beside them a small page tells that the hours before the window are quiet, and once something may
/// have begun behind it another one, that so are those.
#[tokio::test]
async fn five_thousand_spans_are_told_once() {
    let [fresh, late] = PASSES;
    for (traces, after, requests) in [(1, fresh, 6), (1, late, 7), (250, fresh, 6), (250, late, 7)] {
        let phoenix = start_holding(call(traces, 5_000)).await;
        let reading = Reader::of(&phoenix).after(after).read().await.unwrap();
        let found = (owned(&reading).len(), reading.requests, reading.cut, reading.partial_traces.len());
        assert_eq!(found, (5_000, requests, None, 0), "{traces} {after:?}");
    }
}

/// Where they are not quiet, the ids of 250 traces take two addresses. A late pass asks the larger batch for each side apart, and the
/// smaller one, which fits into a page, for the window again.
#[tokio::test]
async fn in_a_project_that_never_rests_traces_are_asked_for_by_their_ids() {
    let crowd = |number: u64| {
        let before = span(900, number).at(window().from.minus(Duration::from_hours(2)));
        [before, span(901, number).at(window().to.plus(Duration::from_mins(20)))]
    };
    let [fresh, late] = PASSES;
    for (after, requests) in [(fresh, 5), (late, 7)] {
        let phoenix = start_holding(call(250, 2_000).chain((1..=101).flat_map(crowd))).await;
        let reading = Reader::of(&phoenix).after(after).read().await.unwrap();
        let found = (owned(&reading).len(), reading.requests, reading.cut, reading.partial_traces.len());
        assert_eq!(found, (2_000, requests, None, 0), "{after:?}");
    }
}

/// The parts outside the window are read though the window is not read again.
#[tokio::test]
async fn a_large_call_is_read_whole_on_both_sides_of_the_window() {
    let (from, to) = (window().from, window().to);
    let outside = [
        span(1, 9_001).under(1).at(from.minus(Duration::from_mins(30))),
        span(1, 9_002).under(1).at(to.plus(Duration::from_mins(50))),
    ];
    let phoenix = start_holding(call(1, 2_200).chain(outside)).await;
    let reading = Reader::of(&phoenix).read().await.unwrap();
    // Three pages of the window, and one on each side of it; beside them a look that told which traces there are.
    assert_eq!((owned(&reading).len(), reading.requests, reading.cut), (2_202, 7, None));
}
