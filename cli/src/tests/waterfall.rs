use spanlift_model::{Status, Window};
use spanlift_trace_store::StoredSpan;

use super::made_up::{at, call, entries, fanout, import, span};
use crate::spans::groups;
use crate::status::AttemptStatus;
use crate::svg::waterfall;

fn drawn(spans: &[StoredSpan]) -> String {
    let status = AttemptStatus::new(entries(Some(fanout(&["arize"], &[])), &[import("arize", Status::Imported)]), 1);
    let window = Window { from: at("15:00:00"), to: at("15:04:41.25") };
    let (organization, simulation) = ("org-1".parse().unwrap(), "sim-1".parse().unwrap());
    waterfall(&organization, &simulation, 1, Some(window), &groups(&status, spans))
}

#[test]
fn a_call_is_drawn_as_bars_over_time() {
    insta::assert_snapshot!(drawn(&call()).replace("><", ">\n<"));
}

#[test]
fn whatever_a_platform_sent_the_drawing_is_one_that_can_be_read() {
    let hostile = "</text><script>alert(1)</script>\u{0}\u{b}\u{fffe}\u{202e}&";
    let mut spans = vec![span("a", "", hostile, 0, 0), span("b", "b", &"x".repeat(5000), i64::MIN / 2_000_000, 10)];
    spans[0].status = "Error".to_owned();
    spans[0].status_message = hostile.to_owned();
    let drawn = drawn(&spans);
    assert!(!drawn.contains("<script") && !drawn.contains(['\u{0}', '\u{b}', '\u{fffe}', '\u{202e}']), "{drawn}");
    assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
}

#[test]
fn of_many_spans_the_first_are_drawn_and_the_others_counted() {
    let spans: Vec<_> = (0..1000).map(|number| span(&number.to_string(), "", "step", number, number + 5)).collect();
    let drawn = drawn(&spans);
    assert!(drawn.contains("600 more spans are not drawn"));
    assert_eq!(drawn.matches("<title>step").count(), 400);
}

#[test]
fn no_span_is_a_drawing_too() {
    assert!(drawn(&[]).contains("The trace store has no span of it."));
}
