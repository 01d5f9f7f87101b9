use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use spanlift_fakes::InFlight;
use spanlift_importer::ports::Platform;
use spanlift_importer::{Delivery, Disposition, Report};
use spanlift_model::{Clock as _, ImportJob, Status, Timestamp, names};
use tokio::time::{sleep, timeout};
use worlds::oracle::Look;
use worlds::world::{Call, World, begin};
use worlds::{Imported, job};

use crate::faults::Faults;
use crate::kill::until_killed;
use crate::run::FailingImporter;

/// SQS gives a message back after so many times the function's timeout (infra/deployment.json).
const VISIBILITY_TIMEOUTS: u32 = 6;
/// And puts it into the dead-letter queue after so many receives.
const MAX_RECEIVES: u32 = 100;
/// More than any schedule needs: one that goes on behind them has no end.
const MOST_DELIVERIES: u32 = 600;
/// Behind the ids that the queue gives by itself.
const FIRST_ID: u32 = 1_000_000;

/// What became of a schedule.
#[derive(Debug)]
pub struct Played {
    /// The imports, as worlds compares them.
    pub imports: Vec<Import>,
    /// Messages that were still there at the end.
    pub left_over: usize,
    /// Executions that Lambda would have ended.
    pub over_time: usize,
    /// What was done with each delivery.
    pub story: Vec<String>,
}

/// What became of one import.
#[derive(Debug)]
pub struct Import {
    /// Its rows, looks and last conclusion.
    pub imported: Imported,
    /// Where the ledger says it stands; `None` where it knows nothing.
    pub status: Option<Status>,
    /// A pass is due, or one is running.
    pub is_open: bool,
    /// A person hears of it: it failed, a pass of it did, or a message of it is a dead letter.
    pub is_heard_of: bool,
}

pub(crate) struct Deliveries<'a, P: Platform> {
    world: &'a World,
    importer: FailingImporter<P>,
    faults: Arc<Faults>,
    invocations: u32,
    imports: Vec<Imported>,
    over_time: usize,
    story: Vec<String>,
}

impl<'a, P: Platform> Deliveries<'a, P> {
    pub(crate) fn new(world: &'a World, importer: FailingImporter<P>, faults: Arc<Faults>) -> Self {
        let calls = world.calls.iter().enumerate().filter(|(_, call)| call.event.is_some());
        let imports: Vec<Imported> = calls.map(|(call, _)| Imported::of(call)).collect();
        Self { world, importer, faults, invocations: 0, imports, over_time: 0, story: Vec::new() }
    }

    /// Delivers messages until there are none.
    pub(crate) async fn play(mut self) -> Played {
        for (id, import) in (FIRST_ID..).zip(&self.imports) {
            let call = &self.world.calls[import.call];
            let visible_at = begin().plus(call.event.unwrap_or_default());
            let job = job(self.world.provider, call);
            self.importer.queue.port.messages.lock().unwrap().push(InFlight { id, visible_at, job, receives: 0 });
        }
        for _ in 0..MOST_DELIVERIES {
            let Some(message) = self.importer.queue.port.take() else { break };
            sleep(message.visible_at.since(self.importer.clock.now())).await;
            self.receive(message).await;
        }
        self.end().await
    }

    /// One receive of a message: mostly one execution.
    async fn receive(&mut self, mut message: InFlight) {
        message.receives += 1;
        if message.receives > MAX_RECEIVES {
            self.importer.queue.port.dead.lock().unwrap().push((message.job, "received too often".to_owned()));
            return;
        }
        if self.faults.once_in(25, "message delivered twice") {
            let visible_at = self.importer.clock.now().plus(Duration::from_secs(self.faults.below(400)));
            self.importer.queue.port.messages.lock().unwrap().push(InFlight { visible_at, ..message.clone() });
        }
        let gone_until = self.importer.clock.now().plus(self.importer.policy.function_timeout * VISIBILITY_TIMEOUTS);
        let disposition = if self.faults.once_in(25, "two executions side by side") {
            let [one, other] = [self.invocation(), self.invocation()];
            let (one, other) = tokio::join!(
                self.execute(&message, one, self.faults.kill()),
                self.execute(&message, other, self.faults.kill())
            );
            // Each answers for a delivery of its own; that of the other comes back by itself.
            self.settle(&message, gone_until, other.0);
            for look in [one.1, other.1] {
                self.note(&message.job, &look);
            }
            one.0
        } else {
            let invocation = self.invocation();
            let (ended, look) = self.execute(&message, invocation, self.faults.kill()).await;
            self.note(&message.job, &look);
            ended
        };
        self.settle(&message, gone_until, disposition);
    }

