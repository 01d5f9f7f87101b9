//! Every SDK through every platform: what is stored of recorded exports, against oracles that were written from the SDKs' sources.
//!
//! `recordings/` has one conversation an SDK, made by the real packages (`make sdks`), and what each platform tells of it. A platform's
//! [`replay`] gives its rows to the provider's own reading code over HTTP and runs the whole import, tags and all. [`compare`]
//! holds the stored spans against the SDK's [`oracle`]. docs/SDKS.md is the table of what comes of it ([`page`]).
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

pub mod compare;
pub mod export;
pub mod messages;
pub mod oracle;
pub mod page;
pub mod replay;
mod serve;
#[path = "../../virtual_time.rs"]
mod virtual_time;

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The simulation that every recording is tagged with.
pub const SIMULATION: &str = "3zfmuDbVQsi4GaseDtiVcS";

/// An entry of `sdks.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Sdk {
    /// The folder of its recording.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The version that was recorded.
    pub version: String,
    /// The one line that tags its traces.
    pub tag: String,
    /// The columns that its export is sent to; the others cannot take it, or nobody sends it there.
    #[serde(default = "all_platforms")]
    pub platforms: Vec<String>,
}

fn all_platforms() -> Vec<String> {
    ["phoenix", "langfuse", "langsmith"].map(str::to_owned).to_vec()
}

/// All that are recorded, in the order of the table.
#[must_use]
pub fn sdks() -> Vec<Sdk> {
    read("sdks.json")
}

/// A file of this folder.
#[must_use]
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
