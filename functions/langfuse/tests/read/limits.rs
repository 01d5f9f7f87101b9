//! Plans with rate limits.

use std::time::Duration;

use spanlift_model::{PlatformError, Remedy, Truncation};
use stand_in_langfuse::{Fault, Scenario};

use crate::agent::{holding, others, ours};
use crate::reader::{Reader, serve};

/// Most of it is of others, so that what is ours is read by its ids: the first page, five without contents, and then a page of ours
/// at a time.
fn large() -> Scenario {
    let start = |number: u64| i64::try_from(number).unwrap() * 500;
    let calls =
        (1..=300).map(|number| [ours(number, start(number), 4), others(1_000 + number, start(number), 9)].concat());
    holding(calls)
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_was_told_is_kept_to() {
    let mut scenario = holding([ours(1, 0, 1)]);
    scenario.requests_a_minute = Some(9);
    let server = serve(scenario).await;
    let soon = Duration::from_mins(1);
    for _ in 0..4 {
        assert!(Reader::of(&server).after(soon).read().await.is_ok());
    }
    for _ in 0..3 {
        let error = Reader::of(&server).after(soon).read().await.unwrap_err();
        assert!(matches!(error.remedy(), Remedy::Wait(Some(wait)) if wait > Duration::from_secs(50)), "{error:?}");
    }
    // One 429 told us; nobody asked again.
    assert_eq!(server.take_requests().len(), 9);
    tokio::time::advance(Duration::from_secs(61)).await;
    server.change(|_| {});
    let later = soon + Duration::from_secs(61);
    for _ in 0..4 {
        assert!(Reader::of(&server).after(later).read().await.is_ok());
    }
    assert!(Reader::of(&server).after(later).read().await.is_err());
    assert_eq!(server.take_requests().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_limit_in_the_middle_keeps_what_was_read_whole() {
    let mut scenario = large();
    scenario.faults =
        vec![Fault { path: "/v2/".to_owned(), after: 9, error: Some("429-v2".to_owned()), ..Fault::default() }];
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Budget));
    assert!(!reading.partial_traces.is_empty() && reading.partial_traces.len() < 300);
}

#[tokio::test(start_paused = true)]
async fn a_limit_before_anything_was_read_whole_is_waited_for() {
    let mut scenario = large();
    scenario.faults =
        vec![Fault { path: "/v2/".to_owned(), after: 3, error: Some("429-v2".to_owned()), ..Fault::default() }];
    let server = serve(scenario).await;
    let error = Reader::of(&server).read().await.unwrap_err();
    assert_eq!(error, PlatformError::RateLimited { retry_after: Some(Duration::from_secs(23)) });
}
