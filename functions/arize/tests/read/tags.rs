//! Tags are read from the whole value, before anything of it is cut.

use serde_json::{Value, json};
use spanlift_model::SourceSpan as _;
use stand_in_phoenix::{Breaks, Span};

use crate::phoenix::{Describe as _, newest, start};
use crate::plans::crowd;
use crate::reader::{Reader, SIM, names, normalized, owned, owned_at_last};
use crate::spans::{Build as _, span};

/// A row of the plain form with these attributes.
fn row(trace: u64, number: u64, attributes: &Value) -> Span {
    let span = span(trace, number);
    let row = json!({
        "name": "turn", "span_kind": "CHAIN", "parent_id": null,
        "context": {"trace_id": span.trace_id, "span_id": span.span_id},
        "start_time": "2026-11-20T15:01:00+00:00", "end_time": "2026-11-20T15:02:00+00:00",
        "status_code": "OK", "status_message": "", "events": [], "attributes": attributes,
    });
    span.raw(&row.to_string())
}

/// Attributes with the tag at the end of so many bytes, in every shape.
fn shapes(bytes: usize) -> Vec<Value> {
    let filler = "x".repeat(bytes);
    let numbers: Vec<usize> = (0..bytes / 8).collect();
    let mut shapes = Vec::new();
    for key in ["simulation_output_id", "session.id"] {
        shapes.push(json!({"metadata.filler": filler, format!("metadata.{key}"): SIM}));
        shapes.push(json!({"numbers": numbers, key: SIM}));
        shapes.push(json!({"metadata": json!({"filler": filler, key: SIM}).to_string()}));
        shapes.push(json!({"metadata": {"filler": numbers, key: SIM}}));
    }
    shapes.push(json!({"metadata": json!({"filler": filler, "session": {"filler": filler, "id": SIM}}).to_string()}));
    shapes.push(json!({"session.id": format!("{}{SIM}", " ".repeat(bytes))}));
    shapes
}

#[tokio::test]
async fn a_tag_behind_much_else_is_read() {
    for (bytes, page_rows, shapes_tried) in [(80 << 10, 1_000, 10), (80 << 10, 2, 10), (5 << 20, 2, 3)] {
        for (number, attributes) in (1..).zip(shapes(bytes).into_iter().rev().take(shapes_tried)) {
            let spans = [row(1, 1, &attributes)].into_iter().chain(crowd(3));
            let phoenix = start(newest().with_pages_of(page_rows).holding(spans)).await;
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!(owned(&reading), names(["1/1"]), "{bytes} {number}");
            // What is kept is bounded, and can be normalized.
            assert!(reading.bytes < 512 << 10, "{bytes} {number}: {}", reading.bytes);
            let span = normalized(&reading.spans[0]);
            assert!(!span.attributes.is_empty());
        }
    }
}

/// In the form that is asked for when a page breaks, too.
#[tokio::test(start_paused = true)]
async fn a_tag_behind_much_else_is_read_in_the_other_form() {
    let numbers: Vec<usize> = (0..30_000).collect();
    for attributes in [
        json!({"filler": "x".repeat(80 << 10), "session.id": SIM}),
        json!({"filler": numbers, "session.id": SIM}),
        json!({"metadata": format!("no json {}", "x".repeat(80 << 10)), "sessionId": SIM}),
    ] {
        let mut tagged = span(1, 1);
        for (name, value) in attributes.as_object().unwrap() {
            tagged = tagged.with(name, value.clone());
        }
        tagged.breaks = Breaks::Plain;
        let phoenix = start(newest().holding([tagged, span(1, 2).under(1)])).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        assert_eq!(owned(&reading), names(["1/1", "1/2"]));
        for span in &reading.spans {
            let span = normalized(span);
            assert_eq!(span.name, "turn");
        }
    }
}

/// An exporter may cut a text: what was behind the cut is not known.
#[tokio::test]
async fn metadata_that_was_cut_is_not_taken_for_none() {
    for (metadata, is_unknown) in [
        (r#"{"simulation_output_id": "another", "input": "xx"#, true),
        (r#"{"session": {"id": "another""#, true),
        ("{'session_id': 'another'}", true),
        (r#"{"input": "xx"#, false),
        ("the session_id is not told", false),
        ("", false),
    ] {
        let spans = [
            span(1, 1),
            span(1, 2).under(1).with("session.id", SIM),
            row(1, 3, &json!({"metadata": metadata})),
            span(1, 4).under(3),
        ];
        let phoenix = start(newest().holding(spans)).await;
        let reading = Reader::of(&phoenix).read().await.unwrap();
        let span = reading.spans.iter().find(|span| span.span_id().ends_with('3')).unwrap();
        assert_eq!(span.is_tag_unknown(), is_unknown, "{metadata}");
        let expected = if is_unknown { names(["1/2"]) } else { names(["1/1", "1/2", "1/3", "1/4"]) };
        assert_eq!(owned_at_last(&reading), expected, "{metadata}");
    }
}
