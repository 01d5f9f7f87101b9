use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use spanlift_model::{
    Attributes, Caps, MatchedCap, Selection, Span, SpanId, SpanKind, StatusCode, Timestamp, TraceId, Truncation, Twig,
    names,
};

fn second(second: u64) -> Timestamp {
    Timestamp::EPOCH.plus(Duration::from_secs(second))
}

fn span(trace: &str, id: &str, parent: Option<&str>, start: u64, end: Option<u64>) -> Span {
    Span {
        trace_id: TraceId::from_source(trace),
        span_id: SpanId::from_source(trace, id),
        parent_span_id: parent.map(|parent| SpanId::from_source(trace, parent)),
        name: "span".to_owned(),
        kind: SpanKind::Internal,
        started_at: second(start),
        ended_at: end.map(second),
        status: StatusCode::Unset,
        status_message: String::new(),
        attributes: Attributes::default(),
        events: Vec::new(),
        resource: std::sync::Arc::default(),
    }
}

fn complete_tree(spans: &mut [Span]) {
    let twigs: Vec<Twig> = spans.iter().map(Twig::of).collect();
    spanlift_model::complete_tree(spans, &twigs);
}

#[test]
fn an_end_that_is_missing_or_wrong_is_completed_and_marked() {
    let mut spans = [
        span("t", "root", None, 10, None),
        span("t", "child", Some("root"), 11, None),
        span("t", "grandchild", Some("child"), 12, Some(20)),
        span("t", "lonely", Some("root"), 15, None),
        span("t", "reversed", Some("root"), 16, Some(9)),
        span("t", "sound", Some("root"), 16, Some(17)),
    ];
    complete_tree(&mut spans);
    let told: Vec<_> = spans
        .iter()
        .map(|span| (span.ended_at.unwrap().seconds(), span.attributes.get(names::IMPORT_END_TIME)))
        .collect();
    assert_eq!(
        told,
        [
            (20, Some("of_descendants")),
            (20, Some("of_descendants")),
            (20, None),
            (15, Some("unknown")),
            (16, Some("before_start")),
            (17, None),
        ]
    );
}

#[test]
fn cycles_and_self_parents_are_cut_once() {
    let mut spans = [
        span("t", "self", Some("self"), 1, Some(2)),
        span("t", "a", Some("b"), 1, Some(2)),
        span("t", "b", Some("c"), 1, Some(2)),
        span("t", "c", Some("a"), 1, Some(2)),
        span("t", "leaf", Some("a"), 1, Some(2)),
    ];
    complete_tree(&mut spans);
    assert_eq!(spans[0].parent_span_id, None);
    assert_eq!(spans[1..4].iter().filter(|span| span.parent_span_id.is_none()).count(), 1);
    assert!(spans[4].parent_span_id.is_some());
}

#[test]
fn what_is_stored_already_counts_as_a_descendant() {
    let mut new = [span("t", "root", None, 10, None)];
    let stored = Twig::of(&span("t", "child", Some("root"), 11, Some(20)));
    let twigs = [Twig::of(&new[0]), stored];
    spanlift_model::complete_tree(&mut new, &twigs);
    assert_eq!(new[0].ended_at, Some(second(20)));
}

/// Before, the ends of a chain took time by the square of its length.
#[test]
fn a_chain_of_many_spans_takes_no_longer_than_as_many_roots() {
    let id = |number: u64| number.to_string();
    let chain =
        |number: u64| span("t", &id(number), number.checked_sub(1).map(id).as_deref(), number, Some(100_000 + number));
    let mut spans: Vec<Span> = (0..30_000).map(chain).collect();
    for span in spans.iter_mut().take(29_999) {
        span.ended_at = None;
    }
    let began = std::time::Instant::now();
    complete_tree(&mut spans);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(spans.iter().all(|span| span.ended_at == Some(second(129_999))));
}

#[test]
fn caps_choose_in_the_order_in_which_spans_are_offered() {
    let spans = || {
        vec![
            span("early", "1", None, 10, Some(40)),
            span("early", "2", Some("1"), 30, Some(31)),
            span("late", "1", None, 50, Some(60)),
            span("late", "2", Some("1"), 51, Some(52)),
        ]
    };
    let key = |trace: &str, id: &str| (TraceId::from_source(trace), SpanId::from_source(trace, id));
    let check = |caps: Caps, stored: &[(&str, &str)], expected: &[(&str, &str)], truncated| {
        let stored: HashSet<_> = stored.iter().map(|(trace, id)| key(trace, id)).collect();
        let mut selection = Selection::beside(&stored, caps);
        let is_new = |span: &Span| !stored.contains(&(span.trace_id, span.span_id));
        spans().into_iter().filter(is_new).for_each(|span| selection.offer(span));
        let chosen: Vec<_> = selection.new.iter().map(|span| (span.trace_id, span.span_id)).collect();
        assert_eq!(chosen, expected.iter().map(|(trace, id)| key(trace, id)).collect::<Vec<_>>());
        assert_eq!(selection.truncated, truncated);
    };
    let all = [("early", "1"), ("early", "2"), ("late", "1"), ("late", "2")];
    let of_spans = |cap| Caps::new(MatchedCap::Spans(cap));
    check(of_spans(4), &[], &all, None);
    check(of_spans(3), &[], &all[..3], Some(Truncation::Cap));
    // What an earlier pass stored counts, and is not stored again.
    check(of_spans(3), &all[..1], &all[1..3], Some(Truncation::Cap));
    check(of_spans(3), &all[1..], &[], Some(Truncation::Cap));
    check(of_spans(4), &all, &[], None);
    check(Caps::new(MatchedCap::Traces(1)), &[], &all[..2], Some(Truncation::Cap));
    check(Caps { spans: 2, ..of_spans(9) }, &[], &all[..2], Some(Truncation::Size));
    check(Caps { bytes: 9, ..of_spans(9) }, &[], &all[..2], Some(Truncation::Size));
}

proptest! {
    /// Whatever the parents, afterwards every chain of parents ends and every span has an end at or after its start.
    #[test]
    fn every_forest_is_completed(parents in proptest::collection::vec((0..12_u8, 0..20_u64, proptest::option::of(0..20_u64)), 0..12)) {
        let mut spans: Vec<_> = parents.iter().enumerate().map(|(id, (parent, start, end))| {
            span("t", &id.to_string(), Some(&parent.to_string()), *start, *end)
        }).collect();
        complete_tree(&mut spans);
        for start in &spans {
            prop_assert!(start.ended_at.is_some_and(|end| end >= start.started_at));
            let mut steps = 0;
            let mut at = Some(start);
            while let Some(parent) = at.and_then(|span| span.parent_span_id) {
                at = spans.iter().find(|span| span.span_id == parent);
                steps += 1;
                prop_assert!(steps <= spans.len());
            }
        }
    }
}
