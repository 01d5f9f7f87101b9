//! What imports cost, and how long a burst of them takes: the provider's own reading code and the engine in virtual time,
//! every call to the platform, ledger, store and queue counted, and prices put on the counts.
//!
//! [`bills`], [`bursts`] and [`prices`] are the tables of `docs/COST.md`; a test compares them with the page.
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod bill;
mod calls;
mod limit;
mod meter;
mod page;
mod run;
pub use bill::{Bill, Line, MEMORY_MEGABYTES, bill};
pub use calls::{SPANS, Tags, world};
pub use limit::Limit;
pub use meter::Usage;
pub use page::{bills, bursts, prices, section};
pub use run::{Burst, MOST_AT_ONCE, run};
