//! Ten requests in ten seconds, shared by everybody who imports for the tenant.

use std::time::Duration;

use spanlift_model::{FailureReason, Remedy};
use stand_in_langsmith::{Fault, Limits, Scenario};

use crate::reader::Reader;
use crate::runs::{holding, on_v1, root, run};

fn limited(tells_retry_after: bool) -> Scenario {
    let mut runs = vec![root(1)];
    runs.extend((1..350).map(|index| run(1, index)));
    Scenario { limits: Limits { v1: 4, tells_retry_after, ..Limits::default() }, ..on_v1(holding(runs)) }
}

#[tokio::test(start_paused = true)]
async fn a_429_with_a_date_is_waited_for() {
    let reader = Reader::of(limited(true)).await;
    let began = tokio::time::Instant::now();
    assert_eq!(reader.owned().await.len(), 350);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(26), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_429_without_one_is_waited_for_as_long_as_requests_are_counted() {
    let reader = Reader::of(limited(false)).await;
    let began = tokio::time::Instant::now();
    assert_eq!(reader.owned().await.len(), 350);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(26), "{took:?}");
    let limited = reader.stand_in.requests().iter().filter(|asked| asked.status == 429).count();
    assert!(limited <= 4, "{limited}");
}

#[tokio::test(start_paused = true)]
async fn a_429_that_stays_is_left_to_a_later_message() {
    let limited = Fault { path: "/runs/query".to_owned(), status: 429, ..Fault::default() };
    let reader = Reader::of(Scenario { faults: vec![limited], ..holding([root(1)]) }).await;
    let error = reader.read().await.unwrap_err();
    assert_eq!(error.reason(), FailureReason::RateLimited);
    assert_eq!(error.remedy(), Remedy::Wait(Some(Duration::from_secs(10))));
    assert_eq!(reader.paths().len(), 5);
}

#[tokio::test]
async fn a_date_too_far_away_is_handed_on_at_once() {
    let limited = Fault {
        path: "/runs/query".to_owned(),
        status: 429,
        headers: [("retry-after".to_owned(), "120".to_owned())].into(),
        ..Fault::default()
    };
    let reader = Reader::of(Scenario { faults: vec![limited], ..holding([root(1)]) }).await;
    let error = reader.read().await.unwrap_err();
    assert_eq!(error.remedy(), Remedy::Wait(Some(Duration::from_mins(2))));
    assert_eq!(reader.paths().len(), 3);
}
