//! Runs a schedule: deliveries as messages become visible, side by side, until no message is left.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use spanlift_fakes::{FakeCredentials, FakeLedger, Item, VirtualClock};
use spanlift_importer::ports::Platform;
use spanlift_importer::{Delivery, Disposition, Importer, Outcome, Report};
use spanlift_model::{ImportJob, MatchedCap, Span};
use tokio::time::sleep;
use worlds::in_process::{WithPlatform, with_platform};

use crate::ledger::RoughLedger;
use crate::plan::Plan;
use crate::platform::{HOST, client};
use crate::queue::{Message, Messages, RoughQueue, visibility};
use crate::stage::{EXECUTION, Execution, Stage};
use crate::store::{RoughStore, Table};

/// What a schedule came to.
#[derive(Debug)]
pub struct Ran {
    /// What it was.
    pub plan: Plan,
    /// Every execution, in the order in which they began.
    pub executions: Vec<Executed>,
    /// The raw rows of the store.
    pub rows: Vec<Span>,
    /// The ledger's items, by import id.
    pub items: BTreeMap<String, Item>,
    /// Jobs that are on the queue yet: those that go on for ever.
    pub waiting: Vec<ImportJob>,
    /// Dead letters, with the reason.
    pub dead: Vec<(ImportJob, String)>,
    /// What was announced.
    pub outcomes: Vec<Outcome>,
    /// What happened, line by line.
    pub story: Vec<String>,
    /// How often what went wrong.
    pub faults: BTreeMap<&'static str, u64>,
    /// The function's own timeout.
    pub function_timeout: Duration,
    /// How long a pass may take.
    pub budget: Duration,
}

/// What became of an execution.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The job.
    pub job: ImportJob,
    /// The lease's owner.
    pub owner: String,
    /// When it began.
    pub began: Duration,
    /// When it ended or died.
    pub ended: Duration,
    /// It took the lease.
    pub has_claimed: bool,
    /// Requests to the platform.
    pub requests: u64,
    /// How far the oldest answer of the platform lay back.
    pub lag: Duration,
    /// Its calls to the platform that went wrong.
    pub platform_faults: u64,
    /// Its ways to the platform and back that were slow.
    pub slow_ways: u64,
    /// When its last request began, counted from itself.
    pub last_request: Duration,
    /// How it ended.
    pub end: End,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Reported,
    /// It was killed.
    Killed,
    /// Lambda ended it at its timeout: that must not be.
    TimedOut,
}

/// Nothing takes so long: what is on the queue then goes on for ever.
const HORIZON: Duration = Duration::from_hours(30);
const MOST_EXECUTIONS: usize = 600;

/// Runs a schedule to its end.
#[must_use]
pub fn run(plan: Plan) -> Ran {
    // The engine's own jitter is of the thread.
    fastrand::seed(plan.number);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let stage = Arc::new(Stage::new(plan));
        let work = Schedule { stage: Arc::clone(&stage) };
        with_platform(&stage.plan.world, client(&stage), stage.clock, HOST, work).await
    })
}

struct Schedule {
    stage: Arc<Stage>,
}

impl WithPlatform for Schedule {
    type Output = Ran;

    async fn run<P: Platform>(self, platform: P, connection: Value, matched: MatchedCap) -> Ran {
        run_on(&self.stage, platform, connection, matched).await
    }
}

type Engine<P> = Importer<P, FakeCredentials, RoughLedger, RoughStore, RoughQueue, VirtualClock>;

async fn run_on<P: Platform>(stage: &Arc<Stage>, platform: P, connection: Value, matched: MatchedCap) -> Ran {
    let ledger = Arc::new(FakeLedger::default());
    let table = Arc::new(Mutex::new(Table::default()));
    let messages = Arc::new(Messages::default());
    let engine = Importer {
        platform,
        credentials: FakeCredentials::new(connection),
        ledger: RoughLedger { stage: Arc::clone(stage), inner: Arc::clone(&ledger) },
        store: RoughStore { stage: Arc::clone(stage), table: Arc::clone(&table) },
        queue: RoughQueue { stage: Arc::clone(stage), messages: Arc::clone(&messages) },
        clock: stage.clock,
        policy: worlds::policy(stage.plan.provider, matched),
    };
    let executions = deliver(stage, &engine, &ledger, &messages).await;
    let items = ledger.items.lock().unwrap().iter().map(|(id, item)| (id.clone(), item.clone())).collect();
    let rows = std::mem::take(&mut table.lock().unwrap().rows);
    Ran {
        plan: stage.plan.clone(),
        executions,
        rows,
        items,
        waiting: messages.jobs(),
        dead: messages.dead.lock().unwrap().clone(),
        outcomes: messages.outcomes.lock().unwrap().clone(),
        story: stage.story(),
        faults: stage.counts(),
        function_timeout: engine.policy.function_timeout,
        budget: engine.policy.budget,
    }
}

