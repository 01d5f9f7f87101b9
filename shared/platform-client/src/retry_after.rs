use std::time::Duration;

use spanlift_model::Timestamp;

/// Imports wait no longer than this for a platform (docs/ARCHITECTURE.md#errors); a longer value counts as this.
const MOST: Duration = Duration::from_hours(6);

/// Reads a `Retry-After` header: seconds, or an HTTP date. `None` when it is neither.
#[must_use]
pub(crate) fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still a number.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        Timestamp::parse_http(value)?.since(now)
    };
    Some(wait.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seconds_and_dates() {
        let now = Timestamp::parse("2026-11-20T15:05:00Z").unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            ("23", Some(23)),
            (" 60 ", Some(60)),
            ("007", Some(7)),
            ("86400", Some(21_600)),
            ("18446744073709551616", Some(21_600)),
            ("99999999999999999999999999999999", Some(21_600)),
            ("Fri, 20 Nov 2026 15:05:23 GMT", Some(23)),
            ("Fri, 20 Nov 2026 15:04:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Fri, 31 Dec 2027 23:59:59 GMT", Some(21_600)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("1e9", None),
            ("soon", None),
            ("2026-11-20T15:05:23Z", None),
        ] {
            assert_eq!(parse_retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
