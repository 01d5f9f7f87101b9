//! A platform that tells recorded rows and knows nothing else: it answers every query with all that it has, which a reader must sift.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::replay::Column;

/// The name of the project, where one is asked for.
pub(crate) const PROJECT: &str = "agent";

#[derive(Clone)]
struct Told {
    column: Column,
    rows: Arc<Value>,
}

/// Serves rows on a free port of this machine, as long as the runtime runs. The address.
pub(crate) async fn serve(column: Column, rows: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(Told { column, rows: Arc::new(rows) });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    host
}

async fn answer(State(told): State<Told>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let is_later_page = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .any(|part| part.strip_prefix("page=").is_some_and(|page| page != "1"));
    let known = match told.column {
        Column::Phoenix => phoenix(&path, &told.rows),
        Column::LangfuseV2 => langfuse_v2(&path, &told.rows),
        Column::LangfuseV1 => langfuse_v1(&path, &told.rows, is_later_page),
        Column::LangsmithV2 => langsmith(&path, "/api/v2/runs/query", "items", &told.rows),
        Column::LangsmithV1 => langsmith(&path, "/api/v1/runs/query", "runs", &told.rows),
    };
    let (status, body) = match known {
        Some(body) => (StatusCode::OK, body),
        // As Langfuse and LangSmith say it of what they do not have.
        None => (
            StatusCode::NOT_FOUND,
            json!({"error": "LangfuseNotFoundError", "message": "a Langfuse v4 write mode", "detail": "Not Found"}),
        ),
    };
    let headers = [("content-type", "application/json"), ("x-phoenix-server-version", "20.26.1")];
    (status, headers, body.to_string()).into_response()
}

fn phoenix(path: &str, rows: &Value) -> Option<Value> {
    let project = json!({"id": "UHJvamVjdDox", "name": PROJECT, "description": null});
    if path.ends_with("/spans") {
        return Some(json!({"data": rows["spans"], "next_cursor": null}));
    }
    path.starts_with("/v1/projects/").then(|| json!({"data": project}))
}

fn langfuse_v2(path: &str, rows: &Value) -> Option<Value> {
    (path == "/api/public/v2/observations").then(|| json!({"data": rows["v2"], "meta": {}}))
}

fn langfuse_v1(path: &str, rows: &Value, is_later_page: bool) -> Option<Value> {
    let page = |all: &Value| {
        let all = all.as_array().cloned().unwrap_or_default();
        let count = all.len();
        let data = if is_later_page { Vec::new() } else { all };
        json!({"data": data, "meta": {"page": 1, "limit": 100, "totalItems": count, "totalPages": 1}})
    };
    let (traces, observations) = (&rows["v1"]["traces"], &rows["v1"]["observations"]);
    match path {
        "/api/public/health" => Some(json!({"status": "OK", "version": "3.200.0"})),
        "/api/public/observations" => Some(page(observations)),
        "/api/public/traces" => {
            let listed = traces.as_array()?.iter().map(of_list).collect();
            Some(page(&Value::Array(listed)))
        }
        _ => {
            let id = path.strip_prefix("/api/public/traces/")?;
            let mut trace = traces.as_array()?.iter().find(|trace| trace["id"] == id)?.clone();
            let of_trace = observations.as_array()?.iter().filter(|row| row["traceId"] == id).cloned().collect();
            trace["observations"] = Value::Array(of_trace);
            trace["scores"] = json!([]);
            Some(trace)
        }
    }
}

fn of_list(trace: &Value) -> Value {
    let mut trace = trace.clone();
    trace["observations"] = json!([]);
    trace["scores"] = json!([]);
    trace
}

fn langsmith(path: &str, query: &str, member: &str, rows: &Value) -> Option<Value> {
    if path.ends_with("/sessions") {
        let project = json!({"id": "5f0d4f3c-7a3e-4d19-9a52-3c1f2f6f2b10", "tenant_id": "b3a1f6de-2f5c-4a44-8a8e-0e6d5a1c9f77", "name": PROJECT});
        return Some(if path.contains("/v2/") {
            json!({"items": [project], "next_cursor": null})
        } else {
            json!([project])
        });
    }
    let version = if member == "items" { "v2" } else { "v1" };
    let mut answer = json!({"cursors": {"next": null}, "next_cursor": null});
    answer[member] = rows[version].clone();
    (path == query).then_some(answer)
}
