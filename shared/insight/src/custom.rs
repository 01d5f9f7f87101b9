use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregation::share;
use crate::figure::missing;
use crate::rows::FigureRow;
use crate::{Aggregation, Scope, Source, Statistics, Subject, doubled};

/// What a custom metric reads of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueSource {
    /// A number in an attribute.
    #[default]
    Attribute,
    /// How long the span took, in seconds.
    Duration,
}

impl std::str::FromStr for ValueSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "attribute" => Ok(Self::Attribute),
            "duration" => Ok(Self::Duration),
            _ => Err(format!("'{text}' is no value source; there are attribute and duration")),
        }
    }
}

/// A metric of a customer's own: an aggregation over the spans of one name. The fields are those of Coval's custom trace metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Fields")]
pub struct CustomMetric {
    span_name: String,
    value_source: ValueSource,
    metric_attribute: Option<String>,
    aggregation_method: Aggregation,
    unit: String,
}

/// Why there is no such metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomMetricError {
    /// No span name.
    #[error("span_name is required: the metric counts spans of exactly that name")]
    SpanName,
    /// It reads an attribute and does not say which.
    #[error("metric_attribute is required: which number of '{0}' spans is meant? value_source duration needs none")]
    Attribute(String),
    /// It reads no attribute and names one.
    #[error("metric_attribute has no meaning here: {0} reads no attribute")]
    NoAttribute(&'static str),
    /// A unit that would make the number wrong.
    #[error("the unit of {what} is {known}, not '{unit}'")]
    Unit {
        /// Of what.
        what: &'static str,
        /// The units that it may have.
        known: &'static str,
        /// The one that was given.
        unit: String,
    },
}

/// As a file has it. What else Coval's resource has says nothing here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    span_name: String,
    #[serde(default)]
    value_source: ValueSource,
    #[serde(default)]
    metric_attribute: Option<String>,
    aggregation_method: Aggregation,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default, rename = "metric_type")]
    _metric_type: Option<String>,
    #[serde(default, rename = "metric_name", alias = "name")]
    _metric_name: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

impl TryFrom<Fields> for CustomMetric {
    type Error = CustomMetricError;

    fn try_from(fields: Fields) -> Result<Self, CustomMetricError> {
        Self::new(
            fields.span_name,
            fields.value_source,
            fields.metric_attribute,
            fields.aggregation_method,
            fields.unit,
        )
    }
}

impl CustomMetric {
    /// The metric, if it makes sense. The unit is a word behind the number, but for durations (`s`, or `ms`, which are a
    /// thousand times as many) and rates (`ratio`, or `percent`, which are a hundred times as many).
    ///
    /// # Errors
    /// [`CustomMetricError`] says what is missing or wrong.
    pub fn new(
        span_name: String,
        value_source: ValueSource,
        metric_attribute: Option<String>,
        aggregation_method: Aggregation,
        unit: Option<String>,
    ) -> Result<Self, CustomMetricError> {
        let metric_attribute = metric_attribute.filter(|name| !name.is_empty());
        let unit = unit.filter(|unit| !unit.is_empty());
        if span_name.is_empty() {
            return Err(CustomMetricError::SpanName);
        }
        let is_of_spans = aggregation_method.is_of_spans();
        match (value_source, &metric_attribute) {
            (ValueSource::Attribute, None) if !is_of_spans => return Err(CustomMetricError::Attribute(span_name)),
            (ValueSource::Duration, Some(_)) if !is_of_spans => return Err(CustomMetricError::NoAttribute("duration")),
            _ => {}
        }
        let check = |what, units: &[&str], known| match unit.as_deref() {
            Some(given) if !units.contains(&given) => {
                Err(CustomMetricError::Unit { what, known, unit: given.to_owned() })
            }
            given => Ok(given.or(units.first().copied()).unwrap_or_default().to_owned()),
        };
        let unit = match aggregation_method {
            method if method.is_rate() => check("a rate", &["ratio", "percent"], "ratio or percent")?,
            Aggregation::Count => check("a count", &["count"], "count")?,
            _ if value_source == ValueSource::Duration => check("a duration", &["s", "ms"], "s or ms")?,
            _ => unit.unwrap_or_default(),
        };
        Ok(Self { span_name, value_source, metric_attribute, aggregation_method, unit })
    }

