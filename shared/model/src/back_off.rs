use std::time::Duration;

/// A message is not seen again sooner: its receives are counted, and would be spent before anything has mended.
const SOONEST: Duration = Duration::from_secs(1);
/// A message does not stay away longer.
const LATEST: Duration = Duration::from_mins(15);

/// How long to wait after `failures` of them: exponential back-off with full jitter (docs/ARCHITECTURE.md#errors).
///
/// From nothing to `first` after the first failure, to twice that after the second, never over `longest`; `jitter`,
/// from 0 to 1, says where in between, and what is no such number counts as 1. Nothing, rather than half, is the least,
/// because those who failed together shall not come back together.
#[must_use]
pub fn back_off(first: Duration, longest: Duration, failures: u32, jitter: f64) -> Duration {
    let doublings = failures.saturating_sub(1);
    let most = first.saturating_mul(2_u32.saturating_pow(doublings)).min(longest);
    Duration::try_from_secs_f64(most.as_secs_f64() * jitter).map_or(most, |wait| wait.min(most))
}

/// How long a message that failed stays away after so many receives: [`back_off`], a second at least and a quarter of an
/// hour at most.
#[must_use]
pub fn retry_delay(first: Duration, receives: u32, jitter: f64) -> Duration {
    back_off(first, LATEST, receives, jitter).max(SOONEST)
}
