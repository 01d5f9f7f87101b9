//! What many schedules came to.

use std::collections::BTreeMap;
use std::fmt;

use worlds::world::Provider;

use crate::judge::Judged;
use crate::run::Ran;

/// When faults cease, so many imports of a thousand are whole.
const LEAST_WHOLE: u64 = 990;

/// What many schedules came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    schedules: u64,
    imports: u64,
    whole: u64,
    lost: u64,
    doubled: u64,
    foreign: u64,
    stuck: u64,
    unheard: u64,
    over_budget: u64,
    faults: BTreeMap<&'static str, u64>,
    failed: Vec<(Provider, u64)>,
}

impl Tally {
    /// Adds one schedule.
    pub fn add(&mut self, ran: &Ran, judged: &Judged) {
        self.schedules += 1;
        if ran.plan.ceases() {
            self.imports += judged.imports;
            self.whole += judged.whole;
        }
        self.lost += judged.lost;
        self.doubled += judged.doubled;
        self.foreign += judged.foreign;
        self.stuck += judged.stuck;
        self.unheard += judged.unheard;
        self.over_budget += judged.over_budget;
        for (kind, count) in &ran.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        if !judged.is_right() {
            self.failed.push((ran.plan.provider, ran.plan.number));
            self.failed.sort_unstable();
        }
    }

    /// Was every schedule right, and were enough imports whole?
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.failed.is_empty() && self.whole * 1000 >= self.imports * LEAST_WHOLE && self.schedules > 0
    }

    /// How many there were.
    #[must_use]
    pub const fn schedules(&self) -> u64 {
        self.schedules
    }

    /// Schedules that were not right, the first first.
    #[must_use]
    pub fn failed(&self) -> &[(Provider, u64)] {
        &self.failed
    }

    /// How often what went wrong.
    #[must_use]
    pub const fn faults(&self) -> &BTreeMap<&'static str, u64> {
        &self.faults
    }
}

/// The closing line.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schedules, lost, doubled, foreign, stuck, unheard, .. } = self;
        let word = if self.is_right() { "ok" } else { "FAILED" };
        // Rounded down: 99.9 % is not all.
        let whole = (self.whole * 100_000).checked_div(self.imports).unwrap_or(100_000);
        write!(
            formatter,
            "soak: {word} schedules={schedules} lost={lost} doubled={doubled} foreign={foreign} stuck={stuck} \
             unheard={unheard} whole={}.{:03}%",
            whole / 1000,
            whole % 1000
        )?;
        if self.over_budget > 0 {
            write!(formatter, " over_budget={}", self.over_budget)?;
        }
        if let Some((provider, number)) = self.failed.first() {
            let seeds: Vec<String> =
                self.failed.iter().take(20).map(|(provider, number)| format!("{provider}:{number}")).collect();
            write!(formatter, "; seeds {}; replay: soak --provider {provider} --seed {number}", seeds.join(" "))?;
        }
        Ok(())
    }
}
