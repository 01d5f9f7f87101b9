//! The `spanlift` command: connects platforms, replays an event and says what came of it, shows what was imported and why, and
//! sends dead letters back.
//!
//! Pure parts (what a word means, how a table and a tree look, when a replay is done) stand apart from the ports that
//! ask AWS and the trace store, so that tests run them on made-up ledgers and in virtual time.

pub mod arguments;
pub mod configuration;
pub mod connections;
pub mod explain;
pub mod explain_simulation;
pub mod input;
pub mod insight;
pub mod ports;
pub mod progress;
pub mod recent;
pub mod redrive;
pub mod replay;
pub mod show;
pub mod view;

mod adapters;
mod follow;
mod json;
mod replay_progress;
mod spans;
mod status;
mod summary;
mod svg;
mod table;
mod text;
mod tree;
mod verdicts;

#[cfg(test)]
mod tests;

pub use adapters::{Aws, TraceStore};
