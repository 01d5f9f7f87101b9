//! Databases of one test, and rows of spans as any sender may have written them.

#[path = "../../../trace-store/tests/support/fill.rs"]
mod fill;
#[path = "../../../trace-store/tests/support/plan.rs"]
pub(crate) mod plan;

use std::time::{Duration, UNIX_EPOCH};

use clickhouse::Client;
use serde_json::{Map, Value, json};
use spanlift_insight::{Insight, Scope, Subject};
use spanlift_model::{Timestamp, Window};
use spanlift_trace_store::{ClickHouse, TraceStoreSettings};

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

pub(crate) struct Database {
    name: String,
    client: Client,
    pub(crate) insight: Insight,
}

impl Database {
    pub(crate) async fn make(schema: Schema) -> Self {
        Self::with_attributes(schema, "coval.organization_id", "coval.simulation_output_id").await
    }

    pub(crate) async fn with_attributes(schema: Schema, organization: &str, simulation: &str) -> Self {
        let name = format!("spanlift_insight_{:016x}", fastrand::u64(..));
        let server = Client::default().with_url(url()).with_user(user()).with_password(password());
        server.query_raw(&format!("CREATE DATABASE {name}")).execute().await.expect("CLICKHOUSE_URL answers");
        let client = server.with_database(&name);
        let lines = schema.sql().lines().map(|line| line.split("--").next().unwrap_or_default());
        let sql = lines.collect::<Vec<_>>().join("\n");
        for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
            client.query_raw(statement).execute().await.expect("the schema is SQL");
        }
        let store = ClickHouse::new(&TraceStoreSettings {
            url: url(),
            database: name.clone(),
            table: "otel_traces".to_owned(),
            user: user(),
            password: password().into(),
            organization_attribute: organization.to_owned(),
            simulation_attribute: simulation.to_owned(),
        });
        Self { name, client, insight: Insight::new(store.expect("good settings").reader()) }
    }

    pub(crate) async fn insert(&self, rows: &[Row]) {
        let lines: Vec<_> = rows.iter().map(|row| Value::Object(row.0.clone()).to_string()).collect();
        let sql = format!("INSERT INTO otel_traces FORMAT JSONEachRow {}", lines.join("\n"));
        self.client.query_raw(&sql).execute().await.expect("rows");
    }

    /// `count` rows of other simulations, over the hour around the call.
    pub(crate) async fn fill(&self, count: u64) {
        let runs = ", 'coval.run_id', 'run-' || toString(intDiv(number, 100000))";
        fill::fill(&self.client, began_at(), count, runs).await;
    }

    pub(crate) async fn drop(self) {
        self.client.query_raw(&format!("DROP DATABASE {}", self.name)).execute().await.expect("it is ours");
    }
}

/// A row of the exporter's schema.
#[derive(Clone)]
pub(crate) struct Row(Map<String, Value>);

/// A span of simulation `sim-1` of run `run-1`: its own and its parent's id, its name, when it began and ended in milliseconds.
pub(crate) fn row(id: &str, parent: &str, name: &str, from: u64, to: u64) -> Row {
    let started_at = began_at().plus(Duration::from_millis(from));
    let columns = [
        ("Timestamp", json!(nanoseconds(started_at))),
        ("Duration", json!((to - from) * 1_000_000)),
        ("TraceId", json!("trace-1")),
        ("SpanId", json!(id)),
        ("ParentSpanId", json!(parent)),
        ("SpanName", json!(name)),
        ("SpanKind", json!("Internal")),
        ("ServiceName", json!("agent")),
        ("StatusCode", json!("Unset")),
        ("ResourceAttributes", json!({})),
        ("SpanAttributes", json!({})),
    ];
    let row = Map::from_iter(columns.map(|(name, value)| (name.to_owned(), value)));
    Row(row)
        .resource("coval.organization_id", "org-1")
        .resource("coval.simulation_output_id", "sim-1")
        .resource("coval.run_id", "run-1")
}

impl Row {
    pub(crate) fn resource(self, name: &str, value: &str) -> Self {
        self.put("ResourceAttributes", name, value)
    }

    pub(crate) fn with(self, name: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.put("SpanAttributes", name, &value.to_string())
    }

    pub(crate) fn column(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), json!(value));
        self
    }

    pub(crate) fn failed(self) -> Self {
        self.column("StatusCode", "Error")
    }

    pub(crate) fn of(self, simulation: &str) -> Self {
        self.resource("coval.simulation_output_id", simulation)
    }

    /// As one of a provider's import.
    pub(crate) fn imported(self, provider: &str, attempt: u32) -> Self {
        self.resource("import.id", &format!("{provider}-{attempt}"))
            .resource("coval.attempt", &attempt.to_string())
            .column("ServiceName", provider)
    }

    fn put(mut self, column: &str, name: &str, value: &str) -> Self {
        self.0[column][name] = json!(value);
        self
    }
}

pub(crate) fn simulation(id: &str) -> Subject {
    subject(Scope::Simulation(id.parse().expect("an id")))
}

pub(crate) fn run(id: &str) -> Subject {
    subject(Scope::Run(id.parse().expect("an id")))
}

fn subject(scope: Scope) -> Subject {
    Subject { organization_id: "org-1".parse().expect("an id"), scope, service: None }
}

/// Ninety days, as for somebody who does not know when the call was.
pub(crate) fn within() -> Window {
    let day = Duration::from_hours(24);
    Window { from: began_at().minus(spanlift_insight::LOOKBACK), to: began_at().plus(day) }
}

/// Yesterday noon: our table drops what is older than it keeps.
pub(crate) fn began_at() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "rows must be recent for the table's TTL")]
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    Timestamp::from_millis((i64::try_from(now).expect("before 2262") / 86_400 * 86_400 - 43_200) * 1000)
}

/// As a `DateTime64(9)` is read from JSON: seconds with a fraction.
fn nanoseconds(at: Timestamp) -> String {
    format!("{}.{:09}", at.seconds(), at.nanos() - at.seconds() * 1_000_000_000)
}

fn url() -> String {
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
