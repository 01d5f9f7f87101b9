//! What an import stored, against what the oracle says of it.

use std::collections::{BTreeMap, BTreeSet};

use spanlift_model::Status;

use crate::oracle::{Verdict, judge};
use crate::run::{Imported, Stored, stored_ids};
use crate::world::{Row, World};

/// How an import differs from what it should be, by the places of spans in the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Stored, and not its own.
    pub foreign: BTreeSet<usize>,
    /// Stored, and nothing that the world holds.
    pub unheard_of: BTreeSet<Stored>,
    /// Stored more than once.
    pub doubled: BTreeSet<Stored>,
    /// Not stored, though they must be, without a word about it.
    pub missing: BTreeSet<usize>,
    /// Not stored, though they must be, where rows were lost; the ledger counts it, or says that the import is not whole.
    pub explained: BTreeSet<usize>,
    /// Rows of matched traces that are not to be stored, and that nobody counted.
    pub uncounted: BTreeSet<usize>,
}

impl Difference {
    /// Is the import as it should be?
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.foreign.is_empty()
            && self.unheard_of.is_empty()
            && self.doubled.is_empty()
            && self.missing.is_empty()
            && self.uncounted.is_empty()
    }
}

/// Compares one import with its verdict.
#[must_use]
pub fn compare(world: &World, import: &Imported) -> (Verdict, Difference) {
    let verdict = judge(world, import.call, &import.looks);
    let places: BTreeMap<Stored, usize> = world
        .spans
        .iter()
        .enumerate()
        .map(|(place, span)| (stored_ids(world.provider, &span.trace, &span.id), place))
        .collect();
    // A row that Langfuse makes up for a trace is its top, or left out: both are right.
    let made_up: BTreeSet<Stored> = world
        .spans
        .iter()
        .enumerate()
        .filter(|(place, _)| verdict.may.contains(place))
        .map(|(_, span)| stored_ids(world.provider, &span.trace, &format!("t-{}", span.trace)))
        .collect();
    let mut difference = Difference::default();
    let mut stored = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for row in &import.rows {
        if !seen.insert(*row) {
            difference.doubled.insert(*row);
        }
        match places.get(row) {
            Some(place) if verdict.may.contains(place) => _ = stored.insert(*place),
            Some(place) => {
                stored.insert(*place);
                difference.foreign.insert(*place);
            }
            None if made_up.contains(row) => {}
            None => _ = difference.unheard_of.insert(*row),
        }
    }
    let missing = &verdict.must - &stored;
    // Nothing goes in silence: what a matched trace loses is counted, or the import says that it is not whole.
    let lost = &(&verdict.told - &stored) - &missing;
    let count = |places: &BTreeSet<usize>| u64::try_from(places.len()).unwrap_or(u64::MAX);
    let (counted, says_so) = (import.counted(), import.says_so());
    // Where every row is told and readable there is no excuse: a span that is counted as another's is lost all the same.
    let is_excused = world.spans.iter().any(|span| matches!(span.row, Row::WithoutIds | Row::NeverTold));
    if is_excused && (says_so || counted >= count(&lost) + count(&missing)) {
        difference.explained = missing;
    } else {
        difference.missing = missing;
    }
    // One that a later attempt ended says nothing of what it held.
    let is_superseded = import.conclusion.as_ref().is_some_and(|conclusion| conclusion.status == Status::Superseded);
    if !says_so && !is_superseded && (counted < count(&lost) || (verdict.has_lost && counted == 0)) {
        difference.uncounted = lost;
    }
    (verdict, difference)
}
