//! The whole import of recorded rows, by the provider's own reading code and the engine, in virtual time.

use std::time::Duration;

use arize::Arize;
use langfuse::Langfuse;
use langsmith::LangSmith;
use serde_json::{Value, json};
use spanlift_fakes::{VirtualClock, World};
use spanlift_importer::Conclusion;
use spanlift_importer::ports::Platform;
use spanlift_model::{ImportJob, MatchedCap, Passes, SimulationCompleted, Span, Timestamp};
use spanlift_platform_client::PlatformClient;

use crate::serve::{PROJECT, serve};
use crate::virtual_time::ticking;
use crate::{SIMULATION, read};

/// A platform, in one of the ways in which it tells its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Arize Phoenix.
    Phoenix,
    /// Langfuse's cloud, and its server from 4 on.
    LangfuseV2,
    /// Langfuse's server 3.
    LangfuseV1,
    /// LangSmith, `/api/v2/runs/query`.
    LangsmithV2,
    /// LangSmith, `/api/v1/runs/query`.
    LangsmithV1,
}

impl Column {
    /// In the order of the table.
    pub const ALL: [Self; 5] =
        [Self::Phoenix, Self::LangfuseV2, Self::LangfuseV1, Self::LangsmithV2, Self::LangsmithV1];

    /// Its head in the table.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Phoenix => "Phoenix",
            Self::LangfuseV2 => "Langfuse v2",
            Self::LangfuseV1 => "Langfuse v1",
            Self::LangsmithV2 => "LangSmith v2",
            Self::LangsmithV1 => "LangSmith v1",
        }
    }

    /// The platform's name in recordings and oracles.
    #[must_use]
    pub const fn platform(self) -> &'static str {
        match self {
            Self::Phoenix => "phoenix",
            Self::LangfuseV2 | Self::LangfuseV1 => "langfuse",
            Self::LangsmithV2 | Self::LangsmithV1 => "langsmith",
        }
    }

    /// The name of the one way of telling, in oracles.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phoenix => "phoenix",
            Self::LangfuseV2 => "langfuse-v2",
            Self::LangfuseV1 => "langfuse-v1",
            Self::LangsmithV2 => "langsmith-v2",
            Self::LangsmithV1 => "langsmith-v1",
        }
    }

    /// The list of rows in what the platform tells.
    fn rows(self, told: &Value) -> &Vec<Value> {
        let rows = match self {
            Self::Phoenix => &told["spans"],
            Self::LangfuseV2 | Self::LangsmithV2 => &told["v2"],
            Self::LangfuseV1 => &told["v1"]["observations"],
            Self::LangsmithV1 => &told["v1"],
        };
        rows.as_array().unwrap()
    }
}

/// What is stored of a recording.
#[derive(Debug)]
pub struct Imported {
    /// The stored spans.
    pub spans: Vec<Span>,
    /// The platform's rows, as it told them.
    pub rows: Vec<Value>,
    /// How the import ended.
    pub conclusion: Conclusion,
}

/// Imports a recording from a platform.
#[must_use]
pub fn replay(name: &str, column: Column) -> Imported {
    let told: Value = read(&format!("recordings/{name}/{}.json", column.platform()));
    let rows = column.rows(&told).clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (spans, conclusion) = runtime.block_on(async {
        let host = serve(column, told).await;
        let [from, to] = window(&rows);
        let clock = VirtualClock::starting_at(to.plus(Duration::from_secs(20)));
        let client = PlatformClient::new("http://127.0.0.1".parse().unwrap());
        match column {
            Column::Phoenix => {
                let connection = json!({"host": host, "project_name": PROJECT});
                Box::pin(import(Arize::new(client, clock), connection, arize::CAP, clock, [from, to])).await
            }
            Column::LangfuseV2 | Column::LangfuseV1 => {
                // Nothing but a tag may bring a trace.
                let connection =
                    json!({"host": host, "public_key": "pk-lf-1", "secret_key": "sk-lf-1", "correlation": "strict"});
                Box::pin(import(Langfuse::new(client, clock), connection, langfuse::CAP, clock, [from, to])).await
            }
            Column::LangsmithV2 | Column::LangsmithV1 => {
                let connection = json!({"host": host, "api_key": "lsv2_pt_1", "project_name": PROJECT});
                Box::pin(import(LangSmith::new(client, clock), connection, langsmith::CAP, clock, [from, to])).await
            }
        }
    });
    Imported { spans, rows, conclusion }
}

async fn import<P: Platform>(
    platform: P,
    connection: Value,
    matched: MatchedCap,
    clock: VirtualClock,
    [from, to]: [Timestamp; 2],
) -> (Vec<Span>, Conclusion) {
    let event = json!({
        "version": "1", "organization_id": "acme", "simulation_output_id": SIMULATION, "status": "COMPLETED",
        "started_at": from.to_string(), "ended_at": to.to_string(),
    });
    let job = ImportJob::first(SimulationCompleted::parse(&event.to_string()).unwrap(), P::PROVIDER.parse().unwrap());
    let passes = Passes::new([0, 60, 300].map(Duration::from_secs).to_vec(), Duration::from_mins(5));
    let world = World::of(platform, connection, clock, passes, matched);
    world.send(job.clone()).await;
    while ticking(world.step()).await.is_some() {}
    let spans = world.importer.store.rows.lock().unwrap().clone();
    (spans, world.conclusion_on(&job))
}

/// From the first start to the last end of the rows, whatever the platform calls them.
fn window(rows: &[Value]) -> [Timestamp; 2] {
    let time = |row: &Value, names: [&str; 2]| {
        let text = names.iter().find_map(|name| row.get(*name)?.as_str())?;
        Timestamp::parse_platform(text).ok()
    };
    let first = rows.iter().filter_map(|row| time(row, ["start_time", "startTime"])).min().unwrap();
    let last = rows.iter().filter_map(|row| time(row, ["end_time", "endTime"])).max().unwrap();
    [first, last]
}
