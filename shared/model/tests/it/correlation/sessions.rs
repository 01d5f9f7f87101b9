//! What session values that are no hint say in a trace that holds a span of ours.

use super::drawing::check;

#[test]
fn a_session_that_also_stands_beside_our_tag_says_nothing_anywhere() {
    check("root session.id=own simulation_output_id=SIM => ours");
    check(
        "root session.id=OWN                              => ours
           turn simulation_output_id=SIM session.id=OWN   => ours
           turn session_id=OWN                            => ours
             llm sessionId=OWN                            => ours",
    );
    check(
        "root                                             => unowned
           turn session.id=SIM sessionId=OWN              => ours
           turn session.id=OTH                            => other_session
           turn session.id=OWN                            => unowned",
    );
}

#[test]
fn below_a_span_that_matched_by_a_specific_key_a_session_says_nothing() {
    for value in ["OWN", "thread-7", "6f1c1f6e-7f2d-4b62-9f0c-3c1a2b4d5e6f"] {
        check(&format!(
            "root simulation_output_id=SIM      => ours
               turn session.id={value}          => ours
                 llm                            => ours"
        ));
    }
}

#[test]
fn below_a_span_that_matched_by_a_session_only_what_looks_like_a_hint_is_others() {
    for value in ["Thread-7", "own", "6f1c1f6e-7f2d-4b62-9f0c-3c1a2b4d5e6f", "OWN-1", "LONGERTHANEIGHT"] {
        check(&format!(
            "root session.id=SIM                => ours
               graph session_id={value}         => ours
                 llm                            => ours
               turn                             => ours"
        ));
    }
    for value in ["OWN", "OTHERSIM", "SIM7", "X9", "\"OWN\""] {
        check(&format!(
            "root session.id=SIM                => ours
               graph session_id={value}         => other_session
                 llm                            => other_session
               turn                             => ours"
        ));
    }
}

#[test]
fn below_goes_by_the_nearest_span_of_ours() {
    check(
        "root session.id=SIM                    => ours
           turn simulation_output_id=SIM        => ours
             graph session_id=OWN               => ours",
    );
    check(
        "root simulation_output_id=SIM          => ours
           turn session.id=SIM                  => ours
             graph session_id=OWN               => other_session",
    );
}

#[test]
fn above_a_span_of_ours_a_session_is_others_only_where_a_session_matched() {
    check(
        "root session.id=own                    => ours
           turn simulation_output_id=SIM        => ours
           turn                                 => ours",
    );
    check(
        "root session.id=own                    => other_session
           turn session.id=SIM                  => ours
           turn                                 => other_session",
    );
    // Also where the session stands beside a specific key.
    check(
        "root session.id=own                                => other_session
           turn session.id=SIM simulation_output_id=SIM     => ours",
    );
}

#[test]
fn anywhere_else_another_session_is_others() {
    check(
        "worker                                 => unowned
           call simulation_output_id=SIM        => ours
           call session.id=own                  => other_session
             llm                                => other_session",
    );
}

#[test]
fn the_three_session_keys_count_as_one() {
    for key in ["session_id", "session.id", "sessionId"] {
        check(&format!(
            "root {key}=SIM                     => ours
               turn session.id=OWN              => other_session"
        ));
    }
}
