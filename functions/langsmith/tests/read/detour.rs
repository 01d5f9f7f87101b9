//! Around rows that the server can't tell: what stands beside them and between them is read all the same.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use spanlift_importer::Discovery;
use spanlift_model::{SourceSpan as _, Truncation};
use stand_in_langsmith::{Fault, Limits, Run, Scenario};

use crate::reader::{Reader, owned_by};
use crate::runs::{RunExt as _, SIM, holding, id, on_v1, on_v2, root, run, window};

const VERSIONS: [fn(Scenario) -> Scenario; 2] = [on_v1, on_v2];

/// Ten tagged runs of one trace, so far apart. Those of these numbers break every page that would hold them.
fn ten(apart: Duration, breaking: &[u32]) -> Vec<Run> {
    let run = |number: u32| {
        run(1, number).tagged("simulation_output_id", SIM).starts(window().from.plus(apart * number)).with(|run| {
            run.breaks_its_page = breaking.contains(&number);
        })
    };
    (0..10).map(run).collect()
}

fn unlimited(scenario: Scenario) -> Scenario {
    Scenario { limits: Limits { v1: 10_000, ..Limits::default() }, ..scenario }
}

fn ids(of: &Reading) -> BTreeSet<String> {
    owned_by(of, &[SIM]).map(|row| row.span_id().to_owned()).collect()
}

type Reading = spanlift_importer::Reading<langsmith::Row>;

#[tokio::test(start_paused = true)]
async fn what_stands_between_two_rows_that_are_never_told_is_read() {
    for version in VERSIONS {
        for apart in [Duration::from_micros(100), Duration::from_millis(10), Duration::from_secs(20)] {
            for breaking in [&[1, 7][..], &[1, 2], &[0, 9], &[0, 1], &[8, 9], &[1, 4, 7]] {
                let reader = Reader::of(unlimited(version(holding(ten(apart, breaking))))).await;
                let reading = reader.read().await.unwrap();
                let told = (0..10).filter(|number| !breaking.contains(number));
                let expected: BTreeSet<String> = told.map(|number| id(1, number)).collect();
                assert_eq!(ids(&reading), expected, "{breaking:?}, {apart:?} apart");
                assert_eq!(reading.rejected["untold"], u64::try_from(breaking.len()).unwrap());
                assert_eq!((reading.cut, reading.partial_traces), (None, [id(1, 0)].into()));
            }
        }
    }
}

/// A row that starts with the last one that was told.
#[tokio::test(start_paused = true)]
async fn rows_that_start_at_the_same_time_are_lost_together() {
    for version in VERSIONS {
        let mut runs = ten(Duration::from_millis(10), &[4]);
        for number in [3, 5] {
            runs[number] = runs[number].clone().starts(runs[4].start_time);
        }
        let reading = Reader::of(unlimited(version(holding(runs)))).await.read().await.unwrap();
        let owned = ids(&reading);
        assert!([0, 1, 2, 6, 7, 8, 9].iter().all(|number| owned.contains(&id(1, *number))), "{owned:?}");
        assert!(!owned.contains(&id(1, 4)) && reading.rejected["untold"] > 0);
    }
}

/// The way around is looked for until the time is over: then the reading ends, and does not fail.
#[tokio::test(start_paused = true)]
async fn a_way_around_that_takes_too_long_ends_the_reading() {
    for (version, alone) in [(on_v1 as fn(Scenario) -> Scenario, "\"limit\":1,"), (on_v2, "\"page_size\":1,")] {
        // The row itself is asked for three times.
        let slow = Fault {
            path: "/runs/query".to_owned(),
            body_holds: alone.to_owned(),
            skip: 3,
            status: 200,
            body: "{}".to_owned(),
            after: 100.0,
            ..Fault::default()
        };
        let scenario = version(holding(ten(Duration::from_millis(10), &[9])));
        let reader = Reader::of(unlimited(Scenario { faults: vec![slow], ..scenario })).await;
        let reading = reader.budget(Duration::from_secs(30)).read().await.unwrap();
        assert_eq!((reading.cut, reading.discovery), (Some(Truncation::Budget), Discovery::Unfinished));
    }
}

