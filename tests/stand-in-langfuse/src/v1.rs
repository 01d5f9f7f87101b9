//! The v1 endpoints of self-hosted v3 (docs/platforms/langfuse.md#4-endpoints-of-v1).

use std::time::Duration;

use serde_json::{Map, Value, json};
use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::columns;
use crate::filter::Filter;
use crate::metadata::{nested, parse, read_back, stored_text};
use crate::parameters::Parameters;
use crate::scenario::{Observation, Project, Scenario};
use crate::view::{TraceView, iso, iso_or_null, retold, seconds, sum, traces, updated};

const MOST_ROWS: usize = 100;
const GROUPS: &[&str] = &["core", "io", "scores", "observations", "metrics"];

/// `GET /api/public/traces`
pub(crate) fn traces_page(
    parameters: Parameters<'_>,
    scenario: &Scenario,
    project: &Project,
    now: Duration,
) -> Result<Answer, Answer> {
    let (page, limit) = page_and_limit(parameters)?;
    let from = parameters.time("fromTimestamp")?;
    let to = parameters.time("toTimestamp")?;
    let filters = parameters.filters(columns::TRACES)?;
    let groups = groups(parameters);
    let views = traces(project, now);
    let mut found: Vec<&TraceView<'_>> = views
        .values()
        .filter(|view| {
            let admits = |filter: &Filter| filter.admits(&told_trace(view, project, GROUPS), &view.metadata);
            is_between(view.timestamp, from, to)
                && filters.iter().all(admits)
                && parameters.text("sessionId").is_none_or(|session| view.session_id() == Some(session))
        })
        .collect();
    found.sort_by_key(|view| std::cmp::Reverse(view.timestamp));
    let data: Vec<Value> =
        page_of(&found, page, limit).map(|view| Value::Object(told_trace(view, project, &groups))).collect();
    Ok(listing(scenario, &data, page, limit, found.len()))
}

/// `GET /api/public/traces/{traceId}`
pub(crate) fn trace(parameters: Parameters<'_>, project: &Project, id: &str, now: Duration) -> Result<Answer, Answer> {
    let views = traces(project, now);
    let Some(view) = views.get(id) else {
        let message = format!("Trace {id} not found within authorized project");
        return Err(Answer::json(404, &json!({"message": message, "error": "LangfuseNotFoundError"})));
    };
    let groups = groups(parameters);
    let mut told = told_trace(view, project, &groups);
    if groups.contains(&"observations") {
        let earliest = view.timestamp.minus(Duration::from_hours(1));
        let merged = view.merged().into_iter().filter(|row| row.start >= earliest);
        let observations: Vec<Value> = merged.map(|row| told_row(row, view, project)).collect::<Result<_, _>>()?;
        told.insert("observations".to_owned(), Value::Array(observations));
    }
    Ok(Answer::json(200, &Value::Object(told)))
}

