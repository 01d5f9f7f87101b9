//! The stand-in itself, where the tests lean on it: it answers as the contract's examples do.

use serde_json::{Value, json};

use crate::http::Asked;
use crate::phoenix::Server;
use crate::reader::PROJECT;
use crate::spans::span;

fn ask(server: &Server, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
    let reply = server.answer(&Asked {
        path: path.to_owned(),
        query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        headers: Vec::new(),
    });
    let body = String::from_utf8(reply.body).unwrap();
    (reply.status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

fn rows(answer: &(u16, Value)) -> Vec<String> {
    let name = |row: &Value| row["context"]["span_id"].as_str().or(row["span_id"].as_str()).unwrap().to_owned();
    answer.1["data"].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn pages_by_keyset_with_an_inclusive_cursor() {
    let server = Server::default().holding((1..=5).map(|number| span(1, number)));
    let path = format!("/v1/projects/{PROJECT}/spans");
    let first = ask(&server, &path, &[("limit", "2")]);
    assert_eq!(first.1["next_cursor"], json!("U3Bhbjoz"));
    let second = ask(&server, &path, &[("limit", "3"), ("cursor", "U3Bhbjoz")]);
    assert_eq!((rows(&second).len(), &second.1["next_cursor"]), (3, &Value::Null));
    let other_form = ask(&server, &format!("{path}/otlpv1"), &[("limit", "3"), ("cursor", "U3Bhbjoz")]);
    assert_eq!(rows(&other_form), rows(&second));
    let ascending = ask(&server, &path, &[("limit", "2"), ("sort", "id"), ("order", "asc")]);
    assert_eq!((rows(&ascending).len(), &ascending.1["next_cursor"]), (2, &json!("U3Bhbjoz")));
    assert_eq!(ask(&server, &path, &[("cursor", "")]).1["data"].as_array().unwrap().len(), 5);
    for (name, value) in
        [("cursor", "U3BhbjozMQ"), ("limit", "1001"), ("limit", "0"), ("start_time", "2026-11-20T15:00:00 00:00")]
    {
        assert_eq!(ask(&server, &path, &[(name, value)]).0, 422, "{name}={value}");
    }
}

#[test]
fn answers_unknown_addresses_with_a_page_of_html() {
    let server = Server::default();
    for path in [
        "/",
        "/v1/projects/",
        "/v1/projects/a%2Fb/spans",
        "//v1/projects",
        "/v1/projects/voice-agent/spans/",
        "/v2/spans",
    ] {
        let (status, body) = ask(&server, path, &[]);
        assert!(status == 200 && body.as_str().unwrap().starts_with("<!DOCTYPE html>"), "{path}");
    }
    let old = Server::of_version(10, 5);
    assert!(ask(&old, "/v1/projects/voice-agent/spans", &[]).1.is_string());
    assert!(ask(&old, "/v1/projects/voice-agent/spans/otlpv1", &[]).1.is_object());
}

#[test]
fn ignores_the_project_in_old_versions() {
    let mut server = Server::of_version(11, 5);
    server.insert("one", span(1, 1));
    server.insert("two", span(2, 1));
    let both = |server: &Server| rows(&ask(server, "/v1/projects/one/spans", &[])).len();
    assert_eq!(both(&server), 2);
    server.version = (11, 6);
    assert_eq!(both(&server), 1);
}

#[test]
fn breaks_on_spans_as_the_lab_saw() {
    let path = format!("/v1/projects/{PROJECT}/spans");
    let otlp = format!("{path}/otlpv1");
    let odd_kind = Server::default().holding([span(1, 1).kind(3)]);
    assert_eq!((ask(&odd_kind, &path, &[]).0, ask(&odd_kind, &otlp, &[]).0), (500, 200));
    let odd_number = Server::default().holding([span(1, 1).with("metadata.n", u64::MAX)]);
    assert_eq!((ask(&odd_number, &path, &[]).0, ask(&odd_number, &otlp, &[]).0), (200, 500));
}

#[test]
fn filters_as_its_version_can() {
    let path = format!("/v1/projects/{PROJECT}/spans");
    let spans =
        [span(1, 1).with("session.id", "7"), span(2, 1).with("session.id", 7), span(3, 1).with("session.id", "é")];
    for (version, filter, count) in [
        ((20, 26), "session.id:\"7\"", 1),
        ((20, 26), "session.id:7", 1),
        ((20, 26), "session.id:\"é\"", 0),
        ((14, 8), "session.id:\"7\"", 3),
    ] {
        let server = Server::of_version(version.0, version.1).holding(spans.clone());
        assert_eq!(rows(&ask(&server, &path, &[("attribute", filter)])).len(), count, "{filter}");
    }
    let server = Server::default().holding(spans);
    assert_eq!(ask(&server, &path, &[("attribute", "session.id:null")]).0, 422);
    assert_eq!(ask(&server, &path, &[("attribute", "nocolon")]).0, 422);
    let of_trace = |id: &str| rows(&ask(&server, &path, &[("trace_id", id)])).len();
    assert_eq!(of_trace(&crate::spans::trace_id(2)), 1);
    assert_eq!(of_trace("2"), 0);
}
