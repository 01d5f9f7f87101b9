use std::time::Duration;

use proptest::prelude::*;
use spanlift_model::{Attempt, Attempts, Budget, CorrelationMode, Habit, Passes, Timestamp};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T15:00:00Z").unwrap()
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_budget_is_the_least_of_what_is_configured_and_what_is_left() {
    // configured, deadline in, timeout -> reading, ends, lease
    for (configured, left, timeout, reading, ends, lease) in [
        (90, 120, 120, 80, 90, 135),
        (30, 45, 45, 20, 30, 60),
        (90, 32, 120, 20, 30, 47),
        (90, 1, 120, 0, 0, 16),
        (90, 99_999, 120, 80, 90, 135),
    ] {
        let budget = Budget::new(now(), seconds(configured), now().plus(seconds(left)), seconds(timeout));
        assert_eq!(budget.read_until, now().plus(seconds(reading)));
        assert_eq!(budget.ends_at, now().plus(seconds(ends)));
        assert_eq!(budget.lease_until, now().plus(seconds(lease)));
        assert!(!budget.deadline_ignored);
    }
}

#[test]
fn a_deadline_of_1970_is_ignored() {
    let budget = Budget::new(now(), seconds(90), Timestamp::from_millis(600_000), seconds(120));
    assert_eq!(budget.ends_at, now().plus(seconds(90)));
    assert!(budget.deadline_ignored);
}

#[test]
fn passes_follow_the_schedule_from_the_first_claim() {
    let passes = Passes::new([20, 60, 300, 900].map(seconds).to_vec(), seconds(300));
    let next = |pass| passes.next(pass, now()).map(|(pass, at)| (pass, at.since(now()).as_secs()));
    assert_eq!([next(0), next(1), next(2), next(3)], [Some((1, 20)), Some((2, 60)), Some((3, 300)), Some((4, 900))]);
    assert_eq!(next(4), None);
    assert_eq!(next(u32::MAX), None);
    let last_look = |pass| passes.last_look(pass, now()).map(|(pass, at)| (pass, at.since(now()).as_secs()));
    assert_eq!([last_look(0), last_look(2)], [Some((3, 300)), Some((3, 300))]);
    assert_eq!([last_look(3), last_look(4)], [None, None]);
    assert!(passes.has_later(3) && !passes.has_later(4));
    assert!(!Passes::new(vec![], seconds(300)).has_later(0));
}

#[test]
fn what_began_belongs_to_the_highest_attempt_that_had_begun() {
    let at = |minutes: u64| now().plus(seconds(60 * minutes));
    let attempt = |number, from, to| Attempt { number, started_at: at(from), ended_at: at(to) };
    let all = [attempt(1, 0, 5), attempt(2, 10, 15), attempt(3, 15, 30)];
    // What begins in this minute is the attempt's of this number.
    for (minute, owner) in [(0_u64, 1), (8, 1), (9, 2), (10, 2), (14, 2), (15, 3), (500, 3)] {
        for ours in all {
            let attempts = Attempts::new(ours, all);
            assert_eq!(attempts.is_ours(at(minute)), ours.number == owner, "minute {minute}, attempt {}", ours.number);
        }
    }
    let long_before = now().minus(seconds(86_400));
    assert!(Attempts::new(all[0], all).is_ours(long_before));
    assert!(!Attempts::new(all[1], all).is_ours(long_before));
    assert!(Attempts::new(all[1], []).is_ours(long_before), "nobody else is known");
    assert!(Attempts::new(all[1], all).is_superseded());
    assert!(!Attempts::new(all[2], all).is_superseded());
}

#[test]
fn a_connection_falls_back_as_it_says_or_as_it_has_shown_itself() {
    use CorrelationMode::{Auto, Strict, Window};
    for (mode, habit, first, last) in [
        (Strict, None, false, false),
        (Strict, Some(Habit::Untagged), false, false),
        (Window, None, true, true),
        (Window, Some(Habit::Tagged), true, true),
        (Auto, None, false, true),
        (Auto, Some(Habit::Tagged), false, false),
        (Auto, Some(Habit::Untagged), true, true),
    ] {
        assert_eq!(mode.may_fall_back(habit, false), first, "{mode:?} {habit:?}");
        assert_eq!(mode.may_fall_back(habit, true), last, "{mode:?} {habit:?}");
    }
    for habit in [Habit::Tagged, Habit::Untagged] {
        assert_eq!(Habit::parse(habit.as_str()), Some(habit));
    }
}

proptest! {
    #[test]
    fn a_budget_never_outlives_its_deadline(configured in 0..1_000_u64, left in 0..1_000_u64, timeout in 0..1_000_u64) {
        let deadline = now().plus(seconds(left));
        let budget = Budget::new(now(), seconds(configured), deadline, seconds(timeout));
        prop_assert!(budget.read_until <= budget.ends_at);
        prop_assert!(budget.ends_at <= deadline.max(now()));
        prop_assert!(budget.lease_until > budget.ends_at);
    }
}
