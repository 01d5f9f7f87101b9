//! The same scenario by both APIs is the same spans, row by row.

use std::collections::BTreeMap;

use langfuse::Row;
use langfuse::unwrap::unwrap;
use serde_json::json;
use spanlift_conventions::interpret;
use spanlift_model::{SourceSpan as _, Span};
use stand_in_langfuse::{Edition, Observation, Scenario, Trace};

use crate::agent::{SIM, at, holding, members, of_edition, others, ours, trace};
use crate::reader::{Reader, serve};

/// What only v1 knows: it has a trace of its own, and says of it what v2 says of no row.
const ONLY_V1: &[&str] = &["langfuse.trace.metadata.", "langfuse.trace.input", "langfuse.trace.output"];

#[tokio::test(start_paused = true)]
async fn v1_and_v2_tell_the_same() {
    let few = scenario(6);
    // Enough for listings in place of single traces.
    let many = scenario(60);
    for scenario in [few, many] {
        let v2 = spans(of_edition(Edition::V4, scenario.clone())).await;
        let v1 = spans(of_edition(Edition::V3, scenario.clone())).await;
        assert_eq!(v1.keys().collect::<Vec<_>>(), v2.keys().collect::<Vec<_>>());
        for (key, v1) in v1 {
            let mut v1 = v1;
            v1.attributes.retain(|name, _| !ONLY_V1.iter().any(|only| name.starts_with(only)));
            assert_eq!(v1, v2[&key]);
        }
    }
}

async fn spans(scenario: Scenario) -> BTreeMap<(String, String), Span> {
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(reading.cut, None);
    let span = |row: &Row| interpret(vec![unwrap(row.observation().unwrap())]).remove(0);
    reading.spans.iter().map(|row| ((row.trace_id().to_owned(), row.span_id().to_owned()), span(row))).collect()
}

fn scenario(traces: u64) -> Scenario {
    let mut scenario = holding(
        (1..=traces).map(|number| ours(number, i64::try_from(number).unwrap() * 1_000, 4)).chain([others(999, 0, 2)]),
    );
    scenario.projects[0].observations.extend(rich());
    scenario.projects[0].traces.push(Trace {
        id: trace(500),
        name: Some("voice-call".to_owned()),
        tags: vec!["voice".to_owned()],
        release: Some("2026.11.3".to_owned()),
        version: Some("1.4.2".to_owned()),
        environment: Some("production".to_owned()),
        input: json!({"caller": "+15550100"}),
        ..Trace::default()
    });
    scenario
}

/// One of everything that a row can hold.
fn rich() -> Vec<Observation> {
    let mut rows = ours(500, 100_000, 5);
    for row in &mut rows {
        row.session_id = Some("agents-own".to_owned());
        row.user_id = Some("caller-5512".to_owned());
        row.resource_attributes = members(json!({"service.name": "acme-voice-agent"}));
        row.scope = members(json!({"name": "langfuse-sdk", "attributes": {"public_key": "pk-lf-1"}}));
    }
    rows[0].metadata = members(json!({
        "simulation_output_id": SIM, "turns": 2, "flag": true, "nested": {"a": {"b": [1, {"c": null}]}}, "none": null,
        "numeric": "12345", "text": "caf\u{e9}",
    }));
    let generation = &mut rows[1];
    "GENERATION".clone_into(&mut generation.kind);
    "answer".clone_into(&mut generation.name);
    generation.input = json!([{"role": "user", "content": "where is my order"}]);
    generation.output = json!({"role": "assistant", "content": "On its way.", "finish_reason": "stop"});
    generation.model = Some("gpt-4o-2024-11-20".to_owned());
    generation.model_parameters = json!({"temperature": "0.3", "max_tokens": 512});
    generation.usage = members(json!({"input": 100, "input_cached_tokens": 28, "output": 7, "total": 135}));
    generation.cost = members(json!({"input": 0.1, "total": 0.25}));
    generation.completion_start = Some(at(100_015));
    generation.prompt_name = Some("greeting".to_owned());
    generation.prompt_version = Some(3);
    let tool = &mut rows[2];
    "TOOL".clone_into(&mut tool.kind);
    "lookup_order".clone_into(&mut tool.name);
    tool.input = json!({"order": "A-17"});
    tool.output = json!("42");
    let event = &mut rows[3];
    "EVENT".clone_into(&mut event.kind);
    event.end = None;
    let speech = &mut rows[4];
    "stt".clone_into(&mut speech.name);
    speech.input = json!("@@@langfuseMedia:type=audio/wav|id=5f3c|source=bytes@@@");
    speech.output = json!("where is my order");
    let failed = &mut rows[5];
    "ERROR".clone_into(&mut failed.level);
    failed.status_message = Some("openai.APITimeoutError: Request timed out.".to_owned());
    failed.attributes =
        members(json!({"gen_ai.operation.name": "chat", "lk.llm_metrics": {"ttft": 1, "usage": {"x": [1]}}}));
    rows
}
