//! The trace store: `ClickHouse`, in the schema of the OpenTelemetry collector's exporter (docs/ARCHITECTURE.md#trace-store).
//!
//! [`ClickHouse`] implements the engine's `TraceStore`. Rows are inserted by column name, so the exporter's own table
//! and its descendants serve as well as ours. What the server says of an error is never passed on, since it can quote
//! rows: its code is, with a sentence of ours.

mod client;
mod exceptions;
mod fetch;
mod insert;
mod queries;
mod reader;
mod row;
mod settings;
mod spans;
mod store;
#[cfg(test)]
mod tests;
mod token;

pub use queries::HIGHEST_ATTEMPT;
pub use reader::Reader;
pub use settings::{SettingsError, TraceStoreSettings};
pub use spans::StoredSpan;
pub use store::ClickHouse;
pub use token::token;
