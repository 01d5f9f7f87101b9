use spanlift_trace_store::StoredSpan;

use super::made_up::{at, call, span, view, with};
use crate::text::{clean, cut, in_words, milliseconds, width};
use crate::tree::tree;
use crate::view::View;

fn drawn(spans: &[StoredSpan], view: &View) -> String {
    tree(&spans.iter().collect::<Vec<_>>(), Some(at("15:00:00")), view)
}

#[test]
fn a_call_as_a_tree() {
    insta::assert_snapshot!(drawn(&call(), &view()));
}

#[test]
fn a_narrow_terminal_cuts_names_and_keeps_numbers() {
    let narrow = View { columns: Some(72), ..view() };

    let drawn = drawn(&call(), &narrow);

    assert!(drawn.lines().skip(1).all(|line| width(line) <= 72), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn colours_mark_errors() {
    let coloured = View { is_coloured: true, ..view() };
    let failed = StoredSpan { status: "Error".to_owned(), ..span("a", "", "turn", 0, 10) };

    assert!(drawn(&[failed], &coloured).contains("\u{1b}[31mturn\u{1b}[0m\u{1b}[31m  ERROR\u{1b}[0m"));
}

#[test]
fn loops_and_doubles_and_selves_are_shown_once_each() {
    let spans = [
        span("a", "b", "a", 0, 1),
        span("b", "a", "b", 0, 1),
        span("c", "c", "itself", 0, 1),
        span("d", "", "root", 0, 1),
        span("d", "", "root", 0, 1),
        span("e", "d", "child", 0, 1),
    ];

    let drawn = drawn(&spans, &view());

    assert_eq!(drawn.lines().count(), 1 + spans.len(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_chain_of_thousands_is_neither_too_deep_nor_too_wide() {
    let spans: Vec<_> =
        (0..5000).map(|depth| span(&depth.to_string(), &(depth - 1).to_string(), "step", depth, depth + 1)).collect();

    let drawn = drawn(&spans, &view());

    assert_eq!(drawn.lines().count(), 5001);
    assert!(drawn.lines().all(|line| width(line) < 140));
    assert!(drawn.lines().last().unwrap().ends_with("[depth 4999] step"));
}

#[test]
fn what_a_platform_sent_does_nothing_to_the_terminal() {
    let hostile = with(span("a", "", "\u{1b}[2Jname\u{202e}\n", 0, 1), &[("function.name", "f\u{9b}31m")]);

    let drawn = drawn(&[hostile], &view());

    assert!(!drawn.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{drawn:?}");
    assert_eq!(drawn.lines().count(), 2);
}

#[test]
fn text_is_cut_by_columns() {
    assert_eq!(cut("short", 5), "short");
    assert_eq!(cut("longer", 5), "long…");
    assert_eq!(cut("日本語テキスト", 6), "日本…");
    assert_eq!(cut("anything", 0), "");
    assert_eq!(clean("a\tb"), "a b");
}

#[test]
fn durations_read_well() {
    let words = [0, 59, 60, 250, 3600, 7500].map(|seconds| in_words(std::time::Duration::from_secs(seconds)));

    assert_eq!(words, ["0 s", "59 s", "1 min", "4 min 10 s", "1 h", "2 h 5 min"]);
    assert_eq!(milliseconds(1_234_567_890), "1234.5");
    assert_eq!(milliseconds(-120_000_000), "-120.0");
}
