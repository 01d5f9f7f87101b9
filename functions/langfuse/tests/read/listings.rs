//! Listings of v1, which have no steady order and may lack what is there.

use serde_json::json;
use spanlift_model::Truncation;
use stand_in_langfuse::{Asked, Edition, Fault, Observation, Scenario};

use crate::agent::{SIM, answered, at, holding, members, of_edition, ours, too_much, trace, untagged};
use crate::reader::{Reader, owned, read_traces, serve};

/// A list of traces without any.
const EMPTY: &str = r#"{"data":[],"meta":{"page":1,"limit":100,"totalItems":0,"totalPages":0}}"#;

/// Calls of which all spans begin at the same moment. Pages sort them by different things: some are told twice, and others
/// by no page.
fn simultaneous(calls: u64, children: u64, odd: usize) -> Scenario {
    let mut rows_below = 0;
    let unsteady = |number| {
        let mut call = ours(number, 0, children);
        for row in &mut call {
            row.start = at(0);
            rows_below += usize::from(row.parent.is_some());
            if rows_below < odd && row.parent.is_some() {
                row.id.push('x');
            }
        }
        call
    };
    of_edition(Edition::V3, holding((1..=calls).map(unsteady)))
}

/// The server's count takes rows twice that it has not merged yet: that is no row too few.
#[tokio::test(start_paused = true)]
async fn rows_that_are_not_merged_yet_are_none_too_few() {
    let unmerged = |mut call: Vec<Observation>| {
        let mut late = call[1].clone();
        late.updated = Some(at(9_000));
        call.push(late);
        call
    };
    let server = serve(of_edition(Edition::V3, holding((1..=60).map(|number| unmerged(ours(number, 0, 1)))))).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((reading.cut, read_traces(&reading).len()), (None, 60));
}

/// A row that is told twice is usual. What is said to be whole is.
#[tokio::test(start_paused = true)]
async fn a_row_that_is_told_twice_ends_nothing() {
    let mut whole = 0;
    let cases: Vec<(u64, usize)> =
        [51, 60, 75, 90, 130].into_iter().flat_map(|calls| [5, 10, 30].map(|odd| (calls, odd))).collect();
    for (calls, odd) in &cases {
        let server = serve(simultaneous(*calls, 1, *odd)).await;
        let reading = Reader::of(&server).read().await.unwrap();
        let is_all = owned(&reading) == (1..=*calls).map(|number| (number, 2)).collect();
        assert_eq!(
            (reading.cut.is_none(), reading.cut),
            (is_all, Some(Truncation::Paging).filter(|_| !is_all)),
            "{calls} {odd}"
        );
        whole += u32::from(is_all);
    }
    assert!(whole * 2 > u32::try_from(cases.len()).unwrap(), "{whole} of {}", cases.len());
}

/// A listing that is walked twice tells a row that has no id twice: that is one row.
#[tokio::test(start_paused = true)]
async fn a_row_without_an_id_is_counted_once_however_often_it_is_listed() {
    for (calls, children) in [(1, 150), (60, 1)] {
        let mut scenario = simultaneous(calls, children, 31);
        scenario.projects[0].observations[0].told = members(json!({"id": null}));
        scenario.faults = vec![too_much("/traces/", "")];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(reading.rejected, [("no_id", 1)].into(), "{calls}");
        assert_eq!(reading.partial_traces, [trace(1)].into(), "{calls}");
        let is_second = |asked: &Asked| asked.value("limit") == Some("60") && asked.value("filter").is_some();
        assert!(server.take_requests().iter().any(is_second), "{calls}");
    }
}

