//! `POST /api/v2/runs/query` (docs/platforms/langsmith.md#45-query-of-v2).

use std::time::Duration;

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::answer::{Answer, Answered, unprocessable};
use crate::body::Body;
use crate::cursor;
use crate::filter::{Expression, holds};
use crate::scenario::Scenario;
use crate::selection;
use crate::store::{Seen, View};

pub(crate) fn query(scenario: &Scenario, view: &View<'_>, body: &Value) -> Answered {
    let asked = Body(body);
    let projects = asked.ids("project_ids")?;
    if projects.is_empty() && asked.get("reference_dataset_id").is_none() {
        return Err(unprocessable(&[json!("project_ids")], "project_ids or reference_dataset_id is required", body));
    }
    let page_size = asked.count("page_size")?.unwrap_or(100);
    if page_size == 0 || page_size > scenario.limits.v2_page {
        let message = format!("Input should be from 1 to {}", scenario.limits.v2_page);
        return Err(unprocessable(&[json!("page_size")], &message, &json!(page_size)));
    }
    let selects = asked.texts("selects")?.unwrap_or_else(|| vec!["ID"]);
    selection::check(selection::V2, "selects", &selects)?;
    let now = newest(view);
    let to = asked.time("max_start_time")?;
    let from = asked.time("min_start_time")?.unwrap_or_else(|| now.minus(Duration::from_hours(24)));
    if to.is_some_and(|to| to.since(from) > Duration::from_hours(24 * 401)) {
        return Err(unprocessable(&[json!("min_start_time")], "the window is longer than 401 days", body));
    }
    let (trace, ids) = (asked.text("trace_id")?, asked.ids("ids")?);
    let (is_root, has_error, run_type) = (asked.truth("is_root")?, asked.truth("has_error")?, asked.text("run_type")?);
    let filters = (asked.filter("filter")?, asked.filter("trace_filter")?, asked.filter("tree_filter")?);
    let is_wanted = |seen: &&Seen<'_>| {
        let stored = seen.stored;
        projects.iter().any(|id| id.eq_ignore_ascii_case(&stored.project_id))
            && (ids.is_empty() || ids.contains(&stored.run.id.as_str()))
            && trace.is_none_or(|trace| stored.trace_id == trace)
            && is_root.is_none_or(|is_root| seen.is_root() == is_root)
            && has_error.is_none_or(|has_error| seen.error().is_some() == has_error)
            && run_type.is_none_or(|run_type| stored.run.run_type.to_uppercase() == run_type)
            && stored.run.start_time >= from
            && to.is_none_or(|to| stored.run.start_time <= to)
            && passes(view, seen, &filters)
    };
    let mut runs: Vec<Seen<'_>> = view.runs.iter().filter(is_wanted).copied().collect();
    runs.sort_by(|a, b| cursor::key(b).cmp(&cursor::key(a)));
    let (rows, next) = cursor::page(&runs, body, true, scenario.limits.page(page_size))?;
    let is_wanted = |name: &str| selects.contains(&name.to_uppercase().as_str());
    selection::check_told(rows, is_wanted("inputs"))?;
    let items: Vec<Value> = rows.iter().map(|seen| selection::keep(seen, row(seen), is_wanted)).collect();
    Ok(Answer::json(200, &json!({"items": items, "next_cursor": next})))
}

/// `filter` is of the run, `trace_filter` of its trace's root, `tree_filter` of any run of its trace (docs/platforms/langsmith.md#44-filters).
pub(crate) fn passes(
    view: &View<'_>,
    seen: &Seen<'_>,
    (own, of_root, of_tree): &(Option<Expression>, Option<Expression>, Option<Expression>),
) -> bool {
    let trace = &seen.stored.trace_id;
    own.as_ref().is_none_or(|filter| holds(filter, seen))
        && of_root.as_ref().is_none_or(|filter| view.get(trace).is_some_and(|root| holds(filter, &root)))
        && of_tree.as_ref().is_none_or(|filter| {
            let mut tree = view.runs.iter().filter(|other| other.stored.trace_id == *trace);
            tree.any(|other| holds(filter, other))
        })
}

/// The stand-in's idea of now, for defaults that depend on it: the start of its newest run.
fn newest(view: &View<'_>) -> Timestamp {
    view.runs.iter().map(|seen| seen.stored.run.start_time).max().unwrap_or(Timestamp::EPOCH)
}

pub(crate) fn app_path(seen: &Seen<'_>) -> String {
    let stored = seen.stored;
    format!("/o/{}/projects/p/{}/r/{}?trace_id={}", stored.tenant_id, stored.project_id, stored.run.id, stored.trace_id)
}

fn row(seen: &Seen<'_>) -> Map<String, Value> {
    let (stored, run) = (seen.stored, &seen.stored.run);
    let time = Timestamp::to_micros_text;
    let wrapped = |details: &Option<Value>| details.as_ref().map(|details| json!({"raw": details}));
    let row = json!({
        "id": run.id, "name": run.name, "run_type": run.run_type.to_uppercase(), "status": seen.status().to_uppercase(),
        "start_time": time(run.start_time), "end_time": seen.end_time().map(time),
        "first_token_time": run.first_token_time.map(time),
        "latency_seconds": seen.end_time().map(|end| end.since(run.start_time).as_secs_f64()),
        "error": seen.error(), "extra": run.extra, "metadata": stored.metadata_object(), "inputs": run.inputs,
        "outputs": seen.outputs(), "parent_run_ids": stored.ancestors, "project_id": stored.project_id,
        "trace_id": stored.trace_id, "thread_id": stored.thread_id(), "dotted_order": stored.dotted_order,
        "is_root": seen.is_root(), "prompt_tokens": run.prompt_tokens, "completion_tokens": run.completion_tokens,
        "total_tokens": run.prompt_tokens + run.completion_tokens,
        "prompt_token_details": wrapped(&run.prompt_token_details),
        "completion_token_details": wrapped(&run.completion_token_details),
        "prompt_cost": run.costs.map(|(prompt, _)| prompt),
        "completion_cost": run.costs.map(|(_, completion)| completion),
        "total_cost": run.costs.map(|(prompt, completion)| prompt + completion),
        "tags": run.tags, "app_path": app_path(seen), "attachments": {},
    });
    let mut row = match row {
        Value::Object(row) => row,
        _ => Map::new(),
    };
    row.extend(run.more.clone());
    row
}
