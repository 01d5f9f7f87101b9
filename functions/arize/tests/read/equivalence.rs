//! The heart: whatever a project holds and whatever a server can do, every reading plan finds the same spans, and
//! these are the ones that correlation over the whole project finds.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use spanlift_model::correlation::{Key, Label, Sightings, correlate};
use spanlift_model::{Hint, SourceSpan, Timestamp};
use stand_in_phoenix::{Scenario, Span};

use crate::phoenix::{of_version, start};
use crate::reader::{PROJECT, Reader, name, only_attempt, owned_by, question, window};
use crate::spans::{Build as _, span, trace_id};

const HINTS: [&str; 2] = ["sim-1", "4711"];

/// A span of the drawing: its trace, its parent's number in it, when it starts, and its labels.
#[derive(Clone, Debug)]
struct Drawn {
    trace: u64,
    parent: Option<u64>,
    /// Seconds from the begin of the call.
    starts: i64,
    labels: Vec<(usize, Place, usize)>,
    /// Phoenix breaks on it while it tells the plain form.
    is_poison: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Own,
    Metadata,
    /// In a JSON text, a name with a dot as two levels.
    Json,
    /// In a JSON text, a name with a dot as it is. It is told as the former is, but no search finds it.
    DottedJson,
}

fn values() -> Vec<Value> {
    vec![
        json!("sim-1"),
        json!("4711"),
        json!(4711),
        json!(4711.0),
        json!("sim-2"),
        json!(" "),
        json!("agent's own"),
        json!(true),
    ]
}

fn drawn(in_json: Place) -> impl Strategy<Value = Drawn> {
    let place = prop_oneof![Just(Place::Own), Just(Place::Metadata), Just(in_json)];
    let label = (0..Key::ALL.len(), place, prop_oneof![3 => Just(0), 2 => 0..values().len()]);
    let starts = prop_oneof![
        6 => 0_i64..300,
        2 => -360..660_i64,
        2 => -4_200..4_500_i64,
        // The edges: of the padded window, and an hour beyond it.
        1 => prop_oneof![Just(-361_i64), Just(-360), Just(660), Just(661), Just(-3_961), Just(-3_960), Just(4_260), Just(4_261)],
    ];
    (
        1_u64..6,
        proptest::option::weighted(0.7, 1_u64..8),
        starts,
        prop_oneof![3 => Just(Vec::new()), 2 => proptest::collection::vec(label, 1..3)],
        proptest::bool::weighted(0.03),
    )
        .prop_map(|(trace, parent, starts, labels, is_poison)| Drawn { trace, parent, starts, labels, is_poison })
}

impl Drawn {
    fn into_sent(self, number: u64) -> Span {
        let starts = Duration::from_secs(self.starts.unsigned_abs());
        let from = window().from;
        let at = if self.starts < 0 { from.minus(starts) } else { from.plus(starts) };
        let mut sent = span(self.trace, number).at(at);
        if let Some(parent) = self.parent {
            sent = sent.under(parent);
        }
        let mut metadata = serde_json::Map::new();
        for (key, place, value) in self.labels {
            let (key, value) = (Key::ALL[key].as_str(), values()[value].clone());
            match place {
                Place::Own => sent = sent.with(key, value),
                Place::Metadata => sent = sent.with(&format!("metadata.{key}"), value),
                Place::Json if let Some((outer, inner)) = key.split_once('.') => {
                    metadata.insert(outer.to_owned(), json!({inner: value}));
                }
                Place::Json | Place::DottedJson => {
                    metadata.insert(key.to_owned(), value);
                }
            }
        }
        if !metadata.is_empty() {
            sent = sent.with("metadata", Value::Object(metadata).to_string());
        }
        if self.is_poison {
            sent = sent.kind(3);
        }
        sent
    }
}

/// A row of the table, with its labels read straight from what was stored.
struct Stored {
    span: Span,
    labels: Vec<Label>,
}

