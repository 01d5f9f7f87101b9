use serde_json::json;
use std::time::Duration;

use crate::answer::Answer;

/// A fixed window of a minute from its first request, for a whole organisation (docs/platforms/langfuse.md#91-rate-limits).
#[derive(Clone, Debug, Default)]
pub(crate) struct Limiter {
    began: Duration,
    used: u64,
}

impl Limiter {
    /// Counts a request at `now`; the 429 if it is one too many. The N-th of a limit of N already is.
    pub(crate) fn take(&mut self, now: Duration, limit: u64, minute: Duration, message: &str) -> Option<Answer> {
        if self.used == 0 || now >= self.began + minute {
            self.began = now;
            self.used = 0;
        }
        self.used += 1;
        if self.used < limit {
            return None;
        }
        let seconds = (self.began + minute).saturating_sub(now).as_millis().div_ceil(1_000).max(1);
        let body = json!({
            "message": message, "code": "rate_limited",
            "details": {"retryAfterSeconds": seconds, "limit": limit, "remaining": 0, "resetAt": "2026-11-20T15:05:23.000Z"},
        });
        let mut answer = Answer::json(429, &body);
        answer.headers.extend([
            ("Retry-After".to_owned(), seconds.to_string()),
            ("X-RateLimit-Limit".to_owned(), limit.to_string()),
            ("X-RateLimit-Remaining".to_owned(), "-1".to_owned()),
            (
                "X-RateLimit-Reset".to_owned(),
                "Fri Nov 20 2026 15:05:23 GMT+0000 (Coordinated Universal Time)".to_owned(),
            ),
        ]);
        Some(answer)
    }
}
