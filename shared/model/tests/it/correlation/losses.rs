//! Rows that cannot be read, rows that began long before the call, and traces that were not read whole.

use super::drawing::{check, check_last, check_partial};

#[test]
fn what_cannot_be_read_and_holds_no_tag_stays_in_the_tree() {
    check(
        "root simulation_output_id=SIM          => ours
           lost unreadable                      => ours
             llm                                => ours
           turn                                 => ours",
    );
    check(
        "worker                                 => unowned
           call simulation_output_id=SIM        => ours
             lost unreadable                    => ours
               llm                              => ours
           call simulation_output_id=else       => other_simulation
             lost unreadable                    => other_simulation
               llm                              => other_simulation",
    );
}

/// In every place: what may be another's is nobody's, and what has a tag of its own keeps it.
#[test]
fn what_may_hold_anothers_tag_is_others_and_makes_its_trace_partial() {
    check(
        "worker                                 => partial_trace
           call simulation_output_id=SIM        => ours
             llm                                => ours
           call unknown                         => unknown_tag
             llm                                => unknown_tag
             sub simulation_output_id=SIM       => ours
           idle                                 => partial_trace",
    );
    check(
        "worker unknown                         => unknown_tag
           call simulation_output_id=SIM        => ours
             llm                                => ours
           idle                                 => unknown_tag",
    );
    check(
        "root simulation_output_id=SIM          => ours
           turn unknown                         => unknown_tag
             llm                                => unknown_tag
           turn                                 => ours",
    );
}

#[test]
fn a_loss_never_holds_an_import_up() {
    check_partial(
        "…
           call simulation_output_id=SIM        => ours
             llm pending                        => ours
           idle                                 => partial_trace",
    );
}

#[test]
fn of_a_trace_read_in_part_only_what_a_tag_decides_is_ours() {
    check_partial(
        "root                                   => partial_trace
           call simulation_output_id=SIM        => ours
             llm                                => ours
           idle                                 => partial_trace",
    );
}

#[test]
fn a_tagged_ancestor_long_before_the_call_still_owns() {
    check_last(
        "root before @1                         => unowned
           call simulation_output_id=SIM        => ours
           old before @2 simulation_output_id=else => other_simulation
             llm                                => other_simulation
           idle                                 => unowned",
    );
    check(
        "root before @1 simulation_output_id=SIM => ours
           call simulation_output_id=SIM        => ours
           idle                                 => ours",
    );
}

#[test]
fn an_outline_in_the_window_makes_its_trace_match() {
    check(
        "root unreadable simulation_output_id=SIM => ours
           llm                                  => ours",
    );
    check(
        "root before @1 simulation_output_id=SIM => -
           llm                                  => -",
    );
}
