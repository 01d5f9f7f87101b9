//! Which requests a reading makes, and that it finds the same whatever it has to make do with.

use std::time::Duration;

use spanlift_importer::Discovery;
use spanlift_model::{EmptyReason, SourceSpan as _};
use stand_in_phoenix::{Asked, Scenario, Span};

use crate::phoenix::{Describe as _, newest, of_version, start, start_holding};
use crate::reader::{Reader, SIM, names, owned, window};
use crate::spans::{Build as _, span, trace_id};

/// Traces of a span each, with somebody else's tag.
pub(crate) fn crowd(count: u64) -> impl Iterator<Item = Span> {
    (0..count).map(|number| {
        let started_at = window().from.plus(Duration::from_millis(number * 20));
        span(1_000 + number, 0).at(started_at).with("simulation_output_id", format!("foreign-{number}"))
    })
}

/// Three traces of ours. Of the first a span began before the window and one after it; the others are turns.
pub(crate) fn ours() -> Vec<Span> {
    let (from, to) = (window().from, window().to);
    vec![
        span(1, 2).under(1).at(from.minus(Duration::from_mins(30))),
        span(1, 3).under(1).at(to.plus(Duration::from_mins(50))),
        span(1, 4).under(1),
        span(1, 1).with("simulation_output_id", SIM),
        span(2, 2).under(1),
        span(2, 1).with("metadata.session.id", SIM).at(from.minus(Duration::from_mins(5))),
        span(3, 2).under(1),
        span(3, 1).with("metadata", format!("{{\"simulation_output_id\": \"{SIM}\", \"no\": 1}}")),
    ]
}

pub(crate) fn all_of_ours() -> std::collections::BTreeSet<String> {
    names(["1/1", "1/2", "1/3", "1/4", "2/1", "2/2", "3/1", "3/2"])
}

fn count(asked: &[Asked], is_counted: impl Fn(&Asked) -> bool) -> usize {
    asked.iter().filter(|asked| is_counted(asked)).count()
}

fn searches(asked: &Asked) -> bool {
    asked.value("attribute").is_some()
}

fn fills(asked: &Asked) -> bool {
    asked.value("trace_id").is_some()
}

#[tokio::test]
async fn needs_one_request_for_a_window_without_a_match() {
    let phoenix = start_holding(crowd(999)).await;
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!((reading.requests, phoenix.take_requests().len()), (1, 1));
    assert_eq!(reading.sightings.empty_reason(), EmptyReason::OthersTagged);
    assert_eq!((reading.cut, reading.rejected.len()), (None, 0));
    assert_eq!(reading.server_version.unwrap().to_string(), "20.26.1");
    assert_eq!(reading.source_host, "127.0.0.1");
}

#[tokio::test]
async fn says_why_nothing_matched() {
    for (spans, reason) in [
        (vec![], EmptyReason::NothingInWindow),
        (vec![span(1, 1)], EmptyReason::Untagged),
        (vec![span(1, 1).with("session.id", "own")], EmptyReason::OthersTagged),
        (vec![span(1, 1).at(window().from.minus(Duration::from_mins(7)))], EmptyReason::NothingInWindow),
    ] {
        let phoenix = start_holding(spans).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!(reading.sightings.empty_reason(), reason);
    }
}

#[tokio::test]
async fn needs_two_requests_for_a_small_window() {
    // A thousand rows are still one page.
    for foreign in [0, 994] {
        let phoenix = start_holding(ours().into_iter().chain(crowd(foreign))).await;
        let soon = Reader::of(&phoenix).after(Duration::from_secs(20)).read().await.unwrap();
        assert_eq!((soon.requests, soon.cut, soon.discovery), (2, None, Discovery::Whole));
        // What lies behind the window cannot have been told yet.
        let expected = all_of_ours().into_iter().filter(|name| name != "1/3").collect();
        assert_eq!(owned(&soon), expected);
        let asked = phoenix.take_requests();
        let discovery = window().discovery();
        assert_eq!(asked[0].path, "/v1/projects/voice-agent/spans");
        assert_eq!(asked[0].value("limit"), Some("1000"));
        assert_eq!(asked[0].value("start_time"), Some(&*discovery.from.to_micros_text()));
        assert_eq!(asked[0].value("end_time"), Some("2026-11-20T15:11:00.000001Z"));
        assert_eq!((asked[0].value("sort"), asked[0].value("order")), (Some("id"), Some("asc")));
        // What is not known yet of the matched traces: from a day before the call until the window.
        assert_eq!(asked[1].value("start_time"), Some("2026-11-19T15:00:00.000000Z"));
        assert_eq!(asked[1].value("end_time"), Some("2026-11-20T14:54:00.000001Z"));
        assert!(asked[1].values("trace_id").eq([1, 2, 3].map(trace_id)));

        let late = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((late.requests, owned(&late)), (2, all_of_ours()));
        let asked = phoenix.take_requests();
        assert_eq!(asked[1].value("start_time"), Some("2026-11-19T15:00:00.000000Z"));
        assert_eq!(asked[1].value("end_time"), Some("2026-11-20T16:11:00.000001Z"));
    }
}

