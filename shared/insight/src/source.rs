use std::collections::BTreeSet;

use serde::Serialize;

use crate::rows::SourceRow;

/// Where spans come from: an import, or the agent itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Their `service.name`: a provider, or the agent's own service.
    pub service: String,
    /// Did the agent send them itself?
    pub is_native: bool,
    /// How many spans.
    pub spans: u64,
    /// In how many simulations.
    pub simulations: u64,
    /// The highest attempt that one of them names.
    pub attempt: Option<u32>,
    #[serde(skip)]
    pub(crate) in_simulations: BTreeSet<String>,
}

impl Source {
    pub(crate) fn new(row: &SourceRow) -> Self {
        Self {
            service: row.service.clone(),
            is_native: row.import.is_empty(),
            spans: 0,
            simulations: 0,
            attempt: None,
            in_simulations: BTreeSet::new(),
        }
    }

    pub(crate) fn add(&mut self, row: &SourceRow) {
        self.spans += row.spans;
        self.in_simulations.insert(row.simulation.clone());
        self.simulations = u64::try_from(self.in_simulations.len()).unwrap_or(u64::MAX);
        self.attempt = self.attempt.max(Some(row.attempt).filter(|attempt| *attempt > 0));
    }
}

/// A sentence where one call may stand in the store more than once: a simulation with two imports, or with an import beside
/// native spans. Several services of the agent's own are one source.
#[must_use]
pub fn doubled(sources: &[Source]) -> Option<String> {
    let imports: Vec<_> = sources.iter().filter(|source| !source.is_native).collect();
    let native: BTreeSet<_> =
        sources.iter().filter(|source| source.is_native).flat_map(|source| &source.in_simulations).collect();
    let mut seen = native.clone();
    let mut is_doubled = false;
    for simulation in imports.iter().flat_map(|source| &source.in_simulations) {
        is_doubled |= !seen.insert(simulation);
    }
    is_doubled.then(|| {
        let mut names: Vec<_> = imports.iter().map(|source| source.service.as_str()).collect();
        if !native.is_empty() {
            names.push("the agent itself");
        }
        format!(
            "Spans of one simulation come from {}: calls are counted once for each. Ask for one service to count them once.",
            names.join(" and ")
        )
    })
}
