use serde::Serialize;

use crate::aggregation::share;
use crate::rows::TransitionRow;
use crate::{Scope, Source, Subject, doubled};

/// What a transition is. It is printed wherever transitions are shown.
pub const TRANSITION_DEFINITION: &str = "A transition is one span of a simulation and the next one, by the time at which they began \
(to the millisecond; of spans that began together the longer one comes first, then by label). Spans of different imports are never \
paired. A span's label is its name, of a tool call with the tool. A transition failed if the second span has status Error; its failure \
rate is failures / count.";

/// Which span follows which.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transitions {
    /// What they are of.
    pub scope: Scope,
    /// What a transition is.
    pub definition: &'static str,
    /// Where the spans come from.
    pub sources: Vec<Source>,
    /// The transitions, those that failed most often first.
    pub transitions: Vec<Transition>,
    /// There are more.
    pub is_truncated: bool,
    /// What a reader should know, as sentences.
    pub notes: Vec<String>,
    /// Why there is none, as a sentence.
    pub missing: Option<String>,
}

/// One label after another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transition {
    /// The label of the first span.
    pub from: String,
    /// The label of the span after it.
    pub to: String,
    /// How often.
    pub count: u64,
    /// In how many simulations.
    pub simulations: u64,
    /// How often the second span had status `Error`.
    pub failures: u64,
    /// The share of those, 0 to 1.
    pub failure_rate: f64,
    /// Simulations in which it failed, at most ten.
    pub failed_in: Vec<String>,
}

impl Transitions {
    pub(crate) fn of(subject: &Subject, mut rows: Vec<TransitionRow>, sources: Vec<Source>, limit: usize) -> Self {
        let is_truncated = rows.len() > limit;
        rows.truncate(limit);
        let missing = match (rows.is_empty(), sources.is_empty()) {
            (true, true) => Some(crate::figure::NO_SPANS.to_owned()),
            (true, false) => Some("No simulation has two spans, so no span follows another.".to_owned()),
            (false, _) => None,
        };
        Self {
            scope: subject.scope.clone(),
            definition: TRANSITION_DEFINITION,
            notes: doubled(&sources).into_iter().collect(),
            sources,
            transitions: rows.into_iter().map(Transition::of).collect(),
            is_truncated,
            missing,
        }
    }
}

impl Transition {
    fn of(row: TransitionRow) -> Self {
        let mut failed_in = row.failed_in;
        failed_in.sort();
        Self {
            failure_rate: share(row.failures, row.count).unwrap_or_default(),
            from: row.from_label,
            to: row.to_label,
            count: row.count,
            simulations: row.simulations,
            failures: row.failures,
            failed_in,
        }
    }
}
