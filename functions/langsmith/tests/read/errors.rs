//! What goes wrong, as a reason and a sentence that says what to do.

use serde_json::json;
use spanlift_model::{FailureReason, PlatformError, Remedy};
use stand_in_langsmith::{Access, Fault, Project, Scenario, Scope};

use crate::reader::Reader;
use crate::runs::{PROJECT, PROJECT_ID, TENANT_ID, holding, root};

const WAF: &str = "<html><head><title>403 Forbidden</title></head></html>";

fn fault(path: &str, status: u16, content_type: &str, body: &str) -> Fault {
    Fault {
        path: path.to_owned(),
        status,
        headers: [("content-type".to_owned(), content_type.to_owned())].into(),
        body: body.to_owned(),
        ..Fault::default()
    }
}

fn with_fault(fault: Fault) -> Scenario {
    Scenario { faults: vec![fault], ..holding([root(1)]) }
}

fn with_key(access: Access, scope: Scope) -> Scenario {
    let mut scenario = holding([root(1)]);
    let key = &mut scenario.tenants[0].keys[0];
    (key.access, key.scope) = (access, scope);
    scenario
}

async fn error_of(scenario: Scenario) -> PlatformError {
    Reader::of(scenario).await.read().await.unwrap_err()
}

#[tokio::test]
async fn each_has_a_reason_and_says_what_to_do() {
    let sessions = "/sessions";
    let (page, plain) = ("text/html; charset=utf-8", "text/plain; charset=utf-8");
    let mut unknown = holding([root(1)]);
    unknown.tenants[0].projects[0].name = "Voice-Agent".to_owned();
    let mut twice = holding([root(1)]);
    twice.tenants[0].projects.push(Project { id: "b".to_owned(), name: PROJECT.to_owned(), ..Project::default() });
    let both_gone = Scenario {
        v1: stand_in_langsmith::Endpoint::NotFound,
        v2: stand_in_langsmith::Endpoint::NotFound,
        ..holding([root(1)])
    };
    let interface = Scenario { is_user_interface: true, ..Scenario::default() };
    let json = "application/json";
    for (case, scenario, reason, sentence) in [
        (
            "key of the old kind",
            with_key(Access::Legacy, Scope::Workspace),
            FailureReason::Unauthorized,
            "Replace the key",
        ),
        ("nobody's key", Scenario::default(), FailureReason::Unauthorized, "Replace the key"),
        (
            "forbidden",
            with_key(Access::Forbidden, Scope::Workspace),
            FailureReason::Forbidden,
            "another workspace or region",
        ),
        (
            "organization's key",
            with_key(Access::Reads, Scope::Organization),
            FailureReason::Forbidden,
            "Enter the workspace's id",
        ),
        ("firewall", with_fault(fault(sessions, 403, page, WAF)), FailureReason::Forbidden, "proxy or firewall"),
        ("firewall, 401", with_fault(fault("", 401, page, WAF)), FailureReason::Unauthorized, "perhaps by a proxy"),
        ("401 without a body", with_fault(fault("", 401, plain, "\n")), FailureReason::Unauthorized, "Replace the key"),
        (
            "401 as text",
            with_fault(fault(sessions, 401, plain, r#"{"detail":"Invalid token"}"#)),
            FailureReason::Unauthorized,
            "LangSmith does not know the API key",
        ),
        (
            "403 as text",
            with_fault(fault(sessions, 403, plain, "{\"error\":\"Forbidden\"}\n")),
            FailureReason::Forbidden,
            "another workspace or region",
        ),
        (
            "organization's key, as text",
            with_fault(fault(sessions, 403, plain, r#"{"error":"org_scoped_key_requires_workspace"}"#)),
            FailureReason::Forbidden,
            "Enter the workspace's id",
        ),
        (
            "404 on the path",
            with_fault(fault(sessions, 404, json, r#"{"detail":"Not Found"}"#)),
            FailureReason::WrongHost,
            "https://eu.api.smith.langchain.com",
        ),
        ("405", with_fault(fault(sessions, 405, json, "{}")), FailureReason::WrongHost, "API host"),
        ("redirect", with_fault(fault(sessions, 302, page, "")), FailureReason::WrongHost, "API host"),
        ("HTML 200", interface, FailureReason::WrongHost, "API host"),
        ("neither version", both_gone, FailureReason::WrongHost, "API host"),
        ("unknown project", unknown, FailureReason::ProjectNotFound, "no project of this name"),
        ("two projects", twice, FailureReason::BadConnection, "more than one project"),
        ("no list", with_fault(fault(sessions, 200, json, "{}")), FailureReason::Malformed, "no list of projects"),
        ("null", with_fault(fault(sessions, 200, json, "null")), FailureReason::Malformed, "no list of projects"),
        (
            "no project",
            with_fault(fault(sessions, 200, json, "[]")),
            FailureReason::ProjectNotFound,
            "no project of this name",
        ),
        ("no rows", with_fault(fault("/runs/query", 200, json, "{}")), FailureReason::Malformed, "no page of runs"),
        (
            "no page",
            with_fault(fault("/runs/query", 200, json, r#"{"items":7}"#)),
            FailureReason::Malformed,
            "no page of runs",
        ),
        (
            "bad request",
            with_fault(fault("/runs/query", 400, json, r#"{"detail":"lsv2_pt_0123456789"}"#)),
            FailureReason::Malformed,
            "status 400",
        ),
    ] {
        let error = error_of(scenario).await;
        assert_eq!(error.reason(), reason, "{case}: {error}");
        assert!(error.to_string().contains(sentence), "{case}: {error}");
        assert!(!error.to_string().contains("lsv2"), "{case}: {error}");
        let remedy = match reason {
            FailureReason::ProjectNotFound => Remedy::NotYet,
            // A broken answer may be a whole one the next time.
            FailureReason::Malformed => Remedy::Retry(None),
            _ => Remedy::Person,
        };
        assert_eq!(error.remedy(), remedy, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again() {
    for (status, reason) in [(500, FailureReason::PlatformError), (503, FailureReason::PlatformError)] {
        let broken = |times| Fault {
            times,
            ..fault("/sessions", status, "application/json", r#"{"detail":"Internal server error"}"#)
        };
        assert_eq!(error_of(with_fault(broken(None))).await.reason(), reason);
        let reader = Reader::of(with_fault(broken(Some(2)))).await;
        assert_eq!(reader.read().await.unwrap().requests, 5);
    }
}

#[tokio::test]
async fn a_server_that_says_when_to_come_again_is_left_alone_until_then() {
    let path = "/api/v2/runs/query";
    let headers = [("retry-after".to_owned(), "600".to_owned())].into();
    let reader = Reader::of(with_fault(Fault { headers, ..fault(path, 503, "application/json", "{}") })).await;
    let error = reader.read().await.unwrap_err();
    assert_eq!(error.remedy(), Remedy::Retry(Some(std::time::Duration::from_mins(10))));
    assert_eq!(reader.paths().iter().filter(|asked| *asked == path).count(), 2);
}

#[tokio::test]
async fn a_firewall_is_asked_twice() {
    let once = Fault { times: Some(1), ..fault("/api/v2/runs/query", 403, "text/html", WAF) };
    assert_eq!(Reader::of(with_fault(once)).await.read().await.unwrap().requests, 4);
}

#[tokio::test]
async fn a_workspace_is_named_where_the_connection_names_one() {
    let reader = Reader::of(with_key(Access::Reads, Scope::Organization)).await.with("workspace_id", TENANT_ID);
    assert_eq!(reader.owned().await.len(), 1);
    assert_eq!(reader.stand_in.requests()[0].headers["x-tenant-id"], TENANT_ID);
    let reader = Reader::of(holding([root(1)])).await.with("workspace_id", "another");
    assert_eq!(reader.read().await.unwrap_err().reason(), FailureReason::Forbidden);
}

#[tokio::test]
async fn a_connection_that_cannot_work_is_not_tried() {
    for (field, value) in
        [("project_name", " "), ("api_key", " \n"), ("host", "smith.langchain.com"), ("host", "https://a.example/?x")]
    {
        let reader = Reader::of(Scenario::default()).await.with(field, value);
        assert_eq!(reader.read().await.unwrap_err().reason(), FailureReason::BadConnection, "{field}");
        assert!(reader.paths().is_empty());
    }
}

#[tokio::test]
async fn addresses_that_people_paste_lead_to_the_api() {
    for path in ["", "/", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v2"] {
        let reader = Reader::of(holding([root(1)])).await;
        let host = format!(" {}{path} ", reader.stand_in.url());
        let reader = reader.with("host", host).with("api_key", format!(" {}\n", crate::runs::KEY));
        assert_eq!(reader.owned().await.len(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_project_that_is_made_anew_is_found() {
    let reader = Reader::of(holding([root(1)])).await;
    assert_eq!(reader.owned().await.len(), 1);
    let mut anew = holding([root(2)]);
    anew.tenants[0].projects[0].id = "00000000-0000-4000-8000-000000000001".to_owned();
    reader.stand_in.set(anew);
    assert_eq!(reader.owned().await.len(), 0);
    assert_eq!(reader.owned().await.len(), 1);
}

#[tokio::test]
async fn names_of_projects_are_compared_exactly() {
    for name in ["a & b=c?d#e%20", "déjà vu/../x", "  padded ", "\"quoted\\\""] {
        let mut scenario = holding([root(1)]);
        scenario.tenants[0].projects[0].name = name.to_owned();
        let reader = Reader::of(scenario).await.with("project_name", name);
        assert_eq!(reader.owned().await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_row_that_is_no_project_is_passed_over() {
    let rows = json!([null, 7, {"name": PROJECT}, {"id": 7, "name": PROJECT}, {"id": PROJECT_ID, "name": PROJECT}]);
    let rows = with_fault(fault("/sessions", 200, "application/json", &rows.to_string()));
    assert_eq!(Reader::of(rows).await.owned().await.len(), 1);
}
