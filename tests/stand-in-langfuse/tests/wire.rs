//! The stand-in over plain HTTP, against docs/platforms/langfuse.md: what no client of ours is asked about.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use spanlift_model::Timestamp;
use stand_in_langfuse::{ERRORS, Edition, Observation, Project, RAW, Scenario, StandIn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const V2: &str = "/api/public/v2/observations";

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn exchange(server: &StandIn, method: &str, path: &str, authorization: &str, body: &str) -> Reply {
    let address = server.host();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

fn basic(secret: &str) -> String {
    format!("authorization: Basic {}\r\n", STANDARD.encode(format!("pk:{secret}")))
}

async fn get(server: &StandIn, path: &str) -> Reply {
    exchange(server, "GET", path, &basic("sk"), "").await
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_186_800_000 + millis)
}

fn scenario(edition: Edition) -> Scenario {
    let mut rows: Vec<Observation> =
        (0..5).map(|number| Observation::new(TRACE, format!("00f067aa0ba902b{number}"), at(number))).collect();
    rows[0].metadata.insert("note".to_owned(), json!("x".repeat(300)));
    rows[0].metadata.insert("numeric".to_owned(), json!("12345"));
    rows[1].arrives_after_ms = 5_000;
    rows[2].parent = Some("00f067aa0ba902b0".to_owned());
    let project = Project { id: "p".to_owned(), secret_key: "sk".to_owned(), observations: rows, ..Project::default() };
    Scenario { edition, projects: vec![project], ..Scenario::default() }
}

#[tokio::test(start_paused = true)]
async fn pages_by_cursor_newest_first_and_tells_late_rows_late() {
    let server = StandIn::start(scenario(Edition::V4)).await.unwrap();
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(&server, &format!("{V2}?limit=2{cursor}")).await.json();
        ids.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["meta"]["cursor"].as_str() else { break };
        cursor = format!("&cursor={}", next.replace('=', "%3D").replace('+', "%2B"));
    }
    assert_eq!(ids, ["00f067aa0ba902b4", "00f067aa0ba902b3", "00f067aa0ba902b2", "00f067aa0ba902b0"]);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(get(&server, V2).await.json()["data"].as_array().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn tells_the_groups_that_were_asked_for_and_cuts_metadata() {
    let server = StandIn::start(scenario(Edition::V4)).await.unwrap();
    let keys = async |fields: &str| -> BTreeSet<String> {
        let page = get(&server, &format!("{V2}?{fields}")).await.json();
        page["data"][0].as_object().unwrap().keys().cloned().collect()
    };
    let core = keys("fields=core").await;
    assert!(
        core.contains("latency") && core.contains("totalPrice") && !core.contains("name") && !core.contains("input")
    );
    let usual = keys("").await;
    assert!(usual.contains("isRootObservation") && !usual.contains("metadata"));
    assert_eq!(keys("fields=core,unheardOf").await, core);
    for (fields, length) in [("metadata", 200), ("metadata,io", 300), ("metadata&expandMetadata=nothing", 300)] {
        let page = get(&server, &format!("{V2}?fields={fields}&toStartTime=2026-11-20T15:00:00.001Z")).await.json();
        let metadata = &page["data"][0]["metadata"];
        assert_eq!(metadata["note"].as_str().unwrap().len(), length, "{fields}");
        assert_eq!(metadata["numeric"], json!(12345));
    }
}

#[tokio::test(start_paused = true)]
async fn refuses_what_the_schemas_refuse() {
    let server = StandIn::start(scenario(Edition::V4Dual)).await.unwrap();
    for (path, message) in [
        ("v2/observations?limit=1001", "Invalid request data"),
        ("v2/observations?limit=x", "Invalid request data"),
        ("v2/observations?fromStartTime=2026-11-20T15:00:00", "Invalid request data"),
        ("v2/observations?fromStartTime=2026-11-20T15:00:00+01:00", "Invalid request data"),
        ("v2/observations?cursor=x", "Invalid cursor format"),
        ("v2/observations?parseIoAsJson=true", "parseIoAsJson is not supported"),
        ("v2/observations?filter=x", "Invalid JSON in filter parameter"),
        (
            "v2/observations?filter=[{%22type%22:%22string%22,%22column%22:%22foo%22,%22operator%22:%22=%22,%22value%22:%22%22}]",
            "Column foo does not match a UI / CH table mapping.",
        ),
        ("traces?limit=101", "Invalid request data"),
        ("traces?page=0", "Invalid request data"),
        ("observations?limit=0", "Invalid request data"),
    ] {
        let reply = get(&server, &format!("/api/public/{path}")).await;
        assert_eq!((reply.status, reply.json()["message"].as_str()), (400, Some(message)), "{path}");
    }
    assert_eq!(get(&server, &format!("{V2}?fromStartTime=2026-11-20T15:00:00%2B01:00&limit=0")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn lets_in_by_the_secret_key_alone() {
    let server = StandIn::start(scenario(Edition::V4)).await.unwrap();
    for (authorization, status) in [
        ("", 401),
        ("authorization: Basic x\r\n", 401),
        ("authorization: Bearer pk\r\n", 403),
        (basic("other").as_str(), 401),
        (basic("sk").as_str(), 200),
    ] {
        assert_eq!(exchange(&server, "GET", V2, authorization, "").await.status, status, "{authorization}");
    }
    assert_eq!(exchange(&server, "GET", "/api/public/health", "", "").await.json()["version"], json!("4.75.0"));
    assert_eq!(get(&server, "/api/public/projects").await.json()["data"][0]["id"], json!("p"));
    assert_eq!(exchange(&server, "POST", V2, &basic("sk"), "").await.status, 405);
    assert_eq!(get(&server, "/api/public/unheard-of").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn has_the_endpoints_of_its_edition() {
    for (edition, v2, v1) in [
        (Edition::V4, 200, 404),
        (Edition::V4Dual, 200, 200),
        (Edition::V3, 404, 200),
        (Edition::V3WithoutRoute, 404, 200),
        (Edition::V3WithoutTable, 500, 200),
    ] {
        let server = StandIn::start(scenario(edition)).await.unwrap();
        assert_eq!(get(&server, V2).await.status, v2, "{edition:?}");
        // Before authentication, where it is not there.
        let anonymous = exchange(&server, "GET", "/api/public/traces", "", "").await.status;
        assert_eq!(anonymous, if v1 == 200 { 401 } else { 404 });
        for path in ["traces", "observations", &format!("traces/{TRACE}")] {
            assert_eq!(get(&server, &format!("/api/public/{path}")).await.status, v1, "{edition:?} {path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn v1_has_metadata_with_contents_only_and_pages_by_number() {
    let server = StandIn::start(scenario(Edition::V3)).await.unwrap();
    let traces = get(&server, "/api/public/traces?fields=core").await.json();
    assert_eq!((&traces["data"][0]["metadata"], &traces["data"][0]["observations"]), (&json!({}), &json!([])));
    let traces = get(&server, "/api/public/traces?fields=core,io").await.json();
    // The root's own metadata reaches the trace.
    assert_eq!(traces["data"][0]["metadata"]["numeric"], json!(12345));
    let page = get(&server, "/api/public/observations?limit=3&page=2").await.json();
    assert_eq!(page["meta"], json!({"page": 2, "limit": 3, "totalItems": 4, "totalPages": 2}));
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let missing = get(&server, "/api/public/traces/nothing").await;
    assert_eq!((missing.status, missing.json()["error"].as_str()), (404, Some("LangfuseNotFoundError")));
}

#[tokio::test(start_paused = true)]
async fn the_nth_request_of_a_limit_of_n_is_refused() {
    let mut limited = scenario(Edition::V4);
    limited.requests_a_minute = Some(3);
    let server = StandIn::start(limited).await.unwrap();
    let statuses = [get(&server, V2).await.status, get(&server, V2).await.status];
    assert_eq!(statuses, [200, 200]);
    let refused = get(&server, V2).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("rate_limited")));
    assert!(refused.head.contains("retry-after: 60") && refused.head.contains("x-ratelimit-limit: 3"));
    assert_eq!(get(&server, "/api/public/projects").await.status, 200);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(get(&server, V2).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn is_set_and_asked_over_http() {
    let server = StandIn::start(Scenario::default()).await.unwrap();
    let told = serde_json::to_string(&scenario(Edition::V4)).unwrap();
    assert_eq!(exchange(&server, "PUT", "/_scenario", "", &told).await.status, 200);
    assert_eq!(get(&server, V2).await.json()["data"].as_array().unwrap().len(), 4);
    let requests = exchange(&server, "GET", "/_requests", "", "").await.json();
    assert_eq!((requests[0]["path"].as_str(), requests[0]["status"].as_u64()), (Some(V2), Some(200)));
    let refused = exchange(&server, "PUT", "/_scenario", "", "{\"unheard_of\":1}").await;
    assert!(refused.status == 400 && refused.body.contains("unheard_of"));
    for (name, _) in ERRORS {
        let faulty = json!({"faults": [{"error": name}]}).to_string();
        exchange(&server, "PUT", "/_scenario", "", &faulty).await;
        assert!(name.starts_with(&get(&server, V2).await.status.to_string()), "{name}");
    }
}

/// A row has the members that the recorded ones have, and no others.
#[tokio::test(start_paused = true)]
async fn rows_look_as_recorded() {
    let recorded = |name: &str| -> Value {
        let path = format!("{}/../../functions/langfuse/tests/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let keys = |row: &Value| -> BTreeSet<String> { row.as_object().unwrap().keys().cloned().collect() };
    let all = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context";
    let v2 = StandIn::start(scenario(Edition::V4)).await.unwrap();
    for (fields, name) in [(all, "v2-observations-page1"), ("core", "v2-observations-core-only")] {
        let told = get(&v2, &format!("{V2}?fields={fields}")).await.json();
        assert_eq!(keys(&told["data"][0]), keys(&recorded(name)["data"][0]), "{name}");
    }
    let v1 = StandIn::start(scenario(Edition::V3)).await.unwrap();
    for (path, name) in [("traces", "v1-traces-page1"), ("observations", "v1-observations-page1")] {
        let told = get(&v1, &format!("/api/public/{path}")).await.json();
        assert_eq!(keys(&told["data"][0]), keys(&recorded(name)["data"][0]), "{name}");
        assert_eq!(keys(&told["meta"]), keys(&recorded(name)["meta"]), "{name}");
    }
    let told = get(&v1, &format!("/api/public/traces/{TRACE}")).await.json();
    let detail = recorded("v1-trace-detail-A");
    assert_eq!(keys(&told), keys(&detail));
    assert_eq!(keys(&told["observations"][0]), keys(&detail["observations"][0]));
}

/// Rows that are deleted, that no library reads, that are no rows, and that break every answer which would hold them.
#[tokio::test(start_paused = true)]
async fn tells_rows_that_something_is_wrong_with() {
    for (edition, path) in [
        (Edition::V4, V2.to_owned()),
        (Edition::V3, "/api/public/observations".to_owned()),
        (Edition::V3, format!("/api/public/traces/{TRACE}")),
    ] {
        let server = StandIn::start(scenario(edition)).await.unwrap();
        let fields = if path == V2 { "?fields=core,metadata" } else { "" };
        let body = async || get(&server, &format!("{path}{fields}")).await.body;
        let row =
            |change: fn(&mut Observation)| server.change(|scenario| change(&mut scenario.projects[0].observations[2]));
        row(|row| _ = row.metadata.insert("bad".to_owned(), json!(RAW[0])));
        let told = body().await;
        assert!(told.contains(r#""bad":1e400"#) && serde_json::from_str::<Value>(&told).is_err(), "{path} {told}");
        row(|row| {
            row.metadata.clear();
            row.told.insert("startTime".to_owned(), json!("at noon"));
        });
        assert!(body().await.contains(r#""startTime":"at noon""#), "{path}");
        row(|row| row.told_as = Some(json!({"name": "lost"})));
        assert!(body().await.contains(r#"{"name":"lost"}"#), "{path}");
        row(|row| row.breaks_its_page = true);
        assert_eq!(get(&server, &path).await.status, 500, "{path}");
        row(|row| row.deleted_after_ms = Some(0));
        assert!(!body().await.contains("lost"), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_v2_may_hold_fewer_rows_than_were_asked_for() {
    let mut small = scenario(Edition::V4);
    small.page_rows = Some(3);
    let server = StandIn::start(small).await.unwrap();
    let page = get(&server, &format!("{V2}?limit=1000")).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 3);
    assert!(page["meta"]["cursor"].is_string());
}
