//! A row that cannot be read, anywhere in a trace: it takes nobody's span along, and nobody's into our call.

use std::collections::BTreeSet;

use serde_json::json;
use stand_in_langfuse::{Observation, RAW, Scenario};

use crate::agent::{OTHER, SIM, at, both, holding, members, others, trace};
use crate::reader::{Reader, ours, serve};

/// What makes a row one that is hard to read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// JSON of a lenient writer, in its metadata.
    Lenient(&'static str),
    /// A member told otherwise.
    Told(&'static str, &'static str),
    /// A byte that is no text.
    Byte,
    /// The server breaks on it.
    Breaks,
}

const FAULTS: [Fault; 14] = [
    Fault::Lenient(RAW[0]),
    Fault::Lenient(RAW[1]),
    Fault::Lenient(RAW[2]),
    Fault::Told("startTime", "\"9999-01-01T00:00:00.000Z\""),
    Fault::Told("startTime", "\"soon\""),
    Fault::Told("startTime", "null"),
    Fault::Told("startTime", "{\"at\": 7}"),
    Fault::Told("parentObservationId", "7"),
    Fault::Byte,
    Fault::Told("id", "null"),
    Fault::Told("id", "[\"a\"]"),
    Fault::Told("traceId", "null"),
    Fault::Told("traceId", "7"),
    Fault::Breaks,
];

/// What is left of the row.
#[derive(Clone, Copy, PartialEq)]
enum Left {
    All,
    /// Its place in the tree and its tags.
    Outline,
    /// Its place in the tree.
    Place,
    Nothing,
}

impl Fault {
    fn apply(self, row: &mut Observation) {
        match self {
            Self::Lenient(value) => {
                row.metadata.insert("note".to_owned(), json!(value));
            }
            Self::Told(name, value) => {
                row.told.insert(name.to_owned(), serde_json::from_str(value).unwrap());
            }
            Self::Byte => {
                row.metadata.insert("note".to_owned(), json!("a byte: \u{ffff}"));
            }
            Self::Breaks => row.breaks_its_page = true,
        }
    }

    fn leaves(self) -> Left {
        match self {
            Self::Lenient(_) => Left::All,
            Self::Told("startTime" | "parentObservationId", _) => Left::Outline,
            Self::Byte => Left::Place,
            Self::Told(..) | Self::Breaks => Left::Nothing,
        }
    }
}

/// Among more rows than a page holds.
fn busy(rows: Vec<Observation>) -> Scenario {
    let foreign = (100..163).map(|number| others(number, i64::try_from(number).unwrap() * 100, 3));
    holding(foreign.chain([rows]))
}

fn span(name: &str, parent: Option<&str>, start: i64, tag: Option<&str>) -> Observation {
    let mut row = Observation::new(trace(1), name, at(start));
    row.end = Some(at(start + 500));
    row.parent = parent.map(str::to_owned);
    if let Some(tag) = tag {
        row.metadata = members(json!({"simulation_output_id": tag}));
    }
    row
}

/// A worker's trace: two spans of ours and one of another call, something below each, and something of nobody.
fn worker() -> Vec<Observation> {
    let (sim, other) = (Some(SIM), Some(OTHER));
    vec![
        span("R", None, 0, None),
        span("A", Some("R"), 1_000, sim),
        span("D", Some("A"), 2_000, None),
        span("B", Some("R"), 3_000, other),
        span("C", Some("B"), 4_000, None),
        span("U", Some("R"), 5_000, None),
        span("E", Some("R"), 6_000, sim),
        span("F", Some("E"), 7_000, None),
    ]
}

/// A call of our own: everything in it is ours.
fn call() -> Vec<Observation> {
    vec![
        span("R", None, 0, Some(SIM)),
        span("A", Some("R"), 1_000, None),
        span("D", Some("A"), 2_000, None),
        span("E", Some("R"), 3_000, Some(SIM)),
        span("F", Some("E"), 4_000, None),
    ]
}

fn is_below(rows: &[Observation], id: &str, above: &str) -> bool {
    let parent = rows.iter().find(|row| row.id == id).and_then(|row| row.parent.as_deref());
    parent.is_some_and(|parent| parent == above || is_below(rows, parent, above))
}

