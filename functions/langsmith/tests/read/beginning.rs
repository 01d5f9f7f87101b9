//! What began long before the call: read as far as it says whose the rest is.

use std::collections::BTreeSet;
use std::time::Duration;

use spanlift_model::correlation::Outline;
use stand_in_langsmith::{Fault, Limits, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, SIM, holding, id, on_v1, on_v2, run, window};

const EARLY: &str = "2026-11-19T";

/// R and B began so long ago, B below R; A is tagged ours below R, C stands below B and U below R.
fn trace(ago: Duration, root: Option<&str>, above: Option<&str>) -> Vec<Run> {
    let long_ago = |run: Run, tag: Option<&str>| {
        let run = run.starts(window().from.minus(ago));
        tag.map_or(run.clone(), |tag| run.tagged("simulation_output_id", tag))
    };
    vec![
        long_ago(run(1, 0), root),
        long_ago(run(1, 2), above),
        run(1, 1).tagged("simulation_output_id", SIM),
        run(1, 3).under(2),
        run(1, 4),
        run(1, 5).under(1),
    ]
}

fn unlimited(scenario: Scenario) -> Scenario {
    Scenario { limits: Limits { v1: 10_000, ..Limits::default() }, ..scenario }
}

fn of(runs: &[u32]) -> BTreeSet<String> {
    runs.iter().map(|run| id(1, *run)).collect()
}

#[tokio::test]
async fn tags_above_the_call_count_however_old_they_are() {
    let (other, ours) = (Some("another"), Some(SIM));
    let reader = Reader::of(holding([])).await;
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for minutes in [30, 70, 80, 120, 20 * 60, 23 * 60] {
            for (root, above, expected) in [
                (None, None, &[1, 3, 4, 5][..]),
                (None, other, &[1, 5]),
                (None, ours, &[1, 3, 5, 4]),
                (other, None, &[1, 5]),
                (other, ours, &[1, 3, 5]),
                (ours, other, &[1, 4, 5]),
                (ours, None, &[1, 3, 4, 5]),
            ] {
                let ago = Duration::from_mins(minutes);
                reader.stand_in.set(unlimited(version(holding(trace(ago, root, above)))));
                let case = format!("{minutes} minutes, {root:?}, {above:?}");
                let reading = reader.read().await.unwrap();
                let is_early = ago > Duration::from_mins(66);
                let outlines: Vec<&str> = reading.outlines.iter().map(|outline| outline.cause).collect();
                assert_eq!(outlines, vec![Outline::BEFORE_CALL; if is_early { 2 } else { 0 }], "{case}");
                let owned: BTreeSet<String> = reader.owned().await;
                let in_full = if is_early { BTreeSet::new() } else { of(&[0, 2]) };
                assert_eq!(&owned - &in_full, of(expected), "{case}");
                assert!(reading.partial_traces.is_empty(), "{case}");
            }
        }
    }
}

/// The same rule as for what is read whole: a clock or a unit was wrong.
#[tokio::test]
async fn an_end_that_no_call_has_is_none() {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for (days, undecided) in [(6, vec![]), (8, vec![id(1, 4)])] {
            let mut runs = trace(Duration::from_hours(2), None, None);
            runs.retain(|run| [id(1, 0), id(1, 1), id(1, 4)].contains(&run.id));
            runs[0].end_time = Some(window().to.plus(Duration::from_hours(24 * days)));
            let reader = Reader::of(unlimited(version(holding(runs)))).await;
            let reading = reader.read().await.unwrap();
            assert_eq!((reading.outlines.len(), reader.undecided(&reading)), (1, undecided));
        }
    }
}

/// Where it does not come to its end, only what has a tag on it or above it is ours.
#[tokio::test(start_paused = true)]
async fn a_beginning_that_is_not_read_to_its_end_makes_its_trace_partial() {
    let many = (10..5_100).map(|index| run(1, index).starts(window().from.minus(Duration::from_hours(2))));
    let whole = trace(Duration::from_hours(2), None, None);
    let fault = |status: u16| Fault {
        path: "/runs/query".to_owned(),
        body_holds: EARLY.to_owned(),
        status,
        ..Fault::default()
    };
    let late = Fault { after: 1_000.0, ..fault(200) };
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let too_many = version(holding(whole.iter().cloned().chain(many.clone())));
        let with = |fault: Fault| Scenario { faults: vec![fault], ..version(holding(whole.clone())) };
        // A server that v2 is tried on first must not be one that answers 400 to it.
        let refused = with(fault(400));
        for scenario in [too_many, with(fault(500)), with(fault(503)), with(fault(429)), with(late.clone()), refused] {
            let reader = Reader::of(unlimited(scenario)).await;
            let reading = reader.read().await.unwrap();
            assert_eq!(reading.partial_traces, [id(1, 0)].into());
            assert_eq!(reader.owned().await, of(&[1, 5]));
        }
    }
}
