//! What many worlds came to.

use std::collections::BTreeMap;
use std::fmt;

use crate::compare::{Difference, compare};
use crate::run::Imported;
use crate::world::World;

/// What many worlds came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    worlds: usize,
    missing: usize,
    foreign: usize,
    doubled: usize,
    explained: usize,
    uncounted: usize,
    /// The numbers of the worlds that were not right, by where they ran.
    failed: BTreeMap<&'static str, Vec<u64>>,
}

impl Tally {
    /// Adds one world, with where it ran and its imports. False when they are not as they should be.
    pub fn add(&mut self, on: &'static str, world: &World, imports: &[Imported]) -> bool {
        let differences: Vec<Difference> = imports.iter().map(|import| compare(world, import).1).collect();
        self.worlds += 1;
        for difference in &differences {
            self.missing += difference.missing.len();
            self.foreign += difference.foreign.len() + difference.unheard_of.len();
            self.doubled += difference.doubled.len();
            self.explained += difference.explained.len();
            self.uncounted += difference.uncounted.len();
        }
        let is_right = differences.iter().all(Difference::is_none);
        if !is_right {
            let numbers = self.failed.entry(on).or_default();
            numbers.push(world.number);
            numbers.sort_unstable();
        }
        is_right
    }

    /// Was every world right?
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.failed.is_empty()
    }

    /// How many worlds there were.
    #[must_use]
    pub const fn worlds(&self) -> usize {
        self.worlds
    }
}

/// The closing line. Where something is wrong, with the numbers of the worlds.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worlds, missing, foreign, doubled, explained, uncounted, failed } = self;
        let word = if self.is_right() { "ok" } else { "FAILED" };
        write!(
            formatter,
            "worlds: {word} worlds={worlds} missing={missing} foreign={foreign} doubled={doubled} explained={explained}"
        )?;
        if self.is_right() {
            return Ok(());
        }
        write!(formatter, " uncounted={uncounted};")?;
        for (on, numbers) in failed {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            write!(formatter, " {on} {};", numbers.join(" "))?;
        }
        Ok(())
    }
}
