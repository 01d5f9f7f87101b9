//! Where tags stand, how they are written, and what stands beside them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stand_in_langsmith::{Limits, Run, Scenario};

use crate::reader::{Reader, normalized, owned_by};
use crate::runs::{RunExt as _, SIM, holding, id, on_v1, on_v2, run};
use crate::worker::{named, rows, telling};

const KEYS: [&str; 5] = ["simulation_output_id", "coval_simulation_output_id", "session_id", "session.id", "sessionId"];

async fn owned(reader: &Reader, rows: &[Value], version: fn(Scenario) -> Scenario) -> BTreeSet<String> {
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    reader.stand_in.set(telling(&rows, version));
    reader.owned().await
}

/// The worker's rows with the tags of A and B behind so much else, in a place that a version has for metadata.
fn behind(filling: &Value, place: fn(&mut Value, Value)) -> Vec<Value> {
    let with = |(_, mut row): (&str, Value)| {
        let tag = row["extra"]["metadata"]["simulation_output_id"].take();
        let mut metadata = json!({});
        if tag.is_string() {
            metadata = json!({"a_note": filling, "simulation_output_id": tag});
        }
        row["extra"] = json!({"runtime": {}});
        place(&mut row, metadata);
        row
    };
    rows().into_iter().map(with).collect()
}

/// Whatever of the metadata is cut when it is stored.
#[tokio::test]
async fn a_tag_is_read_behind_any_amount_of_metadata() {
    let reader = Reader::of(holding([])).await;
    let places: [fn(&mut Value, Value); 4] = [
        |row, metadata| row["extra"]["metadata"] = metadata,
        |row, metadata| row["metadata"] = metadata,
        |row, metadata| row["metadata"] = json!(metadata.to_string()),
        |row, metadata| {
            row["metadata"] = json!({"other": 1});
            row["extra"]["metadata"] = metadata;
        },
    ];
    let numbers = Value::from(vec![7; 60_000]);
    let texts = Value::from(vec!["x".repeat(900); 400]);
    assert_eq!(owned(&reader, &behind(&json!("x".repeat(2_500_000)), places[0]), on_v1).await, named("AD"));
    for filling in [json!("x".repeat(80_000)), json!("\\\"é".repeat(30_000)), numbers, texts] {
        for place in places {
            assert_eq!(owned(&reader, &behind(&filling, place), on_v2).await, named("AD"));
        }
        assert_eq!(owned(&reader, &behind(&filling, places[0]), on_v1).await, named("AD"));
    }
}

#[tokio::test]
async fn a_large_value_is_cut_where_it_is_stored_and_the_tag_stays() {
    let rows = behind(&json!("x".repeat(200_000)), |row, metadata| row["extra"]["metadata"] = metadata);
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    let reader = Reader::of(telling(&rows, on_v1)).await;
    let reading = reader.read().await.unwrap();
    assert!(reading.bytes < 500_000, "{}", reading.bytes);
    let span = normalized(owned_by(&reading, &[SIM]).next().unwrap());
    assert_eq!(span.attributes.get("simulation_output_id"), Some(SIM));
    assert!(span.attributes.get("langsmith.metadata.a_note").unwrap().len() <= 65_536);
}

/// Under every key, written in every way.
#[tokio::test]
async fn a_tag_is_text_a_number_or_padded() {
    let hint = "1234567890123456789012";
    let in_other_words = format!("\"\\u0031{}\"", hint.trim_start_matches('1'));
    let ways =
        [format!("\"{hint}\""), hint.to_owned(), format!("\"  {hint} \""), format!("\"{hint}\\n\""), in_other_words];
    let reader = Reader::of(holding([])).await.hints(&[hint]);
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for key in KEYS {
            for way in &ways {
                let rows: Vec<String> = rows()
                    .into_iter()
                    .map(|(_, row)| {
                        let row = row.to_string().replace("simulation_output_id", key);
                        row.replace(&format!("\"{SIM}\""), way)
                    })
                    .collect();
                reader.stand_in.set(telling(&rows, version));
                assert_eq!(reader.owned().await, named("AD"), "{key}: {way}");
            }
        }
    }
}

