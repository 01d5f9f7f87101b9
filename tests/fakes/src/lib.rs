//! Fakes of everything around the engine but the platform: a ledger with the real one's conditions, a queue that
//! delivers at least once, a store that keeps rows, secrets behind a cache, and a clock in virtual time.
//!
//! Each keeps what the real one promises: they pass one suite of contracts (`tests/contracts`).
//!
//! [`World`] puts them around a platform and delivers messages as they become visible, to the end of an import.
#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bench;
mod clock;
mod credentials;
mod ledger;
mod queue;
mod store;
mod world;

pub use clock::VirtualClock;
pub use credentials::FakeCredentials;
pub use ledger::{FakeLedger, Item, Source, source_of};
pub use queue::{FakeQueue, InFlight};
pub use spanlift_contracts::queue::DeadLetter;
pub use store::FakeStore;
pub use world::{MAX_TRIES, World};
