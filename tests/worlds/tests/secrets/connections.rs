//! Connections as customers enter them, well or badly, with marked secrets in them.

use std::time::Duration;

use serde_json::json;
use spanlift_fakes::VirtualClock;
use spanlift_model::{ImportJob, SimulationCompleted, Timestamp};
use spanlift_platform_client::PlatformClient;

use crate::marks::Mark;

/// The providers.
pub(crate) const PROVIDERS: [&str; 3] = ["arize", "langfuse", "langsmith"];

/// What keys are made of, as the platforms make them and as people do.
pub(crate) fn keys() -> Vec<Mark> {
    let shapes = [
        ("a plain key", "{}"),
        ("a key of Langfuse's", "sk-lf-{}"),
        ("a key of LangSmith's", "lsv2_pt_{}_0a1b2c3d4e"),
        ("a key that is a token", "eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl"),
        ("a key with blanks", "our own {} secret"),
        ("a key with letters of our own", "schlüssel-{}-ß"),
        ("a key in quotes", "\"{}\""),
        ("a key with its header", "Bearer {}"),
        ("a key with a line end", "{}\nnext"),
        ("a key that ends a header", "x\r\nX-Other: {}"),
        ("a key with signs", "%7B&=+/?#@:{}\\'`<>"),
    ];
    shapes.into_iter().map(|(what, shape)| Mark::new(what, shape, "Vq8ZtR5nXw2KbL9mYc4HdJ7s")).collect()
}

/// A connection that is right, but for the server.
pub(crate) fn sound(provider: &str, host: &str, key: &str) -> String {
    let connection = match provider {
        "langfuse" => json!({"host": host, "public_key": "pk-lf-1", "secret_key": key}),
        _ => json!({"host": host, "project_name": "voice", "api_key": key}),
    };
    connection.to_string()
}

/// Connections that cannot be used, each with the secret in it.
pub(crate) fn unsound(provider: &str, authority: &str, key: &str) -> Vec<String> {
    let field = if provider == "langfuse" { "secret_key" } else { "api_key" };
    let host = format!("http://{authority}");
    let good: serde_json::Value = serde_json::from_str(&sound(provider, &host, key)).unwrap();
    let text = good.to_string();
    let with = |name: &str, value: serde_json::Value| {
        let mut connection = good.clone();
        connection[name] = value;
        connection.to_string()
    };
    let members = text.trim_end_matches('}');
    let mut all = vec![
        key.to_owned(),
        json!(key).to_string(),
        json!([key]).to_string(),
        json!({ key: key }).to_string(),
        text[..text.len() - 1].to_owned(),
        format!("{text} {text}"),
        format!(r#"{members},"{field}":{}}}"#, json!(key)),
        format!("{members},{}:1}}", json!(key)),
        with(field, json!([key])),
        with(field, json!({ key: 1 })),
        with(field, json!(null)),
        with("host", json!([key])),
        with("capture_content", json!(key)),
        with("keep_attributes", json!(key)),
        with("keep_attributes", json!([key, 1])),
        with("correlation", json!(key)),
        with("correlation", json!({ key: key })),
        with("own_traces", json!(key)),
        with("project_name", json!("..")),
        with("public_key", json!("sk-lf-x")),
    ];
    // What can stand in an address as it is.
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    for host in [
        plain.clone(),
        format!("http://user:{plain}@{authority}"),
        format!("https://{plain}@{authority}/api"),
        format!("http://{authority}/?api_key={plain}"),
        format!("http://{authority}#{plain}"),
        format!("http://{authority}/{plain}"),
        format!("ftp://{plain}"),
        format!("http://{authority}\\{plain}"),
        format!("https://{authority}"),
        "http://127.0.0.1:1".to_owned(),
        "https://10.1.2.3".to_owned(),
    ] {
        all.push(with("host", json!(host)));
    }
    all
}

/// The import of a call that ended a while ago.
pub(crate) fn job(provider: &str, organization: &str, simulation: &str) -> ImportJob {
    let event = json!({
        "version": "1", "organization_id": organization, "simulation_output_id": simulation, "status": "COMPLETED",
        "started_at": began().to_string(), "ended_at": began().plus(Duration::from_mins(2)).to_string(),
    });
    ImportJob::first(SimulationCompleted::parse(&event.to_string()).unwrap(), provider.parse().unwrap())
}

/// When every call begins.
pub(crate) fn began() -> Timestamp {
    Timestamp::parse("2026-11-20T15:00:00Z").unwrap()
}

/// Half an hour later.
pub(crate) fn clock() -> VirtualClock {
    VirtualClock::starting_at(began().plus(Duration::from_mins(30)))
}

/// A client that may call this machine.
pub(crate) fn client() -> PlatformClient {
    PlatformClient::new("http://127.0.0.1 https://127.0.0.1".parse().unwrap())
}

/// Runs in virtual time, on this thread.
pub(crate) fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(work)
}
