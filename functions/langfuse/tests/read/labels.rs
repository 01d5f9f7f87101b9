//! Whose a span is, through everything that Langfuse does to metadata on the way.

use serde_json::json;
use spanlift_model::SourceSpan as _;
use stand_in_langfuse::{Edition, Ingestion, Observation, Trace};

use crate::agent::{OTHER, SIM, at, call, holding, members, of_edition, trace, untagged};
use crate::reader::{Reader, owned, owned_by, serve};

/// The same for both APIs.
async fn assert_owned(scenario: &stand_in_langfuse::Scenario, hint: &str, expected: &[(u64, usize)]) {
    for edition in [Edition::V4, Edition::V3] {
        let server = serve(of_edition(edition, scenario.clone())).await;
        let reading = Reader::of(&server).hint(hint).read().await.unwrap();
        assert_eq!(owned_by(&reading, hint), expected.iter().copied().collect(), "{edition:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_found_wherever_it_stands() {
    let mut traces = vec![
        call(1, 0, 1, json!({"coval_simulation_output_id": SIM})),
        call(2, 0, 1, json!({"session_id": SIM})),
        // SDK v5 against a server that does not decode it.
        call(3, 0, 1, json!({"simulation_output_id": format!("\"{SIM}\"")})),
    ];
    let with = |number: u64, change: &dyn Fn(&mut Observation)| {
        let mut rows = untagged(number, 0, 1);
        change(&mut rows[0]);
        rows
    };
    let tag = members(json!({"simulation_output_id": SIM}));
    traces.push(with(4, &|row| row.attributes = tag.clone()));
    traces.push(with(5, &|row| row.resource_attributes = tag.clone()));
    traces.push(with(6, &|row| row.attributes = members(json!({"metadata": json!(tag).to_string()}))));
    traces.push(with(7, &|row| row.session_id = Some(SIM.to_owned())));
    traces.push(with(8, &|row| row.trace_metadata = tag.clone()));
    let expected: Vec<(u64, usize)> = (1..=8).map(|number| (number, 2)).collect();
    assert_owned(&holding(traces), SIM, &expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_on_a_child_alone_is_found_by_both() {
    let mut rows = untagged(1, 0, 3);
    rows[2].metadata = members(json!({"simulation_output_id": SIM}));
    assert_owned(&holding([rows, untagged(2, 0, 1)]), SIM, &[(1, 4)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_on_a_child_is_found_beside_a_trace_that_is_tagged_at_its_root() {
    let mut rows = untagged(2, 10, 3);
    rows[2].metadata = members(json!({"simulation_output_id": SIM}));
    let root = call(1, 0, 1, json!({"simulation_output_id": SIM}));
    assert_owned(&holding([root, rows, untagged(3, 0, 1)]), SIM, &[(1, 2), (2, 4)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_was_text_still_matches() {
    assert_owned(&holding([call(1, 0, 1, json!({"simulation_output_id": "12345"}))]), "12345", &[(1, 2)]).await;
    let large = "123456789012345678901234567890";
    assert_owned(&holding([call(1, 0, 1, json!({"simulation_output_id": large}))]), large, &[(1, 2)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_key_in_a_busy_project_is_not_cut() {
    let long = "x".repeat(200);
    let padding = json!({"simulation_output_id": long, "note": "y".repeat(300)});
    let mut scenario = holding((100..200).map(|number| untagged(number, i64::try_from(number).unwrap() * 1_000, 4)));
    scenario.projects[0].observations.extend(untagged(1, 0, 1));
    let last = scenario.projects[0].observations.len() - 2;
    scenario.projects[0].observations[last].attributes = members(json!({"metadata": padding.to_string()}));
    assert_owned(&scenario, &long, &[(1, 2)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_trace_of_two_calls_is_split() {
    let mut worker = untagged(1, 0, 2);
    worker[1].metadata = members(json!({"simulation_output_id": SIM}));
    worker[2].metadata = members(json!({"simulation_output_id": OTHER}));
    for (parent, id) in [(1, "00000000000000a1"), (2, "00000000000000a2")] {
        let mut below = Observation::new(trace(1), id, at(100));
        below.parent = Some(worker[parent].id.clone());
        below.end = Some(at(110));
        worker.push(below);
    }
    let scenario = holding([worker]);
    assert_owned(&scenario, SIM, &[(1, 2)]).await;
    assert_owned(&scenario, OTHER, &[(1, 2)]).await;
}

/// The agent's own session beside our tag: on v4 the SDK hands it on to every span.
#[tokio::test(start_paused = true)]
async fn an_agents_own_session_costs_no_span() {
    let mut rows = untagged(1, 0, 3);
    for row in &mut rows {
        row.session_id = Some("agents-own".to_owned());
    }
    rows[1].metadata = members(json!({"simulation_output_id": SIM}));
    assert_owned(&holding([rows.clone()]), SIM, &[(1, 4)]).await;
    // Plain OpenTelemetry: Langfuse makes its session from the attribute, and keeps that too.
    for row in &mut rows {
        row.attributes = members(json!({"session.id": "agents-own"}));
    }
    assert_owned(&holding([rows]), SIM, &[(1, 4)]).await;
}

/// Two calls under one worker, told apart by their sessions.
#[tokio::test(start_paused = true)]
async fn another_session_in_the_same_trace_is_another_call() {
    let mut rows = untagged(1, 0, 2);
    rows[1].session_id = Some(SIM.to_owned());
    rows[2].session_id = Some(OTHER.to_owned());
    let server = serve(holding([rows])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 1)].into());
}

#[tokio::test(start_paused = true)]
async fn the_synthetic_row_is_no_span_and_its_children_are_roots() {
    let mut scenario = holding([untagged(1, 10, 2)]);
    scenario.projects[0].traces.push(Trace {
        id: trace(1),
        name: Some("support-line".to_owned()),
        timestamp: Some(at(0)),
        ingestion: Ingestion::Dual,
        metadata: members(json!({"simulation_output_id": SIM})),
        input: json!("hello"),
        ..Trace::default()
    });
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 3)].into());
    let roots: Vec<_> = reading.spans.iter().filter(|span| span.parent_id().is_none()).collect();
    assert_eq!((reading.spans.len(), roots.len()), (3, 1));
    let record = roots[0].observation().unwrap().record.unwrap();
    assert_eq!(record.input.as_deref(), Some("hello"));
}

/// The legacy path copies the trace's metadata to every row, also below somebody else's tag. What is said of a trace
/// that two calls share is said of neither.
#[tokio::test(start_paused = true)]
async fn metadata_that_was_merged_into_rows_is_not_their_own() {
    let mut rows = untagged(1, 10, 2);
    rows[1].metadata = members(json!({"simulation_output_id": OTHER}));
    rows[2].parent = Some(rows[1].id.clone());
    let mut scenario = holding([rows]);
    scenario.projects[0].traces.push(Trace {
        id: trace(1),
        timestamp: Some(at(0)),
        ingestion: Ingestion::Dual,
        metadata: members(json!({"simulation_output_id": SIM})),
        ..Trace::default()
    });
    assert_owned(&scenario, SIM, &[]).await;
    assert_owned(&scenario, OTHER, &[(1, 2)]).await;
}

/// Tags count in the padded window alone; the root that would bear this one began before it.
#[tokio::test(start_paused = true)]
async fn what_is_said_of_a_trace_counts_however_early_its_root_is() {
    let mut rows = untagged(1, 10, 2);
    rows[0].start = at(-30 * 60_000);
    let mut scenario = holding([rows.clone()]);
    let trace = Trace {
        id: trace(1),
        timestamp: Some(at(0)),
        ingestion: Ingestion::Dual,
        metadata: members(json!({"simulation_output_id": SIM})),
        ..Trace::default()
    };
    scenario.projects[0].traces.push(trace.clone());
    assert_owned(&scenario, SIM, &[(1, 3)]).await;
    // Not where the span that would bear it may be somebody else's.
    rows[2].metadata = members(json!({"simulation_output_id": OTHER}));
    let mut scenario = holding([rows]);
    scenario.projects[0].traces.push(trace);
    assert_owned(&scenario, SIM, &[]).await;
    assert_owned(&scenario, OTHER, &[(1, 1)]).await;
}

#[tokio::test(start_paused = true)]
async fn an_app_root_whose_parent_is_elsewhere_is_a_root() {
    let mut rows = call(1, 0, 1, json!({"simulation_output_id": SIM}));
    rows[0].parent = Some("ffffffffffffffff".to_owned());
    rows[0].is_app_root = true;
    let server = serve(holding([rows])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 2)].into());
    assert_eq!(reading.spans.iter().filter(|span| span.parent_id().is_none()).count(), 1);
}