#[tokio::test]
async fn sends_the_key_as_a_bearer_and_nothing_that_a_browser_would() {
    let server = Scenario { api_key: Some("secret".to_owned()), ..newest() }.holding(ours());
    let phoenix = start(server).await;
    let reading = Reader::of(&phoenix).with("api_key", "secret").read().await.unwrap();
    assert_eq!(owned(&reading), all_of_ours());
    for asked in phoenix.take_requests() {
        assert_eq!(asked.authorization.as_deref(), Some("Bearer secret"));
        assert_eq!((asked.header("origin"), asked.header("referer"), asked.header("cookie")), (None, None, None));
        assert_eq!(asked.header("accept-encoding"), Some("gzip"));
    }
}

/// The walk is what decides; where it comes to its end, a search would tell nothing new.
#[tokio::test]
async fn walks_through_a_window_of_several_pages_and_asks_for_the_traces() {
    for (major, minor) in [(13, 9), (14, 9), (20, 26)] {
        let phoenix = start(of_version(major, minor).holding(ours().into_iter().chain(crowd(2_500)))).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        let asked = phoenix.take_requests();
        assert_eq!((owned(&reading), reading.discovery), (all_of_ours(), Discovery::Whole));
        assert_eq!((count(&asked, searches), count(&asked, fills), asked.len()), (0, 1, 4), "{major}.{minor}");
        let whole = asked.last().unwrap();
        assert!(whole.values("trace_id").eq([1, 2, 3].map(trace_id)));
        assert_eq!(reading.spans.len(), all_of_ours().len());
    }
}

#[tokio::test]
async fn walks_where_there_is_no_filter_or_none_to_trust() {
    for server in [
        of_version(12, 0),
        of_version(13, 8),
        Scenario { tells_version: false, ..of_version(12, 0) },
        Scenario { tells_version: false, ..newest() },
    ] {
        let tells_version = server.tells_version;
        let phoenix = start(server.holding(ours().into_iter().chain(crowd(2_500)))).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        let asked = phoenix.take_requests();
        assert_eq!((owned(&reading), reading.discovery), (all_of_ours(), Discovery::Whole));
        // The window, the hours before and behind it, and the day before.
        assert_eq!((count(&asked, searches), count(&asked, fills), asked.len()), (0, 0, 6));
        assert_eq!(reading.server_version.is_some(), tells_version);
    }
}

#[tokio::test]
async fn finds_three_spans_among_five_thousand_and_is_not_truncated() {
    for (major, minor, most_requests) in [(12, 0, 9), (13, 9, 7), (14, 9, 7), (20, 16, 7)] {
        let mut spans: Vec<Span> = crowd(5_000).collect();
        spans.insert(0, span(1, 2).under(1));
        spans.insert(2_500, span(1, 3).under(1));
        spans.push(span(1, 1).with("session_id", SIM));
        let phoenix = start(of_version(major, minor).holding(spans)).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!(owned(&reading), names(["1/1", "1/2", "1/3"]));
        assert_eq!(reading.cut, None);
        assert!(reading.requests <= most_requests, "{major}.{minor}: {}", reading.requests);
    }
}

#[tokio::test]
async fn reads_more_than_an_import_holds() {
    for version in [(12, 0), (20, 26)] {
        let tagged = (1..=6_000).map(|number| span(number % 100 + 1, number).with("simulation_output_id", SIM));
        let phoenix = start(of_version(version.0, version.1).holding(tagged)).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((owned(&reading).len(), reading.cut), (6_000, None));
        assert_eq!(reading.partial_traces.len(), 0);
    }
}

