//! The time runs out: what is complete is handed over, what is not is named, and nothing looks like "no match".

use std::time::Duration;

use arize::row::PhoenixRow;
use spanlift_importer::Discovery;
use spanlift_model::{PlatformError, SourceSpan as _, Truncation};
use stand_in_phoenix::{Answer, Scenario, Span, StandIn};

use crate::phoenix::{Describe as _, newest, of_version, start};
use crate::plans::{all_of_ours, crowd, ours};
use crate::reader::{Reader, SIM, names, owned, window};
use crate::spans::{Build as _, span};

/// A call whose worker trace holds another call's spans too, so that a part of the trace must not pass for the whole.
fn shared_trace() -> Vec<Span> {
    let mut spans = vec![
        span(1, 1),
        span(1, 2).under(1).with("session.id", "other"),
        span(1, 3).under(2),
        span(1, 4).under(1).with("session.id", SIM),
        span(1, 5).under(4),
    ];
    spans.extend((6..40).map(|number| span(1, number).under(1)));
    spans.extend(crowd(5));
    spans
}

/// A server that needs `first` for the first answer and so much more for each that follows.
async fn slower_and_slower(server: Scenario, first: Duration, more: Duration) -> StandIn {
    let phoenix = start(server).await;
    phoenix.hook(move |number, asked, server| {
        let number = u32::try_from(number).unwrap();
        Some(server.answer(asked).after(first + more * (number - 1)))
    });
    phoenix
}

#[tokio::test(start_paused = true)]
async fn hands_over_what_is_complete_when_the_time_is_over() {
    for (major, minor) in [(12, 0), (14, 0), (14, 9), (20, 26)] {
        for page_rows in [2, 5, 15] {
            for more in [100, 300, 1_000, 3_000, 9_000] {
                let server = of_version(major, minor).with_pages_of(page_rows).holding(shared_trace());
                let phoenix = slower_and_slower(server, Duration::from_millis(50), Duration::from_millis(more)).await;
                let reading = Reader::of(&phoenix).read().await.unwrap();
                // Never more than is ours, and never less without a word.
                let owned = owned(&reading);
                assert!(owned.is_subset(&names(["1/4", "1/5"])), "{owned:?}");
                if owned.len() < 2 {
                    assert_eq!(reading.cut, Some(Truncation::Budget), "{major}.{minor} {page_rows} {more}");
                }
            }
        }
    }
}

/// The part that was read has no span of another's: only that the trace is known to be partial keeps its rest out.
#[tokio::test(start_paused = true)]
async fn names_traces_that_were_read_in_part() {
    let mut spans: Vec<Span> = vec![span(1, 1), span(1, 2).under(1).with("session.id", SIM)];
    let before = window().from.minus(Duration::from_mins(30));
    spans.extend((3..20).map(|number| span(1, number).under(1).at(before)));
    spans.push(span(1, 20).under(1).at(before).with("session.id", "other"));
    // The window is one page, and the trace's own pages get slow.
    let phoenix = start(newest().with_pages_of(3).holding(spans)).await;
    phoenix.hook(|_, asked, server| {
        let delay = if asked.value("trace_id").is_some() { 15 } else { 0 };
        Some(server.answer(asked).after(Duration::from_secs(delay)))
    });
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Budget));
    assert_eq!(reading.partial_traces.len(), 1);
    assert!(reading.spans.len() > 2 && reading.spans.len() < 20);
    assert_eq!(owned(&reading), names(["1/2"]));
}

#[tokio::test(start_paused = true)]
async fn names_traces_that_were_not_read_at_all() {
    let before = window().from.minus(Duration::from_mins(30));
    let turns = (1..=220).flat_map(|turn| [span(turn, 1).with("session.id", SIM), span(turn, 2).under(1).at(before)]);
    let phoenix = start(newest().with_pages_of(110).holding(turns)).await;
    phoenix.hook(|_, asked, server| {
        let delay = if asked.value("trace_id").is_some() { 19 } else { 4 };
        Some(server.answer(asked).after(Duration::from_secs(delay)))
    });
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Budget));
    let read = reading.spans.iter().filter(|span| span.started_at() == before).count();
    assert!(read > 0 && read < 220 && reading.partial_traces.len() >= 220 - read, "{read}");
}

