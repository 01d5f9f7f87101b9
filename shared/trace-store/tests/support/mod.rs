//! Databases, rows and a proxy for the engine tests.

mod fill;
pub(crate) mod plan;
mod proxy;

use std::time::UNIX_EPOCH;

use clickhouse::Client;
use spanlift_contracts::{samples, store};
use spanlift_model::{ImportJob, Timestamp, names::resource};
use spanlift_trace_store::{ClickHouse, TraceStoreSettings};

pub(crate) use proxy::Proxy;
pub(crate) use samples::span;

/// Whose table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    Ours,
    Exporter,
}

impl Schema {
    pub(crate) const BOTH: [Self; 2] = [Self::Ours, Self::Exporter];

    fn sql(self) -> &'static str {
        match self {
            Self::Ours => include_str!("../../../../infra/clickhouse/0001_otel_traces.sql"),
            Self::Exporter => include_str!("../../../../tests/stack/exporter_otel_traces.sql"),
        }
    }
}

/// A database of one test, with a store over it.
pub(crate) struct Database {
    name: String,
    attributes: (String, String),
    client: Client,
    pub(crate) store: ClickHouse,
}

impl Database {
    pub(crate) async fn make(schema: Schema) -> Self {
        Self::with_attributes(schema, resource::ORGANIZATION_ID, resource::SIMULATION_OUTPUT_ID).await
    }

    pub(crate) async fn with_attributes(schema: Schema, organization: &str, simulation: &str) -> Self {
        let name = format!("spanlift_test_{:016x}", fastrand::u64(..));
        let attributes = (organization.to_owned(), simulation.to_owned());
        let server = Client::default().with_url(url()).with_user(user()).with_password(password());
        server.query_raw(&format!("CREATE DATABASE {name}")).execute().await.expect("CLICKHOUSE_URL answers");
        let client = server.with_database(&name);
        let lines = schema.sql().lines().map(|line| line.split("--").next().unwrap_or_default());
        let sql = lines.collect::<Vec<_>>().join("\n");
        for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
            client.query_raw(statement).execute().await.expect("the schema is SQL");
        }
        let store = store_of(&url(), &name, &attributes);
        Self { name, attributes, client, store }
    }

    /// The same database under another address.
    pub(crate) fn store_at(&self, url: &str) -> ClickHouse {
        store_of(url, &self.name, &self.attributes)
    }

    pub(crate) async fn drop(self) {
        self.client.query_raw(&format!("DROP DATABASE {}", self.name)).execute().await.expect("it is ours");
    }

    pub(crate) async fn number(&self, sql: &str) -> u64 {
        self.client.query_raw(sql).fetch_one().await.expect("one number")
    }

    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        self.client.query_raw(sql).fetch_one().await.expect("one list of texts")
    }

    pub(crate) async fn insert_native(&self, rows: &[Native]) {
        for row in rows {
            let attempt = row.attempt.map(|attempt| format!(", 'coval.attempt', '{attempt}'")).unwrap_or_default();
            let (organization, simulation) = &self.attributes;
            let sql = format!(
                "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, ResourceAttributes)
                 SELECT fromUnixTimestamp64Nano(toInt64({})), 'trace', 'span', 'llm', 'agent',
                    map('{organization}', '{}', '{simulation}', '{}'{attempt})",
                row.at.nanos(),
                row.organization,
                row.simulation,
            );
            self.client.query_raw(&sql).execute().await.expect("a native row");
        }
    }

    /// `rows` native rows of other simulations, over the hour around the job's start.
    pub(crate) async fn fill(&self, job: &ImportJob, rows: u64) {
        fill::fill(&self.client, job.event.started_at, rows, "").await;
    }
}

/// A span that an agent sent itself.
pub(crate) struct Native {
    organization: String,
    simulation: String,
    attempt: Option<u32>,
    at: Timestamp,
}

pub(crate) fn native(job: &ImportJob, attempt: Option<u32>, at: Timestamp) -> Native {
    let (organization, simulation) =
        (job.event.organization_id.to_string(), job.event.simulation_output_id.to_string());
    Native { organization, simulation, attempt, at }
}

/// A job for a simulation of yesterday noon: our table drops what is older than it keeps.
pub(crate) fn job(simulation_output_id: &str, attempt: u32) -> ImportJob {
    samples::job(simulation_output_id, attempt, yesterday_noon())
}

fn yesterday_noon() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "rows must be recent for the table's TTL")]
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let noon = i64::try_from(now).expect("before 2262") / 86_400 * 86_400 - 43_200;
    Timestamp::from_millis(noon * 1000)
}

/// A store whose answers can be lost.
pub(crate) struct Bench<'a> {
    database: &'a Database,
    proxy: Proxy,
    store: ClickHouse,
}

impl<'a> Bench<'a> {
    pub(crate) async fn over(database: &'a Database) -> Self {
        let proxy = Proxy::before(database).await;
        let store = database.store_at(&proxy.url);
        Self { database, proxy, store }
    }
}

impl store::Bench for Bench<'_> {
    type Store = ClickHouse;

    fn store(&self) -> &ClickHouse {
        &self.store
    }

    fn noon(&self) -> Timestamp {
        yesterday_noon()
    }

    async fn add_native(&self, job: &ImportJob, attempt: Option<u32>, at: Timestamp) {
        self.database.insert_native(&[native(job, attempt, at)]).await;
    }

    /// The answer to the first request, and to its repetition.
    fn lose_next_answer(&self) {
        self.proxy.lose_answers(2);
    }

    /// The proxy loses an answer when the server has given it: by then all is done.
    async fn settle(&self) {
        assert_eq!(self.proxy.lost(), 2);
    }
}

fn store_of(url: &str, database: &str, attributes: &(String, String)) -> ClickHouse {
    ClickHouse::new(&TraceStoreSettings {
        url: url.to_owned(),
        database: database.to_owned(),
        table: "otel_traces".to_owned(),
        user: user(),
        password: password().into(),
        organization_attribute: attributes.0.clone(),
        simulation_attribute: attributes.1.clone(),
    })
    .expect("good settings")
}

pub(crate) fn url() -> String {
    variable("CLICKHOUSE_URL").expect("CLICKHOUSE_URL is set")
}

fn user() -> String {
    variable("CLICKHOUSE_USER").unwrap_or_else(|| "default".to_owned())
}

fn password() -> String {
    variable("CLICKHOUSE_PASSWORD").unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "where the engine is, only the environment knows")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
