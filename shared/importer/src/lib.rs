//! One import from claim to completion, over traits (docs/ARCHITECTURE.md#the-way-of-the-data).
//!
//! `claim → (store look-up ∥ credentials → read) → correlate → normalize → insert → complete`. The engine knows no
//! AWS, no HTTP and no platform; what it needs of them are the traits of [`ports`]. Whole imports run in virtual time
//! under test.

mod conclusion;
mod decide;
pub mod direct;
mod import;
mod normalize;
mod outcome;
mod pass;
mod port_error;
pub mod ports;
mod query;
mod read_loop;
mod record;
mod report;
mod units;

pub use conclusion::{Conclusion, Ending};
pub use import::{Delivery, Importer, Policy};
pub use normalize::LATE_IN_CALL;
pub use outcome::Outcome;
pub use pass::HAND_OVER;
pub use port_error::PortError;
pub use query::{Discovery, Mark, Progress, Query, Reading};
pub use record::{Completed, Record};
pub use report::{Disposition, Report};
