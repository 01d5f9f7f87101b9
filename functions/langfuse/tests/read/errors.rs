//! Every error body of docs/platforms/langfuse.md#92-statuses, with its reason and its sentence.

use std::time::Duration;

use spanlift_model::{FailureReason, PlatformError, Remedy};
use stand_in_langfuse::{ERRORS, Edition, Fault, Project};

use crate::agent::{answered, holding, of_edition, ours};
use crate::reader::{Reader, owned, serve};

use FailureReason as Reason;

/// By name of the recorded body: what the ledger says, what can be done, a word of the sentence, and the requests.
const TABLE: &[(&str, Reason, Remedy, &str, usize)] = &[
    ("400-filter-column", Reason::Malformed, Remedy::Retry(None), "status 400", 1),
    ("400-filter-json", Reason::Malformed, Remedy::Retry(None), "status 400", 1),
    ("400-zod", Reason::Malformed, Remedy::Retry(None), "status 400", 1),
    ("401-bad-header", Reason::Unauthorized, Remedy::Person, "region", 1),
    ("401-invalid-credentials", Reason::Unauthorized, Remedy::Person, "region", 1),
    ("401-no-header", Reason::Unauthorized, Remedy::Person, "keys", 1),
    ("403-org-key", Reason::Forbidden, Remedy::Person, "organization's key", 1),
    ("403-projects-org-key", Reason::Forbidden, Remedy::Person, "organization's key", 1),
    ("404-html", Reason::WrongHost, Remedy::Person, "base URL", 2),
    ("404-trace", Reason::UnsupportedVersion, Remedy::Person, "neither", 2),
    ("404-v1-events-only-cloud", Reason::UnsupportedVersion, Remedy::Person, "neither", 2),
    ("404-v1-events-only", Reason::UnsupportedVersion, Remedy::Person, "neither", 2),
    ("404-v2-not-v4", Reason::UnsupportedVersion, Remedy::Person, "neither", 2),
    ("405", Reason::WrongHost, Remedy::Person, "base URL", 1),
    // One row of another time was asked for as well: it is the server that is broken, and no row.
    ("422-clickhouse", Reason::PlatformError, Remedy::Retry(None), "status 422", 2),
    ("422-payload", Reason::PlatformError, Remedy::Retry(None), "status 422", 2),
    ("429-old-server-text", Reason::RateLimited, Remedy::Wait(Some(Duration::from_secs(12))), "no more requests", 2),
    ("429-v1-traces", Reason::RateLimited, Remedy::Wait(Some(Duration::from_secs(41))), "no more requests", 1),
    ("429-v2", Reason::RateLimited, Remedy::Wait(Some(Duration::from_secs(23))), "no more requests", 1),
    ("500", Reason::PlatformError, Remedy::Retry(None), "status 500", 4),
    ("503-auth-db", Reason::PlatformError, Remedy::Retry(None), "status 503", 3),
    ("503-health", Reason::PlatformError, Remedy::Retry(None), "status 503", 3),
    ("524-cloudflare", Reason::Timeout, Remedy::Retry(None), "in time", 3),
];

