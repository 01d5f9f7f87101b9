//! The newest runs alone: which keys stand on them.

use std::time::Duration;

use spanlift_importer::Discovery;
use spanlift_model::PlatformError;
use spanlift_model::correlation::{Key, KeyShare};
use stand_in_langsmith::Scenario;

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, on_v1, on_v2, root, run, window};

const VERSIONS: [fn(Scenario) -> Scenario; 2] = [on_v1, on_v2];

#[tokio::test(start_paused = true)]
async fn says_which_keys_stand_on_how_much() {
    for version in VERSIONS {
        let runs = [root(1), run(1, 1), run(2, 0).tagged("session_id", "another"), run(3, 0)];
        let reading = Reader::of(version(holding(runs))).await.newest(1_000).read().await.unwrap();
        assert_eq!((reading.sample.rows(), reading.sample.traces()), (4, 3));
        let shares = [Key::SimulationOutputId, Key::SessionId].map(|key| KeyShare { key, rows: 1, traces: 1 });
        assert_eq!(reading.sample.keys(), shares);
        assert_eq!((reading.discovery, reading.cut), (Discovery::Whole, None));
        assert!(reading.spans.is_empty() && reading.sightings.is_tagged());
    }
}

#[tokio::test(start_paused = true)]
async fn looks_at_the_newest_only() {
    for (version, rows) in VERSIONS.into_iter().zip([500, 1_000]) {
        let at = |index: u32| window().from.plus(Duration::from_secs(10) + Duration::from_millis(u64::from(index)));
        let many = (0..1_400).map(|index| run(100 + index, 0).starts(at(index)));
        let runs = many.chain([root(1).starts(window().from)]);
        let reading = Reader::of(version(holding(runs))).await.newest(1_000).read().await.unwrap();
        assert_eq!((reading.sample.rows(), reading.discovery), (rows, Discovery::Unfinished));
        assert_eq!((reading.sample.keys(), reading.sample.newest()), (Vec::new(), Some(at(1_399))));
        assert!(reading.requests <= 7, "{}", reading.requests);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_at_all_is_an_answer_and_no_time_is_none() {
    for version in VERSIONS {
        let reading = Reader::of(version(holding([]))).await.newest(1_000).read().await.unwrap();
        assert_eq!(reading.sample.rows(), 0);
    }
    let late = Reader::of(holding([root(1)])).await.newest(1_000).budget(Duration::ZERO).read().await;
    assert_eq!(late.unwrap_err(), PlatformError::Timeout);
}