impl Stored {
    fn new(span: Span) -> Self {
        let told = span.told_attributes();
        let value = |name: &str| match told.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string().trim_end_matches(".0").to_owned()),
            other => Some(other.to_string()),
        };
        let labels = Key::ALL.into_iter().flat_map(|key| {
            ["", "metadata."]
                .into_iter()
                .filter_map(move |prefix| Label::new(key, value(&format!("{prefix}{}", key.as_str()))?))
        });
        Self { labels: labels.collect(), span }
    }
}

impl SourceSpan for Stored {
    fn trace_id(&self) -> &str {
        &self.span.trace_id
    }
    fn span_id(&self) -> &str {
        &self.span.span_id
    }
    fn parent_id(&self) -> Option<&str> {
        self.span.parent_id.as_deref()
    }
    fn name(&self) -> &'static str {
        ""
    }
    fn started_at(&self) -> Timestamp {
        self.span.start_time
    }
    fn ended_at(&self) -> Option<Timestamp> {
        None
    }
    fn labels(&self) -> &[Label] {
        &self.labels
    }
}

/// What is owned of the whole table, and why nothing is, if nothing is.
fn expected(spans: Vec<Span>) -> (BTreeSet<String>, Sightings) {
    let spans: Vec<Stored> = spans
        .into_iter()
        .filter(|span| span.project == PROJECT && window().whole_trace().contains(span.start_time))
        .map(Stored::new)
        .collect();
    let hints = HINTS.map(|hint| hint.parse::<Hint>().unwrap());
    let attempts = only_attempt();
    let owners = correlate(&spans, &[], &HashSet::<String>::new(), &question(&hints, &attempts)).spans;
    let owned = spans.iter().zip(owners).filter(|(_, owner)| owner.is_candidate());
    let owned = owned.map(|(span, _)| name(span.trace_id(), span.span_id())).collect();
    let mut sightings = Sightings::default();
    for span in spans.iter().filter(|span| window().discovery().contains(span.started_at())) {
        sightings.add(span.labels());
    }
    (owned, sightings)
}

#[test]
fn every_plan_finds_what_the_whole_project_shows() {
    compares(Place::Json);
}

#[test]
fn every_plan_finds_what_no_search_finds() {
    compares(Place::DottedJson);
}

fn compares(in_json: Place) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let with_matches = Cell::new(0);
    let input = (proptest::collection::vec(drawn(in_json), 1..30), prop_oneof![Just(1_000_usize), 1_usize..12]);
    let result = runner.run(&input, |(drawn, page_rows)| {
        runtime.block_on(async {
            for (version, tells_version) in [
                ((12, 0), true),
                ((13, 9), true),
                ((14, 9), true),
                ((20, 16), true),
                ((12, 0), false),
                ((20, 16), false),
            ] {
                let mut server = Scenario { tells_version, page_rows, ..of_version(version.0, version.1) };
                for (number, drawn) in (1..).zip(drawn.clone()) {
                    // A trace belongs to one project.
                    let project = if drawn.trace == 5 { "elsewhere" } else { PROJECT };
                    server.spans.push(drawn.into_sent(number).of(project));
                }
                let (owned, sightings) = expected(server.spans.clone());
                let phoenix = start(server).await;
                let reading = Reader::of(&phoenix).hints(&HINTS).read().await.unwrap();
                prop_assert_eq!(owned_by(&reading, &HINTS), owned.clone(), "{:?} {}", version, tells_version);
                prop_assert_eq!((reading.cut, reading.rejected.len(), reading.partial_traces.len()), (None, 0, 0));
                with_matches.set(with_matches.get() + i32::from(owned.len() > 2));
                if owned.is_empty() {
                    prop_assert_eq!(reading.sightings.empty_reason(), sightings.empty_reason());
                }
                let unique: BTreeSet<_> = reading.spans.iter().map(|span| (span.trace_id(), span.span_id())).collect();
                prop_assert_eq!(unique.len(), reading.spans.len());
                prop_assert!(reading.spans.iter().all(|span| span.trace_id() != trace_id(5)));
            }
            Ok(())
        })
    });
    result.unwrap();
    assert!(with_matches.get() > 100, "most cases should find spans: {}", with_matches.get());
}
