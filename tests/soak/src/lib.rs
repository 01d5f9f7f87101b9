//! Fault schedules: whole imports of generated worlds while everything around them goes wrong, in virtual time.
//!
//! Schedule N of a provider is always the same ([`Plan::new`]). The provider's own reading code and the engine run; the
//! platform is a stand-in that is called in process; ledger, store and queue are fakes behind a network that refuses, loses
//! and repeats calls before and after they take effect. Executions die at any await. [`judge()`] says what must be so
//! nonetheless (docs/RELIABILITY.md).
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod judge;
mod ledger;
mod plan;
mod platform;
mod queue;
mod run;
mod stage;
mod store;
mod tally;

pub use judge::{Judged, judge};
pub use plan::{Forever, Odds, Plan};
pub use run::{End, Executed, Ran, run};
pub use tally::Tally;
