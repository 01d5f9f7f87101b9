//! Whose attempt a span belongs to.

use spanlift_model::{Attempt, Attempts};

use super::drawing::{Reading, minute};

/// Attempt 1 in minutes 61 to 63, attempt 2 from minute 65 on.
fn attempts(ours: u32) -> Attempts {
    let all = [(1, 61, 63), (2, 65, 69)].map(|(number, from, to)| Attempt {
        number,
        started_at: minute(from),
        ended_at: minute(to),
    });
    Attempts::new(all[usize::from(ours == 2)], all)
}

#[track_caller]
fn check(ours: u32, is_last_pass: bool, text: &str) {
    Reading { is_partial: false, is_last_pass, attempts: &attempts(ours) }.check(text);
}

#[test]
fn a_span_goes_by_the_highest_tag_of_ours_above_it() {
    let worker = |first, second| {
        format!(
            "worker @60                             => {first}
               call simulation_output_id=SIM @62    => {first}
                 late @66                           => {first}
                 again simulation_output_id=SIM @66 => {first}
               call simulation_output_id=SIM @65    => {second}
                 llm @66                            => {second}"
        )
    };
    check(1, true, &worker("ours", "other_attempt"));
    check(2, true, &worker("other_attempt", "ours"));
}

#[test]
fn one_without_a_tag_above_goes_by_its_own_start() {
    let trace = |first, second| {
        format!(
            "root @62                               => {first}
               idle @66                             => {second}
               call simulation_output_id=SIM @65    => {second}"
        )
    };
    check(1, false, &trace("ours", "other_attempt"));
    check(2, false, &trace("other_attempt", "ours"));
}

#[test]
fn while_the_chain_above_is_broken_it_waits() {
    let trace = |owner| {
        format!(
            "…
               call simulation_output_id=SIM @66    => {owner}
                 llm @66                            => {owner}"
        )
    };
    check(2, false, &trace("?"));
    check(2, true, &trace("ours"));
    check(1, true, &trace("other_attempt"));
}

/// A span that was not read may bear the tag of the attempt before.
#[test]
fn in_a_trace_that_was_not_read_whole_what_has_a_broken_chain_is_of_no_attempt() {
    let check = |is_last_pass, text: &str| {
        Reading { is_partial: true, is_last_pass, attempts: &attempts(2) }.check(text);
    };
    let trace = |owner| {
        format!(
            "…
               call simulation_output_id=SIM @66    => {owner}
                 llm @66                            => {owner}"
        )
    };
    check(false, &trace("?"));
    check(true, &trace("partial_trace"));
    check(
        true,
        "root @62                                 => partial_trace
           call simulation_output_id=SIM @65      => ours
             llm @66                              => ours",
    );
}

#[test]
fn an_attempt_begins_a_minute_early_but_not_before_the_one_before_it_has_ended() {
    for (minute, owner) in [(62, "other_attempt"), (63, "other_attempt"), (64, "ours"), (65, "ours"), (69, "ours")] {
        check(2, true, &format!("turn simulation_output_id=SIM @{minute} => {owner}"));
    }
    // Where the first one ends late, the second begins then.
    let late = Attempt { number: 1, started_at: minute(61), ended_at: minute(67) };
    let second = Attempt { number: 2, started_at: minute(65), ended_at: minute(69) };
    let attempts = Attempts::new(second, [late]);
    for (minute, owner) in [(65, "other_attempt"), (66, "other_attempt"), (67, "ours")] {
        let reading = Reading { is_partial: false, is_last_pass: true, attempts: &attempts };
        reading.check(&format!("turn simulation_output_id=SIM @{minute} => {owner}"));
    }
}