    /// What SQS does with a message at the end of an execution; `None` when that was killed.
    fn settle(&self, message: &InFlight, gone_until: Timestamp, ended: Option<Disposition>) {
        let visible_at = match ended {
            Some(_) if self.faults.once_in(40, "answer to the queue lost") => gone_until,
            None => gone_until,
            Some(Disposition::Acknowledge) => return,
            Some(Disposition::Return(delay)) => self.importer.clock.now().plus(delay),
        };
        self.importer.queue.port.messages.lock().unwrap().push(InFlight { visible_at, ..message.clone() });
    }

    fn invocation(&mut self) -> u32 {
        self.invocations += 1;
        self.invocations
    }

    async fn execute(&self, message: &InFlight, number: u32, kill: Option<u32>) -> (Option<Disposition>, Seen) {
        let delivery = Delivery {
            invocation_id: number.to_string(),
            message_id: message.id.to_string(),
            receive_count: message.receives,
            deadline: self.importer.clock.now().plus(self.importer.policy.function_timeout),
        };
        let from = self.importer.clock.now().since(begin());
        let work = until_killed(self.importer.import(&message.job, &delivery), kill);
        // Whole seconds are Lambda's affair: a timer fires a millisecond late.
        let limit = self.importer.policy.function_timeout + Duration::from_millis(2);
        let ended = timeout(limit, work).await;
        let to = self.importer.clock.now().since(begin());
        let look = Look { pass: message.job.pass, from, to };
        match ended {
            Err(_) => (None, Seen { look, is_pass: true, is_over_time: true, story: "ended by Lambda".to_owned() }),
            Ok(None) => {
                self.faults.tell("killed", &format!("pass {}", message.job.pass));
                (None, Seen { look, is_pass: true, is_over_time: false, story: "killed".to_owned() })
            }
            Ok(Some(report)) => {
                let is_pass = match &report.outcome {
                    Some(outcome) => outcome.status != "superseded",
                    // Whether the ledger wrote how the pass ended is not known.
                    None => report.story.starts_with("not done"),
                };
                let story = tell(&report);
                (Some(report.disposition), Seen { look, is_pass, is_over_time: false, story })
            }
        }
    }

    fn note(&mut self, job: &ImportJob, seen: &Seen) {
        self.over_time += usize::from(seen.is_over_time);
        let at = seen.look.from.as_secs_f64();
        let name = &job.event.simulation_output_id;
        self.story.push(format!("{at:>8.2}s {name} #{} pass {}: {}", job.event.attempt, job.pass, seen.story));
        let world = self.world;
        let import = self.imports.iter_mut().find(|import| is_of(&world.calls[import.call], job)).unwrap();
        if seen.is_pass {
            import.looks.push(seen.look);
        }
    }

    async fn end(self) -> Played {
        let left_over = self.importer.queue.port.messages.lock().unwrap().len();
        // What a server still works on is done when nobody waits for it any more.
        sleep(Duration::from_mins(1)).await;
        self.importer.store.port.settle();
        let items = self.importer.ledger.port.items.lock().unwrap();
        let rows = self.importer.store.port.rows.lock().unwrap();
        let dead: BTreeSet<String> =
            self.importer.queue.port.dead.lock().unwrap().iter().map(|(job, _)| job.import_id().to_string()).collect();
        let import = |mut imported: Imported| {
            let id = job(self.world.provider, &self.world.calls[imported.call]).import_id().to_string();
            let its = rows.iter().filter(|row| row.resource.get(names::resource::IMPORT_ID) == Some(&id));
            imported.rows = its.map(|row| (row.trace_id, row.span_id)).collect();
            let item = items.get(&id);
            imported.conclusion = item.and_then(|item| item.conclusion.clone());
            if let Some(conclusion) = &imported.conclusion {
                // What is delivered after the end looks at nothing.
                imported.looks.retain(|look| begin().plus(look.from) <= conclusion.at);
            }
            let has_error = imported.conclusion.as_ref().is_some_and(|conclusion| conclusion.last_error.is_some());
            Import {
                status: item.map(|item| item.status),
                is_open: item.is_none_or(|item| item.next.is_some() || item.status == Status::InProgress),
                is_heard_of: has_error || dead.contains(&id) || item.is_some_and(|item| item.status == Status::Failed),
                imported,
            }
        };
        let imports = self.imports.into_iter().map(import).collect();
        Played { imports, left_over, over_time: self.over_time, story: self.story }
    }
}

/// What was seen of one execution.
struct Seen {
    look: Look,
    /// It ran a pass, or may have.
    is_pass: bool,
    is_over_time: bool,
    story: String,
}

fn tell(report: &Report) -> String {
    match &report.outcome {
        Some(outcome) => {
            let reason = outcome.reason.as_deref().unwrap_or("-");
            format!("{}/{reason}, stored {:?}; {}", outcome.status, outcome.stored, report.story)
        }
        None => report.story.clone(),
    }
}

fn is_of(call: &Call, job: &ImportJob) -> bool {
    job.event.simulation_output_id.as_str() == call.simulation && job.event.attempt == call.attempt
}