/// Each trace is asked for alone, which shows whose the row is; that may take too long as well.
#[tokio::test(start_paused = true)]
async fn traces_that_are_asked_for_alone_may_be_cut() {
    for version in VERSIONS {
        let slow = Fault {
            path: "/runs/query".to_owned(),
            body_holds: format!("[\\\"{}\\\"]", id(1, 0)),
            status: 200,
            body: "{}".to_owned(),
            after: 1_000.0,
            ..Fault::default()
        };
        let runs = [root(1), run(1, 1).with(|run| run.breaks_its_page = true), root(2)];
        let reader = Reader::of(unlimited(Scenario { faults: vec![slow], ..version(holding(runs)) })).await;
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.cut, reading.spans.len()), (Some(Truncation::Budget), 2));
        assert_eq!(reading.partial_traces, [id(1, 0), id(2, 0)].into());
    }
}

/// A row of the first trace has no ids. Asked for alone, that trace is told as it was before, without anything: neither
/// is known to be whole.
#[tokio::test(start_paused = true)]
async fn an_older_answer_clears_no_trace() {
    for (version, empty) in
        [(on_v1 as fn(Scenario) -> Scenario, json!({"runs": [], "cursors": {}})), (on_v2, json!({"items": []}))]
    {
        for (is_older, partial) in [(false, vec![id(1, 0)]), (true, vec![id(1, 0), id(2, 0)])] {
            let lost = run(1, 1).with(|run| run.told_as = Some(json!({"name": "lost"})));
            let older = Fault {
                path: "/runs/query".to_owned(),
                body_holds: format!("[\\\"{}\\\"]", id(1, 0)),
                status: 200,
                body: empty.to_string(),
                ..Fault::default()
            };
            let faults = is_older.then_some(older).into_iter().collect();
            let runs = [root(1), lost, root(2)];
            let reader = Reader::of(unlimited(Scenario { faults, ..version(holding(runs)) })).await;
            let reading = reader.read().await.unwrap();
            assert_eq!(reading.partial_traces, partial.into_iter().collect(), "{is_older}");
            assert_eq!(reading.rejected["no_id"], 1, "{is_older}");
        }
    }
}

/// A row that is too large is told without its payloads; where that tells no ids, it may be any row of its trace.
#[tokio::test(start_paused = true)]
async fn a_row_that_is_too_large_and_has_no_ids_makes_its_trace_partial() {
    for version in VERSIONS {
        let large = run(1, 2).with(|run| {
            run.is_too_large = true;
            run.told_as = Some(json!({"name": "lost"}));
        });
        let runs = [run(1, 0), run(1, 1).tagged("simulation_output_id", SIM), large, run(1, 3)];
        let reading = Reader::of(unlimited(version(holding(runs)))).await.read().await.unwrap();
        assert_eq!(ids(&reading), [id(1, 1)].into());
        assert_eq!((reading.rejected["untold"], reading.partial_traces), (1, [id(1, 0)].into()));
    }
}

/// The end of a row that is told without its payloads counts as any other.
#[tokio::test(start_paused = true)]
async fn an_end_that_no_call_has_is_none_for_a_row_that_is_too_large() {
    for version in VERSIONS {
        for (days, undecided) in [(6, vec![]), (8, vec![id(1, 2)])] {
            let large = run(1, 0).with(|run| {
                run.is_too_large = true;
                run.end_time = Some(window().to.plus(Duration::from_hours(24 * days)));
            });
            let runs = [large, run(1, 1).tagged("simulation_output_id", SIM), run(1, 2)];
            let reader = Reader::of(unlimited(version(holding(runs)))).await;
            let reading = reader.read().await.unwrap();
            assert_eq!((reading.outlines.len(), reader.undecided(&reading)), (1, undecided));
        }
    }
}
