//! What people enter as the host.

use langsmith::Connection;
use serde_json::{Value, json};
use spanlift_model::{CorrelationMode, FailureReason};
use spanlift_platform_client::PlatformClient;

fn connection(host: &Value) -> Connection {
    serde_json::from_value(json!({"api_key": "k", "project_name": "p", "host": host, "correlation": "strict"})).unwrap()
}

#[test]
fn hosts_lead_to_the_api() {
    let client = PlatformClient::new("http://127.0.0.1".parse().unwrap());
    let api = "https://api.smith.langchain.com";
    for (host, base) in [
        (json!(null), api),
        (json!(""), api),
        (json!("https://api.smith.langchain.com/"), api),
        (json!("https://API.smith.langchain.com/api/v1"), api),
        (json!("https://smith.langchain.com"), api),
        (json!("https://smith.langchain.com/o/7c1b/projects/p/3f0a"), api),
        (json!("https://eu.smith.langchain.com/"), "https://eu.api.smith.langchain.com"),
        (json!("https://apac.smith.langchain.com"), "https://apac.api.smith.langchain.com"),
        (json!("https://aws.smith.langchain.com"), "https://aws.api.smith.langchain.com"),
        (json!("https://eu.api.smith.langchain.com/api"), "https://eu.api.smith.langchain.com"),
        (json!("https://traces.acme.example/langsmith/api/v1/"), "https://traces.acme.example/langsmith"),
    ] {
        assert_eq!(connection(&host).base_url(&client).unwrap().to_string(), base, "{host}");
    }
    for (host, reason) in [
        ("http://api.smith.langchain.com", FailureReason::HostRefused),
        ("http://smith.langchain.com", FailureReason::HostRefused),
        ("https://10.0.0.1", FailureReason::HostRefused),
        ("https://key@api.smith.langchain.com", FailureReason::BadConnection),
        ("https://smith.langchain.com/?organizationId=1", FailureReason::BadConnection),
    ] {
        let error = connection(&json!(host)).base_url(&client).unwrap_err();
        assert_eq!(error.reason(), reason, "{host}: {error}");
    }
}

#[test]
fn settings_stand_beside_the_credentials_and_no_secret_is_shown() {
    let connection = connection(&json!(null));
    assert_eq!(connection.settings().correlation, CorrelationMode::Strict);
    assert!(connection.settings().capture_content);
    assert!(!format!("{connection:?}").contains("\"k\""));
    assert!(serde_json::from_value::<Connection>(json!({"project_name": "p"})).is_err());
}
