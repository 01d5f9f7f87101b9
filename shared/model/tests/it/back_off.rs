//! How long to wait for what failed.

use std::time::Duration;

use proptest::prelude::*;
use spanlift_model::{back_off, retry_delay};

const SECOND: Duration = Duration::from_secs(1);
const QUARTER: Duration = Duration::from_mins(15);

#[test]
fn doubles_with_every_failure_up_to_its_cap() {
    let first = Duration::from_secs(10);
    for (failures, longest) in [(0, 10), (1, 10), (2, 20), (3, 40), (4, 80), (7, 600), (u32::MAX, 600)] {
        assert_eq!(back_off(first, Duration::from_mins(10), failures, 1.0), Duration::from_secs(longest), "{failures}");
    }
}

#[test]
fn a_message_is_never_back_at_once_nor_later_than_a_quarter_of_an_hour() {
    let first = Duration::from_secs(10);
    for (receives, jitter, seconds) in
        [(1, 0.0, 1), (1, 0.5, 5), (1, 1.0, 10), (5, 0.0, 1), (5, 1.0, 160), (9, 1.0, 900)]
    {
        assert_eq!(retry_delay(first, receives, jitter), Duration::from_secs(seconds), "{receives} {jitter}");
    }
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..100_000).prop_map(Duration::from_millis),
        any::<u64>().prop_map(Duration::from_secs),
        Just(Duration::MAX)
    ]
}

fn any_jitter() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..=1.0, any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(-1.0)]
}

proptest! {
    #[test]
    fn is_never_over_its_cap(
        first in any_duration(), longest in any_duration(), failures in any::<u32>(), jitter in any_jitter(),
    ) {
        prop_assert!(back_off(first, longest, failures, jitter) <= longest);
    }

    #[test]
    fn grows_with_failures_and_with_jitter(
        first in 1_u64..100_000, failures in 0_u32..100, a in 0.0..=1.0, b in 0.0..=1.0,
    ) {
        let wait = |failures, jitter| back_off(Duration::from_millis(first), QUARTER, failures, jitter);
        prop_assert!(wait(failures, a) <= wait(failures + 1, a));
        prop_assert!(wait(failures, f64::min(a, b)) <= wait(failures, f64::max(a, b)));
        prop_assert_eq!(wait(failures, 0.0), Duration::ZERO, "full jitter begins at nothing");
    }

    #[test]
    fn a_message_stays_away_for_a_second_to_a_quarter_of_an_hour(
        first in any_duration(), receives in any::<u32>(), jitter in any_jitter(),
    ) {
        let delay = retry_delay(first, receives, jitter);
        prop_assert!((SECOND..=QUARTER).contains(&delay), "{:?}", delay);
    }
}
