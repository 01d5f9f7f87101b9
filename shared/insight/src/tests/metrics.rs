use crate::rows::FigureRow;
use crate::{Metrics, doubled};

use super::{source, subject};

fn row(simulation: &str, figure: &str, spans: u64, value: Option<f64>) -> FigureRow {
    let number = value.unwrap_or_default();
    FigureRow {
        simulation: simulation.to_owned(),
        is_of_all: u8::from(simulation.is_empty()),
        figure: figure.to_owned(),
        spans,
        errors: 1,
        measured: u64::from(value.is_some()),
        sum: number,
        minimum: number,
        maximum: number,
        percentiles: vec![number; 4],
    }
}

#[test]
fn each_simulation_has_its_own_figures_beside_those_of_all() {
    let rows = [
        row("", "spans", 9, None),
        row("", "llm_first_byte", 3, Some(0.5)),
        row("one", "spans", 4, None),
        row("two", "spans", 5, None),
        row("two", "llm_first_byte", 3, Some(0.5)),
    ];
    let metrics = Metrics::of(&subject(), &rows, &[], vec![source("arize", "1", &["one", "two"])]);

    assert_eq!(metrics.all.spans, 9);
    assert_eq!(metrics.simulations.keys().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(metrics.simulations["one"].error_rate, Some(0.25));
    assert_eq!(metrics.simulations["one"].llm_time_to_first_byte.missing.as_deref(), Some("No spans named 'llm'."));
    assert_eq!(metrics.simulations["two"].llm_time_to_first_byte.statistics.map(|of| of.p99), Some(0.5));
    assert_eq!(metrics.all.tool_calls.missing.as_deref(), Some("No spans named 'llm_tool_call'."));
}

#[test]
fn what_is_missing_is_said_in_a_sentence() {
    let nothing = Metrics::of(&subject(), &[], &[], vec![]);
    assert_eq!(nothing.all.llm_input_tokens.missing.as_deref(), Some("There are no spans."));
    assert_eq!(nothing.all.tool_calls.missing.as_deref(), Some("There are no spans."));
    assert_eq!(nothing.all.error_rate, None);

    let one = [row("", "spans", 1, None), row("", "stt_first_byte", 1, None)];
    let metrics = Metrics::of(&subject(), &one, &[], vec![]);
    assert_eq!(
        metrics.all.stt_time_to_first_byte.missing.as_deref(),
        Some("One span is named 'stt', and it has no number in 'metrics.ttfb'.")
    );
}

#[test]
fn spans_that_may_be_doubled_are_pointed_out() {
    let arize = source("arize", "1", &["one", "two"]);
    let (langfuse, elsewhere) = (source("langfuse", "2", &["two"]), source("langfuse", "2", &["three"]));
    let (native, worker) = (source("agent", "", &["one"]), source("stt-worker", "", &["one"]));

    assert_eq!(doubled(&[]), None);
    assert_eq!(doubled(std::slice::from_ref(&arize)), None);
    assert_eq!(doubled(&[arize.clone(), elsewhere]), None, "no simulation has both");
    assert_eq!(doubled(&[native.clone(), worker]), None, "an agent may have many services");
    assert!(doubled(&[arize.clone(), langfuse]).unwrap().contains("arize and langfuse"));
    assert!(doubled(&[arize, native]).unwrap().contains("arize and the agent itself"));
}
