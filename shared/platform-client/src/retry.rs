//! Whether and when a request is sent again: one pure function (docs/ARCHITECTURE.md#errors).

use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, back_off};

/// A transient failure is not met more often than this.
pub(crate) const MOST_ATTEMPTS: u32 = 3;
/// No more is waited for one answer: waiting is free in SQS and costs in Lambda.
pub(crate) const MOST_WAITED: Duration = Duration::from_secs(15);
/// A request that begins later than this before the deadline is not worth sending.
const LEAST_TIME: Duration = Duration::from_millis(500);
/// Back-off doubles from here.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The same for a rate limit without a date: platforms count in windows of 10 to 60 s.
const FIRST_RATE_BACKOFF: Duration = Duration::from_secs(4);
/// What is added to a platform's own date at most, so that those who wait for it do not come together.
const SPREAD: Duration = Duration::from_secs(1);

/// What was done already for one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Efforts {
    /// Requests that failed, this one included.
    pub attempts: u32,
    /// The time waited between them.
    pub waited: Duration,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send it again after this time.
    RetryAfter(Duration),
    /// Let the caller have the error.
    GiveUp,
}

/// Decides with full jitter, `jitter` being from 0 to 1. A platform's own date is kept, or nothing is done.
#[must_use]
pub(crate) fn decide(
    efforts: Efforts,
    error: &PlatformError,
    now: Timestamp,
    deadline: Timestamp,
    jitter: f64,
) -> Decision {
    let left = MOST_WAITED.saturating_sub(efforts.waited);
    let wait = match error {
        _ if efforts.attempts >= MOST_ATTEMPTS => return Decision::GiveUp,
        PlatformError::RateLimited { retry_after: Some(wait) }
        | PlatformError::Unavailable { retry_after: Some(wait), .. } => {
            if *wait > left {
                return Decision::GiveUp;
            }
            (*wait + back_off(SPREAD, SPREAD, 1, jitter)).min(left)
        }
        PlatformError::RateLimited { retry_after: None } => {
            back_off(FIRST_RATE_BACKOFF, MOST_WAITED, efforts.attempts, jitter)
        }
        PlatformError::Unreachable { .. }
        | PlatformError::BrokenOff { .. }
        | PlatformError::Unavailable { retry_after: None, .. }
        | PlatformError::Timeout => back_off(FIRST_BACKOFF, MOST_WAITED, efforts.attempts, jitter),
        // The same request brings the same answer: smaller pages, another day or a person help, not haste.
        PlatformError::TooLarge { .. }
        | PlatformError::NotFound { .. }
        | PlatformError::Unauthorized { .. }
        | PlatformError::Forbidden { .. }
        | PlatformError::Malformed { .. }
        | PlatformError::Refused { .. } => return Decision::GiveUp,
    };
    let fits = wait <= left && now.plus(wait).plus(LEAST_TIME) <= deadline;
    if fits { Decision::RetryAfter(wait) } else { Decision::GiveUp }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use spanlift_model::FailureReason;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
    const UNAVAILABLE: PlatformError = PlatformError::unavailable(503);

    fn rate_limited(seconds: u64) -> PlatformError {
        PlatformError::RateLimited { retry_after: Some(Duration::from_secs(seconds)) }
    }

    fn unavailable(seconds: u64) -> PlatformError {
        PlatformError::Unavailable { status: 503, retry_after: Some(Duration::from_secs(seconds)) }
    }

    fn after(attempts: u32, error: &PlatformError, left: Duration, jitter: f64) -> Decision {
        decide(Efforts { attempts, waited: Duration::ZERO }, error, NOW, NOW.plus(left), jitter)
    }

    #[test]
    fn backs_off_twice_and_then_gives_up() {
        let minute = Duration::from_mins(1);
        for error in [UNAVAILABLE, PlatformError::Timeout, PlatformError::Unreachable { host: "a.example".into() }] {
            assert_eq!(after(1, &error, minute, 1.0), Decision::RetryAfter(Duration::from_secs(1)));
            assert_eq!(after(2, &error, minute, 1.0), Decision::RetryAfter(Duration::from_secs(2)));
            assert_eq!(after(2, &error, minute, 0.25), Decision::RetryAfter(Duration::from_millis(500)));
            assert_eq!(after(3, &error, minute, 0.0), Decision::GiveUp);
        }
        let undated = PlatformError::RateLimited { retry_after: None };
        assert_eq!(after(1, &undated, minute, 1.0), Decision::RetryAfter(Duration::from_secs(4)));
        assert_eq!(after(2, &undated, minute, 0.5), Decision::RetryAfter(Duration::from_secs(4)));
    }

    #[test]
    fn keeps_a_platforms_own_date_or_does_nothing() {
        let minute = Duration::from_mins(1);
        for dated in [rate_limited, unavailable] {
            assert_eq!(after(1, &dated(7), minute, 0.0), Decision::RetryAfter(Duration::from_secs(7)));
            assert_eq!(after(1, &dated(7), minute, 0.5), Decision::RetryAfter(Duration::from_millis(7_500)));
            assert_eq!(after(1, &dated(15), minute, 1.0), Decision::RetryAfter(Duration::from_secs(15)));
            assert_eq!(after(1, &dated(16), minute, 0.0), Decision::GiveUp);
            assert_eq!(after(1, &dated(u64::MAX), minute, 0.0), Decision::GiveUp);
            assert_eq!(after(1, &dated(7), Duration::from_secs(7), 0.0), Decision::GiveUp);
            let efforts = Efforts { attempts: 2, waited: Duration::from_secs(10) };
            assert_eq!(decide(efforts, &dated(6), NOW, NOW.plus(minute), 0.0), Decision::GiveUp);
        }
    }

    #[test]
    fn never_repeats_what_cannot_help() {
        let advice = String::new;
        for error in [
            PlatformError::Unauthorized { advice: advice() },
            PlatformError::Forbidden { advice: advice() },
            PlatformError::NotFound { advice: advice() },
            PlatformError::Malformed { problem: advice() },
            PlatformError::TooLarge { limit: 1 },
            PlatformError::Refused { reason: FailureReason::WrongHost, advice: advice() },
        ] {
            assert_eq!(after(1, &error, Duration::from_mins(1), 0.0), Decision::GiveUp);
        }
    }

    fn any_transient() -> impl Strategy<Value = PlatformError> {
        prop_oneof![
            Just(UNAVAILABLE),
            Just(PlatformError::Timeout),
            Just(PlatformError::RateLimited { retry_after: None }),
            any::<u64>().prop_map(rate_limited),
            (0_u64..20).prop_map(rate_limited),
            (0_u64..20).prop_map(unavailable),
        ]
    }

    proptest! {
        #[test]
        fn never_waits_past_the_deadline_nor_over_the_cap(
            attempts in prop_oneof![0..MOST_ATTEMPTS, any::<u32>()],
            waited in 0_u64..40_000,
            error in any_transient(),
            now in any::<i64>(),
            left in -5_000_i64..60_000,
            jitter in prop_oneof![0.0..=1.0, any::<f64>()],
        ) {
            let now = Timestamp::from_nanos(now);
            let deadline = Timestamp::from_nanos(now.nanos().saturating_add(left * 1_000_000));
            let efforts = Efforts { attempts, waited: Duration::from_millis(waited) };
            if let Decision::RetryAfter(wait) = decide(efforts, &error, now, deadline, jitter) {
                prop_assert!(now.plus(wait) <= deadline);
                prop_assert!(wait <= MOST_WAITED.saturating_sub(efforts.waited));
                prop_assert!(attempts < MOST_ATTEMPTS);
                if let PlatformError::RateLimited { retry_after: Some(asked) }
                    | PlatformError::Unavailable { retry_after: Some(asked), .. } = error
                {
                    prop_assert!(wait >= asked);
                }
            }
        }

        #[test]
        fn more_jitter_never_waits_less(attempt in 1..MOST_ATTEMPTS, error in any_transient(), a in 0.0..=1.0, b in 0.0..=1.0) {
            let wait = |jitter| match after(attempt, &error, Duration::from_mins(10), jitter) {
                Decision::RetryAfter(wait) => Some(wait),
                Decision::GiveUp => None,
            };
            prop_assert!(wait(f64::min(a, b)) <= wait(f64::max(a, b)));
        }
    }
}
