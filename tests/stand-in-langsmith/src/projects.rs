//! Projects, which the API calls sessions (docs/platforms/langsmith.md#3-projects).

use serde_json::{Value, json};

use crate::answer::{self, Answer, Answered};
use crate::asked::Asked;
use crate::body::is_uuid;
use crate::keys;
use crate::scenario::{Project, Scenario, Tenant};

/// `GET /sessions`: a bare list; an unknown name is an empty one.
pub(crate) fn list(scenario: &Scenario, asked: &Asked) -> Answered {
    let tenant = keys::tenant_of(scenario, asked)?;
    let number =
        |name: &str, otherwise: usize| asked.value(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let found = matching(tenant, asked).skip(number("offset", 0)).take(number("limit", 100));
    let elements: Vec<Value> = found.map(|project| session(tenant, project)).collect();
    Ok(Answer::json(200, &Value::Array(elements)))
}

/// `GET /api/v2/sessions`.
pub(crate) fn list_v2(scenario: &Scenario, asked: &Asked) -> Answered {
    let tenant = keys::tenant_of(scenario, asked)?;
    let items: Vec<Value> = matching(tenant, asked)
        .map(|project| {
            json!({
                "id": project.id, "name": project.name, "tenant_id": tenant.id, "type": "PROJECT",
                "trace_tier": "SHORT_LIVED", "start_time": "2026-08-03T09:11:54.406311Z",
            })
        })
        .collect();
    Ok(Answer::json(200, &json!({"items": items, "next_cursor": null})))
}

/// `GET /sessions/{id}`.
pub(crate) fn one(scenario: &Scenario, asked: &Asked, path: &str) -> Answered {
    let tenant = keys::tenant_of(scenario, asked)?;
    let id = path.trim_start_matches("/sessions/");
    if !is_uuid(id) {
        return Err(answer::not_a_session_id());
    }
    let project = tenant.projects.iter().find(|project| project.id.eq_ignore_ascii_case(id));
    let project = project.ok_or_else(answer::no_session)?;
    Ok(Answer::json(200, &session(tenant, project)))
}

fn matching<'a>(tenant: &'a Tenant, asked: &'a Asked) -> impl Iterator<Item = &'a Project> {
    let is_wanted = |project: &&Project| {
        asked.value("name").is_none_or(|name| project.name == name)
            && asked.value("name_contains").is_none_or(|part| project.name.contains(part))
            && asked.value("id").is_none_or(|id| project.id.eq_ignore_ascii_case(id))
    };
    tenant.projects.iter().filter(is_wanted)
}

fn session(tenant: &Tenant, project: &Project) -> Value {
    json!({
        "id": project.id, "name": project.name, "tenant_id": tenant.id, "start_time": "2026-08-03T09:11:54.406311",
        "end_time": null, "extra": {"metadata": {"git": null}}, "description": null, "default_dataset_id": null,
        "reference_dataset_id": null, "trace_tier": "shortlived", "run_count": null,
    })
}
