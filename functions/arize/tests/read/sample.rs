//! The newest rows alone: which keys stand on them.

use std::time::Duration;

use spanlift_importer::Discovery;
use spanlift_model::correlation::{Key, KeyShare};
use spanlift_model::{PlatformError, Truncation};
use stand_in_phoenix::{Scenario, Span};

use crate::phoenix::{Describe as _, newest, of_version, start};
use crate::reader::{Reader, SIM};
use crate::spans::{Build as _, span};

/// So many untagged traces of a span each.
fn crowd(count: u64) -> impl Iterator<Item = Span> {
    (0..count).map(|number| span(1_000 + number, 0))
}

fn ours() -> [Span; 3] {
    let tagged = span(1, 1).with("simulation_output_id", SIM).with("session.id", "s-1");
    [tagged, span(1, 2).under(1), span(2, 1).with("metadata.session_id", "another")]
}

#[tokio::test]
async fn says_which_keys_stand_on_how_much() {
    for scenario in [newest(), of_version(12, 0)] {
        let phoenix = start(scenario.holding(crowd(7).chain(ours()))).await;
        let reading = Reader::of(&phoenix).newest(1_000).read().await.unwrap();
        assert_eq!((reading.sample.rows(), reading.discovery, reading.cut), (10, Discovery::Whole, None));
        let share = |key, rows, traces| KeyShare { key, rows, traces };
        let mut keys = reading.sample.keys();
        keys.retain(|share| share.key != Key::SessionIdCamel);
        assert_eq!(
            keys,
            [share(Key::SimulationOutputId, 1, 1), share(Key::SessionId, 1, 1), share(Key::SessionDotId, 1, 1),]
        );
        assert!(reading.spans.is_empty() && reading.sightings.is_tagged());
        assert_eq!(reading.requests, 1);
    }
}

/// What was inserted last is looked at, and no more pages than hold it.
#[tokio::test]
async fn looks_at_the_newest_only() {
    let phoenix = start(newest().with_pages_of(20).holding(ours().into_iter().chain(crowd(200)))).await;
    let reading = Reader::of(&phoenix).newest(50).read().await.unwrap();
    assert_eq!((reading.sample.rows(), reading.discovery, reading.cut), (50, Discovery::Unfinished, None));
    assert!(!reading.sample.keys().iter().any(|share| share.key == Key::SimulationOutputId));
    assert!(reading.requests <= 4, "{}", reading.requests);
}

#[tokio::test]
async fn nothing_at_all_is_an_answer_and_no_time_is_none() {
    let phoenix = start(newest()).await;
    let reading = Reader::of(&phoenix).newest(1_000).read().await.unwrap();
    assert_eq!((reading.sample.rows(), reading.discovery), (0, Discovery::Whole));
    let phoenix = start(newest().holding(ours())).await;
    let late = Reader::of(&phoenix).newest(1_000).budget(Duration::ZERO).read().await;
    assert_eq!(late.unwrap_err(), PlatformError::Timeout);
    let none = start(Scenario::default()).await;
    assert!(matches!(Reader::of(&none).newest(9).read().await, Err(PlatformError::NotFound { .. })));
}

/// A server that tells one page for ever.
#[tokio::test]
async fn a_walk_that_leads_nowhere_ends() {
    let phoenix = start(newest().with_pages_of(1).holding(crowd(30))).await;
    let reading = Reader::of(&phoenix).newest(10).read().await.unwrap();
    assert_eq!(reading.sample.rows(), 10);
    assert_ne!(reading.cut, Some(Truncation::Size));
}
