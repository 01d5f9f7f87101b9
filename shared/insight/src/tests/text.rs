use proptest::prelude::*;

use crate::rows::TextRow;
use crate::text::judge_text;
use crate::{JudgeText, TextLimits};

fn row(id: &str, parent: &str, label: &str, from: i64, to: i64) -> TextRow {
    TextRow {
        trace_id: "trace".to_owned(),
        span_id: id.to_owned(),
        parent_span_id: parent.to_owned(),
        label: label.to_owned(),
        status: "Unset".to_owned(),
        started_at: from * 1_000_000,
        duration: to.abs_diff(from) * 1_000_000,
        ..TextRow::default()
    }
}

fn said(row: TextRow, input: &str, output: &str) -> TextRow {
    let length = |text: &str| text.chars().count() as u64;
    TextRow {
        input_length: length(input),
        output_length: length(output),
        input: input.to_owned(),
        output: output.to_owned(),
        ..row
    }
}

fn call() -> Vec<TextRow> {
    let failed = TextRow {
        status: "Error".to_owned(),
        error: "the calendar\ndid not answer".to_owned(),
        error_length: 27,
        ..said(row("d", "b", "llm_tool_call: book", 1500, 1790), r#"{"day":"Friday"}"#, "")
    };
    let model = TextRow {
        model: "gpt-4o".to_owned(),
        input_tokens: Some(812.0),
        output_tokens: None,
        first_byte: Some(0.43),
        ..said(row("e", "b", "llm", 420, 1480), "Friday, please.", &"Of course. ".repeat(60))
    };
    vec![
        row("a", "", "conversation", 0, 42_000),
        row("b", "a", "turn 1", 100, 2400),
        said(row("c", "b", "stt", 115, 410), "hello", ""),
        model,
        failed,
        row("f", "gone", "llm", 9000, 9450),
    ]
}

fn text(rows: &[TextRow], bytes: usize) -> JudgeText {
    judge_text(rows, TextLimits { bytes })
}

#[test]
fn a_call_is_a_line_a_span_below_its_parent() {
    let text = text(&call(), 16 << 10);
    assert!(!text.is_cut);
    insta::assert_snapshot!(text.text);
}

#[test]
fn values_give_way_first_and_say_so() {
    let text = text(&call(), 900);
    assert_eq!((text.shown, text.cut_values, text.is_cut), (6, 1, true));
    insta::assert_snapshot!(text.text);
}

#[test]
fn of_too_many_spans_those_that_say_most_are_kept() {
    let mut rows = call();
    rows.extend((0..500).map(|number| row(&format!("n{number}"), "a", "step", 3000 + number, 3001 + number)));
    let text = text(&rows, 2000);
    assert!(
        text.text.contains("ERROR") && text.text.contains("stt") && text.text.contains("more spans left out: step ×")
    );
    assert!(text.shown < 506);
    insta::assert_snapshot!(text.text);
}

#[test]
fn no_span_is_a_text_too() {
    assert!(text(&[], 16 << 10).text.starts_with("0 spans in 0 traces over 0.0 s"));
}

proptest! {
    #[test]
    fn no_text_is_longer_than_its_limit_and_no_cut_is_silent(
        spans in prop::collection::vec((0_u16..60, 0_u16..60, "\\PC{0,40}", "[a\\n\u{202e}\u{1F600}]{0,600}", any::<bool>()), 0..60),
        bytes in 0_usize..6000,
    ) {
        let rows: Vec<_> = spans
            .iter()
            .zip(0..)
            .map(|((id, parent, label, value, failed), number)| TextRow {
                status: if *failed { "Error" } else { "Ok" }.to_owned(),
                ..said(row(&id.to_string(), &parent.to_string(), label, number, 60), value, "")
            })
            .collect();
        let text = text(&rows, bytes);

        prop_assert!(text.text.len() <= bytes);
        prop_assert_eq!(text.spans, rows.len());
        prop_assert_eq!(text.text.find('\u{202e}'), None);
        if !text.is_cut {
            prop_assert_eq!(text.shown, rows.len());
            prop_assert_eq!(text.text.lines().count(), rows.len() + 3);
        }
        let marked = text.text.matches("… [cut, ").count() + text.text.matches(" characters]").count();
        prop_assert!(text.cut_values == 0 || text.shown < text.spans || marked > 0);
    }
}
