//! What the stand-in says on the wire.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::{Value, json};
use stand_in_langsmith::{RAW, Scenario, StandIn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PROJECT: &str = "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10";
const V1: &str = "POST /api/v1/runs/query";
const V2: &str = "POST /api/v2/runs/query";

struct Server(StandIn);

impl Server {
    /// Six runs of two traces, a second apart.
    async fn start() -> Self {
        let run = |number: u32| {
            let root = if number < 4 { "a0" } else { "a4" };
            let parent = (!number.is_multiple_of(4)).then_some(root);
            json!({"id": format!("a{number}"), "parent_run_id": parent, "run_type": "llm", "prompt_tokens": number,
                "start_time": format!("2026-11-20T15:00:0{number}.5Z"), "end_time": format!("2026-11-20T15:00:0{}Z", number + 1),
                "extra": {"metadata": {"k": number, "deep": {"er": "x"}}}})
        };
        let scenario = json!({"tenants": [{"id": "t", "keys": [{"key": "secret"}],
            "projects": [{"id": PROJECT, "name": "p", "runs": (0..6).map(run).collect::<Vec<_>>()}]}], "limits": {"v1": 100, "v1_large_window": 100}});
        let stand_in = StandIn::start(Scenario::default()).await.unwrap();
        let server = Self(stand_in);
        assert_eq!(server.ask("PUT /_scenario", scenario).await.0, 204);
        server
    }

    async fn ask(&self, line: &str, body: Value) -> (u16, Value) {
        self.ask_as(line, body, "x-api-key: secret\r\nuser-agent: test/1\r\n").await
    }

    async fn ask_as(&self, line: &str, body: Value, headers: &str) -> (u16, Value) {
        let url = self.0.url();
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
        let body = body.to_string();
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| Value::from(body)))
    }

    /// The ids of a v1 answer.
    async fn ids(&self, more: Value) -> Vec<String> {
        let mut body =
            json!({"session": [PROJECT], "start_time": "2026-11-20T15:00:00Z", "order": "asc", "select": ["id"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, answer) = self.ask(V1, body).await;
        assert_eq!(status, 200, "{answer}");
        let runs = answer["runs"].as_array().unwrap();
        runs.iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn filters_are_evaluated() {
    let server = Server::start().await;
    for (filter, ids) in [
        (json!({"filter": r#"eq(metadata_value, "3")"#}), "a3"),
        (
            json!({"filter": r#"and(eq(metadata_key, "deep.er"), eq(metadata_value, "x"), gt(start_time, "2026-11-20T15:00:04"))"#}),
            "a4 a5",
        ),
        (json!({"filter": r#"in(trace_id, ["a4", "a9"])"#}), "a4 a5"),
        (json!({"filter": r#"and(in(trace_id, ["a4"]), not(eq(is_root, true)))"#}), "a5"),
        (json!({"filter": r#"or(has(metadata, '{"k": 1}'), eq(id, "a2"))"#}), "a1 a2"),
        (json!({"trace_filter": r#"eq(metadata_value, "4")"#}), "a4 a5"),
        (json!({"tree_filter": r#"eq(metadata_value, "2")"#}), "a0 a1 a2 a3"),
        (json!({"is_root": true}), "a0 a4"),
        (json!({"parent_run": "a4"}), "a5"),
        (json!({"trace": "a0", "limit": 1}), "a0 a1 a2 a3"),
        (json!({"start_time": "2026-11-20T15:00:03.5"}), "a3 a4 a5"),
        // The maintainer's reading: by when a run ended.
        (json!({"end_time": "2026-11-20T15:00:03Z"}), "a0 a1"),
        (json!({"order": "desc", "limit": 2}), "a5 a4"),
    ] {
        assert_eq!(server.ids(filter.clone()).await.join(" "), ids, "{filter}");
    }
}

#[tokio::test]
async fn pages_are_bound_to_their_query() {
    let server = Server::start().await;
    for (version, limit, mut body) in [
        (V1, "limit", json!({"session": [PROJECT], "start_time": "2026-11-20T15:00:00Z", "order": "asc"})),
        (V2, "page_size", json!({"project_ids": [PROJECT], "min_start_time": "2026-11-20T15:00:00Z"})),
    ] {
        let mut seen = Vec::new();
        for size in [2, 3, 1] {
            body[limit] = json!(size);
            let (_, answer) = server.ask(version, body.clone()).await;
            let rows = answer.get("runs").or_else(|| answer.get("items")).unwrap().as_array().unwrap();
            seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            let next = if version == V1 { &answer["cursors"]["next"] } else { &answer["next_cursor"] };
            assert_eq!(next.is_null(), seen.len() == 6);
            if !next.is_null() {
                body["cursor"] = next.clone();
            }
        }
        seen.sort();
        assert_eq!(seen.join(" "), "a0 a1 a2 a3 a4 a5");
        body["is_root"] = json!(true);
        assert_eq!(server.ask(version, body).await.0, 422);
    }
}

#[tokio::test]
async fn versions_differ_as_they_do() {
    let server = Server::start().await;
    let body = json!({"session": [PROJECT], "id": ["a0"], "select": ["id", "prompt_tokens", "start_time", "run_type"]});
    let (_, answer) = server.ask(V1, body).await;
    // Counts of all below it, and a time without a zone. Ids here are no UUIDs.
    assert_eq!(answer["detail"][0]["loc"], json!(["body", "session", 0]));
    let body =
        json!({"session": [PROJECT], "trace": "a0", "select": ["id", "prompt_tokens", "start_time", "run_type"]});
    let (_, answer) = server.ask(V1, body).await;
    let root = answer["runs"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *root,
        json!({"id": "a0", "prompt_tokens": 6, "start_time": "2026-11-20T15:00:00.500000", "run_type": "llm"})
    );
    let body = json!({"project_ids": [PROJECT], "trace_id": "a0", "is_root": true});
    let (_, answer) = server.ask(V2, body.clone()).await;
    assert_eq!(answer["items"], json!([{"id": "a0"}]));
    let mut body = body;
    body["selects"] = json!(["PROMPT_TOKENS", "START_TIME", "RUN_TYPE", "METADATA"]);
    let (_, answer) = server.ask(V2, body).await;
    let root = json!({"id": "a0", "prompt_tokens": 0, "start_time": "2026-11-20T15:00:00.500000Z", "run_type": "LLM",
        "metadata": {"k": 0, "deep": {"er": "x"}}});
    assert_eq!(answer["items"], json!([root]));
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let server = Server::start().await;
    let session = json!({"session": [PROJECT]});
    let with = |name: &str, value: Value| {
        let mut body = session.clone();
        body[name] = value;
        body
    };
    for (line, body, status, says) in [
        (V1, json!({}), 400, "At least one of 'session'"),
        (V1, with("limit", json!(101)), 400, "Limit exceeds maximum allowed value of 100"),
        (V1, with("session", json!(["voice-agent-prod"])), 422, "valid UUID"),
        (V1, with("select", json!(["id", "execution_order"])), 422, "execution_order"),
        (V1, with("filter", json!("eq(nothing, 1)")), 400, "Invalid filter"),
        (V1, with("is_root", json!("yes")), 422, "valid boolean"),
        (V2, json!({}), 422, "project_ids"),
        (V2, json!({"project_ids": [PROJECT], "page_size": 1_001}), 422, "1000"),
        (V2, json!({"project_ids": [PROJECT], "selects": ["id"]}), 422, "enum"),
        ("GET /api/v1/sessions/x", json!({}), 422, "valid UUID"),
        ("GET /api/v1/sessions/00000000-0000-4000-8000-000000000000", json!({}), 404, "Session not found"),
        ("GET /api/v1/runs/query", json!({}), 405, "Method Not Allowed"),
        ("GET /api/v3/sessions", json!({}), 404, "Not Found"),
    ] {
        let (its, answer) = server.ask(line, body).await;
        assert_eq!(its, status, "{line} {answer}");
        assert!(answer.to_string().contains(says), "{line} {answer}");
    }
    for (headers, status, says) in [
        ("user-agent: x\r\n", 401, "Invalid token"),
        ("user-agent: x\r\nx-api-key: another\r\n", 401, "Invalid token"),
        ("user-agent: x\r\nx-api-key: secret\r\nx-tenant-id: u\r\n", 403, "Forbidden"),
        ("x-api-key: secret\r\n", 403, "cloudflare"),
    ] {
        let (its, answer) = server.ask_as("GET /api/v1/sessions?name=p", json!({}), headers).await;
        assert_eq!(its, status, "{answer}");
        assert!(answer.to_string().contains(says), "{answer}");
    }
}

#[tokio::test]
async fn projects_are_found_by_name() {
    let server = Server::start().await;
    for (query, found) in [("name=p", 1), ("name=P", 0), ("name_contains=p", 1), ("limit=0", 0), ("id=x", 0)] {
        let (_, answer) = server.ask(&format!("GET /api/v1/sessions?{query}"), json!({})).await;
        assert_eq!(answer.as_array().unwrap().len(), found, "{query}");
        if query.starts_with("name=") {
            let (_, answer) = server.ask(&format!("GET /api/v2/sessions?{query}"), json!({})).await;
            assert_eq!(answer["items"].as_array().unwrap().len(), found, "{query}");
        }
    }
}

#[tokio::test]
async fn requests_are_told_without_keys() {
    let server = Server::start().await;
    server.ask("GET /sessions?name=p", json!({})).await;
    let (_, asked) = server.ask("GET /_requests", json!({})).await;
    assert_eq!(asked[0]["path"], "/sessions");
    assert_eq!((&asked[0]["status"], &asked[0]["has_key"]), (&json!(200), &json!(true)));
    assert!(!asked.to_string().contains("secret"));
    let (status, problem) = server.ask("PUT /_scenario", json!({"tenant": []})).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("unknown field"));
}

/// Runs that are deleted, that no library reads, that are no runs, and that break every answer which would hold them.
#[tokio::test]
async fn runs_that_something_is_wrong_with() {
    let run = |number: u32, more: Value| {
        let mut run = json!({"id": format!("a{number}"), "start_time": format!("2026-11-20T15:00:0{number}Z")});
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run
    };
    let runs = [
        run(0, json!({"extra": {"metadata": {"bad": RAW[1]}}})),
        run(1, json!({"told_as": {"name": "lost"}})),
        run(2, json!({"more": {"start_time": "at noon"}})),
        run(3, json!({"deleted_after": 0})),
        run(4, json!({"breaks_its_page": true})),
        run(5, json!({"is_too_large": true})),
    ];
    let scenario = json!({"tenants": [{"id": "t", "keys": [{"key": "secret"}],
        "projects": [{"id": PROJECT, "name": "p", "runs": runs}]}], "limits": {"page_rows": 2}});
    let server = Server(StandIn::start(serde_json::from_value(scenario).unwrap()).await.unwrap());
    let v1 = json!({"session": [PROJECT], "start_time": "2026-11-20T15:00:00Z", "order": "asc"});
    let v2 = json!({"project_ids": [PROJECT], "min_start_time": "2026-11-20T15:00:00Z",
        "max_start_time": "2026-11-20T15:00:03Z", "selects": ["METADATA", "START_TIME"]});
    for (line, body, told) in
        [(V1, v1, [r#""bad":"\ud83d""#, r#"{"name":"lost"}"#]), (V2, v2, [r#""at noon""#, r#"{"name":"lost"}"#])]
    {
        let (status, answer) = server.ask(line, body.clone()).await;
        let text = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        assert_eq!(status, 200, "{line}");
        assert!(told.iter().all(|told| text.contains(told)) && !text.contains("a3"), "{line} {text}");
        let whole = json!({"start_time": "2026-11-20T15:00:02Z", "min_start_time": "2026-11-20T15:00:02Z", "max_start_time": null});
        let mut body = body;
        body.as_object_mut().unwrap().extend(whole.as_object().unwrap().clone());
        assert_eq!(server.ask(line, body.clone()).await.0, 500, "{line}");
        // One that is too large is told without its inputs.
        let (from, select) = (json!("2026-11-20T15:00:05Z"), if line == V1 { "select" } else { "selects" });
        for (inputs, other, status) in [("inputs", "name", 413), ("name", "id", 200)] {
            let names = [inputs, other].map(|name| if line == V1 { name.to_owned() } else { name.to_uppercase() });
            body.as_object_mut().unwrap().extend([
                ("start_time".to_owned(), from.clone()),
                ("min_start_time".to_owned(), from.clone()),
                (select.to_owned(), json!(names)),
            ]);
            assert_eq!(server.ask(line, body.clone()).await.0, status, "{line}");
        }
    }
}