    /// The name of the spans that count, exactly.
    #[must_use]
    pub fn span_name(&self) -> &str {
        &self.span_name
    }

    /// The attribute that is read; "" for none.
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.metric_attribute.as_deref().unwrap_or_default()
    }

    /// Is it made of how long spans took?
    #[must_use]
    pub fn is_duration(&self) -> bool {
        self.value_source == ValueSource::Duration
    }

    /// What is made of the values.
    #[must_use]
    pub const fn aggregation(&self) -> Aggregation {
        self.aggregation_method
    }

    /// The word behind the number; may be "".
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// What it would be of these spans.
    fn value(&self, row: &FigureRow) -> Option<f64> {
        let statistics = Statistics::of(row.measured, row.sum, (row.minimum, row.maximum), &row.percentiles);
        let value = match self.aggregation_method {
            #[expect(clippy::cast_precision_loss, reason = "nobody counts 2^53 spans")]
            Aggregation::Count => Some(row.spans as f64),
            Aggregation::ErrorRate => share(row.errors, row.spans),
            Aggregation::SuccessRate => share(row.spans.saturating_sub(row.errors), row.spans),
            method => statistics.and_then(|statistics| statistics.get(method)),
        };
        let times = match self.unit.as_str() {
            "ms" if self.is_duration() => 1000.0,
            "percent" if self.aggregation_method.is_rate() => 100.0,
            _ => 1.0,
        };
        // No span is no answer, not a count of zero: the name may be wrong.
        value.filter(|_| row.spans > 0).map(|value| value * times)
    }
}

/// A custom metric's values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomAnswer {
    /// What they are of.
    pub scope: Scope,
    /// What was asked.
    pub metric: CustomMetric,
    /// Where the spans come from.
    pub sources: Vec<Source>,
    /// Over all spans together.
    pub all: CustomResult,
    /// Over each simulation's, by its id. One without spans of the name is not there.
    pub simulations: BTreeMap<String, CustomResult>,
    /// Are there more simulations than one answer can hold? Those beyond it are not in `simulations`; `all` counts them.
    pub is_truncated: bool,
    /// What a reader should know, as sentences.
    pub notes: Vec<String>,
}

/// A custom metric's value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomResult {
    /// The value, in the metric's unit.
    pub value: Option<f64>,
    /// How many spans have the name.
    pub spans: u64,
    /// How many of those have a value.
    pub measured: u64,
    /// How many have status `Error`.
    pub errors: u64,
    /// Why there is no value, as a sentence.
    pub missing: Option<String>,
}

impl CustomAnswer {
    pub(crate) fn of(
        subject: &Subject,
        metric: &CustomMetric,
        rows: &[FigureRow],
        sources: Vec<Source>,
        limit: usize,
    ) -> Self {
        let nothing = FigureRow::default();
        let is_empty = sources.is_empty();
        let result = |row: &FigureRow| {
            let value = metric.value(row);
            let what = (!metric.is_duration()).then(|| metric.attribute());
            CustomResult {
                value,
                spans: row.spans,
                measured: row.measured,
                errors: row.errors,
                missing: value.is_none().then(|| missing(is_empty, row.spans, metric.span_name(), what)),
            }
        };
        let all = rows.iter().find(|row| row.is_of_all == 1).unwrap_or(&nothing);
        let each = rows.iter().filter(|row| row.is_of_all == 0);
        Self {
            scope: subject.scope.clone(),
            metric: metric.clone(),
            all: result(all),
            is_truncated: each.clone().count() > limit,
            simulations: each.take(limit).map(|row| (row.simulation.clone(), result(row))).collect(),
            notes: doubled(&sources).into_iter().collect(),
            sources,
        }
    }
}
