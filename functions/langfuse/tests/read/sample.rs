//! The newest rows alone: which keys stand on them.

use std::time::Duration;

use serde_json::json;
use spanlift_importer::Discovery;
use spanlift_model::PlatformError;
use spanlift_model::correlation::{Key, KeyShare};
use stand_in_langfuse::Edition;

use crate::agent::{call, holding, of_edition, ours, untagged};
use crate::reader::{Reader, serve, version};

#[tokio::test(start_paused = true)]
async fn says_which_keys_stand_on_how_much() {
    let scenario = || holding([ours(1, 0, 3), untagged(2, 100, 3), call(3, 200, 0, json!({"session_id": "another"}))]);
    let server = serve(scenario()).await;
    let reading = Reader::of(&server).newest(1_000).read().await.unwrap();
    assert_eq!((reading.sample.rows(), reading.sample.traces(), version(&reading)), (9, 3, "v2".to_owned()));
    let shares = [Key::SimulationOutputId, Key::SessionId].map(|key| KeyShare { key, rows: 1, traces: 1 });
    assert_eq!(reading.sample.keys(), shares);
    assert_eq!((reading.discovery, reading.cut, reading.requests), (Discovery::Whole, None, 1));
    assert!(reading.spans.is_empty() && reading.sightings.is_tagged());
    // A trace of v1 is a row too, and says what its root says.
    let server = serve(of_edition(Edition::V3, scenario())).await;
    let reading = Reader::of(&server).newest(1_000).read().await.unwrap();
    assert_eq!((reading.sample.traces(), version(&reading)), (3, "v1 (3.225.4)".to_owned()));
    let keys: Vec<(Key, u64)> = reading.sample.keys().iter().map(|share| (share.key, share.traces)).collect();
    assert_eq!(keys, [(Key::SimulationOutputId, 1), (Key::SessionId, 1)]);
}

#[tokio::test(start_paused = true)]
async fn looks_at_the_newest_only() {
    for edition in [Edition::V4, Edition::V3] {
        let many = (10..700).map(|number| untagged(number, 10_000 + i64::try_from(number).unwrap(), 2));
        let server = serve(of_edition(edition, holding(std::iter::once(ours(1, 0, 3)).chain(many)))).await;
        let reading = Reader::of(&server).newest(1_000).read().await.unwrap();
        assert_eq!(reading.sample.rows(), 1_000, "{edition:?}");
        assert_eq!((reading.sample.keys(), reading.discovery), (Vec::new(), Discovery::Unfinished), "{edition:?}");
        let most = if edition == Edition::V4 { 1 } else { 15 };
        assert!(reading.requests <= most, "{edition:?} {}", reading.requests);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_at_all_is_an_answer_and_no_time_is_none() {
    for edition in [Edition::V4, Edition::V3] {
        let server = serve(of_edition(edition, holding([]))).await;
        let reading = Reader::of(&server).newest(1_000).read().await.unwrap();
        assert_eq!(reading.sample.rows(), 0, "{edition:?}");
        let late = Reader::of(&server).newest(1_000).budget(Duration::ZERO).read().await;
        assert_eq!(late.unwrap_err(), PlatformError::Timeout, "{edition:?}");
    }
}
