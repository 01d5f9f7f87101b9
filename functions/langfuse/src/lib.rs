//! Langfuse: what its public API says, how a simulation's observations are read from it, and what they mean.

mod api;
mod connection;
mod fields;
mod json;
mod labels;
mod memory;
mod names;
mod page;
mod query;
mod read;
pub mod record;
mod row;
mod trace_row;
pub mod unwrap;

pub use connection::{Connection, OwnTraces};
#[doc(hidden)]
pub use read::one_page;
pub use row::Row;

use spanlift_conventions::SentSpan;
use spanlift_importer::ports::Platform;
use spanlift_importer::{Query, Reading};
use spanlift_model::{Clock, MatchedCap, PlatformError, Settings};
use spanlift_platform_client::PlatformClient;

use crate::api::Api;
use crate::memory::Memory;

/// What an import holds at most.
pub const CAP: MatchedCap = MatchedCap::Traces(MOST_TRACES);
pub(crate) const MOST_TRACES: usize = 500;

/// Langfuse as the engine sees it.
#[derive(Debug)]
pub struct Langfuse<K> {
    client: PlatformClient,
    clock: K,
    memory: Memory,
}

impl<K: Clock> Langfuse<K> {
    /// Langfuse behind `client`.
    #[must_use]
    pub fn new(client: PlatformClient, clock: K) -> Self {
        Self { client, clock, memory: Memory::default() }
    }
}

impl<K: Clock> Platform for Langfuse<K> {
    const PROVIDER: &'static str = "langfuse";

    const FALLS_BACK: bool = true;

    type Connection = Connection;
    type Span = Row;

    fn settings(connection: &Connection) -> Settings {
        connection.settings().clone()
    }

    fn source(connection: &Connection) -> String {
        connection.source()
    }

    async fn read(&self, connection: &Connection, query: &Query) -> Result<Reading<Row>, PlatformError> {
        let api = Api::open(&self.client, connection, &self.memory, query, &self.clock)?;
        read::read(&api, connection, query).await
    }

    fn unwrap(row: &Row) -> Result<SentSpan, &'static str> {
        row.observation().map(unwrap::unwrap)
    }
}
