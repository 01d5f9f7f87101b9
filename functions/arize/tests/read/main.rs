//! Reading from Phoenix through `Arize::read`, against a stand-in that answers as real servers do.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod budget;
mod early;
mod equivalence;
mod errors;
mod faults;
mod hostile;
mod labels;
mod phoenix;
mod plans;
mod projects;
mod reader;
mod requests;
mod sample;
mod spans;
mod tags;
mod unreadable;
mod untold;
#[path = "../../../../tests/virtual_time.rs"]
mod virtual_time;
