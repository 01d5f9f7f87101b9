//! Runs and scenarios in few words.

use std::time::Duration;

use serde_json::{Value, json};
use spanlift_model::{Timestamp, Window};
use stand_in_langsmith::{Endpoint, Key, Project, Run, Scenario, Tenant};

/// The project of the connection.
pub(crate) const PROJECT: &str = "voice-agent";
pub(crate) const PROJECT_ID: &str = "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10";
pub(crate) const TENANT_ID: &str = "7c1b6f0e-52a4-4d0e-9a55-0d7d2a4f8b11";
pub(crate) const KEY: &str = "lsv2_pt_0123456789";
/// Our simulation.
pub(crate) const SIM: &str = "3zfmuDbVQsi4GaseDtiVcS";

/// When the call took place.
pub(crate) fn window() -> Window {
    let from = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
    Window { from, to: from.plus(Duration::from_mins(5)) }
}

/// A version 4 UUID out of two numbers.
pub(crate) fn id(trace: u32, run: u32) -> String {
    format!("{trace:08x}-0000-4000-8000-{trace:04x}{run:08x}")
}

/// Run `run` of trace `trace`; run 0 is the root, the others are below it. It takes a second, a minute into the call.
pub(crate) fn run(trace: u32, run: u32) -> Run {
    let start_time = window().from.plus(Duration::from_mins(1) + Duration::from_millis(10) * run);
    Run {
        id: id(trace, run),
        parent_run_id: (run > 0).then(|| id(trace, 0)),
        name: format!("step {run}"),
        start_time,
        end_time: Some(start_time.plus(Duration::from_secs(1))),
        inputs: json!({"question": run}),
        outputs: json!({"answer": run}),
        ..Run::default()
    }
}

/// A root that bears our tag.
pub(crate) fn root(trace: u32) -> Run {
    run(trace, 0).tagged("simulation_output_id", SIM)
}

pub(crate) trait RunExt: Sized {
    fn under(self, parent: u32) -> Self;
    fn with(self, change: impl FnOnce(&mut Run)) -> Self;
    fn metadata(self, name: &str, value: impl Into<Value>) -> Self;

    fn tagged(self, key: &str, value: &str) -> Self {
        self.metadata(key, value)
    }

    fn kind(self, run_type: &str) -> Self {
        self.with(|run| run_type.clone_into(&mut run.run_type))
    }

    fn named(self, name: &str) -> Self {
        self.with(|run| name.clone_into(&mut run.name))
    }

    fn outputs(self, outputs: Value) -> Self {
        self.with(|run| run.outputs = outputs)
    }

    fn starts(self, moment: Timestamp) -> Self {
        self.with(|run| {
            run.start_time = moment;
            run.end_time = Some(moment.plus(Duration::from_secs(1)));
        })
    }

    fn tokens(self, prompt: u64, completion: u64) -> Self {
        self.with(|run| (run.prompt_tokens, run.completion_tokens) = (prompt, completion))
    }
}

impl RunExt for Run {
    fn under(mut self, parent: u32) -> Self {
        let trace = u32::from_str_radix(self.id.split_at(8).0, 16).unwrap();
        self.parent_run_id = Some(id(trace, parent));
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Run)) -> Self {
        change(&mut self);
        self
    }

    fn metadata(mut self, name: &str, value: impl Into<Value>) -> Self {
        let metadata = self.extra.entry("metadata").or_insert_with(|| json!({}));
        metadata[name] = value.into();
        self
    }
}

/// One tenant with one project that holds these runs.
pub(crate) fn holding(runs: impl IntoIterator<Item = Run>) -> Scenario {
    let key = Key { key: KEY.to_owned(), ..Key::default() };
    let project = Project { id: PROJECT_ID.to_owned(), name: PROJECT.to_owned(), runs: runs.into_iter().collect() };
    Scenario {
        tenants: vec![Tenant { id: TENANT_ID.to_owned(), keys: vec![key], projects: vec![project] }],
        ..Scenario::default()
    }
}

/// The same as an older server would hold it.
pub(crate) fn on_v1(scenario: Scenario) -> Scenario {
    Scenario { v2: Endpoint::NotFound, ..scenario }
}

/// The same as a server without the old endpoint would hold it.
pub(crate) fn on_v2(scenario: Scenario) -> Scenario {
    Scenario { v1: Endpoint::NotImplemented, ..scenario }
}
