//! What of a trace began before the call: it is not stored, and tells whose the spans below it are.

use std::time::Duration;

use spanlift_model::correlation::Outline;
use stand_in_phoenix::Span;

use crate::phoenix::{Describe as _, of_version, start};
use crate::reader::{Reader, SIM, names, owned, owned_at_last, window};
use crate::spans::{Build as _, span, trace_id};

const SERVERS: [(u32, u32, usize); 5] = [(12, 0, 1_000), (12, 0, 2), (14, 0, 2), (20, 26, 1_000), (20, 26, 2)];

/// R and B (another's) began before the call; A is ours, C is below B, U below R.
fn worker_trace(before: Duration) -> Vec<Span> {
    let at = window().from.minus(before);
    vec![
        span(1, 3).under(1).at(at).with("simulation_output_id", "another"),
        span(1, 1).at(at),
        span(1, 2).under(1).with("simulation_output_id", SIM),
        span(1, 4).under(3),
        span(1, 5).under(1),
    ]
}

#[tokio::test]
async fn an_ancestor_from_before_the_call_owns_what_is_below_it() {
    for (major, minor, page_rows) in SERVERS {
        for minutes in [5, 30, 65, 67, 120, 12 * 60, 24 * 60] {
            for after in [Duration::from_secs(20), Duration::from_hours(2)] {
                let spans = worker_trace(Duration::from_mins(minutes));
                let phoenix = start(of_version(major, minor).with_pages_of(page_rows).holding(spans)).await;
                let reading = Reader::of(&phoenix).after(after).read().await.unwrap();
                let case = format!("{major}.{minor} {page_rows} {minutes}");
                assert_eq!((owned(&reading), owned_at_last(&reading)), (names(["1/2"]), names(["1/2"])), "{case}");
                let is_early = minutes > 66;
                assert_eq!(reading.outlines.len(), if is_early { 2 } else { 0 }, "{case}");
                assert!(reading.outlines.iter().all(|outline| outline.cause == Outline::BEFORE_CALL), "{case}");
                assert_eq!((reading.cut, reading.partial_traces.len()), (None, 0), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_tagged_root_from_before_the_call_brings_what_is_below_it() {
    for (major, minor, page_rows) in SERVERS {
        let at = window().from.minus(Duration::from_hours(3));
        let spans = [
            span(1, 1).at(at).with("simulation_output_id", SIM),
            span(1, 2).under(1),
            span(1, 3).under(1).with("session.id", SIM),
        ];
        let phoenix = start(of_version(major, minor).with_pages_of(page_rows).holding(spans)).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!(owned(&reading), names(["1/2", "1/3"]), "{major}.{minor} {page_rows}");
    }
}

/// More than 5,000 rows from before the call: the trace is partial, and the call is read all the same, as are the others.
#[tokio::test]
async fn too_many_rows_from_before_the_call_make_the_trace_partial() {
    for (major, minor) in [(12, 0), (20, 26)] {
        for count in [4_990_u64, 5_001] {
            let at = window().from.minus(Duration::from_hours(3));
            let early = (100..100 + count).map(|number| span(1, number).under(1).at(at));
            let (before, behind) =
                (window().from.minus(Duration::from_mins(40)), window().to.plus(Duration::from_mins(9)));
            let spans = early.chain([
                span(1, 1).at(at),
                span(1, 2).under(1).with("session.id", SIM),
                span(1, 3).under(2).at(before),
                span(1, 4).under(2).at(behind),
                span(1, 5).under(1),
                span(2, 1).with("session.id", SIM),
                span(2, 2).under(1).at(behind),
            ]);
            let phoenix = start(of_version(major, minor).holding(spans)).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            let is_partial = count > 5_000;
            assert_eq!(reading.partial_traces.contains(&trace_id(1)), is_partial, "{major}.{minor} {count}");
            assert_eq!(reading.cut, None);
            let mut expected = names(["1/2", "1/3", "1/4", "2/1", "2/2"]);
            if !is_partial {
                expected.insert("1/5".to_owned());
            }
            assert_eq!(owned_at_last(&reading), expected, "{major}.{minor} {count}");
        }
    }
}
