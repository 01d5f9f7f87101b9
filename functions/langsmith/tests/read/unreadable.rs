//! Rows that can't be read, or are never told: each costs itself and what it alone could speak for, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use spanlift_importer::Discovery;
use spanlift_model::SourceSpan as _;
use stand_in_langsmith::{Limits, Run, Scenario};

use crate::reader::{Reader, owned_by};
use crate::runs::{RunExt as _, SIM, holding, id, on_v1, on_v2, root, run};
use crate::worker::{named, rows, telling};

/// A row with one thing wrong: its name, how a row becomes so, and the JSON in place of [`MARK`].
type Flaw = (&'static str, fn(&mut Value), fn() -> String);

/// Stands in a row for what no library writes.
const MARK: &str = "raw text";

fn in_inputs(row: &mut Value) {
    row["inputs"]["text"] = json!(MARK);
}

fn in_metadata(row: &mut Value) {
    row["extra"]["metadata"]["k"] = json!(MARK);
}

fn deep() -> String {
    format!("{}{}", "[".repeat(200), "]".repeat(200))
}

/// Leniency reads all of it.
const MENDED: [Flaw; 6] = [
    ("a number too large, in inputs", in_inputs, || "1e400".to_owned()),
    ("a number too large, in metadata", in_metadata, || "-1E999".to_owned()),
    ("half a pair, in inputs", in_inputs, || r#""\ud83d""#.to_owned()),
    ("half a pair, in metadata", in_metadata, || r#""\ude00 x""#.to_owned()),
    ("200 levels, in inputs", in_inputs, deep),
    ("200 levels, in metadata", in_metadata, deep),
];

/// The row can't be stored; whose it is can be read.
const TAGS_KNOWN: [Flaw; 5] = [
    ("a start in the year 9999", |row| row["start_time"] = json!("9999-12-31T23:59:59Z"), String::new),
    ("a start that is no time", |row| row["start_time"] = json!("at noon"), String::new),
    ("no start", |row| row["start_time"] = Value::Null, String::new),
    ("a start that is no text", |row| row["start_time"] = json!([1_700_000_000]), String::new),
    ("a bad byte in inputs", |row| row["inputs"]["text"] = json!("a\u{FFFF}b"), String::new),
];

/// Nor can it be read whose it is.
const TAGS_UNKNOWN: [Flaw; 2] = [
    ("a bad byte in metadata", |row| row["extra"]["metadata"]["k"] = json!("a\u{FFFF}b"), String::new),
    ("a bad byte in a name", |row| row["met\u{FFFF}adata"] = json!({}), String::new),
];

const WITHOUT_IDS: [Flaw; 4] = [
    ("no id", |row| row["id"] = Value::Null, String::new),
    ("an id that is no text", |row| row["id"] = json!(7), String::new),
    ("a bad byte in the trace's id", |row| row["trace_id"] = json!("0\u{FFFF}1"), String::new),
    ("only a name", |row| *row = json!({"name": "x"}), String::new),
];

/// The rows as text, one of them with a flaw.
fn with_flaw(position: &str, flaw: &Flaw) -> Vec<String> {
    let text = |(name, mut row): (&str, Value)| {
        if name != position {
            return row.to_string();
        }
        flaw.1(&mut row);
        row.to_string().replace(&format!("\"{MARK}\""), &flaw.2())
    };
    rows().into_iter().map(text).collect()
}

/// Every position and every flaw, on both versions: what is ours, by position.
async fn check(
    flaws: &[Flaw],
    expected: impl Fn(&str) -> &'static str,
    cause: Option<&str>,
    is_partial: impl Fn(&str) -> bool,
) {
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding([]))).await;
        for flaw in flaws {
            for position in ["R", "A", "B", "C", "U", "D"] {
                reader.stand_in.set(telling(&with_flaw(position, flaw), version));
                let reading = reader.read().await.unwrap();
                let owned: BTreeSet<String> = owned_by(&reading, &[SIM]).map(|row| row.span_id().to_owned()).collect();
                let what = format!("{} of {position}", flaw.0);
                assert_eq!(owned, named(expected(position)), "{what}");
                assert_eq!(!reading.partial_traces.is_empty(), is_partial(position), "{what}");
                if owned.is_empty() && reading.spans.is_empty() {
                    // Nothing says that the trace is one of this call: it is nobody's, and nothing of it is lost.
                    assert_eq!(position, "A", "{what}");
                    continue;
                }
                let causes: Vec<&str> = reading.outlines.iter().map(|outline| outline.cause).collect();
                match cause {
                    Some("no_id") => assert!(reading.rejected.contains_key("no_id") && causes.is_empty(), "{what}"),
                    Some(cause) => assert_eq!(causes, [cause], "{what}"),
                    None => assert!(causes.is_empty(), "{what}"),
                }
                assert_eq!(reading.cut, None, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_can_be_mended_loses_nothing() {
    check(&MENDED, |_| "AD", None, |_| false).await;
}

/// A row that can't be stored still says whose the rows below it are.
#[tokio::test]
async fn a_row_that_cannot_be_stored_stays_in_the_tree() {
    let expected = |position: &str| match position {
        // Its start is what makes the trace one of this call.
        "A" => "",
        "D" => "A",
        _ => "AD",
    };
    check(&TAGS_KNOWN[..4], expected, Some("no_start"), |_| false).await;
    let expected = |position: &str| match position {
        "A" => "D",
        "D" => "A",
        _ => "AD",
    };
    check(&TAGS_KNOWN[4..], expected, Some("malformed"), |_| false).await;
}

/// Nobody knows whose the rows below it are, nor those of the trace that are not tagged.
#[tokio::test]
async fn a_row_whose_tag_is_unknown_takes_what_is_below_it() {
    let expected = |position: &str| match position {
        "A" => "",
        "D" => "A",
        _ => "AD",
    };
    check(&TAGS_UNKNOWN, expected, Some("malformed"), |_| false).await;
}

#[tokio::test]
async fn a_row_without_ids_makes_its_trace_partial() {
    let expected = |position: &str| match position {
        "A" => "",
        "D" => "A",
        _ => "AD",
    };
    check(&WITHOUT_IDS, expected, Some("no_id"), |position| position != "A").await;
}

fn unlimited(scenario: Scenario) -> Scenario {
    Scenario { limits: Limits { v1: 1_000, ..Limits::default() }, ..scenario }
}

/// R, A, B, C, U and D again, a trace of ours beside it, and others; with one of these runs something is wrong.
fn with_neighbour(wrong: &str, make_wrong: fn(&mut Run)) -> Vec<Run> {
    let mut runs = vec![
        run(1, 0),
        run(1, 1).tagged("simulation_output_id", SIM),
        run(1, 2).tagged("simulation_output_id", "another"),
        run(1, 3).under(2),
        run(1, 4),
        run(1, 5).under(1),
    ];
    runs.extend([root(2), run(2, 1), run(2, 2)]);
    runs.extend((3..30).map(|trace| run(trace, trace)));
    runs.iter_mut().filter(|run| run.id == wrong).for_each(make_wrong);
    runs
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_never_told_costs_itself_and_what_it_speaks_for() {
    let of = |trace: u32, runs: &[u32]| runs.iter().map(|run| id(trace, *run)).collect::<BTreeSet<String>>();
    let beside = of(2, &[0, 1, 2]);
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding([]))).await;
        for (broken, expected, untold) in [
            (id(1, 0), &of(1, &[1, 5]) | &beside, 1),
            (id(1, 1), beside.clone(), 0),
            (id(1, 2), &of(1, &[1, 5]) | &beside, 1),
            (id(1, 3), &of(1, &[1, 5]) | &beside, 1),
            (id(1, 4), &of(1, &[1, 5]) | &beside, 1),
            (id(1, 5), &of(1, &[1]) | &beside, 1),
            // Of the trace beside it, whose root is tagged: what is below the root is ours all the same.
            (id(2, 1), &of(1, &[1, 5]) | &of(2, &[0, 2]), 1),
            // Nobody's.
            (id(20, 20), &of(1, &[1, 5]) | &beside, 0),
        ] {
            let runs = with_neighbour(&broken, |run| run.breaks_its_page = true);
            reader.stand_in.set(unlimited(version(holding(runs))));
            let reading = reader.read().await.unwrap();
            let owned: BTreeSet<String> = owned_by(&reading, &[SIM]).map(|row| row.span_id().to_owned()).collect();
            assert_eq!(owned, expected, "{broken}");
            assert_eq!(reading.rejected.get("untold").copied().unwrap_or_default(), untold, "{broken}");
            let partial: BTreeSet<&str> = reading.partial_traces.iter().map(String::as_str).collect();
            let is_of_trace = |trace: u32| broken.starts_with(&format!("{trace:08x}"));
            let its_trace =
                [1, 2].into_iter().find(|trace| untold == 1 && is_of_trace(*trace)).map(|trace| id(trace, 0));
            assert_eq!(partial, its_trace.iter().map(String::as_str).collect(), "{broken}");
            assert_eq!((reading.cut, reading.discovery), (None, Discovery::Searched), "{broken}");
        }
    }
}

/// A row that is too large even alone is told without its payloads: it costs itself, and no more.
#[tokio::test(start_paused = true)]
async fn a_row_that_is_too_large_costs_itself() {
    let of = |trace: u32, runs: &[u32]| runs.iter().map(|run| id(trace, *run)).collect::<BTreeSet<String>>();
    let all = || &of(1, &[1, 5]) | &of(2, &[0, 1, 2]);
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        let reader = Reader::of(version(holding([]))).await;
        for (trace, run) in [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 0), (2, 1), (2, 2)] {
            let large = id(trace, run);
            let runs = with_neighbour(&large, |run| run.is_too_large = true);
            reader.stand_in.set(unlimited(version(holding(runs))));
            let reading = reader.read().await.unwrap();
            let owned: BTreeSet<String> = owned_by(&reading, &[SIM]).map(|row| row.span_id().to_owned()).collect();
            assert_eq!(owned, &all() - &[large.clone()].into(), "{large}");
            let outlines: Vec<_> =
                reading.outlines.iter().map(|outline| (outline.span_id.as_str(), outline.cause)).collect();
            assert_eq!(outlines, [(large.as_str(), "untold")]);
            assert!(reading.rejected.is_empty() && reading.partial_traces.is_empty() && reading.cut.is_none());
        }
    }
}
