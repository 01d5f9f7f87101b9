//! What a person is told when Phoenix cannot be read, and how often it is asked before that.

use std::time::Duration;

use spanlift_model::{PlatformError, Remedy};
use stand_in_phoenix::{Answer, Scenario};
use tokio::time::Instant;

use crate::phoenix::{Describe as _, newest, of_version, start, start_holding};
use crate::plans::{all_of_ours, ours};
use crate::reader::{PROJECT, Reader, client, owned};

/// The error of a server that answers everything so, the requests that it took, and the seconds.
async fn fails_with(reply: Answer) -> (PlatformError, usize, u64) {
    let phoenix = start_holding(ours()).await;
    phoenix.hook(move |_, _, _| Some(reply.clone()));
    let began = Instant::now();
    let error = Reader::of(&phoenix).read().await.unwrap_err();
    (error, phoenix.take_requests().len(), began.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn says_what_every_status_means() {
    let redirect = |status| Answer::text(status, "").with_header("location", "http://127.0.0.1:1/login");
    for (reply, reason, most_requests) in [
        (Answer::text(401, "Invalid token"), "unauthorized", 1),
        (Answer::text(401, "Expired token"), "unauthorized", 1),
        (Answer::text(403, "The Phoenix REST API is disabled in read-only mode."), "forbidden", 1),
        (Answer::text(404, "Project with name voice-agent not found"), "project_not_found", 1),
        (Answer::text(405, "Method Not Allowed"), "wrong_host", 1),
        (Answer::text(400, "Bad Request"), "malformed", 1),
        (Answer::new(422, "application/json", "{\"detail\":[]}"), "malformed", 1),
        (Answer::text(429, "").with_header("retry-after", "3600"), "rate_limited", 1),
        (Answer::text(429, ""), "rate_limited", 3),
        (Answer::text(500, "Internal Server Error"), "platform_error", 20),
        (Answer::text(502, "Bad Gateway"), "platform_error", 3),
        (Answer::text(503, "Service Unavailable").with_header("retry-after", "5"), "platform_error", 3),
        (redirect(301), "wrong_host", 1),
        (redirect(302), "wrong_host", 1),
        (redirect(307), "wrong_host", 1),
        (Answer::text(304, ""), "wrong_host", 1),
        (Answer::new(200, "text/html; charset=utf-8", "<!DOCTYPE html>"), "wrong_host", 1),
        (Answer::text(200, "OK"), "wrong_host", 1),
        (Answer::new(200, "application/jsonp", "{\"data\":[]}"), "wrong_host", 1),
        (Answer::json(""), "malformed", 1),
        (Answer::json("null"), "malformed", 1),
        (Answer::json("[]"), "malformed", 1),
        (Answer::json("{}"), "malformed", 1),
        (Answer::json("{\"data\":{}}"), "malformed", 1),
        (Answer::json("{\"data\":null,\"next_cursor\":null}"), "malformed", 1),
        (Answer::json("{\"data\":[],\"next_cursor\":7}"), "malformed", 1),
        (Answer::json("{\"data\":[{\"name\":"), "malformed", 1),
        (Answer::json([b'{', 0xff, b'}']), "malformed", 1),
        (Answer::closed(), "unreachable", 6),
    ] {
        let shown = format!("{} {:?}", reply.status, String::from_utf8_lossy(&reply.body));
        let (error, requests, seconds) = fails_with(reply).await;
        assert_eq!(error.reason().as_str(), reason, "{shown}");
        assert!(requests <= most_requests && seconds <= 20, "{shown}: {requests} requests, {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn never_repeats_what_the_server_said() {
    for status in [400, 401, 403, 404, 422, 429, 500, 503] {
        let (error, ..) = fails_with(Answer::text(status, "key sk-echoed is wrong")).await;
        assert!(!format!("{error} {error:?}").contains("echoed"), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn hands_on_when_the_platform_takes_requests_again() {
    let (error, ..) = fails_with(Answer::text(429, "").with_header("retry-after", "3600")).await;
    assert_eq!(error.remedy(), Remedy::Wait(Some(Duration::from_hours(1))));
}

#[tokio::test(start_paused = true)]
async fn goes_on_after_what_passes() {
    for reply in [
        Answer::text(429, "").with_header("retry-after", "3"),
        Answer::text(502, ""),
        Answer::text(500, "Internal Server Error"),
        Answer::text(504, ""),
        Answer::closed(),
        Answer::hangs(),
    ] {
        for failing in 1..=4 {
            let phoenix = start(of_version(14, 0).with_pages_of(6).holding(ours())).await;
            let reply = reply.clone();
            phoenix.hook(move |number, _, _| (number == failing).then(|| reply.clone()));
            let reading = Reader::of(&phoenix).read().await.unwrap();
            assert_eq!((owned(&reading), reading.cut), (all_of_ours(), None));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn says_that_nobody_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Reader::at(&host).read().await.unwrap_err();
    assert_eq!(error, PlatformError::Unreachable { host: "127.0.0.1".to_owned() });
}

#[tokio::test]
async fn refuses_versions_that_mix_projects_up() {
    for (major, minor, reason) in [
        (8, 0, "unsupported_version"),
        (10, 0, "unsupported_version"),
        (10, 5, "unsupported_version"),
        (10, 6, "unsupported_version"),
        (11, 5, "unsupported_version"),
    ] {
        for name in [PROJECT, "a/b"] {
            let mut server = of_version(major, minor).holding(ours());
            server.projects.push("a/b".to_owned());
            let phoenix = start(server).await;
            let error = Reader::of(&phoenix).with("project_name", name).read().await.unwrap_err();
            assert_eq!(error.reason().as_str(), reason, "{major}.{minor} {name}");
            assert_eq!(phoenix.take_requests().len(), 1);
            assert!(error.to_string().contains("11.6"), "{error}");
        }
    }
    for (major, minor) in [(11, 6), (11, 38), (12, 0)] {
        let phoenix = start(of_version(major, minor).holding(ours())).await;
        assert_eq!(owned(&Reader::of(&phoenix).read().await.unwrap()), all_of_ours());
    }
    // Without the header there is only the page of HTML to go by.
    let phoenix = start(Scenario { tells_version: false, ..of_version(10, 5) }.holding(ours())).await;
    assert_eq!(Reader::of(&phoenix).read().await.unwrap_err().reason().as_str(), "wrong_host");
}

#[tokio::test]
async fn takes_versions_as_they_are_written() {
    for (header, is_read) in [
        ("20.26.1", true),
        ("v20.26.1", true),
        ("20.26.1rc1", true),
        ("20", true),
        ("12.0.0.dev3+g123", true),
        ("unknown", true),
        ("", true),
        ("11.5.9", false),
        ("11", false),
        ("9.99.99", false),
    ] {
        let phoenix = start(Scenario { tells_version: false, ..newest() }.holding(ours())).await;
        phoenix
            .hook(move |_, asked, server| Some(server.answer(asked).with_header("x-phoenix-server-version", header)));
        let reading = Reader::of(&phoenix).read().await;
        match reading {
            Ok(reading) => assert!(is_read && owned(&reading) == all_of_ours(), "{header}"),
            Err(error) => assert!(!is_read && error.reason().as_str() == "unsupported_version", "{header}: {error}"),
        }
    }
}

#[tokio::test]
async fn reads_what_people_paste_as_the_host() {
    let prefixed = Scenario { path_prefix: "/proxy/phoenix".to_owned(), ..newest() }.holding(ours());
    let phoenix = start(prefixed).await;
    let host = phoenix.url();
    for path in ["/proxy/phoenix", "/proxy/phoenix/", "/proxy/phoenix/v1/traces", "/proxy/phoenix/v1/traces/"] {
        let reading = Reader::at(&format!(" {host}{path}\n")).read().await.unwrap();
        assert_eq!(owned(&reading), all_of_ours(), "{path}");
    }
    for path in ["", "/proxy", "/proxy/phoenix/projects", "/v1/traces"] {
        let error = Reader::at(&format!("{host}{path}")).read().await.unwrap_err();
        assert_eq!(error.reason().as_str(), "wrong_host", "{path}");
    }
}

#[tokio::test]
async fn refuses_a_connection_that_cannot_work_before_any_request() {
    let legacy = "https://app.phoenix.arize.com";
    for (host, reason, advice) in [
        (legacy, "wrong_host", "/s/<space>"),
        ("https://APP.phoenix.arize.com/", "wrong_host", "/s/<space>"),
        ("https://app.phoenix.arize.com/v1/traces", "wrong_host", "/s/<space>"),
        ("https://app.phoenix.arize.com/s/", "wrong_host", "/s/<space>"),
        ("https://app.phoenix.arize.com/s/v1/traces", "wrong_host", "/s/<space>"),
        ("phoenix.example", "bad_connection", "https://"),
        ("https://user:key@phoenix.example", "bad_connection", "user name"),
        ("http://phoenix.example", "host_refused", "https"),
        ("https://10.1.2.3", "host_refused", "allow list"),
        ("https://169.254.169.254", "host_refused", "allow list"),
    ] {
        let error = Reader::at(host).with("api_key", "sk").read().await.unwrap_err();
        assert_eq!(error.reason().as_str(), reason, "{host}");
        assert!(error.to_string().contains(advice), "{host}: {error}");
    }
    let phoenix = start_holding(ours()).await;
    for (field, value) in [("project_name", ""), ("project_name", " \t"), ("api_key", "line\nbreak")] {
        let error = Reader::of(&phoenix).with(field, value).read().await.unwrap_err();
        assert_eq!(error.reason().as_str(), "bad_connection", "{field}");
    }
    assert_eq!(phoenix.take_requests().len(), 0);
}

#[test]
fn keeps_the_space_of_the_cloud() {
    for host in ["https://app.phoenix.arize.com/s/acme", "https://app.phoenix.arize.com/s/acme/v1/traces"] {
        let json = serde_json::json!({"host": host, "project_name": "x", "api_key": "sk"});
        let connection: arize::Connection = serde_json::from_value(json).unwrap();
        let base = connection.base_url(&client()).unwrap();
        assert_eq!(base.to_string(), "https://app.phoenix.arize.com/s/acme");
    }
}
