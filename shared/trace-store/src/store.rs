use clickhouse::{Client, Row};
use serde::Deserialize;
use spanlift_importer::PortError;
use spanlift_importer::ports::{StoreState, TraceStore};
use spanlift_model::{
    Attempts, ImportJob, OrganizationId, SimulationOutputId, Span, SpanId, Timestamp, TraceId, Window,
};

use crate::fetch::fetch;
use crate::insert::insert;
use crate::queries::{Queries, bind_import, bind_look_up, bind_spans};
use crate::spans::StoredRow;
use crate::{Reader, SettingsError, StoredSpan, TraceStoreSettings, client};

/// The trace store on a `ClickHouse` server.
#[derive(Debug)]
pub struct ClickHouse {
    client: Client,
    table: String,
    queries: Queries,
    reader: Reader,
}

impl ClickHouse {
    /// The store that `settings` name. Connects when it is first asked.
    ///
    /// # Errors
    /// [`SettingsError`] says which setting cannot be right.
    pub fn new(settings: &TraceStoreSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        let client = client::client(settings)?;
        let reader = Reader {
            client: client.clone(),
            table: settings.table.clone(),
            organization_attribute: settings.organization_attribute.clone(),
            simulation_attribute: settings.simulation_attribute.clone(),
        };
        Ok(Self { client, table: settings.table.clone(), queries: Queries::new(settings), reader })
    }

    /// The same store for questions of others.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// A simulation's spans that start in `window`, imported and native, by their start. Native ones only where they
    /// bear our attribute names.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn spans(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        window: Window,
    ) -> Result<Vec<StoredSpan>, PortError> {
        let query =
            bind_spans(self.client.query_raw(&self.queries.spans), organization_id, simulation_output_id, window);
        let rows = fetch::<StoredRow>(query, "read of spans").await?;
        Ok(rows.into_iter().map(StoredSpan::from).collect())
    }

    /// How the server would find an import's rows: the plan of the look-up, with the parts and granules that it reads.
    /// `overrides` are settings for this query.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn explain_look_up(&self, job: &ImportJob, overrides: &[(&str, &str)]) -> Result<String, PortError> {
        let sql = format!("EXPLAIN indexes = 1\n{}", self.queries.look_up);
        let attempts = Attempts::new(job.event.this_attempt(), []);
        let mut query = bind_look_up(self.client.query_raw(&sql), job, &attempts);
        for (name, value) in overrides {
            query = query.with_setting(*name, *value);
        }
        let lines = fetch::<ExplainRow>(query, "plan of the look-up").await?;
        Ok(lines.into_iter().map(|line| line.explain + "\n").collect())
    }
}

impl TraceStore for ClickHouse {
    async fn look_up(&self, job: &ImportJob, attempts: &Attempts) -> Result<StoreState, PortError> {
        let query = bind_look_up(self.client.query_raw(&self.queries.look_up), job, attempts);
        let mut state = StoreState::default();
        for row in fetch::<LookUpRow>(query, "look-up").await? {
            state.native += row.native;
            if let (Some(trace_id), Some(span_id)) = (TraceId::from_hex(&row.trace_id), SpanId::from_hex(&row.span_id))
            {
                state.stored.insert((trace_id, span_id));
            }
        }
        Ok(state)
    }

    async fn insert(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> Result<(), PortError> {
        insert(&self.client, &self.table, job, schedule, rows).await
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        let query = bind_import(self.client.query_raw(&self.queries.count), job);
        Ok(fetch::<CountRow>(query, "count").await?.iter().map(|row| row.count).sum())
    }
}

/// Native rows as a number, or one stored span.
#[derive(Debug, Row, Deserialize)]
struct LookUpRow {
    native: u64,
    trace_id: String,
    span_id: String,
}

#[derive(Debug, Row, Deserialize)]
struct CountRow {
    count: u64,
}

#[derive(Debug, Row, Deserialize)]
struct ExplainRow {
    explain: String,
}
