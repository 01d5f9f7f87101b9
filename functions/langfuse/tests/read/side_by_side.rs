//! Batches of whole traces, two at the same time.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use spanlift_importer::Reading;
use spanlift_model::{PlatformError, SourceSpan as _, Truncation};
use stand_in_langfuse::{Asked, Fault, Scenario, StandIn};
use url::form_urlencoded::Serializer;

use crate::agent::{at, holding, members, others, ours, trace};
use crate::reader::{Reader, Told, serve};

const SECOND: u64 = 1_000;

/// Calls of ours with so many rows, on a server that takes a second an answer. So much of others began behind them that the first
/// page tells nothing of ours.
fn busy(calls: &[u64]) -> Scenario {
    let mine = calls.iter().zip(1_u64..).map(|(rows, number)| ours(number, i64::try_from(number).unwrap(), rows - 1));
    let crowd = (0..50).map(|number| others(1_000 + number, 250_000 + i64::try_from(number).unwrap() * 100, 5));
    Scenario { delay_ms: SECOND, ..holding(mine.chain(crowd)) }
}

/// Two of these do not fit into a page: each is a batch of its own.
const FOUR: [u64; 4] = [600; 4];

/// The requests for whole traces.
fn whole(requests: &[Asked]) -> impl Iterator<Item = &Asked> {
    let has_contents = |asked: &&Asked| asked.value("fields").is_some_and(|fields| fields.contains("io"));
    requests.iter().filter(has_contents).filter(|asked| asked.value("filter").is_some())
}

/// How many requests were on the wire together, if each took a second.
fn at_once<'a>(requests: impl Iterator<Item = &'a Asked>) -> usize {
    let came: Vec<u64> = requests.map(|asked| asked.at_ms).collect();
    let together = |at: u64| came.iter().filter(|other| (at..at + SECOND).contains(other)).count();
    came.iter().map(|at| together(*at)).max().unwrap_or_default()
}

/// What is asked of such a server.
async fn requests(scenario: &Scenario) -> Vec<Asked> {
    let server = serve(scenario.clone()).await;
    Reader::of(&server).read().await.unwrap();
    server.take_requests()
}

/// The same server, but for the first page of the batch that holds this call.
async fn serve_but(scenario: &Scenario, requests: &[Asked], call: u64, fault: Fault) -> StandIn {
    let is_it = |asked: &&Asked| asked.value("filter").is_some_and(|filter| filter.contains(&trace(call)));
    let asked = whole(requests).find(is_it).unwrap();
    let pairs = ["toStartTime", "filter"].map(|name| (name, asked.value(name).unwrap()));
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    serve(Scenario { faults: vec![Fault { query, ..fault }], ..scenario.clone() }).await
}

fn refused(error: &str) -> Fault {
    Fault { error: Some(error.to_owned()), ..Fault::default() }
}

fn late(seconds: u64) -> Fault {
    Fault { delay_ms: seconds * SECOND, ..Fault::default() }
}

fn spans(reading: &Reading<Told>) -> BTreeSet<(&str, &str)> {
    reading.spans.iter().map(|span| (span.trace_id(), span.span_id())).collect()
}

fn spans_of(reading: &Reading<Told>, call: u64) -> usize {
    reading.spans.iter().filter(|span| span.trace_id() == trace(call)).count()
}

/// Of which calls not everything came.
fn partial(reading: &Reading<Told>) -> Vec<u64> {
    (1..1_000).filter(|number| reading.partial_traces.contains(&trace(*number))).collect()
}

#[tokio::test(start_paused = true)]
async fn two_batches_take_the_time_of_one() {
    let server = serve(busy(&FOUR)).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((reading.spans.len(), reading.cut, partial(&reading)), (2_400, None, vec![]));
    let requests = server.take_requests();
    // A page of everything, three without contents, four batches and a look.
    assert_eq!(requests.len(), 9);
    assert_eq!((at_once(requests.iter()), at_once(whole(&requests))), (3, 2));
    let came: Vec<u64> = whole(&requests).map(|asked| asked.at_ms).collect();
    assert!((SECOND..2 * SECOND).contains(&(came[3] - came[0])), "{came:?}");
}

/// Beside each pair there are two looks at most.
#[tokio::test(start_paused = true)]
async fn never_more_than_four_requests_are_on_the_wire() {
    let server = serve(busy(&[2; 400])).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((reading.spans.len(), reading.cut, partial(&reading)), (800, None, vec![]));
    let requests = server.take_requests();
    assert_eq!((at_once(requests.iter()), at_once(whole(&requests))), (4, 2));
}

/// A batch of more than a page waits for its turn after the first one.
#[tokio::test(start_paused = true)]
async fn it_does_not_matter_which_answer_comes_first() {
    let scenario = busy(&[600, 1_100, 600, 600]);
    let server = serve(scenario.clone()).await;
    let expected = Reader::of(&server).read().await.unwrap();
    assert_eq!((expected.spans.len(), expected.cut, partial(&expected)), (2_900, None, vec![]));
    let requests = server.take_requests();
    for batch in 1..=4 {
        let server = serve_but(&scenario, &requests, batch, late(3)).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((spans(&reading), reading.requests), (spans(&expected), expected.requests), "{batch}");
        assert_eq!((reading.cut, partial(&reading)), (None, vec![]), "{batch}");
    }
}

