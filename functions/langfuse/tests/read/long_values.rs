//! A tag behind much else in the same metadata.

use serde_json::{Map, Value, json};
use stand_in_langfuse::{Edition, Observation};

use crate::agent::{OTHER, SIM, holding, members, of_edition, others, untagged};
use crate::reader::{Reader, owned, serve};

const KIB: usize = 1024;

/// So many bytes, in the shapes that they come in.
fn bulk(bytes: usize) -> [Value; 4] {
    let text = "said \"this\"\n".repeat(bytes / 12);
    let numbers: Vec<Value> = (0..bytes / 7).map(|number| json!(number % 997)).collect();
    let samples: Map<String, Value> = (0..bytes / 20).map(|number| (format!("sample {number}"), json!(0.5))).collect();
    let nested = (0..100).fold(json!("x".repeat(bytes)), |inner, _| json!([inner]));
    [json!(text), json!(numbers), Value::Object(samples), nested]
}

/// The ways in which metadata reaches Langfuse.
fn placed(tag: &Map<String, Value>, bulk: &Value) -> Vec<Observation> {
    let mut metadata = members(json!({"bulk": bulk}));
    metadata.extend(tag.clone());
    let text = json!(metadata).to_string();
    let with = |change: &dyn Fn(&mut Observation)| {
        let mut row = untagged(1, 0, 0).remove(0);
        change(&mut row);
        row
    };
    vec![
        with(&|row| row.metadata.clone_from(&metadata)),
        with(&|row| row.attributes.clone_from(&metadata)),
        with(&|row| row.resource_attributes.clone_from(&metadata)),
        with(&|row| row.attributes = members(json!({"metadata": text}))),
        with(&|row| row.attributes = members(json!({"metadata": metadata}))),
    ]
}

/// The row, below it what has no word of its own, and beside that a span of ours.
async fn assert_heard(row: Observation, tag: &str, editions: &[Edition]) {
    let mut below = untagged(1, 1_000, 0).remove(0);
    "below".clone_into(&mut below.id);
    below.parent = Some(row.id.clone());
    let mut beside = below.clone();
    "beside".clone_into(&mut beside.id);
    beside.metadata = members(json!({"simulation_output_id": SIM}));
    let expected = if tag == SIM { 3 } else { 1 };
    let scenario = holding([vec![row, below, beside], others(2, 0, 1)]);
    for edition in editions {
        let server = serve(of_edition(*edition, scenario.clone())).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(owned(&reading), [(1, expected)].into(), "{edition:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_is_read_however_much_stands_before_it() {
    for bulk in bulk(80 * KIB) {
        for tag in [SIM, OTHER] {
            for row in placed(&members(json!({"simulation_output_id": tag})), &bulk) {
                assert_heard(row, tag, &[Edition::V4, Edition::V3]).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_is_read_behind_megabytes() {
    for bulk in &bulk(2_000 * KIB)[..2] {
        // As metadata, and as JSON text.
        for row in placed(&members(json!({"simulation_output_id": OTHER})), bulk).into_iter().step_by(3) {
            assert_heard(row, OTHER, &[Edition::V4]).await;
        }
    }
}
