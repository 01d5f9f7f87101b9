//! The first page of one project in both forms, in `../recorded/`: several simulations at the same time
//! (docs/platforms/langsmith.md#9-stand-in-and-sample-pages).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use langsmith::Row;
use langsmith::attribution::mark;
use serde_json::Value;
use spanlift_model::{Attributes, Span};

use crate::normalized;

#[test]
fn a_recorded_page() {
    insta::assert_snapshot!("v1_page", readable(&page("v1")));
}

#[test]
fn both_versions_mean_the_same() {
    let (v1, v2) = (page("v1"), page("v2"));
    assert_eq!(v1.len(), v2.len());
    for (mut v1, mut v2) in v1.into_iter().zip(v2) {
        // v2 puts payloads back in; v1 names the place, and reading fetches what is worth it.
        if v1.attributes.remove("langsmith.inputs_offloaded").is_some() {
            assert!(v2.attributes.remove("input").is_some());
        }
        assert_eq!(readable(&[v1]), readable(&[v2]));
    }
}

/// v1 adds counts up into every run above: the sum over all spans must not.
#[test]
fn the_sum_over_a_trace_is_the_sum_over_its_model_calls() {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for span in page("v1") {
        let count = span.attributes.get("gen_ai.usage.total_tokens");
        *sums.entry(span.trace_id.to_string()).or_default() += count.map_or(0, |count| count.parse().unwrap());
    }
    let sums: Vec<u64> = sums.into_values().filter(|sum| *sum > 0).collect();
    assert_eq!(sums, [60, 69, 41, 13, 20]);
}

fn page(version: &str) -> Vec<Span> {
    let text = match version {
        "v1" => include_str!("../recorded/runs_query_page1.json"),
        _ => include_str!("../recorded/v2_runs_query_page1.json"),
    };
    let page: Value = serde_json::from_str(text).unwrap();
    let rows = page.get("runs").or_else(|| page.get("items")).unwrap().as_array().unwrap();
    let mut rows: Vec<Row> = rows.iter().map(|row| Row::read(&row.to_string()).unwrap()).collect();
    mark(&mut rows);
    rows.iter().map(|row| normalized(row.run().unwrap())).collect()
}

fn readable(spans: &[Span]) -> String {
    let mut text = String::new();
    let line = |text: &mut String, attributes: &Attributes| {
        for (name, value) in attributes.iter() {
            writeln!(text, "    {name} = {value}").unwrap();
        }
    };
    for span in spans {
        let parent = span.parent_span_id.map_or_else(|| "-".to_owned(), |parent| parent.to_string());
        let end = span.ended_at.map_or_else(|| "-".to_owned(), |end| end.to_string());
        writeln!(text, "{} {} {parent} {}", span.trace_id, span.span_id, span.name).unwrap();
        writeln!(text, "  {} {} {} {end}", span.kind.as_str(), span.status.as_str(), span.started_at).unwrap();
        if !span.status_message.is_empty() {
            writeln!(text, "  {}", span.status_message).unwrap();
        }
        line(&mut text, &span.attributes);
        for event in &span.events {
            writeln!(text, "  event {} {}", event.name, event.at).unwrap();
            line(&mut text, &event.attributes);
        }
    }
    text
}
