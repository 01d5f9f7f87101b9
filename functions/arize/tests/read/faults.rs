//! Spans on which Phoenix breaks, pages that are too much, cursors that lead nowhere, rows that are no spans.

use std::time::Duration;

use arize::Arize;
use arize::record::PhoenixSpan;
use arize::row::PhoenixRow;
use serde_json::json;
use spanlift_importer::Discovery;
use spanlift_importer::ports::Platform as _;
use spanlift_model::{Clock, Rejected, SourceSpan as _, Timestamp, Truncation};
use stand_in_phoenix::{Answer, Asked, Phoenix, Span};

use crate::phoenix::{Describe as _, newest, of_version, start, start_holding};
use crate::plans::{all_of_ours, crowd, ours};
use crate::reader::{Reader, SIM, name, names, owned};
use crate::spans::{Build as _, span, trace_id};

/// Larger than 64 bits with a sign: Phoenix breaks on it in the OTLP-like form.
const BIG: u64 = u64::MAX;

#[tokio::test]
async fn reads_a_page_in_the_other_form_where_one_breaks() {
    for (major, minor) in [(12, 0), (14, 0), (14, 9), (20, 26)] {
        for page_rows in [1_000, 3] {
            let server = of_version(major, minor).with_pages_of(page_rows);
            let mut spans: Vec<Span> = ours().into_iter().chain(crowd(8)).collect();
            let sound = start(server.clone().holding(spans.clone())).await;
            let expected = Reader::of(&sound).read().await.unwrap();

            // One of ours and one of another's.
            spans[5].kind = json!(7);
            spans[12].kind = json!(["CHAIN"]);
            let phoenix = start(server.holding(spans)).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!(owned(&reading), all_of_ours(), "{major}.{minor} {page_rows}");
            assert_eq!((reading.cut, reading.rejected.len()), (None, 0));
            // But for the kind of the one, our spans are the very same.
            assert_eq!(but_for_kinds(reading.spans), but_for_kinds(expected.spans));
        }
    }
}

fn but_for_kinds(rows: Vec<PhoenixRow>) -> Vec<PhoenixSpan> {
    let mut ours: Vec<PhoenixSpan> = rows
        .into_iter()
        .map(|row| row.span().unwrap())
        .filter(|span| all_of_ours().contains(&name(&span.trace_id, &span.span_id)))
        .collect();
    ours.sort_by_key(|span| (span.trace_id.clone(), span.span_id.clone()));
    for span in ours.iter_mut().filter(|span| span.trace_id == trace_id(2)) {
        span.kind = None;
    }
    ours
}

#[tokio::test(start_paused = true)]
async fn steps_over_a_span_on_which_both_forms_break() {
    // Wherever it stands, be it ours or not; `8` is the newest row.
    for (major, minor) in [(12, 0), (14, 0), (20, 26)] {
        for (place, trace) in [(0, 9), (1, 1), (4, 9), (8, 1), (8, 9)] {
            let is_newest = place == 8;
            let mut spans = ours();
            if !is_newest {
                // Told in the other form only.
                spans[2].kind = json!(3);
            }
            spans.insert(place, span(trace, 9).kind(1).with("metadata.n", BIG));
            let phoenix = start(of_version(major, minor).holding(spans)).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            // What was not told may have had a tag.
            assert_eq!(reading.discovery, Discovery::Unfinished);
            // Without an order, nothing leads behind the newest row: then it is known that nothing is known.
            if is_newest && major < 20 {
                assert_eq!((owned(&reading), reading.cut), (names([]), Some(Truncation::Paging)));
                continue;
            }
            assert_eq!((owned(&reading), reading.cut), (all_of_ours(), None), "{major}.{minor} {place}");
            let is_of_ours = trace == 1 || major == 12;
            // A server with a filter does not tell of what is in no trace of ours.
            assert_eq!(reading.rejected.contains_key("untold"), is_of_ours, "{major}.{minor} {place} {trace}");
            assert_eq!(reading.partial_traces.contains(&trace_id(1)), is_of_ours, "{major}.{minor} {place} {trace}");
            assert!(reading.requests < 90, "{}", reading.requests);
        }
    }
}

