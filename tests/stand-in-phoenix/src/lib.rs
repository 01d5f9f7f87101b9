//! A stand-in for Arize Phoenix's REST API, written from what real servers were seen to do and from nothing else.
//!
//! It holds a [`Scenario`] and answers for it as a Phoenix of some release would: projects, the spans of one in both
//! forms with their filters, orders and cursors, keys, a page of HTML for whatever it does not know, a 500 for a page
//! with a span on which the form breaks. Traces, sessions and compression are not played, nor what ingestion does to
//! attributes other than to nest them and to read JSON. Tests run it in their own process ([`StandIn::start`]).
//!
//! Times of spans are absolute; `arrives_after` and `deleted_after` count seconds from when the scenario was set, by
//! tokio's clock, so that virtual time holds for them.
//!
//! ```
//! use stand_in_phoenix::Span;
//!
//! let metadata = r#"{"simulation_output_id": "sim-1"}"#;
//! let attributes = [("metadata".to_owned(), metadata.into())].into_iter().collect();
//! let span = Span { attributes, arrives_after: 5.0, ..Span::default() };
//! assert_eq!(span.told_attributes()["metadata.simulation_output_id"], "sim-1");
//! ```

mod answer;
mod asked;
mod attributes;
mod form;
mod phoenix;
mod query;
mod relay;
mod scenario;
mod server;
mod table;
mod version;

pub use answer::{Answer, Fate};
pub use asked::Asked;
pub use form::RAW;
pub use phoenix::{Phoenix, project_id};
pub use scenario::{Breaks, Event, Scenario, Span, StatusCode};
pub use server::StandIn;
pub use version::Version;
