//! The stand-in against what real servers were seen to do, on the wire.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod answers;
mod client;
mod filters;
