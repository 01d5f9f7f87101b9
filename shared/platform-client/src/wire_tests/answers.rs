use secrecy::SecretString;
use spanlift_model::FailureReason;
use wiremock::matchers::{body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::Advice;

const ADVICE: Advice<'_> = Advice { unauthorized: "u", forbidden: "f", not_found: "n", wrong_host: "w" };

fn judge(response: Response) -> Result<Response, PlatformError> {
    response.error(&ADVICE).map_or(Ok(response), Err)
}

async fn server(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(template).mount(&server).await;
    server
}

#[tokio::test]
async fn sends_what_the_provider_says() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/s/acme/v1/a%2Fb"))
        .and(header("authorization", "Bearer sk"))
        .and(header("x-tenant-id", "t"))
        .and(header("accept", "application/json"))
        .and(header("accept-encoding", "gzip"))
        .and(header("content-type", "application/json"))
        .and(header("user-agent", concat!("spanlift/", env!("CARGO_PKG_VERSION"))))
        .and(body_string(r#"{"limit":1}"#))
        .respond_with(ResponseTemplate::new(200).set_body_json(7).insert_header("X-Version", "20.26.1"))
        .expect(1)
        .mount(&server)
        .await;
    let client = client();
    let request = Request::post_json(&base(&format!("{}/s/acme", server.uri())), &["v1", "a/b"], r#"{"limit":1}"#)
        .and_then(|request| request.with_bearer(&SecretString::from("sk")))
        .and_then(|request| request.with_header("x-tenant-id", "t"))
        .unwrap();
    let answer = quick_calls(&client).send(&request, judge).await.unwrap();
    assert_eq!((answer.status(), answer.body().as_ref()), (200, b"7".as_slice()));
    assert_eq!(answer.content_type().as_deref(), Some("application/json"));
    assert_eq!((answer.header("x-version"), answer.header("x-other")), (Some("20.26.1"), None));
}

#[tokio::test]
async fn sends_a_query() {
    let server = MockServer::start().await;
    Mock::given(query_param("name", "a&b c")).respond_with(ResponseTemplate::new(200)).expect(1).mount(&server).await;
    let request = Request::get(&base(&server.uri()), &["v1"], &[("name", "a&b c")]).unwrap();
    let client = client();
    quick_calls(&client).send(&request, judge).await.unwrap();
}

#[tokio::test]
async fn follows_no_redirect() {
    let elsewhere = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    for status in [301, 302, 303, 307, 308] {
        let server = server(ResponseTemplate::new(status).insert_header("location", elsewhere.uri())).await;
        assert_eq!(fetch(&server.uri()).await.unwrap().status(), status);
        let client = client();
        let error = quick_calls(&client).send(&get(&server.uri()), judge).await.unwrap_err();
        assert_eq!(error, PlatformError::Refused { reason: FailureReason::WrongHost, advice: "w".into() });
    }
}

#[tokio::test]
async fn passes_html_through_with_its_type() {
    let server = server(ResponseTemplate::new(200).set_body_raw("<html>", "text/HTML; charset=utf-8")).await;
    let answer = fetch(&server.uri()).await.unwrap();
    assert_eq!(answer.content_type().as_deref(), Some("text/html"));
    assert_eq!(answer.body().as_ref(), b"<html>");
}

#[tokio::test]
async fn tries_again_after_a_failure_that_may_pass() {
    let server = MockServer::start().await;
    let failing = Mock::given(method("GET")).respond_with(ResponseTemplate::new(503));
    failing.up_to_n_times(2).mount(&server).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let client = client();
    let calls = quick_calls(&client);
    assert_eq!(calls.send(&get(&server.uri()), judge).await.unwrap().status(), 200);
    assert_eq!(calls.requests(), 3);
}

#[tokio::test]
async fn gives_up_after_three_attempts_and_at_once_when_nothing_would_change() {
    for (status, requests, error) in [
        (502, 3, PlatformError::unavailable(502)),
        (401, 1, PlatformError::Unauthorized { advice: "u".into() }),
        (404, 1, PlatformError::NotFound { advice: "n".into() }),
    ] {
        let server = server(ResponseTemplate::new(status).set_body_string("key sk-secret is unknown")).await;
        let client = client();
        let calls = quick_calls(&client);
        assert_eq!(calls.send(&get(&server.uri()), judge).await.unwrap_err(), error);
        assert_eq!(calls.requests(), requests);
    }
}

#[tokio::test]
async fn leaves_a_date_that_does_not_fit_to_the_queue() {
    let retry_after = Some(Duration::from_mins(1));
    for (status, expected) in [
        (429, PlatformError::RateLimited { retry_after }),
        (503, PlatformError::Unavailable { status: 503, retry_after }),
    ] {
        let server = server(ResponseTemplate::new(status).insert_header("retry-after", "60")).await;
        let client = client();
        let calls = quick_calls(&client);
        assert_eq!(calls.send(&get(&server.uri()), judge).await.unwrap_err(), expected);
        assert_eq!(calls.requests(), 1);
    }
}

#[tokio::test]
async fn keeps_a_date_that_fits() {
    for status in [429, 503] {
        let server = MockServer::start().await;
        let dated = ResponseTemplate::new(status).insert_header("retry-after", "1");
        Mock::given(method("GET")).respond_with(dated).up_to_n_times(1).mount(&server).await;
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let client = client();
        let began = Instant::now();
        assert!(quick_calls(&client).send(&get(&server.uri()), judge).await.is_ok());
        assert!(began.elapsed() >= Duration::from_secs(1), "without the date it would not have waited at all");
    }
}

#[tokio::test]
async fn shows_no_secret_anywhere() {
    let template = ResponseTemplate::new(401).set_body_string("sk-secret").insert_header("x-echo", "sk-secret");
    let server = server(template).await;
    let client = client();
    let request = Request::get(&base(&server.uri()), &["v1"], &[("q", "sk-secret")])
        .and_then(|request| request.with_key("x-api-key", &SecretString::from("sk-secret")))
        .unwrap();
    let calls = quick_calls(&client);
    let answer = calls.send(&request, Ok).await.unwrap();
    let error = calls.send(&request, judge).await.unwrap_err();
    let shown = format!("{client:?} {calls:?} {request:?} {answer:?} {error:?} {error}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn is_of_use_to_tasks() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let server = server(ResponseTemplate::new(200)).await;
    let client = client();
    let calls = quick_calls(&client);
    let request = get(&server.uri());
    let (one, other) = tokio::join!(is_send(calls.send(&request, judge)), is_send(calls.send(&request, judge)));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(calls.requests(), 2);
}
