use std::collections::BTreeMap;

use spanlift_insight::{
    Aggregation, CustomAnswer, CustomMetric, CustomResult, Facts, Figure, Figures, Metrics, Scope, SpanGroup,
    Statistics, StatusCounts, TRANSITION_DEFINITION, ToolCalls, ToolFigure, Transition, Transitions, Unit, ValueSource,
};

use super::made_up::view;
use crate::insight::{custom_report, metrics_report, summary_report, transitions_report};
use crate::svg::heatmap;
use crate::view::View;

fn run() -> Scope {
    Scope::Run("run-1".parse().unwrap())
}

fn figure(unit: Unit, value: Option<f64>) -> Figure {
    let of = |value: f64| Statistics {
        average: value,
        median: value,
        p90: value * 1.5,
        p95: value * 1.75,
        p99: value * 2.0,
        min: value / 2.0,
        max: value * 2.0,
        sum: value * 5.0,
    };
    let missing = value.is_none().then(|| "No spans named 'tts'.".to_owned());
    let (spans, measured) = if value.is_some() { (5, 5) } else { (0, 0) };
    Figure { unit, spans, measured, statistics: value.map(of), missing }
}

fn figures(errors: u64) -> Figures {
    let tool = |tool: &str, count, errors| ToolFigure { tool: tool.to_owned(), count, errors, average_seconds: 0.512 };
    Figures {
        spans: 26,
        errors,
        error_rate: Some(f64::from(u32::try_from(errors).unwrap()) / 26.0),
        llm_time_to_first_byte: figure(Unit::Seconds, Some(0.4321)),
        stt_time_to_first_byte: figure(Unit::Seconds, Some(0.000_21)),
        tts_time_to_first_byte: figure(Unit::Seconds, None),
        llm_input_tokens: figure(Unit::Tokens, Some(412.0)),
        llm_output_tokens: figure(Unit::Tokens, Some(38.5)),
        llm_total_tokens: figure(Unit::Tokens, Some(450.5)),
        tool_calls: ToolCalls {
            count: 3,
            errors: 1,
            by_tool: vec![tool("find_booking", 2, 0), tool("", 1, 1)],
            missing: None,
        },
    }
}

#[test]
fn metrics_of_a_run() {
    let metrics = Metrics {
        scope: run(),
        sources: Vec::new(),
        all: figures(2),
        simulations: BTreeMap::from([("sim-1".to_owned(), figures(0)), ("sim-2".to_owned(), figures(2))]),
        notes: vec!["Calls may be doubled.".to_owned()],
        is_truncated: false,
    };
    insta::assert_snapshot!(metrics_report(&metrics, &"org-1".parse().unwrap(), &view()));
}

#[test]
fn a_custom_metric_and_one_without_a_value() {
    let metric = CustomMetric::new(
        "llm_tool_call".to_owned(),
        ValueSource::Duration,
        None,
        Aggregation::P95,
        Some("ms".to_owned()),
    );
    let result = |value: Option<f64>, missing: &str| CustomResult {
        value,
        spans: 4,
        measured: 4,
        errors: 0,
        missing: value.is_none().then(|| missing.to_owned()),
    };
    let with = CustomAnswer {
        scope: run(),
        metric: metric.unwrap(),
        sources: Vec::new(),
        all: result(Some(512.5), ""),
        simulations: BTreeMap::from([("sim-1".to_owned(), result(Some(512.5), ""))]),
        is_truncated: false,
        notes: Vec::new(),
    };
    let without = CustomAnswer {
        all: result(None, "No spans named 'llm_tool_call'."),
        simulations: BTreeMap::new(),
        ..with.clone()
    };
    let cut = CustomAnswer { is_truncated: true, ..with.clone() };
    let organization = "org-1".parse().unwrap();
    assert!(custom_report(&cut, &organization, &view()).contains("more simulations than one answer can hold"));
    assert!(!custom_report(&with, &organization, &view()).contains("more simulations"));
    let both = [with, without].map(|custom| custom_report(&custom, &organization, &view()));
    insta::assert_snapshot!(both.join("\n--\n"));
}

#[test]
fn a_summary() {
    let facts = Facts {
        scope: Scope::Simulation("sim-1".parse().unwrap()),
        sources: Vec::new(),
        total_spans: 7,
        unique_spans: 6,
        duplicate_spans: 1,
        traces: 1,
        root_spans: 1,
        orphan_spans: 1,
        child_timing_violations: 0,
        status: StatusCounts { unset: 4, ok: 1, error: 1 },
        started_at: Some(super::made_up::at("15:00:00")),
        ended_at: Some(super::made_up::at("15:04:41.25")),
        groups: vec![SpanGroup {
            label: "llm_tool_call: book\u{202e}".to_owned(),
            service: "arize".to_owned(),
            spans: 6,
            errors: 1,
            total_seconds: 1.25,
            longest_seconds: 1.0,
        }],
        attribute_keys: (0..42)
            .map(|number| spanlift_insight::AttributeKey {
                place: "span".to_owned(),
                key: format!("key {number}"),
                rows: 6,
            })
            .collect(),
        is_truncated: false,
        notes: Vec::new(),
    };
    insta::assert_snapshot!(summary_report(&facts, &"org-1".parse().unwrap(), &view()));
}

pub(crate) fn transitions() -> Transitions {
    let of = |from: &str, to: &str, count, failures: u32| Transition {
        from: from.to_owned(),
        to: to.to_owned(),
        count,
        simulations: 4,
        failures: u64::from(failures),
        failure_rate: f64::from(failures) / f64::from(u32::try_from(count).unwrap()),
        failed_in: (0..failures.min(3)).map(|number| format!("sim-{number}")).collect(),
    };
    Transitions {
        scope: run(),
        definition: TRANSITION_DEFINITION,
        sources: Vec::new(),
        transitions: vec![
            of("llm", "llm_tool_call: move_booking", 12, 9),
            of("llm", "llm_tool_call: find_booking", 40, 3),
            of("tts", "stt", 120, 1),
            of("turn", "stt", 40, 0),
            of("stt", "llm", 160, 0),
            of("llm", "tts", 148, 0),
            of("llm_tool_call: find_booking", "llm", 40, 6),
            of("llm_tool_call: move_booking", "llm", 12, 5),
            of("conversation", "turn", 4, 0),
            of("tts", "turn <&\u{1}>", 36, 0),
        ],
        is_truncated: false,
        notes: Vec::new(),
        missing: None,
    }
}

#[test]
fn transitions_of_a_run() {
    insta::assert_snapshot!(transitions_report(&transitions(), &"org-1".parse().unwrap(), &view()));
}

#[test]
fn colours_say_how_often_it_failed_and_only_where_there_are_colours() {
    let coloured = View { is_coloured: true, ..view() };
    let [with, without] =
        [coloured, view()].map(|view| transitions_report(&transitions(), &"org-1".parse().unwrap(), &view));
    assert!(with.contains("\u{1b}[31m75 %\u{1b}[0m") && with.contains("\u{1b}[33m7.5 %\u{1b}[0m"), "{with}");
    assert!(!without.contains('\u{1b}'));
}

#[test]
fn a_heatmap_stands_alone() {
    let drawn = heatmap(&transitions(), &"org-1".parse().unwrap());
    assert!(drawn.contains("turn &lt;&amp; &gt;") && drawn.contains("75 % fail"), "{drawn}");
    assert!(!drawn.contains("<script") && !drawn.contains("href"), "nothing from elsewhere");
    insta::assert_snapshot!(drawn.replace("><", ">\n<"));
}
