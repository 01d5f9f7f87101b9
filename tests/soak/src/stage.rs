//! What all parts of a schedule share: its time, its dice, who is at work, and the story of what happened.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use spanlift_fakes::VirtualClock;
use spanlift_importer::PortError;
use spanlift_model::{Clock as _, Timestamp};
use tokio::time::sleep;
use worlds::world::begin;

use crate::plan::{Forever, Plan};

/// One execution of the function, as the ports see it.
#[derive(Debug, Default)]
pub(crate) struct Execution {
    pub(crate) number: usize,
    /// When it began.
    pub(crate) began: Duration,
    /// It is dead as soon as it is looked at again.
    pub(crate) is_doomed: AtomicBool,
    /// It has taken the lease, whether or not it was told.
    pub(crate) has_claimed: AtomicBool,
    /// Requests to the platform.
    pub(crate) requests: AtomicU64,
    /// How far back the oldest answer of the platform lay, in seconds.
    pub(crate) lag: AtomicU64,
    /// What went wrong with its calls to the platform.
    pub(crate) platform_faults: AtomicU64,
    /// Its ways to the platform and back that were slow.
    pub(crate) slow_ways: AtomicU64,
    /// When its last request to the platform began, in milliseconds after itself.
    pub(crate) last_request: AtomicU64,
}

tokio::task_local! {
    /// Whose call it is.
    pub(crate) static EXECUTION: Arc<Execution>;
}

/// Whom a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Port {
    Ledger,
    Store,
    Queue,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Sound,
    /// It is refused, and nothing happens.
    Refused,
    /// It is lost on its way: nothing happens, and nobody knows.
    Lost,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// It takes effect, its answer is lost, and the library asks once more.
    Repeated,
    /// Its execution dies before it takes effect.
    DiesBefore,
    /// Its execution dies after it took effect.
    DiesAfter,
    /// Its execution dies, and it takes effect some time later.
    DiesAndLate,
}