/// v2 tells metadata in two places: another value of a specific key in either of them is another's.
#[tokio::test]
async fn both_places_of_v2_count() {
    let reader = Reader::of(holding([])).await;
    for (extra, beside, expected) in [
        (json!({"simulation_output_id": SIM}), json!({}), "AD"),
        (json!({}), json!({"simulation_output_id": SIM}), "AD"),
        (json!({"simulation_output_id": SIM}), json!({"simulation_output_id": SIM}), "AD"),
        (json!({"simulation_output_id": SIM}), json!({"simulation_output_id": "another"}), ""),
        (json!({"simulation_output_id": "another"}), json!({"simulation_output_id": SIM}), ""),
        (json!({"session_id": SIM}), json!({"coval_simulation_output_id": "another"}), ""),
        (json!({"session_id": "thread-7"}), json!({"simulation_output_id": SIM}), "AD"),
    ] {
        let rows: Vec<Value> = rows()
            .into_iter()
            .map(|(name, mut row)| {
                if name == "A" {
                    row["extra"]["metadata"] = extra.clone();
                    row["metadata"] = beside.clone();
                }
                row
            })
            .collect();
        assert_eq!(owned(&reader, &rows, on_v2).await, named(expected), "{extra} {beside}");
    }
}

/// Every run below bears what its ancestors bear, unless it says otherwise: that is what LangSmith's SDKs do.
fn inheriting(mut runs: Vec<Run>) -> Vec<Run> {
    for index in 0..runs.len() {
        let parent = runs[index].parent_run_id.clone();
        let above = runs.iter().find(|run| Some(&run.id) == parent.as_ref());
        let mut metadata = above.map_or_else(|| json!({}), |run| run.extra["metadata"].clone());
        let own = runs[index].extra.get("metadata").cloned().unwrap_or_default();
        metadata.as_object_mut().unwrap().extend(own.as_object().cloned().unwrap_or_default());
        runs[index].extra.insert("metadata".to_owned(), metadata);
    }
    runs
}

/// The root of a call bears our tag; below it sub-agents have sessions and threads of their own.
#[tokio::test]
async fn sessions_below_our_root_lose_nothing() {
    let values = ["thread-7", "6b1f7c52-0d7e-4a36-9a3e-1f2f8f6c9a01", "user@example.com", "thread-7"];
    let reader = Reader::of(holding([])).await;
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for root_key in ["simulation_output_id", "session_id", "session.id"] {
            for (key, value) in ["session_id", "session.id", "sessionId", "thread_id"].into_iter().zip(values) {
                let runs = vec![
                    run(1, 0).tagged(root_key, SIM),
                    run(1, 1),
                    run(1, 2).under(1).tagged(key, value),
                    run(1, 3).under(2),
                    run(1, 4).under(3).tagged(key, "thread-8"),
                    run(1, 5),
                ];
                let expected: BTreeSet<String> = (0..6).map(|run| id(1, run)).collect();
                for runs in [inheriting(runs.clone()), runs] {
                    reader.stand_in.set(version(holding(runs)));
                    assert_eq!(reader.owned().await, expected, "{root_key}, {key} = {value}");
                }
            }
        }
    }
}

/// Two calls below one worker are split, whether or not the SDK hands metadata down.
#[tokio::test]
async fn two_calls_of_one_worker_are_split() {
    let other = "9kQmvTbYXrj7HcvfEsUkWd";
    let mut reader = Reader::of(holding([])).await;
    for version in [on_v1 as fn(Scenario) -> Scenario, on_v2] {
        for key in KEYS {
            for worker in [None, Some(("session_id", "worker-3"))] {
                let mut root = run(1, 0);
                if let Some((key, value)) = worker {
                    root = root.tagged(key, value);
                }
                let runs = vec![
                    root,
                    run(1, 1).tagged(key, SIM),
                    run(1, 2).under(1),
                    run(1, 3).tagged(key, other),
                    run(1, 4).under(3),
                    run(1, 5),
                ];
                for runs in [inheriting(runs.clone()), runs] {
                    let limits = Limits { v1: 100, ..Limits::default() };
                    reader.stand_in.set(Scenario { limits, ..version(holding(runs)) });
                    for (call, expected) in [(SIM, [1, 2]), (other, [3, 4])] {
                        reader = reader.hints(&[call]);
                        let expected = expected.map(|run| id(1, run));
                        assert_eq!(reader.owned().await, expected.into(), "{key}, {worker:?}");
                    }
                }
            }
        }
    }
}
