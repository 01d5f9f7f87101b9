//! Rows of which nobody knows which trace they are of: each trace that they may be of is asked for alone.

use std::collections::BTreeSet;
use std::time::Duration;

use spanlift_importer::Discovery;
use spanlift_model::{SourceSpan as _, Truncation};
use stand_in_phoenix::{Answer, Asked, Breaks, Span};

use crate::phoenix::{Describe as _, newest, of_version, start, start_holding};
use crate::plans::crowd;
use crate::reader::{Reader, SIM, names, owned, window};
use crate::spans::{Build as _, span, trace_id};

const LOST: &str = r#"{"context":{},"attributes":{"session.id":"x"}}"#;

fn turns(count: u64) -> impl Iterator<Item = Span> {
    (1..=count).flat_map(|turn| [span(turn, 1).with("session.id", SIM), span(turn, 2).under(1)])
}

/// A page with a row more.
fn with_lost(answer: Answer) -> Answer {
    let body = String::from_utf8(answer.body.clone()).unwrap();
    let comma = if body.starts_with("{\"data\":[]") { "" } else { "," };
    let body = body.replacen("{\"data\":[", &format!("{{\"data\":[{LOST}{comma}"), 1);
    Answer { body: body.into_bytes(), ..answer }
}

/// The row that was lost does not come again: the server told an older state then, and no trace of those is known to be whole.
#[tokio::test]
async fn a_row_that_is_not_told_again_clears_no_trace() {
    for (count, partial) in [(1, 1), (2, 2), (20, 20), (21, 1), (30, 10), (150, 130), (151, 130)] {
        let phoenix = start_holding(turns(count)).await;
        // The first request for traces loses a row.
        let mut is_first = true;
        phoenix.hook(move |_, asked, server| {
            let is_lossy = asked.value("trace_id").is_some() && std::mem::take(&mut is_first);
            is_lossy.then(|| with_lost(server.answer(asked)))
        });
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!(owned(&reading).len() as u64, 2 * count);
        assert_eq!((reading.partial_traces.len(), reading.cut), (partial, None), "{count}");
        assert_eq!(reading.rejected.values().sum::<u64>(), u64::from(partial > 0), "{count}");
        // The window; one or two batches; and each alone.
        let (batches, most_alone) = (count.div_ceil(150), 20);
        let alone = if count == 1 { 0 } else { count.min(150).min(most_alone) };
        assert_eq!(reading.requests, 1 + batches + alone, "{count}");
    }
}

#[tokio::test]
async fn a_row_that_a_trace_loses_alone_too_counts_once() {
    for (count, partial) in [(20, 1), (30, 11)] {
        let phoenix = start_holding(turns(count)).await;
        let is_of_five = |asked: &Asked| asked.values("trace_id").any(|trace| trace == trace_id(5));
        phoenix.hook(move |_, asked, server| is_of_five(asked).then(|| with_lost(server.answer(asked))));
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((reading.partial_traces.len(), reading.cut), (partial, None), "{count}");
        assert_eq!(reading.rejected.values().sum::<u64>(), 1, "{count}");
    }
}

/// The newest row but one is stepped over; then there is no room for more.
#[tokio::test(start_paused = true)]
async fn an_untold_row_counts_where_the_room_ends_too() {
    let mut spans: Vec<Span> = (1..=100).map(|number| span(1, number).with("session.id", SIM)).collect();
    spans.insert(99, Span { breaks: Breaks::Both, ..span(1, 200) });
    let phoenix = start(of_version(14, 9).with_pages_of(20).holding(spans)).await;
    let reading = Reader::of(&phoenix).most_spans(30).read().await.unwrap();
    assert_eq!((reading.cut, reading.spans.len()), (Some(Truncation::Size), 30));
    assert_eq!(reading.rejected.get("untold"), Some(&1));
}

/// Too many rows from before the call end the reading; then the call is read by itself, with the same row in it.
#[tokio::test(start_paused = true)]
async fn an_untold_row_counts_once_where_the_call_is_read_again() {
    let at = window().from.minus(Duration::from_hours(3));
    for is_early in [false, true] {
        let mut early: Vec<Span> = (100..5_101).map(|number| span(1, number).under(1).at(at)).collect();
        let mut call = vec![span(1, 1).with("session.id", SIM), span(1, 2).under(1)];
        let untold = Span { breaks: Breaks::Both, ..span(1, 3).under(1) };
        // The newest of those before the call, or one in the call.
        if is_early {
            early.push(untold.at(at));
        } else {
            call.insert(1, untold);
        }
        let phoenix = start(of_version(14, 9).holding(early.into_iter().chain(call))).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), (names(["1/1", "1/2"]), None), "{is_early}");
        assert!(reading.partial_traces.contains(&trace_id(1)));
        assert_eq!(reading.rejected.get("untold"), Some(&1), "{is_early}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_trace_of_an_untold_row_is_partial() {
    for (major, minor) in [(12, 0), (14, 9), (20, 26)] {
        for place in [1, 3, 8] {
            let mut spans: Vec<Span> = turns(5).collect();
            let mut odd = span(3, 9).under(1);
            odd.breaks = Breaks::Both;
            spans.insert(place, odd);
            let phoenix = start(of_version(major, minor).holding(spans)).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            let all: BTreeSet<String> = (1..=5).map(trace_id).collect();
            let partial = if major == 12 { all } else { BTreeSet::from([trace_id(3)]) };
            assert_eq!(BTreeSet::from_iter(reading.partial_traces.clone()), partial, "{major}.{minor} {place}");
            assert_eq!((owned(&reading).len(), reading.discovery), (10, Discovery::Unfinished));
            assert_eq!(reading.rejected.get("untold"), Some(&1));
        }
    }
}

/// More rows that cannot be had than are stepped over: what can be told is told, and the import is not held up.
#[tokio::test(start_paused = true)]
async fn many_untold_rows_are_not_a_server_that_is_down() {
    for (major, minor) in [(14, 9), (20, 26)] {
        let broken = (10..20).map(|number| Span { breaks: Breaks::Both, ..span(2, number).under(1) });
        let spans = turns(1).chain(broken).chain(crowd(3));
        let phoenix = start(of_version(major, minor).holding(spans)).await;
        let reading = Reader::of(&phoenix).budget(Duration::from_secs(85)).read().await.unwrap();
        assert_eq!(owned(&reading), names(["1/1", "1/2"]), "{major}.{minor}");
        assert_ne!(reading.discovery, Discovery::Whole);
    }
}

#[tokio::test]
async fn stored_traces_are_read_whole_whether_they_match_or_not() {
    for (major, minor) in [(12, 0), (14, 9), (20, 26)] {
        for page_rows in [1_000, 2] {
            let before = window().from.minus(Duration::from_mins(30));
            let spans = [span(1, 1).with("session.id", SIM), span(7, 1), span(7, 2).under(1).at(before)];
            let server = of_version(major, minor).with_pages_of(page_rows).holding(spans.into_iter().chain(crowd(4)));
            let phoenix = start(server).await;
            let reading = Reader::of(&phoenix).stored(&trace_id(7)).read().await.unwrap();
            let stored = reading.spans.iter().filter(|span| span.trace_id() == trace_id(7)).count();
            assert_eq!((stored, owned(&reading)), (2, names(["1/1"])), "{major}.{minor} {page_rows}");
        }
    }
}

#[tokio::test]
async fn nothing_is_asked_for_where_nothing_is_wanted() {
    let phoenix = start(newest().holding(crowd(5))).await;
    assert_eq!(Reader::of(&phoenix).read().await.unwrap().requests, 1);
}
