//! Worlds: whole imports of generated worlds, through each provider's own reading code and the engine over real HTTP,
//! against an oracle that knows only the rules.
//!
//! World N of a provider is always the same ([`generate::world`]). [`oracle::judge`] says what must, may and must not be
//! stored; [`run()`] runs the import to its end and [`compare`] tells how the two differ.
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod arize;
pub mod compare;
mod explain;
pub mod generate;
pub mod in_process;
mod langfuse;
mod langsmith;
pub mod oracle;
mod phoenix_server;
pub mod run;
mod tally;
#[path = "../../virtual_time.rs"]
mod virtual_time;
pub mod world;

pub use self::explain::explain;
pub use self::run::{Imported, job, policy, run, run_on_phoenix};
pub use self::tally::Tally;
