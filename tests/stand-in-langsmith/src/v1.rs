//! `POST /api/v1/runs/query` (docs/platforms/langsmith.md#4-reading-runs).

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::answer::{self, Answer, Answered};
use crate::body::Body;
use crate::cursor;
use crate::scenario::Scenario;
use crate::selection;
use crate::store::{Seen, View};

const SCOPES: [&str; 5] = ["session", "id", "parent_run", "trace", "reference_example"];

pub(crate) fn query(scenario: &Scenario, view: &View<'_>, body: &Value) -> Answered {
    let asked = Body(body);
    if !SCOPES
        .iter()
        .any(|scope| asked.get(scope).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty())))
    {
        return Err(answer::no_scope());
    }
    let limit = asked.count("limit")?.unwrap_or(100);
    if limit > scenario.limits.v1_page {
        let standard = answer::bad_limit();
        return Err(match scenario.limits.v1_page {
            100 => standard,
            most => Answer::json(400, &json!({"detail": format!("Limit exceeds maximum allowed value of {most}")})),
        });
    }
    let select = asked.texts("select")?;
    selection::check(selection::V1, "select", select.as_deref().unwrap_or_default())?;
    let newest_first = asked.text("order")?.unwrap_or("desc") == "desc";
    let mut runs = matching(view, &asked)?;
    runs.sort_by(|a, b| cursor::key(a).cmp(&cursor::key(b)));
    if newest_first {
        runs.reverse();
    }
    // A trace is told whole, whatever the limit.
    let (rows, next) = if asked.get("trace").is_some() {
        (&runs[..], None)
    } else {
        cursor::page(&runs, body, newest_first, scenario.limits.page(limit))?
    };
    let totals = Totals::of(view);
    let is_wanted = |name: &str| match &select {
        Some(names) if scenario.select_trims => names.contains(&name),
        Some(names) => names.contains(&name) || !selection::is_one_of(selection::V1_HIDDEN, name),
        None => !selection::is_one_of(selection::V1_HIDDEN, name),
    };
    selection::check_told(rows, is_wanted("inputs"))?;
    let told = |seen: &Seen<'_>| selection::keep(seen, row(seen, &totals, scenario), is_wanted);
    let rows: Vec<Value> = rows.iter().map(told).collect();
    let answer = json!({
        "runs": rows, "cursors": {"next": next, "prev": null}, "parsed_query": null, "search_cursors": null,
    });
    Ok(Answer::json(200, &answer)
        .with_header("deprecation", "true")
        .with_header("sunset", "Sun, 31 Jan 2027 00:00:00 GMT"))
}

fn matching<'a>(view: &View<'a>, asked: &Body<'_>) -> Result<Vec<Seen<'a>>, Answer> {
    let ids = asked.ids("id")?;
    if !ids.is_empty() {
        return Ok(view.runs.iter().filter(|seen| ids.contains(&seen.stored.run.id.as_str())).copied().collect());
    }
    let sessions = asked.ids("session")?;
    let (trace, parent) = (asked.text("trace")?, asked.text("parent_run")?);
    let (run_type, is_root) = (asked.text("run_type")?, asked.truth("is_root")?);
    let (error, order) = (asked.truth("error")?, asked.count("execution_order")?);
    let (from, to) = (asked.time("start_time")?, asked.time("end_time")?);
    let filters = (asked.filter("filter")?, asked.filter("trace_filter")?, asked.filter("tree_filter")?);
    let is_wanted = |seen: &&Seen<'a>| {
        let stored = seen.stored;
        (sessions.is_empty() || sessions.iter().any(|id| id.eq_ignore_ascii_case(&stored.project_id)))
            && trace.is_none_or(|trace| stored.trace_id == trace)
            && parent.is_none_or(|parent| stored.run.parent_run_id.as_deref() == Some(parent))
            && run_type.is_none_or(|run_type| stored.run.run_type == run_type)
            && is_root.is_none_or(|is_root| seen.is_root() == is_root)
            && order.is_none_or(|order| order != 1 || seen.is_root())
            && error.is_none_or(|error| seen.error().is_some() == error)
            && from.is_none_or(|from| stored.run.start_time >= from)
            // The maintainer's reading: what has not ended before is not told (docs/platforms/langsmith.md#43-times-and-cursors).
            && to.is_none_or(|to| seen.end_time().is_some_and(|end| end < to))
            && crate::v2::passes(view, seen, &filters)
    };
    Ok(view.runs.iter().filter(is_wanted).copied().collect())
}

