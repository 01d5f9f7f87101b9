//! Separates a run's own metadata and token counts from those inherited from its ancestors or summed up from its descendants.
//!
//! Metadata is inherited downwards; v1 adds counts and first tokens up into every run above; a model call may stand inside
//! another. Only a whole trace tells, so that it is decided while reading, from what is known of each run.

use std::collections::{HashMap, HashSet};

use spanlift_model::SourceSpan as _;

use crate::facts::{Facts, Fingerprint};
use crate::own::{Own, Usage};
use crate::row::Row;

/// Decides it for rows whose traces are there.
pub fn mark(rows: &mut [Row]) {
    let owns: Vec<Own> = {
        let traces = Traces::new(rows);
        let found: Vec<Option<Usage>> = (0..rows.len()).map(|index| traces.usage(index)).collect();
        let above_found = traces.above(|index, _| has(&found, index));
        // What the server reckons of a run may be that of runs below, and of speech it is nothing that was billed.
        let is_own = |index: usize, facts: &Facts, usage: &Usage| {
            !usage.is_estimate || !(above_found.contains(&index) || facts.is_named_as_speech)
        };
        let usages: Vec<Option<Usage>> = (rows.iter().zip(&found).enumerate())
            .map(|(index, (row, usage))| usage.filter(|usage| is_own(index, &row.facts, usage)))
            .collect();
        let above_calls = traces.above(|index, facts| has(&usages, index) && !facts.is_embedding);
        let above_costs = traces.above(|_, facts| facts.costs.iter().flatten().any(|cost| *cost > 0.0));
        let above_tokens = traces.above(|_, facts| facts.has_first_token);
        let own = |(index, row): (usize, &Row)| {
            let usage = usages.get(index).copied().flatten();
            let costs = if above_costs.contains(&index) { [None; 3] } else { row.facts.costs };
            Own {
                usage: usage.filter(|_| !above_calls.contains(&index)).map(|usage| usage.with_costs(costs)),
                has_usage: usage.is_some(),
                has_first_token: !above_tokens.contains(&index),
                stated_first_byte: traces.stated_first_byte(index),
            }
        };
        rows.iter().enumerate().map(own).collect()
    };
    for (row, own) in rows.iter_mut().zip(owns) {
        row.own = own;
    }
}

fn has(usages: &[Option<Usage>], index: usize) -> bool {
    usages.get(index).is_some_and(Option::is_some)
}

struct Traces<'a> {
    rows: &'a [Row],
    /// By trace and id.
    by_id: HashMap<(&'a str, &'a str), usize>,
    /// How many calls of a trace have an entry of metadata for what they used.
    calls: HashMap<(&'a str, Fingerprint), usize>,
}

impl<'a> Traces<'a> {
    fn new(rows: &'a [Row]) -> Self {
        let by_id = rows.iter().enumerate().map(|(index, row)| ((row.trace_id(), row.span_id()), index)).collect();
        let mut calls = HashMap::new();
        for row in rows.iter().filter(|row| row.facts.is_call) {
            if let Some(entry) = row.facts.usage_entry {
                *calls.entry((row.trace_id(), entry)).or_default() += 1;
            }
        }
        Self { rows, by_id, calls }
    }

    fn parent(&self, index: usize) -> Option<usize> {
        let row = self.rows.get(index)?;
        self.by_id.get(&(row.trace_id(), row.parent_id()?)).copied()
    }

    fn facts(&self, index: usize) -> Option<&'a Facts> {
        self.rows.get(index).map(|row| &row.facts)
    }

    /// An entry of metadata that the run above has as well came from there, unless one call alone has it: then it is that
    /// call's, and the chain above tells the same sum.
    fn usage(&self, index: usize) -> Option<Usage> {
        let facts = self.facts(index)?;
        let above = self.parent(index).and_then(|parent| self.facts(parent)?.usage_entry);
        let trace = self.rows.get(index)?.trace_id();
        let is_one_calls = facts.usage_entry.is_some_and(|entry| self.calls.get(&(trace, entry)) == Some(&1));
        let [with_metadata, without] = facts.usage;
        if above.is_none() || above != facts.usage_entry || is_one_calls { with_metadata } else { without }
    }

    fn stated_first_byte(&self, index: usize) -> Option<f64> {
        let above = self.parent(index).and_then(|parent| self.facts(parent));
        let is_inherited = |entry: &&(&str, f64)| above.is_some_and(|above| above.first_bytes.contains(entry));
        self.facts(index)?.first_bytes.iter().find(|entry| !is_inherited(entry)).map(|(_, seconds)| *seconds)
    }

    /// The runs above those that are meant, whatever cycles there are.
    fn above(&self, is_meant: impl Fn(usize, &Facts) -> bool) -> HashSet<usize> {
        let mut above = HashSet::new();
        for (index, _) in self.rows.iter().enumerate().filter(|(index, row)| is_meant(*index, &row.facts)) {
            let mut at = self.parent(index);
            while let Some(parent) = at {
                // Its own ancestors are there already. In a cycle nothing is above itself.
                if parent == index || !above.insert(parent) {
                    break;
                }
                at = self.parent(parent);
            }
        }
        above
    }
}
