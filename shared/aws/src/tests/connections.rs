use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ErrorMetadata;
use aws_sdk_secretsmanager::operation::describe_secret::{DescribeSecretError, DescribeSecretOutput};
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use aws_sdk_secretsmanager::primitives::DateTime;
use aws_sdk_secretsmanager::types::Tag;
use aws_sdk_secretsmanager::types::error::{InvalidRequestException, ResourceNotFoundException};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use secrecy::ExposeSecret;
use spanlift_importer::ports::{Credentials, Freshness};

use super::{PassingClock, job};
use crate::Connections;

fn connections(rules: &[&Rule], clock: &PassingClock) -> Connections {
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, rules);
    Connections::with_client(client, "spanlift", clock.clone())
}

async fn secret(connections: &Connections, freshness: Freshness) -> Option<(String, bool)> {
    let job = job();
    let secret = connections.secret(&job.event.organization_id, &job.provider, freshness).await.unwrap();
    secret.map(|secret| (secret.json.expose_secret().to_owned(), secret.is_cached))
}

async fn is_connected(connections: &Connections) -> bool {
    let job = job();
    connections.is_connected(&job.event.organization_id, &job.provider).await.unwrap()
}

#[tokio::test]
async fn a_secret_is_cached_for_minutes_unless_a_fresh_one_is_wanted() {
    let rule = mock!(Client::get_secret_value)
        .match_requests(|request| request.secret_id() == Some("spanlift/org-1/langfuse"))
        .then_output(|| GetSecretValueOutput::builder().secret_string("{}").build());
    let clock = PassingClock::default();
    let connections = connections(&[&rule], &clock);

    assert_eq!(secret(&connections, Freshness::Cached).await, Some(("{}".to_owned(), false)));
    clock.pass(Duration::from_mins(4));
    assert_eq!(secret(&connections, Freshness::Cached).await, Some(("{}".to_owned(), true)));
    assert_eq!(rule.num_calls(), 1);
    assert_eq!(secret(&connections, Freshness::Fresh).await, Some(("{}".to_owned(), false)));
    clock.pass(Duration::from_mins(4));
    assert_eq!(secret(&connections, Freshness::Cached).await, Some(("{}".to_owned(), true)), "the fresh one is cached");
    clock.pass(Duration::from_mins(2));
    assert_eq!(secret(&connections, Freshness::Cached).await, Some(("{}".to_owned(), false)));
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test]
async fn no_secret_and_a_deleted_one_are_no_connection_and_not_remembered() {
    let absent = || GetSecretValueError::ResourceNotFoundException(ResourceNotFoundException::builder().build());
    let deleted = || {
        let message = "You can't perform this operation on the secret because it was marked for deletion.";
        let metadata = ErrorMetadata::builder().code("InvalidRequestException").message(message).build();
        let error = InvalidRequestException::builder().message(message).meta(metadata).build();
        GetSecretValueError::InvalidRequestException(error)
    };
    let rules =
        [mock!(Client::get_secret_value).then_error(absent), mock!(Client::get_secret_value).then_error(deleted)];
    for rule in &rules {
        let connections = connections(&[rule], &PassingClock::default());
        assert_eq!(secret(&connections, Freshness::Cached).await, None);
        assert_eq!(secret(&connections, Freshness::Cached).await, None);
        assert_eq!(rule.num_calls(), 2);
    }
}

#[tokio::test]
async fn a_secret_that_is_gone_leaves_the_cache() {
    let rule = mock!(Client::get_secret_value)
        .sequence()
        .output(|| GetSecretValueOutput::builder().secret_string("{}").build())
        .error(|| GetSecretValueError::ResourceNotFoundException(ResourceNotFoundException::builder().build()))
        .times(2)
        .build();
    let connections = connections(&[&rule], &PassingClock::default());
    assert!(secret(&connections, Freshness::Cached).await.is_some());
    assert_eq!(secret(&connections, Freshness::Fresh).await, None);
    assert_eq!(secret(&connections, Freshness::Cached).await, None);
}

/// A version that is being tried is read by its id, each time anew, and no import reads it from the cache.
#[tokio::test]
async fn a_version_is_never_cached() {
    let pending = mock!(Client::get_secret_value)
        .match_requests(|request| request.version_id() == Some("pending"))
        .then_output(|| GetSecretValueOutput::builder().secret_string("new").version_id("pending").build());
    let current = mock!(Client::get_secret_value)
        .match_requests(|request| request.version_id().is_none())
        .then_output(|| GetSecretValueOutput::builder().secret_string("old").version_id("current").build());
    let connections = connections(&[&pending, &current], &PassingClock::default());
    let job = job();
    for _ in 0..2 {
        let read = connections.version(&job.event.organization_id, &job.provider, "pending").await.unwrap().unwrap();
        assert_eq!((read.json.expose_secret(), read.version.as_str(), read.is_cached), ("new", "pending", false));
        assert_eq!(secret(&connections, Freshness::Cached).await.map(|(text, _)| text), Some("old".to_owned()));
    }
    assert_eq!((pending.num_calls(), current.num_calls()), (2, 1));
}

#[tokio::test]
async fn only_a_yes_is_remembered_and_only_for_a_minute() {
    let rule = mock!(Client::describe_secret).then_output(|| DescribeSecretOutput::builder().build());
    let clock = PassingClock::default();
    let connected = connections(&[&rule], &clock);
    for _ in 0..3 {
        assert!(is_connected(&connected).await);
    }
    assert_eq!(rule.num_calls(), 1);
    clock.pass(Duration::from_mins(1));
    assert!(is_connected(&connected).await);
    assert_eq!(rule.num_calls(), 2);

    let rules = [
        mock!(Client::describe_secret)
            .then_output(|| DescribeSecretOutput::builder().deleted_date(DateTime::from_secs(1)).build()),
        // One that was never seen to work.
        mock!(Client::describe_secret).then_output(|| {
            let tag = Tag::builder().key("spanlift-unverified").value("true").build();
            DescribeSecretOutput::builder().tags(tag).build()
        }),
        mock!(Client::describe_secret).then_error(|| {
            DescribeSecretError::ResourceNotFoundException(ResourceNotFoundException::builder().build())
        }),
    ];
    for rule in &rules {
        let not_connected = connections(&[rule], &clock);
        assert!(!is_connected(&not_connected).await);
        assert!(!is_connected(&not_connected).await);
        assert_eq!(rule.num_calls(), 2);
    }
}

#[test]
fn a_cache_is_bounded() {
    let clock = PassingClock::default();
    let cache = crate::cache::Cache::new(Duration::from_mins(1), NonZeroUsize::new(2).unwrap(), Arc::new(clock));
    for key in ["1", "2", "3"] {
        cache.put(key, key);
    }
    assert_eq!(cache.get("1"), None);
    assert_eq!(cache.get("3"), Some("3"));
}
