//! A whole import whose platform answers with one page: the real engine, with everything around it in memory.

use std::marker::PhantomData;
use std::time::Duration;

use serde_json::json;
use spanlift_conventions::SentSpan;
use spanlift_fakes::{VirtualClock, World};
use spanlift_importer::ports::Platform;
use spanlift_importer::{Query, Reading};
use spanlift_model::{ImportJob, Passes, PlatformError, Settings, SimulationCompleted, Span, Timestamp};
use spanlift_platform_client::Response;

use crate::platforms::Answer;
use crate::stored::check;

/// The simulation that the first inputs are tagged with.
const SIMULATION: &str = "3zfmuDbVQsi4GaseDtiVcS";

/// Imports these bytes: twice, for the same must come of it; and once without content.
pub fn page<A: Answer>(data: &[u8]) {
    let job = job::<A>();
    let whole = import::<A>(data, &job, true);
    check(&whole, &job, data);
    assert_eq!(whole, import::<A>(data, &job, true), "the same bytes are the same rows");
    let without = import::<A>(data, &job, false);
    check(&without, &job, data);
    let ids = |rows: &[Span]| rows.iter().map(|row| (row.trace_id, row.span_id)).collect::<Vec<_>>();
    assert_eq!(ids(&whole), ids(&without), "without content the same spans are stored");
}

fn job<A: Answer>() -> ImportJob {
    let [started_at, ended_at] = A::CALL;
    let event = json!({
        "version": "1", "organization_id": "acme", "simulation_output_id": SIMULATION, "status": "COMPLETED",
        "started_at": started_at, "ended_at": ended_at,
    });
    let event = SimulationCompleted::parse(&event.to_string()).unwrap();
    ImportJob::first(event, A::Provider::PROVIDER.parse().unwrap())
}

/// The rows that are stored, by their ids.
fn import<A: Answer>(data: &[u8], job: &ImportJob, capture_content: bool) -> Vec<Span> {
    let Some(answer) = Response::of_body(data.to_vec().into()) else { return Vec::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ended_at = Timestamp::parse(A::CALL[1]).unwrap();
        let clock = VirtualClock::starting_at(ended_at.plus(Duration::from_mins(30)));
        let platform = OnePage::<A> { answer, kind: PhantomData };
        // The first pass is the last: nothing is waited for.
        let passes = Passes::new(Vec::new(), Duration::ZERO);
        let world = World::of(platform, json!({"capture_content": capture_content}), clock, passes, A::CAP);
        let report = world.deliver_as("message", job, 1).await;
        assert!(report.outcome.is_some(), "a pass comes to its end");
        let mut rows = world.importer.store.rows.lock().unwrap().clone();
        rows.sort_by_key(|row| (row.trace_id.to_string(), row.span_id.to_string()));
        rows
    })
}

/// A platform that has one answer.
struct OnePage<A> {
    answer: Response,
    kind: PhantomData<A>,
}

impl<A: Answer> Platform for OnePage<A> {
    type Connection = Settings;
    type Span = <A::Provider as Platform>::Span;

    const PROVIDER: &'static str = A::Provider::PROVIDER;

    fn settings(connection: &Settings) -> Settings {
        connection.clone()
    }

    fn source(_: &Settings) -> String {
        "one page".to_owned()
    }

    async fn read(&self, _: &Settings, query: &Query) -> Result<Reading<Self::Span>, PlatformError> {
        A::read(self.answer.clone(), query).await
    }

    fn unwrap(span: &Self::Span) -> Result<SentSpan, &'static str> {
        A::Provider::unwrap(span)
    }
}
