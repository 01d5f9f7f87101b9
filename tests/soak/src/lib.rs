//! Fault schedules: whole imports while everything around them fails, in virtual time.
//!
//! Schedule N of a provider is a generated world (`worlds`), and faults drawn by its number ([`Faults`]); what a hash map of the
//! process decides is not part of it. The provider's own reading code and the real engine run; the platform is a stand-in called in this process ([`platform`]), and
//! ledger, store and queue are fakes that fail ([`ports`]). [`run`] delivers messages as SQS does, kills executions at any
//! await, and plays on until nothing is left to do. [`judge`] compares what is stored with the oracle of worlds.
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod deliveries;
mod faults;
pub mod judge;
mod kill;
pub mod platform;
pub mod ports;
mod run;
mod tally;

pub use self::faults::Faults;
pub use self::judge::Finding;
pub use self::run::{Schedule, run};
pub use self::tally::Tally;