#[tokio::test(start_paused = true)]
async fn is_cut_and_not_empty_when_there_was_no_time_to_look() {
    for budget in [0, 500, 1_000, 1_400, 1_600] {
        let phoenix = start(of_version(14, 9).with_pages_of(3).holding(ours())).await;
        phoenix.hook(|_, asked, server| Some(server.answer(asked).after(Duration::from_millis(400))));
        // A budget of zero is over before it begins.
        let reader = Reader::of(&phoenix).budget(Duration::from_millis(budget.max(1)));
        let reading = reader.read().await.unwrap();
        assert_eq!(reading.cut, Some(Truncation::Budget), "{budget}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_no_longer_than_the_budget_for_a_server_that_is_silent() {
    for (budget, page_rows) in [(80, 1_000), (25, 1_000), (5, 1_000), (30, 3)] {
        let phoenix = start(newest().with_pages_of(page_rows).holding(ours())).await;
        phoenix.hook(move |number, _, _| (page_rows == 1_000 || number > 1).then(Answer::hangs));
        match Reader::of(&phoenix).budget(Duration::from_secs(budget)).read().await {
            // What the first page told is there, and not taken for all of it.
            Ok(reading) => {
                assert_eq!(reading.cut, Some(Truncation::Budget));
                let is_partial = |span: &PhoenixRow| reading.partial_traces.contains(span.trace_id());
                assert!(reading.spans.iter().all(is_partial));
            }
            Err(error) => assert_eq!(error, PlatformError::Timeout),
        }
    }
}

#[tokio::test]
async fn stops_at_more_spans_than_an_import_takes() {
    for (major, minor) in [(12, 0), (20, 26)] {
        let tagged = (1..=100).map(|number| span(number % 4, number).with("session.id", SIM));
        let phoenix = start(of_version(major, minor).with_pages_of(20).holding(tagged)).await;
        let reading = Reader::of(&phoenix).most_spans(30).read().await.unwrap();
        assert_eq!((reading.cut, reading.spans.len()), (Some(Truncation::Size), 30));
        assert_eq!(reading.partial_traces.len(), 4);
    }
}

#[tokio::test]
async fn sees_the_tagged_root_of_a_trace_that_is_larger_than_an_import() {
    for (major, minor) in [(12, 0), (20, 26)] {
        // Spans arrive when they end, so the root is the last.
        let children = (2..=100).map(|number| span(1, number).under(1));
        let spans = children.chain([span(1, 1).with("simulation_output_id", SIM)]);
        let phoenix = start(of_version(major, minor).with_pages_of(20).holding(spans)).await;
        let reading = Reader::of(&phoenix).most_spans(40).read().await.unwrap();
        assert_eq!(reading.cut, Some(Truncation::Size));
        assert!((30..=31).contains(&reading.spans.len()), "{}", reading.spans.len());
        assert!(reading.spans.iter().any(|span| !span.labels().is_empty()), "the root is among them");
    }
}

/// The walk through a large window ends when half of the time is over; what the search finds then is read whole.
#[tokio::test(start_paused = true)]
async fn leaves_time_to_search_and_to_read_what_was_found() {
    for (seconds, is_found) in [(3, true), (9, true), (19, false)] {
        let phoenix = start(newest().with_pages_of(2).holding(crowd(60).chain(ours()))).await;
        phoenix.hook(move |_, asked, server| {
            let is_walk = asked.value("attribute").is_none() && asked.value("trace_id").is_none();
            let is_slow = is_walk || (seconds == 19 && asked.value("trace_id").is_none());
            Some(server.answer(asked).after(Duration::from_secs(if is_slow { seconds } else { 0 })))
        });
        let reading = Reader::of(&phoenix).read().await.unwrap();
        if is_found {
            let found = (owned(&reading), reading.discovery, reading.cut, reading.partial_traces.len());
            // `truncated` speaks of what matched, and that is whole.
            assert_eq!(found, (all_of_ours(), Discovery::Searched, None, 0), "{seconds}");
        } else {
            assert!(owned(&reading).is_subset(&all_of_ours()), "{seconds}");
            let found = (reading.discovery, reading.cut);
            assert_eq!(found, (Discovery::Unfinished, Some(Truncation::Budget)), "{seconds}");
        }
    }
}
