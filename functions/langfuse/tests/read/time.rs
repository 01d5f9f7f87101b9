//! When the time is over.

use std::time::Duration;

use spanlift_model::{PlatformError, Truncation};

use crate::agent::{holding, others, ours};
use crate::reader::{Reader, owned, read_traces, serve};

#[tokio::test(start_paused = true)]
async fn at_eight_seconds_a_page_what_was_found_is_read_whole() {
    let foreign = (100..400).map(|number| others(number, i64::try_from(number).unwrap() * 100, 4));
    let mut scenario = holding(foreign.chain([ours(1, 60_000, 4)]));
    scenario.delay_ms = 8_000;
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut), ([(1, 5)].into(), Some(Truncation::Budget)));
    assert!(reading.partial_traces.is_empty());
    server.change(|scenario| scenario.delay_ms = 100);
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut), ([(1, 5)].into(), None));
}

#[tokio::test(start_paused = true)]
async fn at_eight_seconds_a_page_a_second_reading_sees_the_rest() {
    let foreign = (100..250).map(|number| others(number, i64::try_from(number).unwrap() * 100, 4));
    let mut scenario = holding(foreign.chain([ours(1, 60_000, 4), ours(2, 0, 4)]));
    scenario.delay_ms = 8_000;
    let server = serve(scenario).await;
    let first = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&first), first.cut), ([(1, 5)].into(), Some(Truncation::Budget)));
    let second = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&second), second.cut), ([(1, 5), (2, 5)].into(), None));
}

#[tokio::test(start_paused = true)]
async fn traces_that_were_not_read_to_their_end_are_named() {
    let mut scenario = holding((1..=300).map(|number| ours(number, i64::try_from(number).unwrap() * 500, 4)));
    scenario.delay_ms = 3_000;
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Budget));
    assert!(!reading.partial_traces.is_empty());
    let whole =
        read_traces(&reading).into_iter().filter(|number| !reading.partial_traces.contains(&format!("{number:032x}")));
    let whole: Vec<u64> = whole.collect();
    assert!(whole.len() > 50, "{}", whole.len());
    let owned = owned(&reading);
    assert!(whole.iter().all(|number| owned[number] == 5));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_left_in_time() {
    let mut scenario = holding([ours(1, 0, 1)]);
    scenario.delay_ms = 60_000;
    let server = serve(scenario).await;
    let error = Reader::of(&server).budget(Duration::from_secs(25)).read().await.unwrap_err();
    assert_eq!(error, PlatformError::Timeout);
    assert!(server.take_requests().len() <= 3);
}
