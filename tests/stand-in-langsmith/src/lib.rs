//! A stand-in for LangSmith's REST API, written from what docs/platforms/langsmith.md says and from nothing else.
//!
//! It holds a [`Scenario`] and answers for it as LangSmith would: v1 and v2 of the runs query with the filter
//! language evaluated, cursors, selections, rate limits, errors, late arrival, payloads in blob storage. Tests run it
//! in their own process ([`StandIn::start`]); the embedded stack runs the binary. `PUT /_scenario` sets what it holds,
//! `GET /_requests` tells what it was asked.
//!
//! Times of runs are absolute; `arrives_after` and `ends_after` count seconds from when the scenario was set.
//!
//! ```
//! let scenario: stand_in_langsmith::Scenario = serde_json::from_str(r#"{
//!     "v2": "not_found",
//!     "tenants": [{
//!         "id": "7c1b6f0e-52a4-4d0e-9a55-0d7d2a4f8b11",
//!         "keys": [{"key": "lsv2_pt_1"}],
//!         "projects": [{"id": "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10", "name": "voice-agent", "runs": [
//!             {"id": "d91b55d6-bfa7-46fd-acb6-eabd13ea497a", "name": "conversation", "ends_after": 5,
//!              "start_time": "2026-11-20T15:00:00Z", "end_time": "2026-11-20T15:01:00Z",
//!              "extra": {"metadata": {"simulation_output_id": "sim-1"}}},
//!             {"id": "f3103e4d-fe5f-434a-87a7-fab257370f7e", "name": "ChatOpenAI", "run_type": "llm",
//!              "parent_run_id": "d91b55d6-bfa7-46fd-acb6-eabd13ea497a", "arrives_after": 2.5,
//!              "start_time": "2026-11-20T15:00:01Z", "end_time": "2026-11-20T15:00:02Z",
//!              "outputs": {"usage_metadata": {"input_tokens": 7, "output_tokens": 3}}}
//!         ]}]
//!     }]
//! }"#).unwrap();
//! assert_eq!(scenario.tenants[0].projects[0].runs.len(), 2);
//! ```

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

pub use answer::RAW;
pub use asked::Asked;
pub use scenario::{Access, Endpoint, Fault, Key, Limits, Project, Run, Scenario, Scope, Tenant};
pub use server::{Server, StandIn};