fn has_tag_between(rows: &[Observation], id: &str, above: &str) -> bool {
    let row = rows.iter().find(|row| row.id == id).unwrap();
    id != above
        && (row.metadata.contains_key("simulation_output_id")
            || row.parent.as_deref().is_some_and(|parent| has_tag_between(rows, parent, above)))
}

/// What is ours of `sound`, if `broken` is read with `left` of it. The rule, written once more: without its tags, what
/// is below the broken row is nobody's up to the next tag; where the row itself or its trace is lost, what has no tag
/// on it or above it is nobody's either.
fn expected(rows: &[Observation], sound: &[&str], broken: &str, left: Left) -> BTreeSet<String> {
    let tag_above = |id: &str| {
        let mut at = rows.iter().find(|row| row.id == id);
        while let Some(row) = at.filter(|row| row.id != broken || left == Left::Outline) {
            if row.metadata.contains_key("simulation_output_id") {
                return true;
            }
            at = rows.iter().find(|above| Some(&above.id) == row.parent.as_ref());
        }
        false
    };
    let is_lost = |id: &str| match left {
        Left::All => false,
        Left::Outline => id == broken,
        Left::Place | Left::Nothing => {
            let is_cut_off = is_below(rows, id, broken) && !has_tag_between(rows, id, broken);
            id == broken || is_cut_off || !tag_above(id)
        }
    };
    sound.iter().filter(|id| !is_lost(id)).map(|id| (*id).to_owned()).collect()
}

async fn assert_ours(rows: &dyn Fn() -> Vec<Observation>, sound: &[&str]) {
    let ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    for (broken, fault) in ids.iter().flat_map(|id| FAULTS.map(|fault| (id, fault))) {
        let mut rows = rows();
        let expected = expected(&rows, sound, broken, fault.leaves());
        fault.apply(rows.iter_mut().find(|row| row.id == *broken).unwrap());
        let mut scenarios = both(&holding([rows.clone()])).to_vec();
        if matches!(fault, Fault::Byte | Fault::Breaks | Fault::Told("id" | "startTime", "null")) {
            scenarios.push(busy(rows));
        }
        for scenario in scenarios {
            let edition = scenario.edition;
            let server = serve(scenario).await;
            let reading = Reader::of(&server).read().await.unwrap();
            for is_last_pass in [false, true] {
                let found: BTreeSet<String> = ours(&reading, SIM, is_last_pass).into_iter().map(|(_, id)| id).collect();
                assert_eq!(found, expected, "{broken} with {fault:?} on {edition:?}, last pass: {is_last_pass}");
            }
            let is_told = fault.leaves() == Left::All
                || reading.outlines.iter().any(|outline| outline.span_id == *broken)
                || (!reading.rejected.is_empty() && reading.partial_traces == [trace(1)].into());
            assert!(is_told, "{broken} with {fault:?} on {edition:?}: {:?}", reading.rejected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_takes_no_other_calls_spans_into_ours() {
    assert_ours(&worker, &["A", "D", "E", "F"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_costs_itself_and_what_only_it_could_tell_of() {
    assert_ours(&call, &["R", "A", "D", "E", "F"]).await;
}

/// One trace with a row that breaks the pages costs the others nothing.
#[tokio::test(start_paused = true)]
async fn the_other_traces_of_a_page_that_breaks_are_whole() {
    for fault in FAULTS.into_iter().filter(|fault| fault.leaves() == Left::Nothing) {
        let mut rows = call();
        fault.apply(&mut rows[2]);
        let mut traces = vec![rows];
        for number in 2..=8 {
            traces.push(crate::agent::ours(number, i64::try_from(number).unwrap() * 700, 3));
        }
        for scenario in both(&holding(traces)) {
            let server = serve(scenario).await;
            let reading = Reader::of(&server).read().await.unwrap();
            assert_eq!(reading.partial_traces, [trace(1)].into(), "{fault:?}");
            assert_eq!(reading.spans.len(), 4 + 7 * 4, "{fault:?}");
        }
    }
}