/// What all parts of a schedule share.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) plan: Plan,
    pub(crate) clock: VirtualClock,
    dice: Mutex<Rng>,
    story: Mutex<Vec<String>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Stage {
    pub(crate) fn new(plan: Plan) -> Self {
        let dice = Rng::with_seed(plan.number ^ 0xd1ce);
        let clock = VirtualClock::starting_at(begin());
        Self { plan, clock, dice: Mutex::new(dice), story: Mutex::default(), counts: Mutex::default() }
    }

    /// Time since the world began.
    pub(crate) fn now(&self) -> Duration {
        self.clock.now().since(begin())
    }

    pub(crate) fn moment(&self) -> Timestamp {
        self.clock.now()
    }

    /// Throws the dice.
    pub(crate) fn dice<T>(&self, throw: impl FnOnce(&mut Rng) -> T) -> T {
        throw(&mut self.dice.lock().unwrap())
    }

    /// May something go wrong now?
    pub(crate) fn is_rough(&self) -> bool {
        self.now() < self.plan.cease
    }

    pub(crate) fn is_forever(&self, what: Forever) -> bool {
        self.plan.forever == Some(what)
    }

    /// Does this go wrong, `of_thousand` times of a thousand?
    pub(crate) fn happens(&self, of_thousand: u32) -> bool {
        self.is_rough() && self.dice(|dice| dice.u32(..1000)) < of_thousand
    }

    /// Says what happened.
    pub(crate) fn tell(&self, text: &str) {
        let who = EXECUTION.try_with(|execution| format!(" [{}]", execution.number)).unwrap_or_default();
        self.story.lock().unwrap().push(format!("{:>9.3}s{who} {text}", self.now().as_secs_f64()));
    }

    /// Says what went wrong, and counts it.
    pub(crate) fn fault(&self, kind: &'static str, detail: &str) {
        *self.counts.lock().unwrap().entry(kind).or_default() += 1;
        self.tell(&format!("FAULT {kind}: {detail}"));
    }

    pub(crate) fn story(&self) -> Vec<String> {
        self.story.lock().unwrap().clone()
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().unwrap().clone()
    }

    /// The way to a service or back. True where it was slow.
    pub(crate) async fn travel(&self, longest: Duration) -> bool {
        let is_slow = self.happens(self.plan.odds.slow);
        let is_rough = self.is_rough();
        let millis = self.dice(|dice| match dice.u8(..10) {
            _ if is_slow => dice.u64(1_000..6_000),
            0 if is_rough => dice.u64(100..1_000),
            _ => dice.u64(1..40),
        });
        sleep(Duration::from_millis(millis).min(longest)).await;
        is_slow
    }

    /// The calling execution dies here.
    pub(crate) async fn die<T>(&self) -> T {
        EXECUTION.with(|execution| execution.is_doomed.store(true, Ordering::SeqCst));
        // It has to be looked at once more.
        tokio::task::yield_now().await;
        pending().await
    }

    /// What becomes of a call.
    pub(crate) fn fate(&self, port: Port) -> Fate {
        let odds = &self.plan.odds;
        if port == Port::Store && self.is_forever(Forever::StoreDown) {
            return Fate::Refused;
        }
        let of_port = match port {
            Port::Ledger => odds.ledger,
            Port::Store => odds.store,
            Port::Queue => odds.queue,
        };
        if self.happens(odds.killed / 8) {
            return self.dice(|dice| [Fate::DiesBefore, Fate::DiesAfter, Fate::DiesAndLate][dice.usize(..3)]);
        }
        if self.happens(of_port) {
            return self.dice(|dice| [Fate::Refused, Fate::Lost, Fate::AnswerLost, Fate::Repeated][dice.usize(..4)]);
        }
        Fate::Sound
    }

    /// Says that a call goes wrong.
    pub(crate) fn fault_of(&self, port: Port, fate: Fate, what: &str) {
        if fate != Fate::Sound {
            self.fault(kind(port, fate), what);
        }
    }

    /// A call of a port, whatever becomes of it. `effect` is what it does there, as often as it arrives.
    pub(crate) async fn call<T: Send, F: Future<Output = Result<T, PortError>> + Send>(
        &self,
        port: Port,
        name: &'static str,
        what: &str,
        effect: impl Fn() -> F + Send + Sync,
    ) -> Result<T, PortError> {
        self.call_with(port, name, self.fate(port), what, effect).await
    }

    /// The same with this fate.
    pub(crate) async fn call_with<T: Send, F: Future<Output = Result<T, PortError>> + Send>(
        &self,
        port: Port,
        name: &'static str,
        fate: Fate,
        what: &str,
        effect: impl Fn() -> F + Send + Sync,
    ) -> Result<T, PortError> {
        self.fault_of(port, fate, what);
        self.travel(LONGEST_CALL).await;
        match fate {
            Fate::Sound => {
                let answer = effect().await;
                self.travel(LONGEST_CALL).await;
                answer
            }
            Fate::Refused => Err(PortError::Unavailable { port: name, detail: what.to_owned() }),
            Fate::Lost => Err(uncertain(name, what)),
            Fate::AnswerLost => {
                _ = effect().await;
                sleep(LONGEST_CALL).await;
                Err(uncertain(name, what))
            }
            Fate::Repeated => {
                _ = effect().await;
                self.travel(LONGEST_CALL).await;
                effect().await
            }
            Fate::DiesBefore => self.die().await,
            // Where a call can come late, its port sees to it.
            Fate::DiesAfter | Fate::DiesAndLate => {
                _ = effect().await;
                self.die().await
            }
        }
    }
}

/// No call of AWS takes longer (the timeout of an operation in `shared/aws`).
const LONGEST_CALL: Duration = Duration::from_secs(4);

pub(crate) fn uncertain(port: &'static str, what: &str) -> PortError {
    PortError::Uncertain { port, detail: what.to_owned() }
}

const fn kind(port: Port, fate: Fate) -> &'static str {
    match (port, fate) {
        (Port::Ledger, Fate::Refused) => "ledger refuses",
        (Port::Ledger, Fate::Lost) => "ledger call lost",
        (Port::Ledger, Fate::AnswerLost) => "ledger answer lost",
        (Port::Ledger, Fate::DiesBefore) => "killed before a write to the ledger",
        (Port::Ledger, Fate::DiesAfter) => "killed after a write to the ledger",
        (Port::Ledger, Fate::DiesAndLate) => "killed, and a write to the ledger comes late",
        (Port::Ledger, _) => "ledger asked twice",
        (Port::Store, Fate::Refused) => "store refuses",
        (Port::Store, Fate::Lost) => "store call lost",
        (Port::Store, Fate::AnswerLost) => "store answer lost",
        (Port::Store, Fate::DiesBefore) => "killed before a call of the store",
        (Port::Store, Fate::DiesAfter) => "killed after a call of the store",
        (Port::Store, Fate::DiesAndLate) => "killed, and an insert comes late",
        (Port::Store, _) => "store asked twice",
        (Port::Queue, Fate::Refused) => "queue refuses",
        (Port::Queue, Fate::Lost) => "queue call lost",
        (Port::Queue, Fate::AnswerLost) => "queue answer lost",
        (Port::Queue, Fate::DiesBefore) => "killed before a message was sent",
        (Port::Queue, Fate::DiesAfter | Fate::DiesAndLate) => "killed after a message was sent",
        (Port::Queue, _) => "queue asked twice",
    }
}
