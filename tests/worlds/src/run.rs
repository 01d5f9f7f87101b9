//! Runs the imports of a world from their events to their last passes: the provider's own reading code and the engine, over
//! real HTTP, in virtual time.

use std::time::Duration;

use serde_json::json;
use spanlift_fakes::{InFlight, MAX_TRIES, VirtualClock};
use spanlift_importer::ports::Platform;
use spanlift_importer::{Conclusion, Discovery, Policy, Report};
use spanlift_model::{
    Caps, Clock as _, ImportJob, MatchedCap, Passes, SimulationCompleted, SpanId, Status, TraceId, names,
};
use spanlift_platform_client::PlatformClient;

use crate::oracle::Look;
use crate::phoenix_server::PhoenixServer;
use crate::virtual_time::ticking;
use crate::world::{Call, Provider, World, begin};
use crate::{arize, langfuse, langsmith};

/// The clock of a world.
pub type WorldClock = VirtualClock;

/// A stored row, by its ids.
pub type Stored = (TraceId, SpanId);

/// What became of the import of one call.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The call's place in the world.
    pub call: usize,
    /// When its passes looked at the platform.
    pub looks: Vec<Look>,
    /// What is said of each delivery: when, and how it ended.
    pub story: Vec<String>,
    /// The rows that the store has of it.
    pub rows: Vec<Stored>,
    /// How the last pass ended.
    pub conclusion: Option<Conclusion>,
}

impl Imported {
    /// Nothing yet of the import of a call, by its place in the world.
    #[must_use]
    pub const fn of(call: usize) -> Self {
        Self { call, looks: Vec::new(), story: Vec::new(), rows: Vec::new(), conclusion: None }
    }

    /// Rows that were left out, whatever the cause.
    #[must_use]
    pub fn counted(&self) -> u64 {
        let counts = self.conclusion.as_ref().and_then(|conclusion| conclusion.counts.as_ref());
        counts.map_or(0, |counts| counts.rejected.total())
    }

    /// Does the ledger say that the import is not whole?
    #[must_use]
    pub fn says_so(&self) -> bool {
        self.conclusion.as_ref().is_some_and(|conclusion| {
            conclusion.incomplete || conclusion.truncated.is_some() || conclusion.discovery != Discovery::Whole
        })
    }

    fn note(&mut self, look: Look, report: &Report, conclusion: &Conclusion) {
        let at = format!("{:>7.1}s pass {}", look.from.as_secs_f64(), look.pass);
        let Some(outcome) = &report.outcome else {
            self.story.push(format!("{at}: {}", report.story));
            return;
        };
        if conclusion.status != Status::Superseded {
            self.looks.push(look);
        }
        self.conclusion = Some(conclusion.clone());
        let rejected = conclusion.counts.iter().flat_map(|counts| counts.rejected.iter());
        let rejected: Vec<String> = rejected.map(|(cause, count)| format!("{cause} {count}")).collect();
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        let reason = outcome.reason.as_deref().map(|reason| format!("/{reason}")).unwrap_or_default();
        let mut text = format!(
            "{at} ({:.1} s): {}{reason}, stored {}, matched {} in {}",
            look.to.saturating_sub(look.from).as_secs_f64(),
            outcome.status,
            number(outcome.stored),
            number(outcome.matched_spans),
            number(outcome.matched_traces),
        );
        let said = [
            conclusion.incomplete.then(|| "incomplete".to_owned()),
            conclusion.truncated.map(|truncated| format!("truncated {truncated}")),
            (conclusion.discovery != Discovery::Whole).then(|| format!("discovery {:?}", conclusion.discovery)),
            (!rejected.is_empty()).then(|| format!("left out: {}", rejected.join(", "))),
            outcome.error.clone(),
        ];
        for said in said.into_iter().flatten() {
            text = format!("{text}; {said}");
        }
        self.story.push(text);
    }
}

/// Runs every import of a world to its end, on the provider's stand-in.
#[must_use]
pub fn run(world: &World) -> Vec<Imported> {
    in_virtual_time(async |clock| match world.provider {
        Provider::Langsmith => {
            let (platform, connection) = langsmith::start(world, client(), clock).await;
            Box::pin(run_on(world, platform, connection, langsmith::MATCHED, clock, None)).await
        }
        Provider::Langfuse => {
            let (platform, connection) = langfuse::start(world, client(), clock).await;
            Box::pin(run_on(world, platform, connection, langfuse::MATCHED, clock, None)).await
        }
        Provider::Arize => {
            let (platform, connection) = arize::start(world, client(), clock).await;
            Box::pin(run_on(world, platform, connection, arize::MATCHED, clock, None)).await
        }
    })
}

/// Runs every import of one of Phoenix's worlds to its end, on the server at a URL, in a project of its own.
#[must_use]
pub fn run_on_phoenix(world: &World, url: &str) -> Vec<Imported> {
    in_virtual_time(async |clock| {
        let server = PhoenixServer::new(url, world);
        let (platform, connection) = arize::on_server(url, &server, client(), clock);
        Box::pin(run_on(world, platform, connection, arize::MATCHED, clock, Some(server))).await
    })
}

fn in_virtual_time<T>(work: impl AsyncFnOnce(WorldClock) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async { work(WorldClock::starting_at(begin())).await })
}

