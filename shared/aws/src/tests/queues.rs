use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityOutput;
use aws_sdk_sqs::operation::send_message::{SendMessageInput, SendMessageOutput};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use spanlift_importer::ports::Queue;
use spanlift_model::ImportJob;

use super::job;
use crate::{QueueUrls, Queues};

pub(super) fn urls() -> QueueUrls {
    QueueUrls { own: "https://own".to_owned(), dead_letter: "https://dead".to_owned(), outcomes: None }
}

fn queues(rule: &Rule) -> Queues {
    Queues::with_client(mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &[rule]), urls())
}

fn sends(expected: impl Fn(&SendMessageInput) -> bool + Send + Sync + 'static) -> Rule {
    mock!(Client::send_message).match_requests(expected).then_output(|| SendMessageOutput::builder().build())
}

#[tokio::test]
async fn a_job_goes_to_its_queue_in_its_organizations_group_and_not_early() {
    let job = job().later(2, super::noon());
    let expected = job.clone();
    let rule = sends(move |request| {
        let sent = ImportJob::parse(request.message_body().unwrap_or_default());
        sent == Ok(expected.clone())
            && request.queue_url() == Some("https://own")
            && request.message_group_id() == Some("org-1")
            && request.delay_seconds() == Some(20)
    });
    queues(&rule).send(&job, Duration::from_millis(19_001)).await.unwrap();
    assert_eq!(rule.num_calls(), 1);

    let rule = sends(|request| request.delay_seconds() == Some(900));
    queues(&rule).send(&job, Duration::from_hours(1)).await.unwrap();
}

#[tokio::test]
async fn a_job_with_characters_that_sqs_refuses_is_sent_all_the_same() {
    let hint = "a\u{FFFE}b\u{FFFF}c";
    let text = serde_json::to_string(&job()).unwrap().replace(r#""hints":[]"#, &format!(r#""hints":["{hint}"]"#));
    let job = ImportJob::parse(&text).unwrap();
    let expected = job.clone();
    let rule = sends(move |request| {
        let body = request.message_body().unwrap_or_default();
        !body.contains(['\u{FFFE}', '\u{FFFF}']) && ImportJob::parse(body) == Ok(expected.clone())
    });
    queues(&rule).send(&job, Duration::ZERO).await.unwrap();
    assert_eq!(job.event.hints().last().map(spanlift_model::Hint::as_str), Some(hint));
}

#[tokio::test]
async fn fanout_sends_to_the_providers_queue_or_to_none() {
    let rule = sends(|request| request.queue_url() == Some("https://langfuse"));
    let job = job();
    let to = |provider: &str| {
        queues(&rule).with_imports(BTreeMap::from([(provider.parse().unwrap(), format!("https://{provider}"))]))
    };
    to("langfuse").send(&job, Duration::ZERO).await.unwrap();
    let error = to("arize").send(&job, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.to_string(), "queue is unavailable: no queue is configured for langfuse");
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn a_refused_message_is_put_aside_with_attributes_that_are_legal() {
    let rule = sends(|request| {
        let attributes = request.message_attributes().unwrap();
        let attribute = |name: &str| attributes[name].string_value().unwrap();
        request.queue_url() == Some("https://dead")
            && request.message_body() == Some("{\u{FFFD}👋")
            && attribute("reason") == "bad_json"
            && attribute("detail").starts_with("a\u{FFFD}b\u{FFFD}\n")
            && attribute("detail").len() <= 1004
    });
    let detail = format!("a\0b\u{FFFF}\n{}", "é".repeat(1000));
    queues(&rule).refuse("{\u{1}👋", "bad_json", &detail).await.unwrap();

    let rule = sends(|request| {
        let detail = request.message_attributes().unwrap()["detail"].string_value();
        request.message_body() == Some("(empty)") && detail == Some("-")
    });
    queues(&rule).refuse("", "bad_json", "").await.unwrap();
}

#[tokio::test]
async fn a_job_that_failed_is_put_aside_so_that_it_can_be_sent_back() {
    let job = job();
    let expected = job.clone();
    let rule = sends(move |request| {
        let attributes = request.message_attributes().unwrap();
        request.queue_url() == Some("https://dead")
            && request.message_group_id() == Some("org-1")
            && ImportJob::parse(request.message_body().unwrap_or_default()) == Ok(expected.clone())
            && attributes["failed"].string_value() == Some("timeout")
            && attributes["detail"].string_value() == Some("no answer")
            && !attributes.contains_key("reason")
    });
    queues(&rule).dead_letter(&job, "timeout", "no answer").await.unwrap();
}

#[tokio::test]
async fn visibility_is_what_sqs_allows() {
    for (asked, expected) in [(Duration::from_millis(1), 1), (Duration::from_hours(20), 43_200)] {
        let rule = mock!(Client::change_message_visibility)
            .match_requests(move |request| {
                request.queue_url() == Some("https://own") && request.visibility_timeout() == Some(expected)
            })
            .then_output(|| ChangeMessageVisibilityOutput::builder().build());
        queues(&rule).set_visibility("receipt", asked).await.unwrap();
    }
}
