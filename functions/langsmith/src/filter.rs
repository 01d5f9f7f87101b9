//! Filters, as text. Every literal goes through the JSON encoder: nothing that a person or a
//! platform wrote can become a part of the language.

use std::time::Duration;

use spanlift_model::correlation::Key;
use spanlift_model::{Hint, Timestamp, Window};

/// Filters name times in microseconds.
const INSTANT: Duration = Duration::from_micros(1);

/// Runs with one of the correlation keys and one of the values in their metadata. Nothing says that the server takes
/// both of the same entry: what comes is to be checked.
pub(crate) fn tagged(hints: &[Hint]) -> String {
    let values: Vec<String> =
        hints.iter().map(|hint| format!("eq(metadata_value, {})", literal(hint.as_str()))).collect();
    let value = match &values[..] {
        [only] => only.clone(),
        several => format!("or({})", several.join(", ")),
    };
    format!("and({}, {value})", with_a_key())
}

/// Runs with one of the correlation keys in their metadata, whatever its value.
pub(crate) fn with_a_key() -> String {
    format!("in(metadata_key, {})", list(Key::ALL.map(Key::as_str)))
}

/// Runs of these traces.
pub(crate) fn in_traces<'a>(traces: impl IntoIterator<Item = &'a str>) -> String {
    format!("in(trace_id, {})", list(traces))
}

/// Runs for which `filter` does not hold.
pub(crate) fn not(filter: &str) -> String {
    format!("not({filter})")
}

/// Runs that begin before a moment. v1's own `end_time` means something else.
pub(crate) fn starts_before(moment: Timestamp) -> String {
    format!("lt(start_time, {})", literal(&moment.to_micros_text()))
}

/// Runs that begin in a window. A text tells microseconds: a run at a bound may count on both sides of it.
pub(crate) fn starts_within(window: Window) -> String {
    format!(
        "and(gte(start_time, {}), {})",
        literal(&window.from.to_micros_text()),
        starts_before(window.to.plus(INSTANT))
    )
}

/// Runs that begin before a window or after it.
pub(crate) fn starts_outside(window: Window) -> String {
    let after = literal(&window.to.minus(INSTANT).to_micros_text());
    format!("or({}, gt(start_time, {after}))", starts_before(window.from.plus(INSTANT)))
}

/// All of them; `None` where there is none.
pub(crate) fn all(filters: impl IntoIterator<Item = String>) -> Option<String> {
    let filters: Vec<String> = filters.into_iter().collect();
    match &filters[..] {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("and({})", several.join(", "))),
    }
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let literals: Vec<String> = texts.into_iter().map(literal).collect();
    format!("[{}]", literals.join(", "))
}

fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(texts: &[&str]) -> Vec<Hint> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn says_what_it_should() {
        let keys = r#"["simulation_output_id", "coval_simulation_output_id", "session_id", "session.id", "sessionId"]"#;
        assert_eq!(tagged(&hints(&["a"])), format!(r#"and(in(metadata_key, {keys}), eq(metadata_value, "a"))"#));
        assert_eq!(
            tagged(&hints(&["a", "b"])),
            format!(r#"and(in(metadata_key, {keys}), or(eq(metadata_value, "a"), eq(metadata_value, "b")))"#)
        );
        assert_eq!(in_traces(["a", "b"]), r#"in(trace_id, ["a", "b"])"#);
        assert_eq!(all([]), None);
        assert_eq!(all(["a()".to_owned(), not("b()")]).unwrap(), "and(a(), not(b()))");
    }

    #[test]
    fn what_begins_outside_of_a_window_is_all_that_does_not_begin_within() {
        let window = Window {
            from: Timestamp::parse("2026-11-20T15:00:00.0000001Z").unwrap(),
            to: Timestamp::parse("2026-11-20T15:05:00Z").unwrap(),
        };
        assert_eq!(
            starts_within(window),
            r#"and(gte(start_time, "2026-11-20T15:00:00.000000Z"), lt(start_time, "2026-11-20T15:05:00.000001Z"))"#
        );
        assert_eq!(
            starts_outside(window),
            r#"or(lt(start_time, "2026-11-20T15:00:00.000001Z"), gt(start_time, "2026-11-20T15:04:59.999999Z"))"#
        );
    }

    #[test]
    fn a_value_stays_a_value() {
        let hint = r#"x")), or(eq(name, "y\"#;
        let filter = tagged(&hints(&[hint]));
        assert!(filter.ends_with(r#"eq(metadata_value, "x\")), or(eq(name, \"y\\"))"#), "{filter}");
    }
}