/// `GET /api/public/observations`
pub(crate) fn observations(
    parameters: Parameters<'_>,
    scenario: &Scenario,
    project: &Project,
    now: Duration,
) -> Result<Answer, Answer> {
    let (page, limit) = page_and_limit(parameters)?;
    let from = parameters.time("fromStartTime")?;
    let to = parameters.time("toStartTime")?;
    let filters = parameters.filters(columns::OBSERVATIONS)?;
    let views = traces(project, now);
    let mut found: Vec<(&Observation, &TraceView<'_>)> = Vec::new();
    let mut total = 0;
    for view in views.values() {
        let admits = |row: &Observation| {
            filters.iter().all(|filter| {
                let by_row = || filter.admits(&told_observation(row, view, project), &nested(row));
                filter.admits_trace(&row.trace_id).unwrap_or_else(by_row)
            })
        };
        let is_found = |row: &&Observation| {
            is_between(row.start, from, to)
                && parameters.text("traceId").is_none_or(|id| row.trace_id == id)
                && parameters.text("type").is_none_or(|kind| row.kind == kind)
                && admits(row)
        };
        found.extend(view.merged().into_iter().filter(is_found).map(|row| (row, view)));
        // Rows that were not merged yet count twice.
        total += view.rows.iter().copied().filter(is_found).count();
    }
    // No tie-breaker: which of two rows with one start comes first differs from query to query.
    found.sort_by_key(|(row, _)| (std::cmp::Reverse(row.start), if page % 2 == 0 { row.id.len() } else { 0 }));
    let told = page_of(&found, page, limit).map(|(row, view)| told_row(row, view, project));
    let data: Vec<Value> = told.collect::<Result<_, _>>()?;
    Ok(listing(scenario, &data, page, limit, total))
}

fn page_and_limit(parameters: Parameters<'_>) -> Result<(usize, usize), Answer> {
    Ok((parameters.number("page", 1, 1, 1_000_000)?, parameters.number("limit", 50, 1, MOST_ROWS)?))
}

fn groups(parameters: Parameters<'_>) -> Vec<&str> {
    let asked = parameters.list("fields");
    if asked.is_empty() { GROUPS.to_vec() } else { asked }
}

fn is_between(moment: Timestamp, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    from.is_none_or(|from| from <= moment) && to.is_none_or(|to| moment < to)
}

fn page_of<T>(rows: &[T], page: usize, limit: usize) -> impl Iterator<Item = &T> {
    rows.iter().skip((page - 1).saturating_mul(limit)).take(limit)
}

fn listing(scenario: &Scenario, data: &[Value], page: usize, limit: usize, total: usize) -> Answer {
    let meta = json!({"page": page, "limit": limit, "totalItems": total, "totalPages": total.div_ceil(limit)});
    let mut body = json!({"data": data, "meta": meta});
    if let (true, Some(members)) = (scenario.is_cloud, body.as_object_mut()) {
        let notice = json!({"message": "On Langfuse Cloud, Langfuse v3 is deprecated.", "sunsetAt": "2026-11-16"});
        members.insert("_deprecation".to_owned(), notice);
    }
    Answer::json(200, &body)
}

fn told_trace(view: &TraceView<'_>, project: &Project, groups: &[&str]) -> Map<String, Value> {
    let trace = &view.trace;
    let has = |group: &str| groups.contains(&group);
    let parsed = |value: &Value| if has("io") { parsed(value) } else { Value::Null };
    let metadata = if has("io") { read_back(&view.metadata, false) } else { json!({}) };
    let ids: Vec<&str> = view.merged().into_iter().map(|row| row.id.as_str()).collect();
    let told = json!({
        "id": trace.id, "projectId": project.id, "name": view.name(), "timestamp": iso(view.timestamp),
        "environment": trace.environment.as_deref().unwrap_or("default"), "tags": trace.tags, "bookmarked": false,
        "release": trace.release, "version": trace.version, "userId": view.user_id(), "sessionId": view.session_id(),
        "public": false, "input": parsed(&trace.input), "output": parsed(&trace.output), "metadata": metadata,
        "createdAt": iso(view.timestamp), "updatedAt": iso(view.timestamp),
        "observations": if has("observations") { ids } else { Vec::new() }, "scores": [],
        "totalCost": if has("metrics") { 0 } else { -1 }, "latency": if has("metrics") { 0 } else { -1 },
        "htmlPath": format!("/project/{}/traces/{}", project.id, trace.id), "externalId": null,
    });
    into_members(told)
}

fn told_row(row: &Observation, view: &TraceView<'_>, project: &Project) -> Result<Value, Answer> {
    if row.breaks_its_page {
        return Err(Answer::recorded("500"));
    }
    let whole = || retold(told_observation(row, view, project), row);
    Ok(row.told_as.clone().unwrap_or_else(whole))
}

fn told_observation(row: &Observation, view: &TraceView<'_>, project: &Project) -> Map<String, Value> {
    let trace = &view.trace;
    let tokens = |part: &str| sum(&row.usage, part).unwrap_or_default();
    let total = row.usage.get("total").and_then(Value::as_f64).unwrap_or_default();
    let optional = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let told = json!({
        "id": row.id, "traceId": row.trace_id, "projectId": project.id, "type": row.kind,
        "parentObservationId": row.parent, "environment": trace.environment.as_deref().unwrap_or("default"),
        "startTime": iso(row.start), "endTime": iso_or_null(row.end), "name": optional(&row.name),
        "metadata": read_back(&nested(row), false), "level": row.level, "statusMessage": row.status_message,
        "version": trace.version, "input": parsed(&row.input), "output": parsed(&row.output), "model": row.model,
        "modelParameters": row.model_parameters, "completionStartTime": iso_or_null(row.completion_start),
        "promptId": null, "promptName": row.prompt_name, "promptVersion": row.prompt_version,
        "createdAt": iso(updated(row)), "updatedAt": iso(updated(row)), "usageDetails": row.usage,
        "costDetails": row.cost, "unit": "TOKENS",
        "usage": {"unit": "TOKENS", "input": tokens("input"), "output": tokens("output"), "total": total},
        "promptTokens": tokens("input"), "completionTokens": tokens("output"), "totalTokens": total,
        "usagePricingTierName": null, "usagePricingTierId": null, "modelId": null, "inputPrice": 0, "outputPrice": 0,
        "totalPrice": 0, "calculatedInputCost": null, "calculatedOutputCost": null,
        "calculatedTotalCost": row.cost.get("total").cloned().unwrap_or(json!(0)),
        "latency": seconds(row.start, row.end), "timeToFirstToken": seconds(row.start, row.completion_start),
    });
    into_members(told)
}

/// The stored text through `JSON.parse`.
fn parsed(value: &Value) -> Value {
    if value.is_null() { Value::Null } else { parse(stored_text(value)) }
}

fn into_members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