/// Counts of v1 are those of a run and all below it.
struct Totals<'a> {
    tokens: HashMap<&'a str, (u64, u64)>,
    costs: HashMap<&'a str, Option<(f64, f64)>>,
    first_tokens: HashMap<&'a str, Option<Timestamp>>,
}

impl<'a> Totals<'a> {
    fn of(view: &View<'a>) -> Self {
        let earlier = |a: Option<Timestamp>, b: Option<Timestamp>| a.into_iter().chain(b).min();
        let both = |a: Option<(f64, f64)>, b: Option<(f64, f64)>| match (a, b) {
            (Some((a, b)), Some((c, d))) => Some((a + c, b + d)),
            (a, b) => a.or(b),
        };
        Self {
            tokens: view.rolled_up(
                |seen| (seen.stored.run.prompt_tokens, seen.stored.run.completion_tokens),
                |(a, b), (c, d)| (a + c, b + d),
            ),
            costs: view.rolled_up(|seen| seen.stored.run.costs, both),
            first_tokens: view.rolled_up(|seen| seen.stored.run.first_token_time, earlier),
        }
    }
}

fn row(seen: &Seen<'_>, totals: &Totals<'_>, scenario: &Scenario) -> Map<String, Value> {
    let (stored, run) = (seen.stored, &seen.stored.run);
    let (prompt, completion) = totals.tokens.get(run.id.as_str()).copied().unwrap_or_default();
    let costs = totals.costs.get(run.id.as_str()).copied().flatten();
    let first_token = totals.first_tokens.get(run.id.as_str()).copied().flatten();
    let url = |which: &str| json!({"ROOT": {"presigned_url": format!("{}/public/download?jwt={}.{which}", scenario.blob_base, run.id), "s3_url": "s3://runs"}});
    let (inputs, outputs) = if run.is_offloaded { (&Value::Null, &Value::Null) } else { (&run.inputs, seen.outputs()) };
    let has_outputs = run.is_offloaded && !seen.outputs().is_null();
    let row = json!({
        "id": run.id, "name": run.name, "run_type": run.run_type, "start_time": naive(run.start_time),
        "end_time": seen.end_time().map(naive), "status": seen.status(), "error": seen.error(), "extra": run.extra,
        "events": [{"name": "start", "time": run.start_time.to_string()}], "inputs": inputs, "outputs": outputs,
        "inputs_s3_urls": run.is_offloaded.then(|| url("inputs")),
        "outputs_s3_urls": has_outputs.then(|| url("outputs")),
        "parent_run_id": run.parent_run_id, "parent_run_ids": stored.ancestors, "child_run_ids": null,
        "trace_id": stored.trace_id, "dotted_order": stored.dotted_order, "session_id": stored.project_id,
        "tags": run.tags, "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_token_details": run.prompt_token_details, "completion_token_details": run.completion_token_details,
        // Text, as the documentation says; v2 has numbers.
        "prompt_cost": costs.map(|(prompt, _)| prompt.to_string()),
        "completion_cost": costs.map(|(_, completion)| completion.to_string()),
        "total_cost": costs.map(|(prompt, completion)| (prompt + completion).to_string()),
        "first_token_time": first_token.map(naive), "thread_id": stored.thread_id(), "serialized": null,
        "feedback_stats": null, "manifest_id": null, "app_path": crate::v2::app_path(seen), "trace_tier": "shortlived",
    });
    let mut row = match row {
        Value::Object(row) => row,
        _ => Map::new(),
    };
    row.extend(run.more.clone());
    row
}

/// Python's `isoformat` of a time without a zone: no fraction where it is zero.
fn naive(time: Timestamp) -> String {
    let text = time.to_micros_text();
    let text = text.trim_end_matches('Z');
    text.strip_suffix(".000000").unwrap_or(text).to_owned()
}
