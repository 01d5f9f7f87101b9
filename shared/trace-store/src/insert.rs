use std::time::Duration;

use clickhouse::Client;
use clickhouse::error::{Error, Result};
use spanlift_importer::PortError;
use spanlift_model::{ImportJob, Span, Timestamp};
use tokio::time::timeout;

use crate::exceptions::{Verdict, port_error, verdict};
use crate::row::SpanRow;
use crate::token::token;

/// How long the server may work on one insert. A lease outlives it.
const EXECUTION_SECONDS: &str = "10";
/// How long we wait for one insert, its answer included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one chunk may wait for its place in the socket.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
const ASKED: &str = "insert";

/// Inserts `rows` as one synchronous insert; after a lost answer the same rows once more, in the same order and under
/// the same token, which the server takes as one and the same insert.
pub(crate) async fn insert(
    client: &Client,
    table: &str,
    job: &ImportJob,
    schedule: Timestamp,
    rows: &[Span],
) -> Result<(), PortError> {
    if rows.is_empty() {
        return Ok(());
    }
    let token =
        token(job.import_id(), schedule, rows).map_err(|error| port_error(ASKED, &Error::Custom(error.to_string())))?;
    let Err(first) = attempt(client, table, &token, rows).await else {
        return Ok(());
    };
    if verdict(&first) != Verdict::Lost {
        return Err(port_error(ASKED, &first));
    }
    tracing::warn!(error = %port_error(ASKED, &first), "the answer to an insert was lost; the same insert again");
    match attempt(client, table, &token, rows).await {
        Ok(()) => Ok(()),
        // Whatever the second one met, the first may have been done.
        Err(second) => Err(match port_error(ASKED, &second) {
            PortError::Unavailable { port, detail } => PortError::Uncertain { port, detail },
            error => error,
        }),
    }
}

async fn attempt(client: &Client, table: &str, token: &str, rows: &[Span]) -> Result<()> {
    timeout(PATIENCE, send(client, table, token, rows)).await.unwrap_or(Err(Error::TimedOut))
}

async fn send(client: &Client, table: &str, token: &str, rows: &[Span]) -> Result<()> {
    let mut insert = client
        .insert::<SpanRow<'_>>(table)
        .await?
        .with_timeouts(Some(SEND_TIMEOUT), Some(PATIENCE))
        .with_setting("async_insert", "0")
        .with_setting("insert_deduplicate", "1")
        .with_setting("insert_deduplication_token", token)
        .with_setting("max_execution_time", EXECUTION_SECONDS);
    for row in rows {
        insert.write(&SpanRow::new(row)).await?;
    }
    insert.end().await
}
