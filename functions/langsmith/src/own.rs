//! What is a run's own doing, and what it merely holds of a run above or below it.
//!
//! Metadata is inherited downwards (contract langsmith §3.7); v1 adds counts and first tokens up into every run above
//! (§4.1); a model call may stand inside another (§8.4). Only a whole trace tells, so that it is decided while reading.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::normalize::is_named_as_speech;
use crate::run::LangSmithRun;
use crate::usage::{self, Usage};

/// What is a run's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    /// What its call of a model used; none where a call below it made it.
    pub usage: Option<Usage>,
    /// It has counts: its own, or such as it states of a call below it.
    pub has_usage: bool,
    /// The first token is that of its own answer.
    pub has_first_token: bool,
    /// Seconds to the first byte, as its metadata states.
    pub stated_first_byte: Option<f64>,
}

/// Names in metadata for the seconds to the first byte: Coval's own, the conventions', LiveKit's.
const FIRST_BYTE: &[&str] =
    &["metrics.ttfb", "gen_ai.response.time_to_first_chunk", "lk.response.ttft", "lk.response.ttfb"];
/// No call is longer: what claims to be was measured in something else.
const LONGEST: f64 = 86_400.0;

/// Decides it for runs whose traces are there.
pub fn mark(runs: &mut [LangSmithRun]) {
    let owns: Vec<Own> = {
        let trace = Traces::new(runs);
        let found: Vec<Option<Usage>> = (0..runs.len()).map(|index| trace.usage(index)).collect();
        let above_found = trace.above(|index, _| has(&found, index));
        // What the server reckons of a run may be that of runs below, and of speech it is nothing that was billed.
        let is_own = |index: usize, run: &LangSmithRun, usage: &Usage| {
            !usage.is_estimate || !(above_found.contains(&index) || is_named_as_speech(run))
        };
        let usages: Vec<Option<Usage>> = (runs.iter().zip(&found).enumerate())
            .map(|(index, (run, usage))| usage.filter(|usage| is_own(index, run, usage)))
            .collect();
        let above_calls = trace.above(|index, run| has(&usages, index) && run.run_type != "embedding");
        let above_costs = trace.above(|_, run| usage::counted_costs(run).iter().flatten().any(|cost| *cost > 0.0));
        let above_tokens = trace.above(|_, run| run.first_token_at.is_some());
        let own = |(index, run): (usize, &LangSmithRun)| {
            let usage = usages.get(index).copied().flatten();
            let costs = if above_costs.contains(&index) { [None; 3] } else { usage::counted_costs(run) };
            Own {
                usage: usage.filter(|_| !above_calls.contains(&index)).map(|usage| usage.with_costs(costs)),
                has_usage: usage.is_some(),
                has_first_token: !above_tokens.contains(&index),
                stated_first_byte: trace.stated_first_byte(index),
            }
        };
        runs.iter().enumerate().map(own).collect()
    };
    for (run, own) in runs.iter_mut().zip(owns) {
        run.own = own;
    }
}

fn has(usages: &[Option<Usage>], index: usize) -> bool {
    usages.get(index).is_some_and(Option::is_some)
}

/// Does it call a model, or say that it does?
fn is_model(run: &LangSmithRun) -> bool {
    matches!(run.run_type.as_str(), "llm" | "embedding")
}

struct Traces<'a> {
    runs: &'a [LangSmithRun],
    by_id: HashMap<&'a str, usize>,
}

impl<'a> Traces<'a> {
    fn new(runs: &'a [LangSmithRun]) -> Self {
        let by_id = runs.iter().enumerate().map(|(index, run)| (run.id.as_str(), index)).collect();
        Self { runs, by_id }
    }

    fn run(&self, index: usize) -> Option<&'a LangSmithRun> {
        self.runs.get(index)
    }

    fn parent(&self, index: usize) -> Option<usize> {
        let parent = self.run(index)?.parent_id.as_deref()?;
        self.by_id.get(parent).copied()
    }

    fn usage(&self, index: usize) -> Option<Usage> {
        let run = self.run(index)?;
        // A chain may be named as the call of a model is; nobody estimates its counts.
        let is_call = is_model(run) || run.name == spanlift_model::names::span::LLM;
        let is_own = self.is_own_metadata(index, "usage_metadata");
        is_call.then(|| usage::find(run, is_own)).flatten()
    }

    fn stated_first_byte(&self, index: usize) -> Option<f64> {
        let own = FIRST_BYTE.iter().filter(|name| self.is_own_metadata(index, name));
        own.filter_map(|name| self.run(index)?.metadata.get(*name)?.as_f64())
            .find(|seconds| (0.0..=LONGEST).contains(seconds))
    }

    /// An entry that the run above has as well came from there.
    fn is_own_metadata(&self, index: usize, name: &str) -> bool {
        let entry = |index: usize| -> Option<&Value> { self.run(index)?.metadata.get(name) };
        let above = self.parent(index).and_then(entry);
        above.is_none() || above != entry(index)
    }

    /// The runs above those that are meant, whatever cycles there are.
    fn above(&self, is_meant: impl Fn(usize, &LangSmithRun) -> bool) -> HashSet<usize> {
        let mut above = HashSet::new();
        for (index, _) in self.runs.iter().enumerate().filter(|(index, run)| is_meant(*index, run)) {
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
