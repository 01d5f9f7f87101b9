//! Requests in ten seconds, a tenant (docs/platforms/langsmith.md#81-rate-limits).

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::answer::{self, Answer};
use crate::scenario::Limits;

#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    taken: HashMap<(String, &'static str), VecDeque<Instant>>,
}

impl RateLimits {
    /// Small windows and large ones are counted apart.
    pub(crate) fn take_v1(&mut self, tenant: &str, has_start: bool, limits: &Limits) -> Result<(), Answer> {
        if has_start {
            self.take(tenant, "v1", limits.v1, limits)
        } else {
            self.take(tenant, "v1 large", limits.v1_large_window, limits)
        }
    }

    pub(crate) fn take_v2(&mut self, tenant: &str, limits: &Limits) -> Result<(), Answer> {
        self.take(tenant, "v2", limits.v2, limits)
    }

    fn take(&mut self, tenant: &str, class: &'static str, most: usize, limits: &Limits) -> Result<(), Answer> {
        let window = Duration::try_from_secs_f64(limits.window_seconds).unwrap_or_default();
        let now = Instant::now();
        let taken = self.taken.entry((tenant.to_owned(), class)).or_default();
        taken.retain(|at| now.duration_since(*at) < window);
        if taken.len() < most {
            taken.push_back(now);
            return Ok(());
        }
        let oldest = taken.front().copied().unwrap_or(now);
        let wait = (oldest + window).saturating_duration_since(now);
        if limits.tells_retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Err(answer::too_many().with_header("retry-after", seconds.max(1).to_string()))
        } else {
            // An empty body was seen too.
            Err(Answer::text(429, "text/plain", ""))
        }
    }
}
