use serde::Serialize;

use crate::Statistics;
use crate::rows::FigureRow;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Tokens.
    #[serde(rename = "tokens")]
    Tokens,
}

impl Unit {
    /// As it stands behind a number.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Tokens => "tokens",
        }
    }
}

/// One built-in metric: a number that spans of one name have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What the numbers count.
    pub unit: Unit,
    /// How many spans have the name.
    pub spans: u64,
    /// How many of those have a number.
    pub measured: u64,
    /// What is said of the numbers.
    pub statistics: Option<Statistics>,
    /// Why there is none, as a sentence.
    pub missing: Option<String>,
}

/// Which spans a built-in metric reads, and what of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    /// As the statement calls it.
    pub(crate) figure: &'static str,
    pub(crate) unit: Unit,
    pub(crate) span_name: &'static str,
    pub(crate) attribute: &'static str,
}

impl Figure {
    /// Of the row that the statement has for it. `is_empty`: there is no span at all.
    pub(crate) fn of(definition: Definition, row: Option<&FigureRow>, is_empty: bool) -> Self {
        let (spans, measured) = row.map_or((0, 0), |row| (row.spans, row.measured));
        let statistics =
            row.and_then(|row| Statistics::of(row.measured, row.sum, (row.minimum, row.maximum), &row.percentiles));
        let missing =
            statistics.is_none().then(|| missing(is_empty, spans, definition.span_name, Some(definition.attribute)));
        Self { unit: definition.unit, spans, measured, statistics, missing }
    }
}

/// Why there is no number, as a sentence. `attribute`: where it would stand; `None` for a duration, which only markers lack.
pub(crate) fn missing(is_empty: bool, spans: u64, span_name: &str, attribute: Option<&str>) -> String {
    let lacks = match (attribute, spans) {
        (None, 1) => "it only marks a moment".to_owned(),
        (None, _) => "all of them only mark moments".to_owned(),
        (Some(attribute), 1) => format!("it has no number in '{attribute}'"),
        (Some(attribute), _) => format!("none has a number in '{attribute}'"),
    };
    match spans {
        0 if is_empty => NO_SPANS.to_owned(),
        0 => format!("No spans named '{span_name}'."),
        1 => format!("One span is named '{span_name}', and {lacks}."),
        _ => format!("{spans} spans are named '{span_name}', and {lacks}."),
    }
}

/// What is said where there is nothing to count.
pub(crate) const NO_SPANS: &str = "There are no spans.";
