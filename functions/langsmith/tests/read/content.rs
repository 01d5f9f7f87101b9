//! Payloads in blob storage.

use serde_json::json;
use stand_in_langsmith::{Fault, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, on_v1, root, run};

fn offloaded(run: Run) -> Run {
    run.with(|run| run.is_offloaded = true)
}

fn downloads(reader: &Reader) -> usize {
    reader.paths().iter().filter(|path| *path == "/public/download").count()
}

#[tokio::test]
async fn offloaded_payloads_are_fetched_without_the_key() {
    for base in ["", "<host>"] {
        let mut scenario = on_v1(holding([offloaded(root(1)), offloaded(run(1, 1).kind("llm"))]));
        let reader = Reader::of(scenario.clone()).await;
        scenario.blob_base = base.replace("<host>", &reader.stand_in.url());
        reader.stand_in.set(scenario);
        let spans = reader.spans().await;
        for (span, number) in spans.iter().zip(0..) {
            assert_eq!(span.attributes.get("input"), Some(json!({"question": number}).to_string().as_str()));
            assert_eq!(span.attributes.get("output"), Some(json!({"answer": number}).to_string().as_str()));
            assert_eq!(span.attributes.get("langsmith.inputs_offloaded"), None);
        }
        assert!(reader.stand_in.requests().iter().all(|asked| asked.has_key != asked.path.contains("download")));
    }
}

#[tokio::test]
async fn nothing_is_fetched_from_another_host() {
    let scenario = Scenario { blob_base: "https://bucket.example".to_owned(), ..on_v1(holding([offloaded(root(1))])) };
    let reader = Reader::of(scenario).await;
    let spans = reader.spans().await;
    assert_eq!(downloads(&reader), 0);
    assert_eq!(spans[0].attributes.get("input"), None);
    assert_eq!(spans[0].attributes.get("langsmith.inputs_offloaded"), Some("true"));
    assert_eq!(spans[0].attributes.get("langsmith.outputs_offloaded"), Some("true"));
}

#[tokio::test]
async fn no_more_is_fetched_than_is_worth_it() {
    let mut runs = vec![offloaded(root(1)), offloaded(run(1, 1))];
    runs.extend((2..20).map(|index| offloaded(run(1, index).kind("tool"))));
    // Somebody else's.
    runs.push(offloaded(run(1, 90).kind("llm").tagged("simulation_output_id", "another")));
    let reader = Reader::of(on_v1(holding(runs.clone()))).await;
    reader.read().await.unwrap();
    assert_eq!(downloads(&reader), 20);
    let reader = Reader::of(on_v1(holding(runs.clone()))).await.with("capture_content", false);
    reader.read().await.unwrap();
    assert_eq!(downloads(&reader), 0);
    // A blob that is gone costs its content, not the import.
    let gone = Fault { path: "/download".to_owned(), status: 404, ..Fault::default() };
    let reader = Reader::of(Scenario { faults: vec![gone], ..on_v1(holding([offloaded(root(1))])) }).await;
    assert_eq!(reader.spans().await[0].attributes.get("langsmith.inputs_offloaded"), Some("true"));
}
