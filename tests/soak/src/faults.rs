use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use spanlift_fakes::VirtualClock;
use spanlift_model::Clock as _;
use worlds::world::begin;

/// What goes wrong in one schedule. Every draw comes from one generator, seeded with the schedule's number.
#[derive(Debug)]
pub struct Faults {
    clock: VirtualClock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    weather: Weather,
    counts: BTreeMap<&'static str, u32>,
    story: Vec<String>,
}

/// How bad it is, and how long. Times count from the world's begin.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Of a thousand calls, so many fail.
    failing: u32,
    /// Of a thousand executions, so many are killed.
    killed: u32,
    /// All is well from then on.
    until: Duration,
    /// A replica may answer that is behind, until then. What the last pass sees has to be what there is.
    stale_until: Duration,
}

/// A call fails before it takes effect, or its answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was done.
    Before,
    /// It was done, and nobody knows.
    After,
}

/// How far a replica of the platform is behind.
pub(crate) const BEHIND: Duration = Duration::from_secs(3);

impl Faults {
    /// Those of a schedule, of which the first event comes at `first_event`.
    #[must_use]
    pub fn new(number: u64, clock: VirtualClock, first_event: Duration) -> Self {
        let mut rng = Rng::with_seed(number);
        let (failing, killed, lasts) = match rng.u32(..4) {
            // Little, for long.
            0 => (15, 40, 2_400),
            1 => (50, 120, 900),
            // Half an outage.
            2 => (250, 250, 90),
            // Nothing but killed executions.
            _ => (0, 500, 1_200),
        };
        let weather = Weather {
            failing,
            killed,
            until: first_event + Duration::from_secs(rng.u64(1..=lasts)),
            stale_until: first_event + Duration::from_secs(200),
        };
        Self { clock, state: Mutex::new(State { rng, weather, counts: BTreeMap::new(), story: Vec::new() }) }
    }

    /// Does this call fail, and how?
    pub fn of_call(&self, what: &'static str) -> Option<Fault> {
        let mut state = self.state();
        let fails = self.is_bad(state.weather.until) && state.rng.u32(..1_000) < state.weather.failing;
        let fault = fails.then(|| if state.rng.bool() { Fault::Before } else { Fault::After })?;
        self.note(&mut state, what, &format!("{fault:?}"));
        Some(fault)
    }

    /// After how many polls an execution is killed, if it is.
    pub fn kill(&self) -> Option<u32> {
        let mut state = self.state();
        let is_killed = self.is_bad(state.weather.until) && state.rng.u32(..1_000) < state.weather.killed;
        is_killed.then(|| state.rng.u32(1..=40))
    }

    /// Does a replica answer that is behind?
    pub fn is_stale(&self) -> bool {
        let mut state = self.state();
        let until = state.weather.stale_until.min(state.weather.until);
        let is_stale = self.is_bad(until) && state.rng.u32(..10) == 0;
        if is_stale {
            self.note(&mut state, "a replica that is behind", "");
        }
        is_stale
    }

    /// Yes in one of so many cases, as long as anything goes wrong.
    pub fn once_in(&self, count: u32, what: &'static str) -> bool {
        let mut state = self.state();
        let is_it = self.is_bad(state.weather.until) && state.rng.u32(..count) == 0;
        if is_it {
            self.note(&mut state, what, "");
        }
        is_it
    }

    /// How long a call takes on one of its two ways: mostly some milliseconds.
    pub fn delay(&self) -> Duration {
        let mut state = self.state();
        let slow = self.is_bad(state.weather.until) && state.rng.u32(..50) == 0;
        Duration::from_millis(if slow { state.rng.u64(..1_500) } else { state.rng.u64(1..20) })
    }

    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        self.state().rng.u64(..end)
    }

    /// Tells something of the schedule.
    pub fn tell(&self, what: &'static str, how: &str) {
        self.note(&mut self.state(), what, how);
    }

    /// What happened, by kind.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u32> {
        self.state().counts.clone()
    }

    /// What happened, in order.
    #[must_use]
    pub fn story(&self) -> Vec<String> {
        self.state().story.clone()
    }

    fn is_bad(&self, until: Duration) -> bool {
        self.clock.now().since(begin()) < until
    }

    fn note(&self, state: &mut State, what: &'static str, how: &str) {
        *state.counts.entry(what).or_default() += 1;
        let at = self.clock.now().since(begin()).as_secs_f64();
        state.story.push(format!("{at:>8.2}s {what} {how}"));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
