//! Reading from Langfuse through `Langfuse::read`, against a stand-in that answers as docs/platforms/langfuse.md says.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod agent;
mod early;
mod equivalence;
mod errors;
mod fallback;
mod ids;
mod labels;
mod large;
mod limits;
mod listings;
mod long_values;
mod modes;
mod plans;
mod reader;
mod requests;
mod resume;
mod sample;
mod shared_traces;
mod side_by_side;
mod time;
mod unreadable;
#[path = "../../../../tests/virtual_time.rs"]
mod virtual_time;
