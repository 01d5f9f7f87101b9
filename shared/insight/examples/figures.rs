//! How long the questions about one simulation of 5,000 spans take, each asked ten times: a benchmark, not a test.
//!
//! `CLICKHOUSE_URL=http://127.0.0.1:8123 cargo run --release -p spanlift-insight --example figures -- [SPANS] [OTHERS]`, with
//! `CLICKHOUSE_USER` and `CLICKHOUSE_PASSWORD` where the server asks for them. It makes a database with so many spans of the simulation,
//! of about 2 KB of attributes each, among those of others, and drops it.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use clickhouse::Client;
use spanlift_insight::{Aggregation, CustomMetric, Insight, Scope, Subject, TextLimits, ValueSource};
use spanlift_model::{Timestamp, Window};
use spanlift_trace_store::{ClickHouse, TraceStoreSettings};

const TIMES: usize = 10;
const DATABASE: &str = "spanlift_benchmark";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let (spans, others) = (numbers.next().unwrap_or(5_000), numbers.next().unwrap_or(500_000));
    let (url, user, password) =
        (variable("CLICKHOUSE_URL")?, variable("CLICKHOUSE_USER"), variable("CLICKHOUSE_PASSWORD"));
    let (user, password) = (user.unwrap_or_else(|_| "default".to_owned()), password.unwrap_or_default());
    let server = Client::default().with_url(&url).with_user(&user).with_password(&password);
    server.query_raw(&format!("DROP DATABASE IF EXISTS {DATABASE}")).execute().await?;
    server.query_raw(&format!("CREATE DATABASE {DATABASE}")).execute().await?;
    let began_at = fill(&server.clone().with_database(DATABASE), spans, others).await?;

    let store = ClickHouse::new(&TraceStoreSettings {
        url,
        database: DATABASE.to_owned(),
        table: "otel_traces".to_owned(),
        user,
        password: password.into(),
        organization_attribute: "coval.organization_id".to_owned(),
        simulation_attribute: "coval.simulation_output_id".to_owned(),
    })?;
    let insight = Insight::new(store.reader());
    for scope in [Scope::Simulation("sim-1".parse()?), Scope::Run("run-1".parse()?)] {
        ask(&insight, scope, began_at).await?;
    }
    server.query_raw(&format!("DROP DATABASE {DATABASE}")).execute().await?;
    Ok(())
}

async fn ask(insight: &Insight, scope: Scope, began_at: Timestamp) -> Result<(), Box<dyn Error>> {
    println!("{} {}", scope.noun(), scope.id());
    let day = Duration::from_hours(24);
    let within = Window { from: began_at.minus(spanlift_insight::LOOKBACK), to: began_at.plus(day) };
    let subject = Subject { organization_id: "org-1".parse()?, scope, service: None };
    let p95 = CustomMetric::new("llm".to_owned(), ValueSource::Duration, None, Aggregation::P95, None)?;
    let mut together = vec![Duration::ZERO; TIMES];
    let mut tell = |question: &str, took: Vec<Duration>| {
        for (all, one) in together.iter_mut().zip(&took) {
            *all += *one;
        }
        told(question, took);
    };
    tell("metrics", timed(async || insight.metrics(&subject, within).await.map(|_| ())).await?);
    tell("custom metric", timed(async || insight.custom(&subject, within, &p95).await.map(|_| ())).await?);
    tell("transitions", timed(async || insight.transitions(&subject, within).await.map(|_| ())).await?);
    told("all figures", together);
    told("facts", timed(async || insight.facts(&subject, within).await.map(|_| ())).await?);
    let limits = TextLimits::default();
    told("text", timed(async || insight.text(&subject, within, limits).await.map(|_| ())).await?);
    told("spans", timed(async || insight.spans(&subject, within, 5_000).await.map(|_| ())).await?);
    Ok(())
}

async fn timed<F, E>(mut question: F) -> Result<Vec<Duration>, E>
where
    F: AsyncFnMut() -> Result<(), E>,
{
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        question().await?;
        took.push(began.elapsed());
    }
    Ok(took)
}

fn told(question: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |place: usize| took.get(place).copied().unwrap_or_default().as_millis();
    println!("  {question:<14} median {:>5} ms, slowest {:>5} ms", at(TIMES / 2), at(TIMES - 1));
}

/// `spans` of one simulation, and `others` of simulations of a thousand spans each; when the first one began.
async fn fill(client: &Client, spans: u64, others: u64) -> Result<Timestamp, Box<dyn Error>> {
    let schema = include_str!("../../../infra/clickhouse/0001_otel_traces.sql");
    let lines = schema.lines().map(|line| line.split("--").next().unwrap_or_default());
    let sql = lines.collect::<Vec<_>>().join("\n");
    for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
        client.query_raw(statement).execute().await?;
    }
    let began_at: i64 = client.query_raw("SELECT toUnixTimestamp64Nano(now64(9)) - 7200000000000").fetch_one().await?;
    for (simulation, run, count) in [
        ("'sim-1'", "'run-1'", spans),
        ("'other-' || toString(intDiv(number, 1000))", "'other-' || toString(intDiv(number, 50000))", others),
    ] {
        let sql = format!(
            "INSERT INTO otel_traces (Timestamp, Duration, TraceId, SpanId, ParentSpanId, SpanName, ServiceName, StatusCode, ResourceAttributes, SpanAttributes)
             SELECT fromUnixTimestamp64Nano(toInt64({began_at} + number % 60000 * 50000000)), 1000000 * (number % 700 + 1),
                lower(hex(MD5(toString(intDiv(number, 100))))), lower(hex(number)), if(number % 100 = 0, '', lower(hex(intDiv(number, 100) * 100))),
                ['llm', 'stt', 'tts', 'llm_tool_call', 'turn'][number % 5 + 1], 'arize', if(number % 17 = 0, 'Error', 'Unset'),
                map('service.name', 'arize', 'coval.organization_id', 'org-1', 'coval.simulation_output_id', {simulation}, 'coval.run_id', {run},
                    'coval.attempt', '1', 'import.id', 'import'),
                map('metrics.ttfb', toString(number % 100 / 100), 'function.name', 'tool-' || toString(number % 7), 'gen_ai.usage.input_tokens', toString(number % 1000),
                    'gen_ai.usage.output_tokens', '12', 'input', repeat('What was said. ', 60), 'output', repeat('What was answered. ', 60))
             FROM numbers({count})"
        );
        client.query_raw(&sql).with_setting("max_partitions_per_insert_block", "0").execute().await?;
    }
    Ok(Timestamp::from_nanos(began_at))
}

#[expect(clippy::disallowed_methods, reason = "where the engine is, only the environment knows")]
fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}
