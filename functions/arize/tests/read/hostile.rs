//! Pages that are made to fill the memory.

use serde_json::{Value, json};
use spanlift_model::correlation::Label;
use spanlift_model::{SourceSpan as _, Truncation};
use stand_in_phoenix::{Answer, Span};

use crate::phoenix::{Describe as _, newest};
use crate::phoenix::{start, start_holding};
use crate::reader::{Reader, SIM, names, owned};
use crate::spans::{Build as _, span, trace_id};

async fn told(
    page: String,
) -> Result<spanlift_importer::Reading<arize::row::PhoenixRow>, spanlift_model::PlatformError> {
    let phoenix = start_holding([]).await;
    phoenix.hook(move |_, _, _| Some(Answer::json(page.clone())));
    Reader::of(&phoenix).read().await
}

/// A row with these attributes, or other members.
fn row(attributes: &str) -> String {
    let (trace, span) = (trace_id(1), span(1, 1).span_id);
    format!(
        r#"{{"context":{{"trace_id":"{trace}","span_id":"{span}"}},"start_time":"2026-11-20T15:01:00Z","attributes":{attributes}}}"#
    )
}

#[tokio::test]
async fn a_page_of_more_rows_than_were_asked_for_is_no_page() {
    for (item, count) in [("{}", 1_001), ("1", 500_000), ("{\"a\":1}", 200_000)] {
        let data = vec![item; count].join(",");
        let error = told(format!("{{\"data\":[{data}],\"next_cursor\":null}}")).await.unwrap_err();
        assert_eq!(error.reason().as_str(), "malformed", "{item} {count}");
    }
    let error = told("{\"data\":[[[[".to_owned()).await.unwrap_err();
    assert_eq!(error.reason().as_str(), "malformed");
}

/// What of a row is kept does not grow with it.
#[tokio::test]
async fn rows_are_kept_within_bounds() {
    let many = |item: &str, count: usize| vec![item; count].join(",");
    let tag = format!("\"session.id\":\"{SIM}\"");
    for attributes in [
        format!("{{\"n\":[{}],{tag}}}", many("12345678", 150_000)),
        format!("{{{},{tag}}}", many("\"a\":1", 200_000)),
        format!("{{\"n\":[{}],{tag}}}", many("[]", 200_000)),
        format!("{{\"n\":{}{},{tag}}}", "[".repeat(200_000), "]".repeat(200_000)),
        format!("{{\"n\":{{{}}},{tag}}}", many("\"\":{}", 200_000)),
    ] {
        let reading = told(format!("{{\"data\":[{}],\"next_cursor\":null}}", row(&attributes))).await.unwrap();
        let found = (owned(&reading), reading.spans.len());
        assert_eq!(found, (names(["1/1"]), 1), "{}", attributes.get(..40).unwrap());
        assert!(reading.bytes < 1 << 20, "{}", reading.bytes);
        assert!(reading.spans[0].span().is_ok());
    }
}

#[tokio::test]
async fn tags_and_ids_are_kept_within_bounds() {
    // A label in masses says nothing that can be relied on.
    let masses = vec![format!("\"session.id\":\"{SIM}\""); 200_000].join(",");
    let reading = told(format!("{{\"data\":[{}],\"next_cursor\":null}}", row(&format!("{{{masses}}}")))).await.unwrap();
    assert!(reading.spans[0].labels().len() < 100 && reading.spans[0].is_tag_unknown());

    let long = "x".repeat(4 << 20);
    let attributes = format!("{{\"session.id\":\"{long}\",\"sessionId\":\"{SIM}\"}}");
    let reading = told(format!("{{\"data\":[{}],\"next_cursor\":null}}", row(&attributes))).await.unwrap();
    let kept: usize = reading.spans[0].labels().iter().map(|label: &Label| label.value().len()).sum();
    assert!(kept < 4 << 10, "{kept}");

    for (from, to) in [(trace_id(1), long.clone()), (span(1, 1).span_id, long.clone())] {
        let page = format!("{{\"data\":[{}],\"next_cursor\":null}}", row("{}").replace(&from, &to));
        let reading = told(page).await.unwrap();
        assert_eq!((reading.spans.len(), reading.outlines.len()), (0, 0));
    }
}

/// Attributes behind a large one are not cut for its sake.
#[tokio::test]
async fn a_large_attribute_costs_no_other() {
    let numbers: Vec<u32> = (0..60_000).collect();
    for (large, is_cut) in [(json!(&numbers[..40_000]), false), (json!(numbers), true)] {
        let mut tagged = span(1, 1).with("session.id", SIM).with("large", large);
        for number in 0..100 {
            tagged = tagged.with(&format!("a{number:03}"), number);
        }
        let phoenix = start_holding([tagged]).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        let span = reading.spans[0].span().unwrap();
        assert_eq!(span.attributes.len(), 102);
        assert_eq!(span.attributes.get("large").unwrap().is_string(), is_cut);
        assert_eq!(span.attributes.get("a099"), Some(&99.into()));
    }
}

/// More than is kept: what tells whose the trace is has a share of its own.
#[tokio::test]
async fn a_trace_larger_than_the_memory_is_partial() {
    for page_rows in [1_000, 7] {
        let large = Value::from("x".repeat(10_000));
        let children = (2..=100).map(|number| span(1, number).under(1).with("input.value", large.clone()));
        let spans: Vec<Span> = children.chain([span(1, 1).with("simulation_output_id", SIM)]).collect();
        let phoenix = start(newest().with_pages_of(page_rows).holding(spans)).await;
        let reading = Reader::of(&phoenix).most_bytes(400_000).read().await.unwrap();
        assert_eq!((reading.cut, reading.partial_traces.len()), (Some(Truncation::Size), 1));
        assert!(reading.bytes <= 400_000 && reading.bytes > 200_000, "{}", reading.bytes);
        assert!(reading.spans.iter().any(|span| span.parent_id().is_none()), "the root is among them");
    }
}