#[tokio::test]
async fn asks_for_many_traces_in_batches() {
    let turns = (1..=320).map(|turn| span(turn, 1).with("session.id", SIM));
    let phoenix = start_holding(turns.chain(crowd(1_000))).await;
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!(owned(&reading).len(), 320);
    let fills: Vec<usize> = phoenix
        .take_requests()
        .iter()
        .filter(|asked| fills(asked))
        .map(|asked| asked.values("trace_id").count())
        .collect();
    assert_eq!(fills, [150, 150, 20]);
}

#[tokio::test]
async fn reads_what_arrives_meanwhile() {
    for version in [(14, 0), (20, 26)] {
        let has_order = version == (20, 26);
        // No search finds a value that is not of ASCII: the newest server is walked through as well.
        let phoenix = start(of_version(version.0, version.1).holding(crowd(1_500))).await;
        phoenix.hook(|number, _, server| {
            if number == 2 {
                server.insert(span(1, 1).with("simulation_output_id", "señal"));
            }
            None
        });
        let reading = Reader::of(&phoenix).hints(&["señal"]).read().await.unwrap();
        let found = crate::reader::owned_by(&reading, &["señal"]);
        assert_eq!(found.len(), usize::from(has_order), "{version:?}");
    }
}

#[tokio::test]
async fn reads_matched_traces_an_hour_beyond_the_padded_window_and_no_further() {
    let whole = window().whole_trace();
    let micro = Duration::from_micros(1);
    let spans = [
        span(1, 1).with("simulation_output_id", SIM),
        span(1, 2).under(1).at(whole.from),
        span(1, 3).under(1).at(whole.to),
        span(1, 4).under(1).at(whole.from.minus(micro)),
        span(1, 5).under(1).at(whole.to.plus(micro)),
        // A tag outside the padded window brings nothing, and one at its very ends does.
        span(2, 1).with("simulation_output_id", SIM).at(window().discovery().from.minus(micro)),
        span(2, 2).under(1),
        span(3, 1).with("simulation_output_id", SIM).at(window().discovery().from),
        span(4, 1).with("simulation_output_id", SIM).at(window().discovery().to),
        span(5, 1).with("simulation_output_id", SIM).at(window().discovery().to.plus(micro)),
    ];
    for (major, minor) in [(12, 0), (13, 9), (14, 9), (20, 26)] {
        for page_rows in [1_000, 3] {
            let server = of_version(major, minor).with_pages_of(page_rows);
            let server = server.holding(spans.clone().into_iter().chain(crowd(5)));
            let phoenix = start(server).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!(owned(&reading), names(["1/1", "1/2", "1/3", "3/1", "4/1"]), "{major}.{minor} {page_rows}");
        }
    }
}

#[tokio::test]
async fn checks_what_comes_when_the_server_ignores_what_is_asked() {
    let outside = window().whole_trace().to.plus(Duration::from_secs(1));
    let spans = [
        span(1, 1).with("simulation_output_id", SIM),
        span(1, 2).under(1),
        span(1, 3).under(1).at(outside),
        span(2, 1).with("simulation_output_id", SIM).at(outside),
        span(3, 1).with("simulation_output_id", "other"),
    ];
    for page_rows in [1, 1_000] {
        let phoenix = start(newest().with_pages_of(page_rows).holding(spans.clone())).await;
        phoenix.hook(|_, asked, server| {
            let mut heard = asked.clone();
            heard.query.retain(|(name, _)| name == "limit" || name == "cursor");
            Some(server.answer(&heard))
        });
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), (names(["1/1", "1/2"]), None));
        assert!(!reading.spans.iter().any(|span| span.started_at() == outside));
        // Nor does it count as seen.
        let reading = Reader::of(&phoenix).hints(&["no-such"]).read().await.unwrap();
        assert_eq!(reading.sightings.empty_reason(), EmptyReason::OthersTagged);
        phoenix.set(
            newest()
                .with_pages_of(page_rows)
                .holding(spans.clone().into_iter().filter(|span| span.start_time == outside)),
        );
        let reading = Reader::of(&phoenix).hints(&["no-such"]).read().await.unwrap();
        assert_eq!(reading.sightings.empty_reason(), EmptyReason::NothingInWindow);
    }
}