#[tokio::test(start_paused = true)]
async fn every_recorded_body_means_something_that_can_be_done() {
    assert_eq!(TABLE.len(), ERRORS.len());
    for (name, reason, remedy, word, requests) in TABLE {
        let mut scenario = holding([ours(1, 0, 1)]);
        scenario.faults = vec![Fault { error: Some((*name).to_owned()), ..Fault::default() }];
        let server = serve(scenario).await;
        let error = Reader::of(&server).read().await.unwrap_err();
        assert_eq!((error.reason(), error.remedy()), (*reason, *remedy), "{name}: {error}");
        assert!(error.to_string().contains(word), "{name}: {error}");
        assert_eq!(server.take_requests().len(), *requests, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sentence_for_401_names_both_causes() {
    let server = serve(holding([ours(1, 0, 1)])).await;
    let error = Reader::of(&server).with("secret_key", "sk-lf-wrong").read().await.unwrap_err();
    let PlatformError::Unauthorized { advice } = error else { panic!("{error}") };
    assert!(advice.contains("keys") && advice.contains("region"), "{advice}");
    assert!(!advice.contains("sk-lf"));
}

#[tokio::test(start_paused = true)]
async fn keys_that_cannot_be_are_refused_without_a_request() {
    let server = serve(holding([])).await;
    for (field, value) in
        [("secret_key", " "), ("public_key", ""), ("public_key", "sk-lf-x"), ("secret_key", "pk-lf-x")]
    {
        let error = Reader::of(&server).with(field, value).read().await.unwrap_err();
        assert_eq!(error.reason(), Reason::BadConnection);
    }
    assert!(server.take_requests().is_empty());
    let error = Reader::at("http://langfuse.example").read().await.unwrap_err();
    assert_eq!(error.reason(), Reason::HostRefused);
}

#[tokio::test(start_paused = true)]
async fn an_organizations_key_is_told_from_a_projects() {
    let mut scenario = holding([]);
    scenario.projects.push(Project {
        secret_key: "sk-lf-organization".to_owned(),
        is_organization_key: true,
        ..Project::default()
    });
    let server = serve(scenario).await;
    let error = Reader::of(&server).with("secret_key", "sk-lf-organization").read().await.unwrap_err();
    assert_eq!(error.reason(), Reason::Forbidden);
}

/// Every failure of a query may name the table that it read.
#[tokio::test(start_paused = true)]
async fn a_failed_query_is_no_missing_api() {
    for text in
        ["Memory limit exceeded: SELECT … FROM events_core", "Unknown table expression identifier 'events_core'"]
    {
        let mut scenario = holding([ours(1, 0, 1)]);
        scenario.faults = vec![answered("/v2/", "", 500, &format!(r#"{{"error":"{text}"}}"#))];
        let server = serve(scenario).await;
        let error = Reader::of(&server).read().await.unwrap_err();
        assert_eq!(error, PlatformError::unavailable(500), "{text}");
        server.change(|scenario| scenario.faults.clear());
        assert_eq!(owned(&Reader::of(&server).read().await.unwrap()), [(1, 2)].into());
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_front_of_langfuse_is_told_from_it() {
    let server = serve(of_edition(Edition::V3, holding([ours(1, 0, 1)]))).await;
    let gateway = answered("", "", 404, r#"{"message":"Not Found"}"#);
    let firewall = Fault { status: Some(403), body: "<html>".to_owned(), headers: [].into(), ..Fault::default() };
    for (fault, reason, word) in
        [(gateway, Reason::WrongHost, "not Langfuse's API"), (firewall, Reason::Forbidden, "firewall")]
    {
        server.change(|scenario| scenario.faults = vec![fault]);
        let error = Reader::of(&server).read().await.unwrap_err();
        assert_eq!(error.reason(), reason);
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_no_pages() {
    let page = r#"{"data":[],"meta":null}"#;
    for (content_type, body, reason) in [
        ("text/html", "<html>", Some(Reason::WrongHost)),
        ("application/json", "{}", Some(Reason::Malformed)),
        ("application/json", r#"{"data":{}}"#, Some(Reason::Malformed)),
        ("application/json", "[", Some(Reason::Malformed)),
        ("application/json", "", Some(Reason::Malformed)),
        ("application/json", "null", Some(Reason::Malformed)),
        ("application/json", "7", Some(Reason::Malformed)),
        ("application/json", "[[],null]", Some(Reason::Malformed)),
        ("application/json", "[[],{}]", Some(Reason::Malformed)),
        ("application/json", r#"{"data":null,"meta":{}}"#, Some(Reason::Malformed)),
        ("application/json", r#"{"data":[],"meta":[]}"#, Some(Reason::Malformed)),
        ("application/json", r#"{"data":[],"meta":{"cursor":7}}"#, Some(Reason::Malformed)),
        ("application/json", r#"{"data":[],"meta":{}"#, Some(Reason::Malformed)),
        ("application/json; charset=utf-8", page, None),
    ] {
        let mut scenario = holding([ours(1, 0, 1)]);
        scenario.faults = vec![Fault {
            status: Some(200),
            headers: [("Content-Type".to_owned(), content_type.to_owned())].into(),
            body: body.to_owned(),
            ..Fault::default()
        }];
        let server = serve(scenario).await;
        let reason_of = Reader::of(&server).read().await.err().map(|error| error.reason());
        assert_eq!(reason_of, reason, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_too_much_comes_in_smaller_ones() {
    for query in ["limit=250", "limit=1000"] {
        let mut scenario = holding((1..=60).map(|number| ours(number, i64::try_from(number).unwrap() * 1_000, 9)));
        scenario.faults =
            vec![Fault { query: query.to_owned(), error: Some("422-payload".to_owned()), ..Fault::default() }];
        let server = serve(scenario).await;
        let reading = Reader::of(&server).read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.cut), (600, None), "{query}");
    }
}
