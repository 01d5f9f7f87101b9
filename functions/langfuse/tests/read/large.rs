//! Answers that are too large, for the server or for us.

use serde_json::json;
use spanlift_importer::Discovery;
use spanlift_model::{FailureReason, Remedy};
use stand_in_langfuse::{Edition, Fault};

use crate::agent::{answered, holding, of_edition, others, ours, too_much, trace};
use crate::reader::{Reader, owned, serve};

/// More than a body may have.
fn huge(path: &str, query: &str) -> Fault {
    answered(path, query, 200, &" ".repeat(33 << 20))
}

#[tokio::test(start_paused = true)]
async fn v1_lists_a_trace_that_is_too_large_for_one_answer() {
    let detail = format!("/traces/{}", trace(1));
    for fault in [too_much(&detail, ""), huge(&detail, "")] {
        let mut scenario = of_edition(Edition::V3, holding([ours(1, 0, 150), ours(2, 0, 1)]));
        scenario.faults = vec![fault, too_much("/observations", "limit=100")];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), ([(1, 151), (2, 2)].into(), None));
    }
}

#[tokio::test(start_paused = true)]
async fn v1_leaves_out_a_row_that_is_too_large_by_itself() {
    let mut scenario = of_edition(Edition::V3, holding([ours(1, 0, 7)]));
    scenario.faults = [100, 25, 5].map(|size| too_much("/observations", &format!("limit={size}"))).into();
    scenario.faults.push(too_much("/traces/", ""));
    scenario.faults.push(huge("/observations", "page=3&limit=1&"));
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut), ([(1, 7)].into(), None));
    assert_eq!(reading.rejected, [("too_large", 1)].into());
}

#[tokio::test(start_paused = true)]
async fn v2_keeps_what_it_can_of_a_row_that_is_too_large_by_itself() {
    let mut call = ours(1, 0, 3);
    for row in &mut call {
        row.input = json!("said");
    }
    let mut scenario = holding([call]);
    scenario.faults = [250, 41, 6].map(|size| too_much("/v2/", &format!("limit={size}&"))).into();
    // The fourth request with contents is for a single row.
    scenario.faults.push(Fault { after: 3, times: Some(1), ..huge("/v2/", "%2Cio%2C") });
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((owned(&reading), reading.cut), ([(1, 4)].into(), None));
    assert_eq!(reading.spans.iter().filter(|span| span.observation().unwrap().input.is_none()).count(), 1);
}

/// Of such a server nothing was read, whatever moment it is asked for.
#[tokio::test(start_paused = true)]
async fn where_every_answer_is_too_large_nothing_was_read() {
    for (edition, paths) in [(Edition::V4, ["/v2/", "/v2/"]), (Edition::V3, ["/traces", "/observations"])] {
        let mut scenario = of_edition(edition, holding([ours(1, 0, 1)]));
        scenario.faults = paths.map(|path| huge(path, "")).into();
        let server = serve(scenario).await;
        let error = Reader::of(&server).read().await.unwrap_err();
        assert_eq!((error.reason(), error.remedy()), (FailureReason::Malformed, Remedy::Retry(None)), "{edition:?}");
        assert!(error.to_string().contains("bytes"), "{error}");
    }
}

/// A row of which not even the ids can be had may be ours: the window was not seen whole, whatever else there is.
#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_had_is_not_passed_in_silence() {
    for edition in [Edition::V4, Edition::V3] {
        for (other, found) in [(others(2, 0, 1), 0), (ours(2, 0, 1), 2)] {
            let mut lost = ours(1, 1_000, 1);
            lost[0].breaks_its_page = true;
            lost.truncate(1);
            let server = serve(of_edition(edition, holding([lost, other]))).await;
            let reading = Reader::of(&server).read().await.unwrap();
            assert_eq!((reading.spans.len(), reading.discovery), (found, Discovery::Unfinished), "{edition:?}");
            assert!(!reading.sightings.is_untagged(), "{edition:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_without_contents_grow_again() {
    let mut scenario = holding((1..=400).map(|number| others(number, i64::try_from(number).unwrap() * 100, 4)));
    scenario.faults = vec![Fault { times: Some(3), ..too_much("/v2/", "expandMetadata") }];
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!((reading.spans.len(), reading.cut), (0, None));
    assert!(reading.requests <= 14, "{}", reading.requests);
    let again = Reader::of(&server).read().await.unwrap();
    assert_eq!(again.requests, 2);
}