/// A client that may call this machine. One a world: it keeps connections of one runtime.
fn client() -> PlatformClient {
    PlatformClient::new("http://127.0.0.1".parse().unwrap())
}

/// More deliveries than any import needs: one that goes on behind them has no end.
const MOST_DELIVERIES: u32 = 200;
/// Behind the ids that the queue gives by itself.
const FIRST_ID: u32 = 1_000_000;

/// While a server in another process is asked, time goes on five times as fast as the wall's, and never by itself: its
/// answers take their time, and the waits of a pass need not.
async fn hastening<T>(work: impl Future<Output = T>) -> T {
    let tick = Duration::from_millis(2);
    let ticks = async {
        loop {
            // As long as such a task runs, virtual time does not jump to the next timer.
            tokio::task::spawn_blocking(move || std::thread::sleep(tick)).await.unwrap();
            tokio::time::advance(tick * 5).await;
        }
    };
    tokio::select! {
        done = work => done,
        never = ticks => never,
    }
}

async fn run_on<P: Platform>(
    world: &World,
    platform: P,
    connection: serde_json::Value,
    matched: MatchedCap,
    clock: WorldClock,
    mut server: Option<PhoenixServer>,
) -> Vec<Imported> {
    let provider = world.provider;
    let policy = policy(provider, matched);
    let mut around = spanlift_fakes::World::of(platform, connection, clock, policy.passes.clone(), matched);
    around.importer.policy = policy;
    let calls = world.calls.iter().enumerate().filter(|(_, call)| call.event.is_some());
    let mut imports: Vec<Imported> = calls.map(|(call, _)| Imported::of(call)).collect();
    for (id, import) in (FIRST_ID..).zip(&imports) {
        let call = &world.calls[import.call];
        let visible_at = begin().plus(call.event.unwrap_or_default());
        let message = InFlight { id, visible_at, job: job(provider, call), receives: 0 };
        around.importer.queue.messages.lock().unwrap().push(message);
    }
    for _ in 0..MOST_DELIVERIES {
        // Nothing is on its way to the platform while nobody works: no ticks until the next message is seen.
        let Some(next) = around.importer.queue.take() else { break };
        tokio::time::sleep(next.visible_at.since(clock.now())).await;
        let job = next.job.clone();
        around.importer.queue.messages.lock().unwrap().push(next);
        let since_begin = || clock.now().since(begin());
        let from = since_begin();
        let step = around.step();
        let report = match &mut server {
            Some(server) => {
                server.send(world, from);
                hastening(step).await
            }
            None => ticking(step).await,
        };
        let report = report.unwrap();
        let look = Look { pass: job.pass, as_of: from, from, to: since_begin() };
        let import = imports.iter_mut().find(|import| is_of(&world.calls[import.call], &job)).unwrap();
        import.note(look, &report, &around.conclusion_on(&job));
    }
    let rows = around.importer.store.rows.lock().unwrap();
    for import in &mut imports {
        let id = job(provider, &world.calls[import.call]).import_id().to_string();
        let its = rows.iter().filter(|row| row.resource.get(names::resource::IMPORT_ID) == Some(&id));
        import.rows = its.map(|row| (row.trace_id, row.span_id)).collect();
    }
    imports
}

/// A provider's numbers, as they are deployed (infra/deployment.json).
#[must_use]
pub fn policy(provider: Provider, matched: MatchedCap) -> Policy {
    let seconds = Duration::from_secs;
    let (budget, function_timeout) = match provider {
        Provider::Langfuse => (30, 45),
        Provider::Arize | Provider::Langsmith => (90, 120),
    };
    let schedule = provider.schedule().iter().map(|pass| seconds(*pass)).collect();
    Policy {
        budget: seconds(budget),
        function_timeout: seconds(function_timeout),
        passes: Passes::new(schedule, seconds(provider.last_look())),
        caps: Caps::new(matched),
        max_tries: MAX_TRIES,
        rate_limit_delay: seconds(30),
        retry_base: seconds(10),
    }
}

/// The first job of a call's import.
#[must_use]
pub fn job(provider: Provider, call: &Call) -> ImportJob {
    let event = json!({
        "version": "1", "organization_id": "acme", "simulation_output_id": call.simulation,
        "status": "COMPLETED", "attempt": call.attempt, "started_at": call.started_at.to_string(),
        "ended_at": call.ended_at.to_string(), "hints": call.hints,
    });
    ImportJob::first(SimulationCompleted::parse(&event.to_string()).unwrap(), provider.name().parse().unwrap())
}

fn is_of(call: &Call, job: &ImportJob) -> bool {
    job.event.simulation_output_id.as_str() == call.simulation && job.event.attempt == call.attempt
}

/// The ids that a span is stored with.
#[must_use]
pub fn stored_ids(provider: Provider, trace: &str, span: &str) -> Stored {
    let trace_id = TraceId::from_source(trace);
    let span_id = match provider {
        // The last half of the run's UUID.
        Provider::Langsmith if span.len() == 36 => SpanId::from_hex(&span.replace('-', "")[16..]).unwrap(),
        _ => SpanId::from_source(trace, span),
    };
    (trace_id, span_id)
}