/// What was on the wire beside it is read where it is whole, and nothing more is asked for.
#[tokio::test(start_paused = true)]
async fn a_refusal_costs_its_own_batch_and_what_comes_after_its_pair() {
    let last_is_long = [600, 600, 600, 1_100];
    let limits = [(2, "429-v2", vec![2, 3, 4], 2), (3, "429-v2", vec![3], 4), (4, "429-v2", vec![4], 4)];
    // An outage is tried three times.
    let outage = (3, "503-auth-db", vec![3, 4], 6);
    for (calls, refusals) in [(FOUR, limits.to_vec()), (last_is_long, vec![outage])] {
        let scenario = busy(&calls);
        let requests = requests(&scenario).await;
        for (batch, error, left, asked) in refusals {
            let server = serve_but(&scenario, &requests, batch, refused(error)).await;
            let reading = Reader::of(&server).read().await.unwrap();
            assert_eq!((reading.cut, &partial(&reading)), (Some(Truncation::Budget), &left), "{batch}");
            let there = (1..=4).filter(|call| spans_of(&reading, *call) == 600);
            assert!(there.eq((1..=4).filter(|call| !left.contains(call))), "{batch}");
            assert_eq!(whole(&server.take_requests()).count(), asked, "{batch}");
        }
    }
}

/// A row of hours before the call whose trace nobody knows makes each trace of its look be asked for alone, but not where the batch
/// beside it was refused.
#[tokio::test(start_paused = true)]
async fn a_look_asks_for_nothing_more_beside_a_refusal() {
    let mut scenario = busy(&[2; 400]);
    let early = scenario.projects[0].observations.iter_mut().rfind(|row| row.trace_id == trace(200)).unwrap();
    early.start = at(-3 * 60 * 60_000);
    early.told = members(json!({"traceId": null}));
    let requests = requests(&scenario).await;
    let is_alone = |asked: &&Asked| asked.value("filter").is_some_and(|filter| !filter.contains(r#"","0"#));
    assert_ne!(requests.iter().filter(is_alone).count(), 0);
    let server = serve_but(&scenario, &requests, 200, refused("503-auth-db")).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Budget));
    assert_eq!(server.take_requests().iter().filter(is_alone).count(), 0);
}

/// Nothing was read whole before it: the reading is tried again, however the second batch went.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_first_batch_is_waited_for() {
    let scenario = busy(&FOUR);
    let server = serve_but(&scenario, &requests(&scenario).await, 1, refused("429-v2")).await;
    let error = Reader::of(&server).read().await.unwrap_err();
    assert_eq!(error, PlatformError::RateLimited { retry_after: Some(Duration::from_secs(23)) });
    assert_eq!(whole(&server.take_requests()).count(), 2);
}

/// The first one has a second page, for which there is no time.
#[tokio::test(start_paused = true)]
async fn what_came_beside_a_batch_that_takes_too_long_is_read() {
    let scenario = busy(&[1_100, 500, 600]);
    let server = serve_but(&scenario, &requests(&scenario).await, 1, late(7)).await;
    let reading = Reader::of(&server).budget(Duration::from_secs(17)).read().await.unwrap();
    assert_eq!((reading.cut, partial(&reading)), (Some(Truncation::Budget), vec![1, 3]));
    assert_eq!(spans_of(&reading, 2), 500);
}

/// What would come for nothing is not asked for; of what came for nothing no row is kept, however small.
#[tokio::test(start_paused = true)]
async fn no_room_behind_the_first_batch() {
    let mut scenario = busy(&FOUR);
    for row in &mut scenario.projects[0].observations[..600] {
        row.input = json!("said ".repeat(1_100));
    }
    let server = serve(scenario).await;
    let all = 64 << 20;
    for (most_spans, most_bytes, left, of_others, asked) in
        [(500, all, 1..5, 0, 1), (601, all, 2..5, 1, 2), (20_000, 59_000, 1..5, 0, 2)]
    {
        let reading = Reader::of(&server).most_spans(most_spans).most_bytes(most_bytes).read().await.unwrap();
        assert_eq!((reading.cut, partial(&reading)), (Some(Truncation::Size), left.collect()), "{most_spans}");
        let found = reading.spans.len() - spans_of(&reading, 1);
        assert_eq!((found, whole(&server.take_requests()).count()), (of_others, asked), "{most_spans}");
    }
}

/// Each trace of the first batch is asked for alone, while the second batch waits.
#[tokio::test(start_paused = true)]
async fn a_row_that_may_be_anybodys_casts_doubt_on_its_own_batch_only() {
    let mut scenario = busy(&[200; 10]);
    scenario.projects[0].observations[203].told = members(json!({"traceId": null}));
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((reading.cut, partial(&reading)), (None, vec![2]));
    assert_eq!((reading.spans.len(), reading.rejected.clone()), (1_999, [("no_trace", 1)].into()));
    assert_eq!(whole(&server.take_requests()).count(), 2 + 5);
}
