//! Which endpoint answers, whom it lets in, and what is in the way (docs/platforms/langfuse.md#1-requests-and-keys).

use std::time::Duration;

use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::answer::Answer;
use crate::limiter::Limiter;
use crate::parameters::Parameters;
use crate::scenario::{Edition, Fault, Project, Scenario};
use crate::{v1, v2};

/// The two buckets of the rate limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limiters {
    general: Limiter,
    legacy: Limiter,
}

pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    /// Decoded segments below the base path.
    pub(crate) segments: &'a [&'a str],
    pub(crate) headers: &'a HeaderMap,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) now: Duration,
}

const NO_TABLE: &str = "Unknown table expression identifier 'events_core'";

pub(crate) fn answer(call: &Call<'_>, scenario: &Scenario, limiters: &mut Limiters) -> Answer {
    route(call, scenario, limiters).unwrap_or_else(|refusal| refusal)
}

fn route(call: &Call<'_>, scenario: &Scenario, limiters: &mut Limiters) -> Result<Answer, Answer> {
    let Some(below) = call.segments.strip_prefix(&["api", "public"]) else {
        return Err(Answer::recorded("404-html"));
    };
    let is_known =
        matches!(below, ["health" | "projects" | "traces" | "observations"] | ["traces", _] | ["v2", "observations"]);
    if !is_known || (*below == ["v2", "observations"] && scenario.edition == Edition::V3WithoutRoute) {
        return Err(Answer::recorded("404-html"));
    }
    if *call.method != Method::GET {
        return Err(Answer::recorded("405"));
    }
    let is_legacy = matches!(below, ["traces" | "observations"] | ["traces", _]);
    if is_legacy && !scenario.edition.has_v1() {
        // Before authentication: it says nothing about the key.
        let name = if scenario.is_cloud { "404-v1-events-only-cloud" } else { "404-v1-events-only" };
        return Err(Answer::recorded(name));
    }
    if *below == ["health"] {
        return Ok(Answer::json(200, &json!({"status": "OK", "version": version(scenario)})));
    }
    let project = authenticate(call.headers, scenario)?;
    if *below == ["projects"] {
        return projects(project);
    }
    if project.is_organization_key {
        return Err(Answer::recorded("403-org-key"));
    }
    let (limit, limiter, message) = if is_legacy {
        let hint = "Rate limit exceeded for this endpoint. Use GET /api/public/v2/observations for high-volume reads.";
        (scenario.legacy_requests_a_minute, &mut limiters.legacy, hint)
    } else {
        (scenario.requests_a_minute, &mut limiters.general, "Rate limit exceeded")
    };
    if let Some(refusal) = limit.and_then(|limit| limiter.take(call.now, limit, scenario.minute(), message)) {
        return Err(refusal);
    }
    match below {
        ["v2", "observations"] if scenario.edition.has_v2() => v2::answer(call.parameters, scenario, project, call.now),
        ["v2", "observations"] if scenario.edition == Edition::V3WithoutTable => {
            Err(Answer::json(500, &json!({"message": "Internal Server Error", "error": NO_TABLE})))
        }
        ["v2", "observations"] => Err(Answer::recorded("404-v2-not-v4")),
        ["traces"] => v1::traces_page(call.parameters, scenario, project, call.now),
        ["traces", id] => v1::trace(call.parameters, project, id, call.now),
        _ => v1::observations(call.parameters, scenario, project, call.now),
    }
}

fn version(scenario: &Scenario) -> &str {
    let usual = if scenario.edition.has_v2() { "4.75.0" } else { "3.225.4" };
    scenario.version.as_deref().unwrap_or(usual)
}

/// By the secret key alone (docs/platforms/langfuse.md#12-keys).
fn authenticate<'a>(headers: &HeaderMap, scenario: &'a Scenario) -> Result<&'a Project, Answer> {
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| Answer::recorded("401-no-header"))?;
    let text = value.to_str().map_err(|_| Answer::recorded("401-bad-header"))?;
    if text.starts_with("Bearer ") {
        return Err(Answer::recorded("403-org-key"));
    }
    let decoded = text.strip_prefix("Basic ").and_then(|pair| STANDARD.decode(pair).ok());
    let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((_, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
        return Err(Answer::recorded("401-bad-header"));
    };
    let project = scenario.projects.iter().find(|project| !secret.is_empty() && project.secret_key == secret);
    project.ok_or_else(|| Answer::recorded("401-invalid-credentials"))
}

fn projects(project: &Project) -> Result<Answer, Answer> {
    if project.is_organization_key {
        return Err(Answer::recorded("403-projects-org-key"));
    }
    let told = json!({
        "id": project.id, "name": project.name, "organization": {"id": "org", "name": "Acme"}, "metadata": {},
    });
    Ok(Answer::json(200, &json!({"data": [told]})))
}

/// The fault that applies to this request, if any does. `seen` counts for each fault the requests that it is for.
pub(crate) fn fault<'a>(scenario: &'a Scenario, seen: &mut Vec<u64>, path: &str, query: &str) -> Option<&'a Fault> {
    seen.resize(scenario.faults.len(), 0);
    let mut found = None;
    for (fault, seen) in scenario.faults.iter().zip(seen) {
        if path.contains(&fault.path) && query.contains(&fault.query) {
            let times = *seen;
            *seen += 1;
            let is_due =
                times >= fault.after && fault.times.is_none_or(|most| times < fault.after.saturating_add(most));
            if is_due && found.is_none() {
                found = Some(fault);
            }
        }
    }
    found
}
