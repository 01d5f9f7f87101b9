//! How many requests a reading makes: for a typical call, and for one as large as an import takes.

use serde_json::json;
use spanlift_importer::Discovery;
use stand_in_langsmith::Run;

use crate::reader::{Reader, owned_by};
use crate::runs::{RunExt as _, SIM, holding, on_v2, root, run};

/// A call of so many runs, with 2 KB of text on each.
fn call(runs: u32) -> impl Iterator<Item = Run> {
    let text = "said ".repeat(400);
    let runs = std::iter::once(root(1)).chain((1..runs).map(|number| run(1, number)));
    runs.map(move |run| run.outputs(json!({"text": text})))
}

/// The requests of a reading once the project is known, and what they found.
async fn requests(runs: u32) -> (usize, u64) {
    let reader = Reader::of(on_v2(holding(call(runs)))).await;
    reader.read().await.unwrap();
    let reading = reader.read().await.unwrap();
    assert_eq!((reading.cut, reading.discovery, reading.partial_traces.len()), (None, Discovery::Whole, 0));
    (owned_by(&reading, &[SIM]).count(), reading.requests)
}

/// Whole rows of the window, and side by side with them what its traces have outside of it.
#[tokio::test]
async fn a_typical_call_takes_two() {
    assert_eq!(requests(60).await, (60, 2));
}

/// One page brings the runs of a call as large as an import takes.
#[tokio::test]
async fn five_hundred_runs_take_two_too() {
    assert_eq!(requests(500).await, (500, 2));
}
