//! One import from claim to completion, over traits (design §3).
//!
//! `claim → (store look-up ∥ credentials → read) → correlate → normalize → insert → complete`. The engine knows no
//! AWS, no HTTP and no platform; what it needs of them are the traits of [`ports`]. Whole imports run in virtual time
//! under test.

mod conclusion;
mod import;
mod normalize;
mod pass;
pub mod ports;
mod reading;
mod report;
mod settle;

pub use conclusion::{Conclusion, Disposition, Ending};
pub use import::{Delivery, Importer, Policy};
pub use reading::{Discovery, Mark, Query, Reading};
pub use report::{Outcome, Report};
