//! What every ledger, store and queue promises: one suite for the fakes and for the real ones.
//!
//! The fakes run it without anything else, the real ones against the AWS emulator and the ClickHouse engine. Where a fake
//! and a real one differ, the real one decides and the fake is mended.
//!
//! [`ledger!`], [`store!`] and [`queue!`] make one test of each contract. They take a function that runs a contract on a
//! port of its own, and the attributes of the tests:
//!
//! ```ignore
//! async fn on_a_fake(contract: impl AsyncFn(&FakeLedger)) {
//!     contract(&FakeLedger::default()).await;
//! }
//!
//! spanlift_contracts::ledger! { on_a_fake, #[tokio::test(start_paused = true)] }
//! ```
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a contract that is broken should stop the test"
)]

pub mod ledger;
pub mod queue;
pub mod samples;
pub mod store;

/// Makes one test of each contract of [`mod@ledger`].
#[macro_export]
macro_rules! ledger {
    ($on:path, $(#[$attribute:meta])+) => {
        $crate::tests! { ledger, $on, [$(#[$attribute])+],
            a_lease_keeps_others_away
            a_lost_answer_is_asked_for_again
            only_the_owner_of_the_lease_completes
            one_of_many_gets_the_lease
            a_pass_is_claimed_when_it_is_due
            tries_are_counted_by_the_claim
            force_begins_a_final_import_anew
            a_forced_look_leaves_the_pass_that_is_due_as_it_is
            progress_and_losses_of_a_pass_are_there_for_the_next
            what_was_counted_stays_until_it_is_counted_again
            times_count_to_the_millisecond
            an_import_whose_time_is_over_is_a_new_one
            a_record_is_read_without_a_claim
            attempts_are_those_of_one_simulation
            what_a_source_has_shown_itself_to_be_is_remembered
        }
    };
}

/// Makes one test of each contract of [`mod@store`].
#[macro_export]
macro_rules! store {
    ($on:path, $(#[$attribute:meta])+) => {
        $crate::tests! { store, $on, [$(#[$attribute])+],
            what_is_inserted_is_seen_at_once_by_its_import_alone
            the_same_insert_again_is_none
            an_insert_whose_answer_is_lost_is_done_once
            native_spans_are_told_from_imported_ones
            what_lies_far_outside_the_window_is_out_of_sight
        }
    };
}

/// Makes one test of each contract of [`mod@queue`].
#[macro_export]
macro_rules! queue {
    ($on:path, $(#[$attribute:meta])+) => {
        $crate::tests! { queue, $on, [$(#[$attribute])+],
            a_job_arrives_as_it_was_sent
            a_job_is_not_seen_before_its_delay_is_over
            a_dead_letter_bears_its_reason
            an_outcome_is_announced_as_it_is
        }
    };
}

/// One test of each contract that is named.
#[doc(hidden)]
#[macro_export]
macro_rules! tests {
    ($port:ident, $on:path, $attributes:tt, $($contract:ident)+) => {
        $($crate::one_test! { $port, $on, $attributes, $contract })+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! one_test {
    ($port:ident, $on:path, [$(#[$attribute:meta])+], $contract:ident) => {
        $(#[$attribute])+
        async fn $contract() {
            $on(async |port| $crate::$port::$contract(port).await).await;
        }
    };
}