/// Events as they come, and messages as they become visible.
async fn deliver<P: Platform>(
    stage: &Arc<Stage>,
    engine: &Engine<P>,
    ledger: &FakeLedger,
    messages: &Messages,
) -> Vec<Executed> {
    let mut events: Vec<(Duration, ImportJob)> = Vec::new();
    for call in &stage.plan.world.calls {
        let Some(at) = call.event else { continue };
        let job = worlds::job(stage.plan.provider, call);
        // EventBridge delivers at least once, and so does the queue before fanout.
        if stage.happens(stage.plan.odds.twice) {
            stage.fault("event comes twice", &call.simulation);
            let later = at + Duration::from_millis(stage.dice(|dice| dice.u64(..20_000)));
            events.push((later, job.clone()));
        }
        events.push((at, job));
    }
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut executed: Vec<Executed> = Vec::new();
    let mut at_work = FuturesUnordered::new();
    let mut began = 0;
    loop {
        let next_event = events.last().map(|(at, _)| *at);
        let next = next_event.into_iter().chain(messages.next_at()).min().filter(|_| began < MOST_EXECUTIONS);
        if (next.is_none() && at_work.is_empty()) || stage.now() > HORIZON {
            break;
        }
        let wait = next.map(|at| at.saturating_sub(stage.now()));
        tokio::select! {
            biased;
            Some((message, execution, end, report)) = at_work.next(), if !at_work.is_empty() => {
                let (message, execution): (Message, Arc<Execution>) = (message, execution);
                finish(stage, engine, messages, &message, report);
                executed.push(executed_as(stage, &message, &execution, end));
            }
            () = sleep(wait.unwrap_or_default()), if wait.is_some() => {
                let now = stage.now();
                while let Some((_, job)) = events.pop_if(|(at, _)| *at <= now) {
                    ledger.fanouts.lock().unwrap().push(job.event.clone());
                    messages.push(job, now);
                }
                let hidden_for = visibility(engine.policy.function_timeout);
                if let Some(message) = messages.receive(now, hidden_for) {
                    if stage.happens(stage.plan.odds.twice) {
                        stage.fault("message is delivered twice", &format!("message {}", message.id));
                        let again = now + Duration::from_millis(stage.dice(|dice| dice.u64(1..8_000)));
                        messages.show_at(message.id, again);
                    }
                    at_work.push(execute(stage, engine, message, began));
                    began += 1;
                }
            }
        }
    }
    executed.sort_by_key(|executed| executed.began);
    executed
}

/// Who it was, what came of it, and what it had to report.
type Done = (Message, Arc<Execution>, End, Option<Report>);

/// One execution of the function, to its end or its death.
async fn execute<P: Platform>(stage: &Arc<Stage>, engine: &Engine<P>, message: Message, number: usize) -> Done {
    let execution = Arc::new(Execution { number, began: stage.now(), ..Execution::default() });
    let delivery = Delivery {
        invocation_id: number.to_string(),
        message_id: format!("message-{}", message.id),
        receive_count: message.receives,
        deadline: stage.moment().plus(engine.policy.function_timeout),
    };
    let polls = stage.happens(stage.plan.odds.killed / 2).then(|| stage.dice(|dice| 1 << dice.u32(..8)));
    let polls = polls.map(|most: u32| stage.dice(|dice| dice.u32(1..=most)));
    let work = EXECUTION.scope(Arc::clone(&execution), async {
        stage.tell(&format!(
            "receives message {} for pass {}, receive {}",
            message.id, message.job.pass, message.receives
        ));
        engine.import(&message.job, &delivery).await
    });
    let mortal = Mortal { work: Box::pin(work), execution: &execution, polls_left: polls, stage };
    tokio::select! {
        biased;
        report = mortal => {
            let end = if report.is_some() { End::Reported } else { End::Killed };
            (message, execution, end, report)
        }
        () = sleep(engine.policy.function_timeout) => {
            stage.tell(&format!("[{number}] Lambda ends it at its timeout"));
            (message, execution, End::TimedOut, None)
        }
    }
}

/// An execution that may die at any await: when it was polled so often, or when something in it says so.
struct Mortal<'a> {
    work: Pin<Box<dyn Future<Output = Report> + 'a>>,
    execution: &'a Execution,
    polls_left: Option<u32>,
    stage: &'a Stage,
}

impl Future for Mortal<'_> {
    type Output = Option<Report>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Report>> {
        if let Some(left) = &mut self.polls_left {
            if *left == 0 {
                let at = format!("execution {}", self.execution.number);
                self.stage.fault("killed at an await", &at);
                return Poll::Ready(None);
            }
            *left -= 1;
        }
        let polled = self.work.as_mut().poll(context);
        if self.execution.is_doomed.load(Ordering::SeqCst) {
            self.stage.tell(&format!("[{}] is dead", self.execution.number));
            return Poll::Ready(None);
        }
        polled.map(Some)
    }
}

/// What the runtime does with the message.
fn finish<P: Platform>(
    stage: &Stage,
    engine: &Engine<P>,
    messages: &Messages,
    message: &Message,
    report: Option<Report>,
) {
    let Some(report) = report else { return };
    let how = report.outcome.as_ref().map(|outcome| {
        let reason = outcome.reason.as_deref().unwrap_or("-");
        format!("{}/{reason}, stored {:?}, error {:?}", outcome.status, outcome.stored, outcome.error)
    });
    stage.tell(&format!("message {}: {:?}, {} {how:?}", message.id, report.disposition, report.story));
    match report.disposition {
        Disposition::Acknowledge => {
            if engine.queue.reaches_it("acknowledge") {
                messages.delete(message.id);
            }
        }
        Disposition::Return(delay) => {
            if engine.queue.reaches_it("set visibility") {
                messages.show_at(message.id, stage.now() + delay);
            }
        }
    }
}

fn executed_as(stage: &Stage, message: &Message, execution: &Execution, end: End) -> Executed {
    let number = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::SeqCst);
    Executed {
        job: message.job.clone(),
        owner: format!("{}/message-{}", execution.number, message.id),
        began: execution.began,
        ended: stage.now(),
        has_claimed: execution.has_claimed.load(Ordering::SeqCst),
        requests: number(&execution.requests),
        lag: Duration::from_secs(number(&execution.lag)),
        platform_faults: number(&execution.platform_faults),
        slow_ways: number(&execution.slow_ways),
        last_request: Duration::from_millis(number(&execution.last_request)),
        end,
    }
}
