use crate::custom::{CustomAnswer, CustomMetric, CustomMetricError, ValueSource};
use crate::rows::FigureRow;
use crate::{Aggregation, Source};

use super::{source, subject};

fn metric(json: &str) -> Result<CustomMetric, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// Four spans, of which three have a value: 1, 2 and 6; one has an error.
fn row() -> FigureRow {
    FigureRow {
        is_of_all: 1,
        spans: 4,
        errors: 1,
        measured: 3,
        sum: 9.0,
        minimum: 1.0,
        maximum: 6.0,
        percentiles: vec![2.0, 5.2, 5.6, 5.92],
        ..FigureRow::default()
    }
}

fn value(json: &str, row: FigureRow) -> Option<f64> {
    let sources = [source("arize", "1", &["sim-1"])];
    CustomAnswer::of(&subject(), &metric(json).unwrap(), &[row], sources.to_vec(), 10).all.value
}

#[test]
fn every_aggregation_has_its_value() {
    let expected = [
        ("average", 3.0),
        ("median", 2.0),
        ("p90", 5.2),
        ("p95", 5.6),
        ("p99", 5.92),
        ("min", 1.0),
        ("max", 6.0),
        ("sum", 9.0),
        ("count", 4.0),
        ("error_rate", 0.25),
        ("success_rate", 0.75),
    ];
    assert_eq!(expected.map(|(name, _)| name), Aggregation::ALL.map(Aggregation::as_str));
    for (name, expected) in expected {
        for name in [name.to_owned(), name.to_uppercase()] {
            let json = format!(r#"{{"span_name": "llm", "metric_attribute": "x", "aggregation_method": "{name}"}}"#);
            assert_eq!(value(&json, row()), Some(expected), "{name}");
        }
    }
}

#[test]
fn milliseconds_and_percent_are_more_of_the_same() {
    let of = |more: &str| format!(r#"{{"span_name": "llm", {more}}}"#);
    let average = r#""value_source": "duration", "aggregation_method": "AVERAGE""#;
    assert_eq!(value(&of(average), row()), Some(3.0));
    assert_eq!(value(&of(&format!(r#"{average}, "unit": "ms""#)), row()), Some(3000.0));
    let rate = r#""aggregation_method": "error_rate""#;
    assert_eq!(value(&of(&format!(r#"{rate}, "unit": "percent""#)), row()), Some(25.0));
    // The unit of an attribute is what the agent says: nobody converts it.
    let told = r#""metric_attribute": "latency", "aggregation_method": "max", "unit": "ms""#;
    assert_eq!(value(&of(told), row()), Some(6.0));
}

#[test]
fn what_makes_no_sense_is_said_in_a_sentence() {
    for (json, sentence) in [
        (r#"{"span_name": "llm", "aggregation_method": "p90"}"#, "metric_attribute is required"),
        (r#"{"span_name": "", "aggregation_method": "count"}"#, "span_name is required"),
        (r#"{"span_name": "llm", "aggregation_method": "mode"}"#, "'mode' is no aggregation; there are average,"),
        (
            r#"{"span_name": "llm", "aggregation_method": "max", "value_source": "duration", "metric_attribute": "x"}"#,
            "duration reads no attribute",
        ),
        (
            r#"{"span_name": "llm", "aggregation_method": "max", "value_source": "duration", "unit": "tokens"}"#,
            "s or ms",
        ),
        (r#"{"span_name": "llm", "aggregation_method": "error_rate", "unit": "s"}"#, "ratio or percent"),
        (r#"{"span_name": "llm", "aggregation_method": "count", "value_sourc": "duration"}"#, "unknown field"),
    ] {
        let error = metric(json).unwrap_err();
        assert!(error.contains(sentence), "{json}: {error}");
    }
}

#[test]
fn a_file_as_covals_resource_is_taken() {
    let metric = metric(
        r#"{"metric_type": "METRIC_CUSTOM_TRACE", "metric_name": "Slow tools", "description": "x", "span_name": "llm_tool_call",
            "value_source": "duration", "metric_attribute": null, "aggregation_method": "P95", "unit": "s"}"#,
    );
    let expected =
        CustomMetric::new("llm_tool_call".to_owned(), ValueSource::Duration, None, Aggregation::P95, None).unwrap();
    assert_eq!(metric, Ok(expected));
}

#[test]
fn what_is_missing_is_said_in_a_sentence() {
    let of_attribute = r#"{"span_name": "llm", "metric_attribute": "x", "aggregation_method": "sum"}"#;
    let count = r#"{"span_name": "llm", "aggregation_method": "count"}"#;
    let none = FigureRow { is_of_all: 1, ..FigureRow::default() };
    let unmeasured = FigureRow { measured: 0, ..row() };
    let here = vec![source("arize", "1", &["sim-1"])];
    let cases: [(&str, &[FigureRow], Vec<Source>, &str); 5] = [
        (of_attribute, &[], vec![], "There are no spans."),
        (of_attribute, std::slice::from_ref(&none), here.clone(), "No spans named 'llm'."),
        (count, std::slice::from_ref(&none), here.clone(), "No spans named 'llm'."),
        (count, &[], here.clone(), "No spans named 'llm'."),
        (of_attribute, &[unmeasured], here, "4 spans are named 'llm', and none has a number in 'x'."),
    ];
    for (json, rows, sources, sentence) in cases {
        let answer = CustomAnswer::of(&subject(), &metric(json).unwrap(), rows, sources, 10);
        assert_eq!((answer.all.value, answer.all.missing.as_deref()), (None, Some(sentence)));
    }
}

#[test]
fn simulations_beyond_the_limit_are_said_to_be_left_out_and_count_in_the_value() {
    let of = |simulation: &str| FigureRow { is_of_all: 0, simulation: simulation.to_owned(), spans: 2, ..row() };
    let rows = [row(), of("sim-1"), of("sim-2"), of("sim-3")];
    let count = metric(r#"{"span_name": "llm", "aggregation_method": "count"}"#).unwrap();
    for (limit, told, is_truncated) in [(4, 3, false), (3, 3, false), (2, 2, true)] {
        let sources = vec![source("arize", "1", &["sim-1", "sim-2", "sim-3"])];
        let answer = CustomAnswer::of(&subject(), &count, &rows, sources, limit);
        assert_eq!((answer.simulations.len(), answer.is_truncated), (told, is_truncated), "{limit}");
        assert_eq!(answer.all.value, Some(4.0), "{limit}");
    }
}

#[test]
fn an_attribute_that_is_missing_names_the_spans() {
    let error = CustomMetric::new("turn".to_owned(), ValueSource::Attribute, None, Aggregation::Sum, None).unwrap_err();
    assert_eq!(error, CustomMetricError::Attribute("turn".to_owned()));
}
