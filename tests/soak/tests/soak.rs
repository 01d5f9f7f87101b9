//! Five hundred fault schedules a provider. `make soak` plays 20,000.

use soak::{Tally, run};
use worlds::world::Provider;

const SCHEDULES: u64 = 500;

fn are_right(provider: Provider) {
    let mut tally = Tally::default();
    for number in 1..=SCHEDULES {
        tally.add(&run(provider, number));
    }
    // How many are whole is asked of the many schedules of `make soak`.
    assert!(tally.failed.is_empty(), "{tally}; {:?}", tally.failed);
}

#[test]
fn arize() {
    are_right(Provider::Arize);
}

#[test]
fn langfuse() {
    are_right(Provider::Langfuse);
}

#[test]
fn langsmith() {
    are_right(Provider::Langsmith);
}
