//! LangSmith: what its REST API says, how a simulation's runs are read from it, and what they mean.

mod api;
pub mod attribution;
mod connection;
mod detour;
mod expand;
mod facts;
mod filter;
mod first_look;
mod head;
mod labels;
mod memory;
mod offload;
#[doc(hidden)]
pub mod one_page;
mod own;
mod page;
mod paging;
mod plan;
mod project;
mod query;
mod read;
mod reading_state;
pub mod record;
mod row;
mod seen;
mod status;
pub mod unwrap;
pub mod usage;

pub use connection::Connection;
pub use row::Row;

use spanlift_conventions::SentSpan;
use spanlift_importer::ports::Platform;
use spanlift_importer::{Query, Reading};
use spanlift_model::{Clock, MatchedCap, PlatformError, Settings};
use spanlift_platform_client::PlatformClient;

use crate::api::Api;
use crate::memory::Memory;

/// What an import holds at most.
pub const CAP: MatchedCap = MatchedCap::Spans(500);

/// LangSmith as the engine sees it.
#[derive(Debug)]
pub struct LangSmith<K> {
    client: PlatformClient,
    clock: K,
    memory: Memory,
}

impl<K: Clock> LangSmith<K> {
    /// LangSmith behind `client`.
    #[must_use]
    pub fn new(client: PlatformClient, clock: K) -> Self {
        Self { client, clock, memory: Memory::default() }
    }
}

impl<K: Clock> Platform for LangSmith<K> {
    const PROVIDER: &'static str = "langsmith";

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
        Box::pin(read::read(&api, query)).await
    }

    fn unwrap(row: &Row) -> Result<SentSpan, &'static str> {
        row.run().map(unwrap::unwrap)
    }
}
