//! The model, tested through its public face.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod back_off;
mod correlation;
mod event;
mod ids;
mod import;
mod json;
mod members;
mod mended;
mod role;
mod tree;
