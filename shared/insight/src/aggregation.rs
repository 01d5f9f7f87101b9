use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// What is made of many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// The mean.
    Average,
    /// Half of the values are at most this.
    Median,
    /// Nine tenths are.
    P90,
    /// 95 of 100 are.
    P95,
    /// 99 of 100 are.
    P99,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// All of them added up.
    Sum,
    /// How many spans there are, with a value or without.
    Count,
    /// The share of spans with status `Error`, 0 to 1.
    ErrorRate,
    /// The share of the others.
    SuccessRate,
}

impl Aggregation {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Average,
        Self::Median,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::Min,
        Self::Max,
        Self::Sum,
        Self::Count,
        Self::ErrorRate,
        Self::SuccessRate,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Median => "median",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::ErrorRate => "error_rate",
            Self::SuccessRate => "success_rate",
        }
    }

    /// By its name, in capitals or not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// Is it made of spans, whatever values they have?
    #[must_use]
    pub const fn is_of_spans(self) -> bool {
        matches!(self, Self::Count | Self::ErrorRate | Self::SuccessRate)
    }

    /// Is it a share?
    #[must_use]
    pub const fn is_rate(self) -> bool {
        matches!(self, Self::ErrorRate | Self::SuccessRate)
    }
}

impl std::str::FromStr for Aggregation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
            format!("'{text}' is no aggregation; there are {}", known.join(", "))
        })
    }
}

impl<'de> Deserialize<'de> for Aggregation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What is said of some values, of which there is at least one. Percentiles lie between the two nearest values, in proportion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The mean.
    pub average: f64,
    /// Half of the values are at most this.
    pub median: f64,
    /// Nine tenths are.
    pub p90: f64,
    /// 95 of 100 are.
    pub p95: f64,
    /// 99 of 100 are.
    pub p99: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// All of them added up.
    pub sum: f64,
}

impl Statistics {
    /// Of what a statement answers; `None` where there was no value.
    pub(crate) fn of(measured: u64, sum: f64, (min, max): (f64, f64), percentiles: &[f64]) -> Option<Self> {
        let [median, p90, p95, p99] = *<&[f64; 4]>::try_from(percentiles).ok()?;
        #[expect(clippy::cast_precision_loss, reason = "nobody counts 2^53 spans")]
        let average = sum / measured as f64;
        (measured > 0).then_some(Self { average, median, p90, p95, p99, min, max, sum })
    }

    /// One of them; `None` for what is made of spans.
    #[must_use]
    pub const fn get(&self, aggregation: Aggregation) -> Option<f64> {
        match aggregation {
            Aggregation::Average => Some(self.average),
            Aggregation::Median => Some(self.median),
            Aggregation::P90 => Some(self.p90),
            Aggregation::P95 => Some(self.p95),
            Aggregation::P99 => Some(self.p99),
            Aggregation::Min => Some(self.min),
            Aggregation::Max => Some(self.max),
            Aggregation::Sum => Some(self.sum),
            Aggregation::Count | Aggregation::ErrorRate | Aggregation::SuccessRate => None,
        }
    }
}

/// The share of `part` in `whole`, 0 to 1; `None` of nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "nobody counts 2^53 spans")]
    (whole > 0).then(|| part as f64 / whole as f64)
}
