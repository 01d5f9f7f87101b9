//! Databases, rows and a proxy for the engine tests.

pub(crate) mod plan;
mod proxy;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use clickhouse::Client;
use spanlift_model::{
    Attributes, ImportJob, Span, SpanEvent, SpanId, SpanKind, StatusCode, Timestamp, TraceId, names, names::resource,
};
use spanlift_trace_store::{ClickHouse, TraceStoreSettings};

pub(crate) use proxy::Proxy;

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
        let store = store(&url(), &name, &attributes);
        Self { name, attributes, client, store }
    }

    /// The same database under another address.
    pub(crate) fn store_at(&self, url: &str) -> ClickHouse {
        store(url, &self.name, &self.attributes)
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

    /// `rows` native rows of other simulations, a thousand each, over the hours around the job's.
    pub(crate) async fn fill(&self, job: &ImportJob, rows: u64) {
        let from = job.event.started_at.minus(Duration::from_mins(30)).nanos();
        let sql = format!(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, ResourceAttributes)
             SELECT fromUnixTimestamp64Nano(toInt64({from} + intDiv(number, 1000) * intDiv(3600000000000, intDiv({rows}, 1000)))),
                lower(hex(MD5(toString(number)))), lower(hex(number)), ['llm', 'stt', 'tts'][number % 3 + 1], 'agent',
                map('coval.organization_id', 'org-' || toString(number % 10), 'coval.simulation_output_id', 'other-' || toString(intDiv(number, 1000)))
             FROM numbers({rows})"
        );
        self.client.query_raw(&sql).with_setting("max_partitions_per_insert_block", "0").execute().await.expect("rows");
        self.client.query_raw("OPTIMIZE TABLE otel_traces FINAL").execute().await.expect("one part a day");
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
    #[expect(clippy::disallowed_methods, reason = "rows must be recent for the table's TTL")]
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let noon = i64::try_from(now).expect("before 2262") / 86_400 * 86_400 - 43_200;
    let started_at = Timestamp::from_millis(noon * 1000);
    let event = serde_json::json!({
        "version": "1", "organization_id": "org-1", "simulation_output_id": simulation_output_id, "status": "COMPLETED",
        "attempt": attempt, "started_at": started_at, "ended_at": started_at.plus(Duration::from_mins(5)),
        "provider": "langfuse",
    });
    ImportJob::parse(&event.to_string()).expect("a job")
}

/// A span of the job's import, `offset` milliseconds into the simulation.
pub(crate) fn span(job: &ImportJob, raw_id: &str, offset: u64) -> Span {
    let started_at = job.event.started_at.plus(Duration::from_millis(offset));
    let resource = Attributes::from_iter([
        (resource::SERVICE_NAME, job.provider.to_string()),
        (resource::ORGANIZATION_ID, job.event.organization_id.to_string()),
        (resource::SIMULATION_OUTPUT_ID, job.event.simulation_output_id.to_string()),
        (resource::ATTEMPT, job.event.attempt.to_string()),
        (resource::IMPORT_ID, job.import_id().to_string()),
    ]);
    Span {
        trace_id: TraceId::from_source("trace"),
        span_id: SpanId::from_source("trace", raw_id),
        parent_span_id: Some(SpanId::from_source("trace", "root")),
        name: "llm".to_owned(),
        kind: SpanKind::Client,
        started_at,
        ended_at: Some(started_at.plus(Duration::from_nanos(1_500_000_001))),
        status: StatusCode::Ok,
        status_message: String::new(),
        attributes: Attributes::from_iter([
            ("input", raw_id),
            ("gen_ai.request.model", "gpt-5"),
            (names::IMPORT_SOURCE_TRACE_ID, "trace"),
        ]),
        events: vec![SpanEvent { name: "first token".to_owned(), at: started_at, attributes: Attributes::default() }],
        resource: Arc::new(resource),
    }
}

fn store(url: &str, database: &str, attributes: &(String, String)) -> ClickHouse {
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
