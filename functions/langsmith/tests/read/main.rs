//! Reading from LangSmith through `LangSmith::read`, against the stand-in that answers as docs/platforms/langsmith.md says.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod arrival;
mod beginning;
mod connection;
mod content;
mod detour;
mod discovery;
mod errors;
mod first_look;
mod limits;
mod ownership;
mod paging;
mod properties;
mod reader;
mod requests;
mod runs;
mod sample;
mod tags;
mod unreadable;
mod usage;
mod versions;
#[path = "../../../../tests/virtual_time.rs"]
mod virtual_time;
mod worker;
