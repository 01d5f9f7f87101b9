//! Recorded pages of both APIs, in `../recorded/`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use langfuse::record::{Observation, TraceRecord};
use serde_json::Value;
use spanlift_conventions::{Kept, withhold_content};
use spanlift_model::Span;

use crate::normalized;

#[test]
fn recorded_pages() {
    insta::assert_snapshot!("v2_page1", readable(&page("v2-observations-page1")));
    insta::assert_snapshot!("v2_page2", readable(&page("v2-observations-page2-last")));
    insta::assert_snapshot!("v1_page1", readable(&page("v1-observations-page1")));
    insta::assert_snapshot!("v1_trace", readable(&rows(&recorded("v1-trace-detail-A")["observations"])));
    insta::assert_snapshot!(
        "v1_legacy_ids",
        readable(&rows(&recorded("v1-trace-detail-B-legacy-ids")["observations"]))
    );
    insta::assert_snapshot!("v2_core_only", readable(&page("v2-observations-core-only")));
    assert!(page("v2-observations-empty").is_empty());
}

/// What one row says in both APIs means the same, but for what only one of them says.
#[test]
fn both_apis_mean_the_same() {
    let pages = ["v2-observations-page1", "v2-observations-page2-last"];
    let v2: Vec<Span> = pages.into_iter().flat_map(page).collect();
    let v1 = rows(&recorded("v1-trace-detail-A")["observations"]);
    assert!(v1.len() > 10);
    for mut one in v1 {
        let mut other = v2.iter().find(|span| span.span_id == one.span_id).unwrap().clone();
        // v1 says these of the trace alone.
        let of_trace = [
            "langfuse.trace.name",
            "langfuse.trace.tags",
            "langfuse.release",
            "user.id",
            "session.id",
            "gen_ai.conversation.id",
        ];
        other.attributes.retain(|name, _| !of_trace.contains(&name));
        one.attributes.retain(|name, _| !of_trace.contains(&name));
        // The recordings are printed with indentation, so that JSON in them has been written anew.
        for name in [
            "input",
            "output",
            "langfuse.observation.input",
            "langfuse.observation.output",
            "tool.result",
            "gen_ai.tool.call.result",
        ] {
            for span in [&mut one, &mut other] {
                let parsed = span.attributes.get(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
                if let Some(parsed) = parsed {
                    span.attributes.set(name, parsed.to_string());
                }
            }
        }
        assert_eq!(one, other);
    }
}

#[test]
fn traces_of_v1_are_read() {
    for (name, count) in [
        ("v1-traces-page1", 2),
        ("v1-traces-page2", 1),
        ("v1-traces-fields-core", 3),
        ("v1-traces-empty-cloud-deprecation", 0),
    ] {
        let page = recorded(name);
        let traces: Vec<TraceRecord> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|trace| TraceRecord::from_json(&trace.to_string()).unwrap())
            .collect();
        assert_eq!(traces.len(), count, "{name}");
        assert!(traces.iter().all(|trace| trace.context.name.is_some()), "{name}");
    }
}

/// Without content nothing that was said is left.
#[test]
fn what_was_said_is_known_as_such() {
    let mut spans = page("v2-observations-page2-last");
    for span in &mut spans {
        withhold_content(span, &Kept::default());
    }
    let kept: BTreeSet<(&str, &str)> = spans.iter().flat_map(|span| span.attributes.iter()).collect();
    for said in ["where is my order", "shipped", "refund window", "A-17"] {
        assert!(kept.iter().all(|(_, value)| !value.contains(said)), "{said}");
    }
}

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn page(name: &str) -> Vec<Span> {
    rows(&recorded(name)["data"])
}

fn rows(rows: &Value) -> Vec<Span> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| normalized(Observation::from_json(&row.to_string()).unwrap())).collect()
}

/// The spans of a page as people read them. Long values are cut.
fn readable(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        let parent = span.parent_span_id.map_or("-".to_owned(), |parent| parent.to_string());
        let end = span.ended_at.map_or("-".to_owned(), |end| end.to_string());
        writeln!(text, "{} {} {}", span.name, span.kind.as_str(), span.status.as_str()).unwrap();
        writeln!(text, "  {} {} < {parent}", span.trace_id, span.span_id).unwrap();
        writeln!(text, "  {} to {end} {:?}", span.started_at, span.status_message).unwrap();
        for (name, value) in span.attributes.iter() {
            let shown: String = value.escape_debug().take(300).collect();
            writeln!(text, "  {name} = {shown}").unwrap();
        }
    }
    text
}
