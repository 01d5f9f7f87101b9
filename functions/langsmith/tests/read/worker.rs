//! One worker's trace with two calls in it, as text: what rows look like that no JSON library writes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use spanlift_model::Timestamp;
use stand_in_langsmith::{Fault, Scenario};

use crate::runs::{SIM, holding, id, window};

/// R untagged; below it A of ours with D below it, B of another with C below it, and U.
pub(crate) const RUNS: [(&str, u32, Option<u32>, Option<&str>); 6] = [
    ("R", 0, None, None),
    ("A", 1, Some(0), Some(SIM)),
    ("B", 2, Some(0), Some("another")),
    ("C", 3, Some(2), None),
    ("U", 4, Some(0), None),
    ("D", 5, Some(1), None),
];

/// The ids of runs by their names: `"AD"`.
pub(crate) fn named(names: &str) -> BTreeSet<String> {
    let of_name = |name: char| RUNS.iter().find(|run| run.0.starts_with(name)).unwrap().1;
    names.chars().map(|name| id(1, of_name(name))).collect()
}

/// The trace's rows, all members told as both versions tell them.
pub(crate) fn rows() -> Vec<(&'static str, Value)> {
    let begins = |run: u32| -> Timestamp { window().from.plus(std::time::Duration::from_secs(60 + u64::from(run))) };
    let row = |(name, run, parent, tag): (&'static str, u32, Option<u32>, Option<&str>)| {
        let metadata = tag.map_or_else(|| json!({"k": 1}), |tag| json!({"k": 1, "simulation_output_id": tag}));
        let row = json!({
            "id": id(1, run), "trace_id": id(1, 0), "parent_run_id": parent.map(|parent| id(1, parent)),
            "name": name, "run_type": "chain", "status": "success", "start_time": begins(run).to_string(),
            "end_time": begins(run + 200).to_string(), "inputs": {"text": "hello"}, "outputs": null,
            "extra": {"metadata": metadata},
        });
        (name, row)
    };
    RUNS.into_iter().map(row).collect()
}

/// A server that answers every query for runs with these rows, whatever was asked.
pub(crate) fn telling(rows: &[String], version: fn(Scenario) -> Scenario) -> Scenario {
    let rows = rows.join(",");
    let page = |path: &str, body: String| Fault { path: path.to_owned(), status: 200, body, ..Fault::default() };
    let scenario = version(holding([]));
    let mut faults = Vec::new();
    if scenario.v1 == stand_in_langsmith::Endpoint::Served {
        faults.push(page("/api/v1/runs/query", format!(r#"{{"runs":[{rows}],"cursors":{{"next":null}}}}"#)));
    }
    if scenario.v2 == stand_in_langsmith::Endpoint::Served {
        faults.push(page("/api/v2/runs/query", format!(r#"{{"items":[{rows}],"next_cursor":null}}"#)));
    }
    Scenario { faults, ..scenario }
}