/// A listing that says that it has no end, and one that says that it has and tells nothing.
#[tokio::test(start_paused = true)]
async fn a_listing_ends_at_a_page_without_news() {
    let row = json!({"id": "a", "traceId": trace(1), "startTime": "2026-11-20T15:01:00Z", "metadata": {}});
    let page = json!({"data": [row], "meta": {"totalItems": 1_000_000_000}}).to_string();
    for body in [page.as_str(), r#"{"data":[],"meta":{"totalItems":999999}}"#] {
        let mut scenario = of_edition(Edition::V3, holding([untagged(1, 0, 0)]));
        scenario.faults = vec![Fault { after: 1, ..answered("/observations", "", 200, body) }];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(reading.cut, Some(Truncation::Paging));
        assert!(reading.requests < 20, "{}", reading.requests);
    }
}

/// The list of traces may be empty though they are there.
#[tokio::test(start_paused = true)]
async fn an_empty_list_of_traces_is_no_empty_window() {
    let tag = members(json!({"simulation_output_id": SIM}));
    for index in 0..5 {
        let mut rows = untagged(1, 0, 2);
        match index {
            0 => rows[0].metadata.clone_from(&tag),
            1 => rows[1].metadata.clone_from(&tag),
            2 => rows[0].trace_metadata.clone_from(&tag),
            3 => rows[1].trace_metadata.clone_from(&tag),
            _ => rows[0].session_id = Some(SIM.to_owned()),
        }
        let mut scenario = of_edition(Edition::V3, holding([rows]));
        scenario.faults = vec![answered("/traces", "fromTimestamp", 200, EMPTY)];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), ([(1, 3)].into(), None), "{index}");
    }
}

/// Traces that the list lacks, more than are asked for one by one: something may be tagged that nobody has seen.
#[tokio::test(start_paused = true)]
async fn a_list_that_lacks_many_traces_says_so() {
    let many = (1..=30).map(|number| untagged(number, i64::try_from(number).unwrap() * 100, 1));
    let mut scenario = of_edition(Edition::V3, holding(many));
    scenario.faults = vec![answered("/traces", "fromTimestamp", 200, EMPTY)];
    let server = serve(scenario).await;
    let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
    assert!(reading.spans.is_empty() && !reading.sightings.is_untagged());
    assert!(reading.requests < 30, "{}", reading.requests);
}

/// No path can hold the id: what is said of the trace cannot be asked for.
#[tokio::test(start_paused = true)]
async fn a_list_that_lacks_a_trace_which_cannot_be_asked_for_says_so() {
    for (id, is_untagged) in [("plain", true), ("a/b?c", false)] {
        let mut rows = untagged(1, 0, 1);
        for row in &mut rows {
            id.clone_into(&mut row.trace_id);
        }
        let mut scenario = of_edition(Edition::V3, holding([rows]));
        scenario.faults = vec![answered("/traces", "fromTimestamp", 200, EMPTY)];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).may_fall_back().read().await.unwrap();
        assert_eq!(reading.sightings.is_untagged(), is_untagged, "{id}");
        assert_eq!(reading.spans.is_empty(), !is_untagged, "{id}");
    }
}

/// What the list lacks is asked for until the server says that it is enough.
#[tokio::test(start_paused = true)]
async fn a_limit_ends_the_asking_for_what_the_list_lacks() {
    let many = (1..=10).map(|number| untagged(number, i64::try_from(number).unwrap() * 100, 1));
    let mut limited = answered("/traces/", "", 429, "{}");
    limited.headers.insert("Retry-After".to_owned(), "60".to_owned());
    let mut tagged = untagged(11, 5_000, 2);
    tagged[1].metadata = members(json!({"simulation_output_id": SIM}));
    let mut scenario = of_edition(Edition::V3, holding(many.chain([tagged])));
    scenario.faults = vec![answered("/traces", "fromTimestamp", 200, EMPTY), Fault { times: Some(1), ..limited }];
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut), ([(11, 3)].into(), Some(Truncation::Budget)));
    // The first one that the list lacks, and the one that is ours.
    let asked = server.take_requests();
    assert_eq!(asked.iter().filter(|request| request.path.contains("/traces/")).count(), 2);
}
