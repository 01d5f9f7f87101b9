//! Arize Phoenix: what its REST API says, how a simulation's spans are read from it, and what they mean.

mod api;
mod around;
mod connection;
mod labels;
#[doc(hidden)]
pub mod one_page;
mod page;
mod paging;
mod query;
mod read;
mod reading_state;
pub mod record;
pub mod row;
mod sample;
pub mod unwrap;
mod version;

pub use connection::Connection;

use spanlift_conventions::SentSpan;
use spanlift_importer::ports::Platform;
use spanlift_importer::{Query, Reading};
use spanlift_model::{Clock, MatchedCap, PlatformError, Settings};
use spanlift_platform_client::PlatformClient;

use crate::api::Phoenix;
use crate::row::PhoenixRow;

/// What an import holds at most (docs/CONNECT.md#limits-1).
pub const CAP: MatchedCap = MatchedCap::Spans(5_000);

/// Phoenix as the engine sees it.
#[derive(Debug)]
pub struct Arize<K> {
    client: PlatformClient,
    clock: K,
}

impl<K: Clock> Arize<K> {
    /// Phoenix behind `client`.
    #[must_use]
    pub const fn new(client: PlatformClient, clock: K) -> Self {
        Self { client, clock }
    }
}

impl<K: Clock> Platform for Arize<K> {
    const PROVIDER: &'static str = "arize";

    type Connection = Connection;
    type Span = PhoenixRow;

    fn settings(connection: &Connection) -> Settings {
        connection.settings().clone()
    }

    fn source(connection: &Connection) -> String {
        connection.source()
    }

    async fn read(&self, connection: &Connection, query: &Query) -> Result<Reading<PhoenixRow>, PlatformError> {
        let phoenix = Phoenix::open(&self.client, connection, query, &self.clock)?;
        read::read(&phoenix, query).await
    }

    fn unwrap(row: &PhoenixRow) -> Result<SentSpan, &'static str> {
        row.span().map(unwrap::unwrap)
    }
}
