use std::collections::BTreeMap;
use std::fmt;

use worlds::world::Provider;

use crate::judge::{Finding, judge};
use crate::run::Schedule;

/// What many schedules came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    schedules: usize,
    sum: Finding,
    /// How often each thing went wrong.
    pub faults: BTreeMap<&'static str, u64>,
    /// The schedules that are not as they should be.
    pub failed: Vec<(Provider, u64)>,
}

/// Of a hundred imports, so many are whole when the faults have ceased.
const WHOLE: f64 = 99.0;

impl Tally {
    /// Adds a schedule. False when it is not as it should be.
    pub fn add(&mut self, schedule: &Schedule) -> bool {
        let finding = judge(schedule);
        let sum = &mut self.sum;
        self.schedules += 1;
        sum.lost += finding.lost;
        sum.doubled += finding.doubled;
        sum.foreign += finding.foreign;
        sum.stuck += finding.stuck;
        sum.unheard += finding.unheard;
        sum.over_time += finding.over_time;
        sum.imports += finding.imports;
        sum.whole += finding.whole;
        for (what, count) in schedule.faults.counts() {
            *self.faults.entry(what).or_default() += u64::from(count);
        }
        if !finding.is_right() {
            self.failed.push((schedule.world.provider, schedule.world.number));
        }
        finding.is_right()
    }

    /// How many there were.
    #[must_use]
    pub const fn schedules(&self) -> usize {
        self.schedules
    }

    /// Is all as it should be?
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.failed.is_empty() && self.whole() >= WHOLE
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of some thousand imports")]
    fn whole(&self) -> f64 {
        if self.sum.imports == 0 { 100.0 } else { 100.0 * self.sum.whole as f64 / self.sum.imports as f64 }
    }
}

/// The closing line.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { lost, doubled, foreign, stuck, unheard, over_time, .. } = self.sum;
        let word = if self.is_right() { "ok" } else { "FAILED" };
        let (schedules, whole) = (self.schedules, self.whole());
        write!(
            formatter,
            "soak: {word} schedules={schedules} lost={lost} doubled={doubled} foreign={foreign} stuck={stuck} \
             unheard={unheard} whole={whole:.2}%"
        )?;
        if over_time > 0 {
            write!(formatter, " over_time={over_time}")?;
        }
        let Some((provider, number)) = self.failed.first() else { return Ok(()) };
        let count = self.failed.len();
        write!(formatter, "; {count} schedules; replay the first: soak --provider {provider} --seed {number}")
    }
}
