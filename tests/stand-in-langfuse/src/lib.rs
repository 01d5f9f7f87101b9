//! A stand-in for Langfuse's public API, written from what docs/platforms/langfuse.md says and from nothing else.
//!
//! It holds a [`Scenario`] and answers v1 and v2 as it says there: authentication, cursors and pages, parameter
//! checks, field groups, metadata cut at 200 characters, rate limits, late, double and deleted rows, rows that no JSON library
//! reads, rows that break their page, and every error body.
//! In process it runs in the caller's runtime, so that virtual time holds for both sides. Over HTTP a scenario is set
//! with `PUT /_scenario` and the requests so far are told by `GET /_requests`.

mod answer;
mod columns;
mod filter;
mod limiter;
mod metadata;
mod parameters;
mod route;
mod scenario;
mod server;
mod v1;
mod v2;
mod view;

pub use answer::{ERRORS, RAW};
pub use scenario::{Edition, Fault, Ingestion, Observation, Project, Scenario, Trace};
pub use server::{Asked, StandIn};
