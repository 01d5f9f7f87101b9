//! Imports of all calls of a world by one function, in virtual time.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use spanlift_fakes::{FakeCredentials, FakeLedger, FakeQueue, FakeStore, InFlight};
use spanlift_importer::ports::{Platform, Queue as _};
use spanlift_importer::{Delivery, Disposition, Importer};
use spanlift_model::{Clock as _, MatchedCap, Span, TraceId};
use spanlift_platform_client::{AllowList, PlatformClient};
use tokio::time::{Instant, sleep, sleep_until};
use tower::ServiceExt as _;
use worlds::in_process::{WithPlatform, router, with_platform};
use worlds::run::WorldClock;
use worlds::world::{World, begin};

use crate::limit::{Limit, Limiter};
use crate::meter::{Meter, Metered, PLATFORM, Usage};

/// Executions of a function at a time: `maximum_concurrency` in infra/deployment.json (a test compares).
pub const MOST_AT_ONCE: usize = 10;
const HOST: &str = "https://platform.example";

/// What became of the imports of calls that ended together.
#[derive(Debug)]
pub struct Burst {
    /// All that they used.
    pub usage: Usage,
    /// Rows that are stored.
    pub stored: usize,
    /// Calls that are stored with all their spans, each once.
    pub whole: usize,
    /// When the last row was stored, counted from the events.
    pub last_stored: Duration,
    /// When the last pass ended.
    pub last_ended: Duration,
}

/// Imports every call of the world: its events come at the same moment.
#[must_use]
pub fn run(world: &World, limit: Limit) -> Burst {
    fastrand::seed(7);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = WorldClock::starting_at(begin());
        let meter = Meter::default();
        let client = client(world, &meter, Arc::new(Limiter::new(limit, clock)));
        let imports = Imports { world, meter, clock };
        with_platform(world, client, clock, HOST, imports).await
    })
}

/// A client whose requests the stand-in answers, after the time that a request takes and within the limit.
fn client(world: &World, meter: &Meter, limiter: Arc<Limiter>) -> PlatformClient {
    let (router, meter) = (router(world), meter.clone());
    PlatformClient::in_process(AllowList::default(), move |request| {
        let (router, meter, limiter) = (router.clone(), meter.clone(), Arc::clone(&limiter));
        async move {
            meter.note("platform request");
            sleep(PLATFORM).await;
            if let Some(refusal) = limiter.refuse() {
                meter.note("refused request");
                return Ok(refusal);
            }
            meter.note("served request");
            ask(router, request).await
        }
    })
}

async fn ask(router: Router, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let answer = router.oneshot(request.map(Body::from)).await.map_err(io::Error::other)?;
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
    Ok(Response::from_parts(parts, body))
}

struct Imports<'a> {
    world: &'a World,
    meter: Meter,
    clock: WorldClock,
}

type Engine<P> =
    Importer<P, Metered<FakeCredentials>, Metered<FakeLedger>, Metered<FakeStore>, Metered<FakeQueue>, WorldClock>;

impl WithPlatform for Imports<'_> {
    type Output = Burst;

    async fn run<P: Platform>(self, platform: P, connection: Value, matched: MatchedCap) -> Burst {
        let Self { world, meter, clock } = self;
        let engine = Importer {
            platform,
            credentials: Metered { port: FakeCredentials::new(connection), meter: meter.clone() },
            ledger: Metered { port: FakeLedger::default(), meter: meter.clone() },
            store: Metered { port: FakeStore::default(), meter: meter.clone() },
            queue: Metered { port: FakeQueue::new(clock), meter: meter.clone() },
            clock,
            policy: worlds::policy(world.provider, matched),
        };
        for call in &world.calls {
            let job = worlds::job(world.provider, call);
            // Fanout's part of the bill is not the importer's.
            engine.queue.port.send(&job, Duration::ZERO).await.unwrap();
        }
        let (last_stored, last_ended) = deliver(&engine, &meter).await;
        let rows = engine.store.port.rows.lock().unwrap();
        Burst { usage: meter.read(), stored: rows.len(), whole: stored_whole(world, &rows), last_stored, last_ended }
    }
}

/// A call is a trace. What is stored twice makes none whole.
fn stored_whole(world: &World, rows: &[Span]) -> usize {
    let mut rows_of: HashMap<TraceId, usize> = HashMap::new();
    for row in rows {
        *rows_of.entry(row.trace_id).or_default() += 1;
    }
    let spans = world.spans.len() / world.calls.len();
    rows_of.values().filter(|rows| **rows == spans).count()
}

/// Delivers messages as they become visible, until none is left: when the last row was stored, and when the last pass ended.
async fn deliver<P: Platform>(engine: &Engine<P>, meter: &Meter) -> (Duration, Duration) {
    let began = Instant::now();
    let queue = &engine.queue.port;
    let mut at_work = FuturesUnordered::new();
    let (mut last_stored, mut last_ended, mut executions) = (Duration::ZERO, Duration::ZERO, 0);
    loop {
        let next = (at_work.len() < MOST_AT_ONCE).then(|| queue.take()).flatten();
        let Some(mut message) = next else {
            let Some(done) = at_work.next().await else { return (last_stored, last_ended) };
            let (has_stored, at): (bool, Duration) = done;
            last_ended = at;
            if has_stored {
                last_stored = at;
            }
            continue;
        };
        let now = engine.clock.now();
        if message.visible_at > now {
            let visible_at = Instant::now() + message.visible_at.since(now);
            let delay = message.visible_at.since(now);
            queue.put_back(message, delay);
            tokio::select! {
                biased;
                Some((has_stored, at)) = at_work.next(), if !at_work.is_empty() => {
                    last_ended = at;
                    if has_stored {
                        last_stored = at;
                    }
                }
                () = sleep_until(visible_at) => {}
            }
            continue;
        }
        message.receives += 1;
        executions += 1;
        at_work.push(execute(engine, meter, message, executions, began));
    }
}

/// One execution: has it stored rows, and when did it end?
async fn execute<P: Platform>(
    engine: &Engine<P>,
    meter: &Meter,
    message: InFlight,
    number: u64,
    began: Instant,
) -> (bool, Duration) {
    let started = Instant::now();
    let delivery = Delivery {
        invocation_id: number.to_string(),
        message_id: format!("message-{}", message.id),
        receive_count: message.receives,
        deadline: engine.clock.now().plus(engine.policy.function_timeout),
    };
    let report = engine.import(&message.job, &delivery).await;
    meter.note_execution(started.elapsed());
    if let Disposition::Return(delay) = report.disposition {
        meter.note("return to the queue");
        engine.queue.port.put_back(message, delay);
    }
    (report.outcome.is_some_and(|outcome| outcome.inserted.is_some_and(|rows| rows > 0)), began.elapsed())
}
