//! Which API a server has, and that the process remembers it.

use spanlift_model::{FailureReason, Truncation};
use stand_in_langfuse::{Edition, Fault, Scenario};

use crate::agent::{holding, of_edition, others, ours};
use crate::reader::{Reader, owned, read_traces, serve, version};

fn scenario() -> Scenario {
    holding([ours(1, 0, 3), others(2, 0, 3)])
}

#[tokio::test(start_paused = true)]
async fn finds_v1_behind_every_form_of_no_v2_and_remembers_it() {
    for edition in [Edition::V3, Edition::V3WithoutRoute, Edition::V3WithoutTable] {
        let server = serve(of_edition(edition, scenario())).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(owned(&reading), [(1, 4)].into(), "{edition:?}");
        assert_eq!(version(&reading), "v1 (3.225.4)");
        let asked: Vec<String> = server.take_requests().into_iter().map(|request| request.path).collect();
        // Observations twice: from long before the call, and the window's.
        let trace = format!("traces/{:032x}", 1);
        let below = ["v2/observations", "traces", &trace, "observations", "observations", "health"];
        assert_eq!(asked, below.map(|path| format!("/api/public/{path}")));
        let again = Reader::of(&server).read().await.unwrap();
        assert_eq!(version(&again), "v1 (3.225.4)");
        assert_eq!((server.take_requests().len(), again.requests), (4, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn finds_v2_again_after_an_upgrade_and_v1_after_a_step_back() {
    let server = serve(of_edition(Edition::V3, scenario())).await;
    for (edition, expected) in [(Edition::V3, "v1 (3.225.4)"), (Edition::V4, "v2"), (Edition::V3, "v1 (3.225.4)")] {
        server.change(|scenario| scenario.edition = edition);
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!(owned(&reading), [(1, 4)].into());
        assert_eq!(version(&reading), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn reads_below_a_base_path_whatever_was_pasted_behind_it() {
    let mut scenario = scenario();
    scenario.path_prefix = "/tools/langfuse".to_owned();
    let server = serve(scenario).await;
    for pasted in ["", "/", "/api/public", "/api/public/otel", "/api/public/otel/v1/traces"] {
        let host = format!("{}/tools/langfuse{pasted}", server.host());
        assert_eq!(owned(&Reader::at(&host).read().await.unwrap()), [(1, 4)].into(), "{pasted}");
    }
}

#[tokio::test(start_paused = true)]
async fn says_so_when_neither_api_is_served() {
    let missing =
        |path: &str, error: &str| Fault { path: path.to_owned(), error: Some(error.to_owned()), ..Fault::default() };
    for (v2, v1, reason) in [
        ("404-v2-not-v4", "404-v1-events-only", FailureReason::UnsupportedVersion),
        ("404-html", "404-v1-events-only-cloud", FailureReason::UnsupportedVersion),
        ("404-html", "404-html", FailureReason::WrongHost),
    ] {
        let mut scenario = scenario();
        scenario.faults = vec![missing("/v2/", v2), missing("/traces", v1)];
        let server = serve(scenario).await;
        let error = Reader::of(&server).read().await.unwrap_err();
        assert_eq!(error.reason(), reason, "{v2} and {v1}");
        assert_eq!(server.take_requests().len(), 2);
    }
}

/// Pages and traces side by side: one after the other would take 15 s and more.
#[tokio::test(start_paused = true)]
async fn v1_reads_many_traces_in_time() {
    let at = |number: u64| i64::try_from(number).unwrap() * 500;
    for (count, requests) in [(30, 3 + 1 + 30 + 4), (100, 3 + 2 + 6 + 7)] {
        let foreign = (200..400).map(|number| others(number, at(number), 0));
        let mine = (1..=count).map(|number| ours(number, at(number), 4));
        let mut scenario = of_edition(Edition::V3, holding(foreign.chain(mine)));
        scenario.delay_ms = 400;
        let server = serve(scenario).await;
        let reading = Reader::of(&server).budget(std::time::Duration::from_secs(10)).read().await.unwrap();
        assert_eq!(owned(&reading), (1..=count).map(|number| (number, 5)).collect());
        assert_eq!(reading.cut, None);
        // The probe of v2 and the version are two more.
        assert!(reading.requests <= requests + 2, "{}", reading.requests);
    }
}

#[tokio::test(start_paused = true)]
async fn v1_names_what_it_had_no_time_for() {
    let mine = (1..=12).map(|number| ours(number, i64::try_from(number).unwrap() * 500, 4));
    let mut scenario = of_edition(Edition::V3, holding(mine));
    scenario.delay_ms = 4_000;
    let server = serve(scenario).await;
    let reading = Reader::of(&server).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Budget));
    let whole = read_traces(&reading);
    assert!(whole.len() >= 4 && whole.len() + reading.partial_traces.len() == 12, "{}", whole.len());
    assert!(owned(&reading).values().all(|count| *count == 5));
}