/// A server that is down for a moment loses no span.
#[tokio::test(start_paused = true)]
async fn steps_over_nothing_that_is_told_a_moment_later() {
    for outage in 1..=12 {
        // In the first order, and on the way in the second.
        for begins in [2, 4] {
            let phoenix = start(of_version(12, 0).with_pages_of(3).holding(ours())).await;
            phoenix.hook(move |number, _, _| {
                let is_down = number == 2 || (begins..begins + outage).contains(&number);
                is_down.then(|| Answer::text(500, "Internal Server Error"))
            });
            let reading = Reader::of(&phoenix).read().await.unwrap();
            let found = (owned(&reading), reading.rejected, reading.cut);
            assert_eq!(found, (all_of_ours(), Rejected::none(), None), "{begins} {outage}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn gives_up_on_a_server_that_goes_down_on_the_way() {
    for (major, minor) in [(12, 0), (14, 9), (20, 26)] {
        for (broken, down_from) in [(0, 1), (0, 3), (2, 4)] {
            let server = of_version(major, minor).with_pages_of(3).holding(ours().into_iter().chain(crowd(50)));
            let phoenix = start(server).await;
            phoenix.hook(move |number, _, _| {
                (number == broken || number >= down_from).then(|| Answer::text(500, "Internal Server Error"))
            });
            let error = Reader::of(&phoenix).read().await.unwrap_err();
            assert_eq!(error.reason().as_str(), "platform_error");
            let requests = phoenix.take_requests().len();
            assert!(requests <= 80, "{major}.{minor} {broken} {down_from}: {requests}");
        }
    }
}

/// A gateway may not like the filter, and the server may break on it; the window itself can still be read.
#[tokio::test(start_paused = true)]
async fn walks_where_the_search_fails() {
    for status in [400, 414, 422, 500, 503] {
        let phoenix = start(newest().with_pages_of(3).holding(ours())).await;
        phoenix.hook(move |_, asked, _| asked.value("attribute").map(|_| Answer::text(status, "")));
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!((owned(&reading), reading.cut), (all_of_ours(), None), "{status}");
    }
}

/// A gateway may cut off an answer that it does not like.
#[tokio::test(start_paused = true)]
async fn walks_where_the_answer_to_the_search_breaks_off() {
    let phoenix = start(newest().with_pages_of(3).holding(ours().into_iter().chain(crowd(20)))).await;
    phoenix.hook(|_, asked, server| match asked.value("attribute") {
        Some(_) => Some(server.answer(asked).broken_off()),
        // The walk does not come to its end in time, so that there is a search.
        None if asked.value("trace_id").is_none() => Some(server.answer(asked).after(Duration::from_secs(15))),
        None => None,
    });
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert!(phoenix.take_requests().iter().any(|asked| asked.value("attribute").is_some()));
    assert_eq!((reading.discovery, reading.cut), (Discovery::Unfinished, Some(Truncation::Budget)));
    assert!(owned(&reading).is_subset(&all_of_ours()));
}

#[tokio::test]
async fn asks_for_less_where_a_page_is_too_large() {
    let large = "x".repeat(1 << 20);
    let big =
        (1..=33).map(|number| span(1, number).with("simulation_output_id", SIM).with("input.value", large.clone()));
    let phoenix = start_holding(big).await;
    let reading = Reader::of(&phoenix).after(Duration::from_secs(20)).read().await.unwrap();
    assert_eq!((owned(&reading).len(), reading.cut), (33, None));
    let asked = phoenix.take_requests();
    let limits: Vec<usize> = asked.iter().map(|asked| asked.value("limit").unwrap().parse().unwrap()).collect();
    // What is learned is not forgotten: too large a page comes once or twice.
    assert!(limits.iter().filter(|limit| **limit > 32).count() <= 2, "{limits:?}");
}

#[tokio::test(start_paused = true)]
async fn steps_over_a_row_that_is_too_large_alone() {
    let mut spans = ours();
    spans.insert(4, span(9, 1).with("input.value", "x".repeat(33 << 20)));
    let phoenix = start(of_version(12, 0).holding(spans)).await;
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!(reading.rejected.get("untold"), Some(&1));
    assert_eq!((owned(&reading), reading.cut), (all_of_ours(), None));
}

#[tokio::test(start_paused = true)]
async fn asks_for_less_where_a_page_does_not_come() {
    for answer in [Answer::hangs(), Answer::text(504, "Gateway Timeout").after(Duration::from_secs(10))] {
        for page_rows in [1_000, 3] {
            let phoenix = start(newest().with_pages_of(page_rows).holding(ours())).await;
            let answer = answer.clone();
            let is_too_much = |asked: &Asked| {
                let limit: usize = asked.value("limit").unwrap().parse().unwrap();
                limit > 300 && asked.value("attribute").is_none()
            };
            phoenix.hook(move |_, asked, _| is_too_much(asked).then(|| answer.clone()));
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!((owned(&reading), reading.cut), (all_of_ours(), None));
            let asked = phoenix.take_requests();
            assert_eq!(asked.iter().filter(|asked| is_too_much(asked)).count(), 1);
        }
    }
}

#[tokio::test]
async fn ends_at_cursors_that_lead_nowhere() {
    let page = |rows: &[Span], cursor: &str| {
        // The oldest first, whatever the order that is asked for.
        let mut server = Phoenix::new(newest().holding(rows.to_vec()));
        let asked = Asked::get("/v1/projects/voice-agent/spans", &[("order", "asc")]);
        let page = String::from_utf8(server.answer(&asked).body).unwrap();
        Answer::json(page.replace("\"next_cursor\":null", &format!("\"next_cursor\":{}", json!(cursor))))
    };
    // A cursor that was followed before: nobody knows what was left out.
    let phoenix = start_holding([]).await;
    phoenix.hook(move |number, _, _| Some(page(&[span(number as u64, 1)], "U3Bhbjox")));
    let error = Reader::of(&phoenix).read().await.unwrap_err();
    assert_eq!(error.reason().as_str(), "malformed");

    // The same rows again and again, with new cursors.
    let phoenix = start_holding([]).await;
    phoenix.hook(move |number, _, _| Some(page(&ours(), &format!("cursor-{number}"))));
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!(reading.cut, Some(Truncation::Paging));
    assert!(reading.requests <= 9, "{}", reading.requests);

    // No rows, and more pages.
    let phoenix = start_holding([]).await;
    phoenix.hook(move |number, _, _| Some(page(&[], &format!("cursor-{number}"))));
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!((reading.cut, reading.spans.len()), (Some(Truncation::Paging), 0));
    assert!(reading.requests <= 9, "{}", reading.requests);

    // No cursor in a text without one: that would be the first page again.
    let phoenix = start_holding([]).await;
    phoenix.hook(move |_, _, _| Some(page(&[span(1, 1).with("session.id", SIM)], "")));
    let reading = Reader::of(&phoenix).after(Duration::from_secs(20)).read().await.unwrap();
    assert_eq!((reading.requests, reading.cut, owned(&reading)), (3, None, names(["1/1"])));

    // Nor where the field is not there at all.
    let phoenix = start_holding([]).await;
    phoenix.hook(|_, _, _| Some(Answer::json("{\"data\":[]}")));
    assert_eq!(Reader::of(&phoenix).read().await.unwrap().requests, 1);

    let phoenix = start_holding([]).await;
    phoenix.hook(move |_, _, _| Some(page(&[span(1, 1)], &"x".repeat(9_000))));
    assert_eq!(Reader::of(&phoenix).read().await.unwrap_err().reason().as_str(), "malformed");
}

#[tokio::test]
async fn names_the_traces_of_a_flank_that_leads_nowhere() {
    let phoenix = start_holding(ours()).await;
    phoenix.hook(|number, _, server| {
        // What lies before the window, and what is told of it has no end.
        (2..=4).contains(&number).then(|| {
            let asked = Asked::get("/v1/projects/voice-agent/spans", &[]);
            let page = String::from_utf8(server.answer(&asked).body).unwrap();
            Answer::json(page.replace("\"next_cursor\":null", &format!("\"next_cursor\":\"cursor-{number}\"")))
        })
    });
    let reading = Reader::of(&phoenix).read().await.unwrap();
    assert_eq!((reading.cut, reading.partial_traces.len()), (Some(Truncation::Paging), 3));
}

/// Rows that are no spans, and how many of them there are.
fn junk() -> Vec<Span> {
    [
        "null",
        "7",
        "\"text\"",
        "[]",
        "{}",
        r#"{"context":{"trace_id":"1","span_id":"2"},"attributes":{}}"#,
        r#"{"context":{"trace_id":"1","span_id":"2"},"start_time":"soon","attributes":{}}"#,
        r#"{"context":{"trace_id":"1","span_id":"2"},"start_time":"9999999-01-01T00:00:00Z","attributes":{}}"#,
        r#"{"context":{"trace_id":"1","span_id":"2"},"start_time":"2026-11-20","attributes":{}}"#,
        r#"{"context":{"trace_id":1,"span_id":"2"},"start_time":"2026-11-20T15:01:00+00:00","attributes":{}}"#,
        r#"{"context":{"trace_id":"","span_id":"2"},"start_time":"2026-11-20T15:01:00+00:00","attributes":{}}"#,
        r#"{"context":{"trace_id":"1","span_id":null},"start_time":"2026-11-20T15:01:00+00:00","attributes":{}}"#,
        r#"{"context":null,"start_time":"2026-11-20T15:01:00+00:00","attributes":{}}"#,
    ]
    .into_iter()
    .zip(200..)
    .map(|(text, number)| span(number, 1).raw(text))
    .collect()
}

#[tokio::test]
async fn counts_rows_that_are_no_spans_and_keeps_the_rest() {
    let without_ids = 9;
    for (major, minor) in [(12, 0), (14, 0), (20, 26)] {
        for page_rows in [1_000, 6] {
            let server = of_version(major, minor).with_pages_of(page_rows);
            let phoenix = start(server.holding(ours().into_iter().chain(junk()))).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!((owned(&reading), reading.cut), (all_of_ours(), None), "{major}.{minor} {page_rows}");
            // None of them could be a tag.
            assert_eq!(reading.discovery, Discovery::Whole);
            let rejected: u64 = reading.rejected.values().sum();
            // The server's filter leaves out what is not ours; without it those without ids may be ours, and count once.
            assert_eq!(rejected, if major == 12 { without_ids } else { 0 }, "{major}.{minor} {page_rows}");
        }
    }
}

#[tokio::test]
async fn takes_spans_with_odd_parts() {
    let row = |attributes: &str, rest: &str| {
        format!(
            r#"{{"context":{{"trace_id":"{:032x}","span_id":"{:016x}"}},"start_time":"2026-11-20T15:01:00Z","attributes":{attributes}{rest}}}"#,
            1,
            (1_u64 << 32) + 1,
        )
    };
    let tag = format!("{{\"session.id\":\"{SIM}\"}}");
    for row in [
        row(&tag, ""),
        row(&tag, r#","name":null,"span_kind":null,"parent_id":7,"end_time":"x","status_code":[],"events":{}"#),
        row(&tag, r#","events":[null,7,{},{"name":1,"timestamp":"x","attributes":[]}],"extra":{"deep":[[]]}"#),
        row(
            &format!(r#"{{"session.id":"{SIM}","a":null,"b":[null,{{}}],"c":1e300}}"#),
            r#","parent_id":"0000000000000000""#,
        ),
        row(&format!(r#"{{"session.id":"other","session.id":"{SIM}"}}"#), ""),
        // A time without a zone is UTC, and a blank may stand for the T.
        row(&tag, "").replace("T15:01:00Z", " 15:01:00.5"),
        row(&tag, "").replace("15:01:00Z", "17:01:00+02:00"),
        row(&tag, "").replace("T15:01:00Z", "T15:01:00.123456789Z"),
    ] {
        for (version, page_rows) in [((12, 0), 1_000), ((12, 0), 1), ((20, 26), 1)] {
            let server = of_version(version.0, version.1).with_pages_of(page_rows);
            let mut tagged = span(1, 1).with("session.id", SIM);
            tagged.raw = Some(row.clone());
            let phoenix = start(server.holding([tagged, span(2, 1)])).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!(owned(&reading), names(["1/1"]), "{row}");
            let span = reading.spans.iter().find(|span| span.trace_id().ends_with('1')).unwrap();
            // What is no text is no id, but something is above.
            assert_eq!(span.parent_id(), row.contains("\"parent_id\":7").then_some(""), "{row}");
            assert!(Arize::<NoClock>::unwrap(span).is_ok());
        }
    }
}

struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
}

/// Attributes that are no object, or not there, make a span without labels in every plan alike.
#[tokio::test]
async fn takes_spans_without_attributes() {
    for attributes in ["", r#","attributes":null"#, r#","attributes":[1]"#, r#","attributes":"x""#] {
        let row = format!(
            r#"{{"context":{{"trace_id":"{:032x}","span_id":"{:016x}"}},"start_time":"2026-11-20T15:01:30Z","parent_id":"{:016x}"{attributes}}}"#,
            1,
            (1_u64 << 32) + 2,
            (1_u64 << 32) + 1,
        );
        for page_rows in [1_000, 1] {
            let server = of_version(12, 0).with_pages_of(page_rows);
            let phoenix = start(server.holding([span(1, 1).with("session.id", SIM), span(5, 2).raw(&row)])).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!((owned(&reading), reading.rejected), (names(["1/1", "1/2"]), Rejected::none()), "{attributes}");
        }
    }
}
