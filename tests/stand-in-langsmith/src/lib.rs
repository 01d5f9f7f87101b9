//! A stand-in for LangSmith's REST API, written from the contract (`contracts/langsmith.md`) and from nothing else.
//!
//! It holds a [`Scenario`] and answers for it as LangSmith would: v1 and v2 of the runs query with the filter
//! language evaluated, cursors, selections, rate limits, errors, late arrival, payloads in blob storage. Tests run it
//! in their own process ([`StandIn::start`]); the embedded stack runs the binary. `PUT /_scenario` sets what it holds,
//! `GET /_requests` tells what it was asked.

mod answer;
mod asked;
mod body;
mod cursor;
pub mod filter;
mod keys;
mod limits;
mod projects;
mod scenario;
mod selection;
mod server;
mod state;
mod store;
mod v1;
mod v2;

pub use asked::Asked;
pub use scenario::{Access, Endpoint, Fault, Key, Limits, Project, Run, Scenario, Scope, Tenant};
pub use server::{Server, StandIn};
