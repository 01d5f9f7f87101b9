//! What is read for a window in which nothing is tagged. Whether it is imported is the engine's to say.

use serde_json::json;
use spanlift_model::correlation::by_window;

use crate::agent::{SIM, call, holding, others, untagged};
use crate::reader::{Reader, owned, read_traces, serve, window};

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
        assert_eq!((reading.spans.len(), by_window(&reading.spans, window()).is_some()), (count, true));
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
