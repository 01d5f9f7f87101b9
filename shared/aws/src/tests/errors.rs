use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::error::ErrorMetadata;
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityError;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use spanlift_importer::PortError;

use super::queues::urls;
use crate::Queues;

async fn error(code: &'static str, message: &'static str) -> PortError {
    let rule = mock!(Client::change_message_visibility).then_error(move || {
        ChangeMessageVisibilityError::generic(ErrorMetadata::builder().code(code).message(message).build())
    });
    let client =
        mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &[&rule], |config| config.retry_config(RetryConfig::disabled()));
    let queues = Queues::with_client(client, urls());
    queues.set_visibility("receipt", std::time::Duration::ZERO).await.unwrap_err()
}

#[tokio::test]
async fn an_error_keeps_its_code_and_message() {
    let error = error("AccessDenied", "not authorized to perform: sqs:ChangeMessageVisibility").await;
    assert_eq!(
        error.to_string(),
        "queue is unavailable: ChangeMessageVisibility: AccessDenied: not authorized to perform: sqs:ChangeMessageVisibility"
    );
}

#[tokio::test]
async fn a_refused_signatures_message_is_not_passed_on() {
    let error =
        error("SignatureDoesNotMatch", "The Canonical String should have been 'x-amz-security-token:key'").await;
    assert_eq!(error.to_string(), "queue is unavailable: ChangeMessageVisibility: SignatureDoesNotMatch");
}

#[tokio::test]
async fn nobody_there_is_uncertain() {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_sqs::config::Region::new("eu-west-1"))
        .credentials_provider(aws_sdk_sqs::config::Credentials::for_tests())
        .retry_config(RetryConfig::disabled())
        .endpoint_url("http://127.0.0.1:9")
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let queues = Queues::with_client(Client::from_conf(config), urls());
    let error = queues.set_visibility("receipt", std::time::Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, PortError::Uncertain { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn nobody_is_blamed_for_credentials_that_are_missing() {
    let nobody =
        provide_credentials_fn(|| async { Err(CredentialsError::invalid_configuration("the session has ended")) });
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_sqs::config::Region::new("eu-west-1"))
        .credentials_provider(nobody)
        .retry_config(RetryConfig::disabled())
        .endpoint_url("http://127.0.0.1:9")
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let queues = Queues::with_client(Client::from_conf(config), urls());
    let error = queues.set_visibility("receipt", std::time::Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, PortError::NoCredentials { .. }), "{error}");
    assert!(error.to_string().starts_with("there are no AWS credentials. Sign in (aws sso login"), "{error}");
    assert!(error.to_string().ends_with(": the session has ended"), "{error}");
}
