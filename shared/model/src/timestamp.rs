use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset, macros::format_description};

/// A moment in nanoseconds since the Unix epoch, UTC. Covers 1677 to 2262; arithmetic saturates and never wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is no [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Not RFC 3339, or without a zone where one is required.
    #[error("not an RFC 3339 time with a zone")]
    Format,
    /// A year that nanoseconds in 64 bits cannot hold.
    #[error("outside the years 1678 to 2261")]
    Range,
}

impl Timestamp {
    /// The Unix epoch. Platforms send it for "no end".
    pub const EPOCH: Self = Self(0);

    /// From nanoseconds since the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, towards the past.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole seconds since the epoch, towards the past.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Reads RFC 3339. A time without a zone is an error: it could be any of 24 hours.
    ///
    /// # Errors
    /// [`TimestampError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError::Format)?;
        Self::from_offset(moment)
    }

    /// Reads a platform's time: RFC 3339, where a missing zone means UTC and a space may stand for the `T`.
    ///
    /// # Errors
    /// [`TimestampError`] says which rule the text breaks.
    pub fn parse_platform(text: &str) -> Result<Self, TimestampError> {
        let naive = format_description!(
            version = 2,
            "[year]-[month]-[day][first [T][ ]][hour]:[minute]:[second][optional [.[subsecond]]]"
        );
        match Self::parse(text) {
            Err(TimestampError::Format) => {
                let moment = PrimitiveDateTime::parse(text, naive).map_err(|_| TimestampError::Format)?;
                Self::from_offset(moment.assume_utc())
            }
            parsed => parsed,
        }
    }

    /// Reads the date of an HTTP header, as `Fri, 20 Nov 2026 15:05:23 GMT`. `None` when it is none.
    #[must_use]
    pub fn parse_http(text: &str) -> Option<Self> {
        Self::from_offset(OffsetDateTime::parse(text.trim(), &Rfc2822).ok()?).ok()
    }

    fn from_offset(moment: OffsetDateTime) -> Result<Self, TimestampError> {
        let nanos = i64::try_from(moment.unix_timestamp_nanos()).map_err(|_| TimestampError::Range)?;
        Ok(Self(nanos))
    }

    /// This moment and `duration` more.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos_of(duration)))
    }

    /// This moment less `duration`.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos_of(duration)))
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The day in UTC, `2026-11-22`.
    #[must_use]
    pub fn day(self) -> String {
        let text = self.to_string();
        text.split('T').next().map(str::to_owned).unwrap_or_default()
    }

    /// RFC 3339 with exactly six fraction digits, as `2026-11-22T06:30:00.123456Z`.
    #[must_use]
    pub fn to_micros_text(self) -> String {
        let format =
            format_description!(version = 2, "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
        self.to_offset().format(format).unwrap_or_else(|_| self.to_string())
    }

    fn to_offset(self) -> OffsetDateTime {
        // 64 bits of nanoseconds always fit the years that the library knows.
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

fn nanos_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, with as many fraction digits as the moment needs.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.to_offset().to_offset(UtcOffset::UTC);
        formatter.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
