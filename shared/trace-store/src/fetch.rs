use std::time::Duration;

use clickhouse::error::Error;
use clickhouse::query::Query;
use clickhouse::{RowOwned, RowRead};
use spanlift_importer::PortError;
use tokio::time::timeout;

use crate::exceptions::port_error;

/// How long a query may take. An idle `ClickHouse` Cloud service holds it while it wakes, which takes most of this.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long the server may work on a query once it is awake.
const EXECUTION_SECONDS: &str = "10";

/// The rows that a query brings. `asked` names it in errors.
pub(crate) async fn fetch<T>(query: Query, asked: &str) -> Result<Vec<T>, PortError>
where
    T: RowOwned + RowRead,
{
    let rows = query.with_setting("max_execution_time", EXECUTION_SECONDS).fetch_all::<T>();
    timeout(PATIENCE, rows).await.unwrap_or(Err(Error::TimedOut)).map_err(|error| port_error(asked, &error))
}
