//! A stand-in for Arize Phoenix's REST API, written from what real servers were seen to do and from nothing else.
//!
//! It holds a [`Scenario`] and answers for it as a Phoenix of some release would: projects, the spans of one in both
//! forms with their filters, orders and cursors, keys, a page of HTML for whatever it does not know, a 500 for a page
//! with a span on which the form breaks. Traces, sessions and compression are not played, nor what ingestion does to
//! attributes other than to nest them and to read JSON. Tests run it in their own process, on a port
//! ([`StandIn::start`]) or without any network ([`StandIn::new`], [`StandIn::router`]); others run the binary.
//! `PUT /_scenario` sets what it holds, `GET /_requests` tells what it was asked.
//!
//! Times of spans are absolute; `arrives_after` and `deleted_after` count seconds from when the scenario was set, by
//! tokio's clock, so that virtual time holds for them.
//!
//! ```
//! let scenario: stand_in_phoenix::Scenario = serde_json::from_str(r#"{
//!     "version": "14.9.0",
//!     "api_key": "secret",
//!     "projects": ["default", "voice-agent"],
//!     "spans": [
//!         {"project": "voice-agent", "trace_id": "53e7033d37a7a8869d0bb6865c4807c0", "span_id": "bb9bd2e016e511dc",
//!          "name": "conversation", "kind": "AGENT", "status_code": "OK",
//!          "start_time": "2026-11-20T15:00:00Z", "end_time": "2026-11-20T15:01:00Z",
//!          "attributes": {"metadata": "{\"simulation_output_id\": \"sim-1\"}"}, "arrives_after": 5},
//!         {"project": "voice-agent", "trace_id": "53e7033d37a7a8869d0bb6865c4807c0", "span_id": "0123456789abcdef",
//!          "parent_id": "bb9bd2e016e511dc", "kind": 3, "start_time": "2026-11-20T15:00:01Z", "deleted_after": 60},
//!         {"project": "voice-agent", "raw": "null", "breaks": "otlp"}
//!     ],
//!     "faults": [{"query": "attribute=", "skip": 1, "times": 2, "status": 503, "delay": 2.5}]
//! }"#).unwrap();
//! assert_eq!(scenario.spans[0].told_attributes()["metadata.simulation_output_id"], "sim-1");
//! ```

mod answer;
mod asked;
mod attributes;
mod faults;
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
pub use scenario::{Breaks, Event, Fault, Scenario, Span, StatusCode};
pub use server::{Server, StandIn};
pub use version::{Version, VersionError};
