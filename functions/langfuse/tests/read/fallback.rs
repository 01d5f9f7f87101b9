//! What is read for a window in which nothing is tagged. Whether it is imported is the engine's to say.

use serde_json::json;

use crate::agent::{OTHER, SIM, at, both, call, holding, members, others, untagged};
use crate::reader::{Reader, is_taken_by_time, owned, read_traces, serve};

#[tokio::test(start_paused = true)]
async fn an_untagged_window_is_read_whole_if_it_may_be_fallen_back_to() {
    let before = untagged(9, -120_000, 2);
    let many = (100..200).map(|number| untagged(number, i64::try_from(number).unwrap() * 1_000, 4));
    for traces in [vec![untagged(1, 0, 3), before.clone()], many.chain([before]).collect()] {
        let count = traces.iter().map(Vec::len).sum::<usize>() - 3;
        let server = serve(holding(traces)).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert!(reading.sightings.is_untagged() && reading.cut.is_none());
        assert!(!read_traces(&reading).contains(&9));
        assert_eq!((reading.spans.len(), is_taken_by_time(&reading)), (count, true));
        let reading = Reader::of(&server).read().await.unwrap();
        assert!(reading.spans.is_empty() && reading.sightings.is_untagged());
    }
}

#[tokio::test(start_paused = true)]
async fn one_key_anywhere_in_the_padded_window_forbids_it() {
    for tagged in [others(2, -300_000, 0), call(2, 300_000, 0, json!({"session_id": "agents-own"}))] {
        let server = serve(holding([untagged(1, 0, 3), tagged])).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert!(reading.spans.is_empty() && reading.sightings.is_tagged());
    }
}

#[tokio::test(start_paused = true)]
async fn one_key_far_from_the_call_forbids_it_too() {
    let mut rows = untagged(1, 0, 3);
    rows[3].start = at(13 * 60_000);
    rows[3].metadata = members(json!({"simulation_output_id": OTHER}));
    for scenario in both(&holding([rows])) {
        let server = serve(scenario).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert!(reading.sightings.is_tagged());
    }
}

/// Of the padding only what lacks its root: that may still come, and a tag with it.
#[tokio::test(start_paused = true)]
async fn a_trace_of_the_padding_is_read_where_its_root_is_missing() {
    let rooted = untagged(9, -120_000, 2);
    for (padding, is_rootless) in [(&rooted[1..], true), (&rooted[..], false)] {
        for scenario in both(&holding([untagged(1, 0, 2), padding.to_vec()])) {
            let server = serve(scenario).await;
            let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
            let expected = if is_rootless { [1, 9].into() } else { [1].into() };
            assert_eq!(read_traces(&reading), expected);
            assert_eq!(is_taken_by_time(&reading), !is_rootless);
        }
    }
}

/// Plain OpenTelemetry: Langfuse makes its session from the attribute, and keeps that too.
#[tokio::test(start_paused = true)]
async fn what_langfuse_makes_its_session_from_is_no_key_either() {
    let mut rows = untagged(1, 0, 2);
    for row in &mut rows {
        row.session_id = Some("agents-own".to_owned());
        row.attributes = members(json!({"session.id": "agents-own"}));
    }
    for scenario in both(&holding([rows])) {
        let server = serve(scenario).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.sightings.is_untagged()), (3, true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_coval_marked_at_its_root_is_left_out_whole() {
    let mut own = call(1, 0, 2, json!({"written_by": "coval"}));
    for row in &mut own[1..] {
        row.metadata = members(json!({"simulation_output_id": SIM}));
    }
    for scenario in both(&holding([own, untagged(2, 10, 1)])) {
        let server = serve(scenario).await;
        let marked = json!({"key": "written_by", "value": "coval"});
        let reading = Reader::of(&server).with("own_traces", marked).may_fall_back().read().await.unwrap();
        assert_eq!((owned(&reading), read_traces(&reading)), ([].into(), [2].into()));
        assert!(reading.sightings.is_untagged() && is_taken_by_time(&reading));
    }
}

#[tokio::test(start_paused = true)]
async fn langfuses_own_session_is_no_key_but_can_match() {
    let session = |number, session: &str| {
        let mut rows = untagged(number, 0, 2);
        for row in &mut rows {
            row.session_id = Some(session.to_owned());
        }
        rows
    };
    let server = serve(holding([session(1, "agents-own"), session(2, "another")])).await;
    let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
    assert_eq!((reading.spans.len(), reading.sightings.is_untagged()), (6, true));
    let server = serve(holding([session(1, SIM), session(2, "another")])).await;
    let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
    assert_eq!(owned(&reading), [(1, 3)].into());
    assert_eq!(read_traces(&reading), [1].into());
    assert!(reading.sightings.is_untagged());
}
