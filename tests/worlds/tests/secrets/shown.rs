//! How everything that holds a secret shows itself.

use std::fmt::Debug;

use secrecy::SecretString;
use spanlift_importer::ports::Secret;
use spanlift_platform_client::{Access, Request};
use spanlift_runtime::Variables;
use spanlift_trace_store::{ClickHouse, TraceStoreSettings};

use crate::connections::{PROVIDERS, client, in_virtual_time, keys, sound, unsound};
use crate::marks::{Mark, found};

fn assert_hidden(shown: &dyn Debug, key: &Mark, what: &str) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        let found = found(&text, std::slice::from_ref(key));
        assert!(found.is_empty(), "{what}: {found:#?}");
    }
}

/// The connection as it shows itself, if the text is one.
fn connection(provider: &str, text: &str) -> Option<Box<dyn Debug>> {
    fn shown<T: serde::de::DeserializeOwned + Debug + 'static>(text: &str) -> Option<Box<dyn Debug>> {
        serde_json::from_str::<T>(text).ok().map(|connection| Box::new(connection) as _)
    }
    match provider {
        "arize" => shown::<arize::Connection>(text),
        "langfuse" => shown::<langfuse::Connection>(text),
        _ => shown::<langsmith::Connection>(text),
    }
}

#[test]
fn a_connection_shows_no_secret_wherever_it_was_entered() {
    for provider in PROVIDERS {
        for key in keys() {
            let good = sound(provider, "https://a.example", &key.value);
            assert_hidden(&connection(provider, &good).unwrap(), &key, provider);
            for text in unsound(provider, "127.0.0.1:9", &key.value) {
                if let Some(shown) = connection(provider, &text) {
                    assert_hidden(&shown, &key, &format!("{provider} {text}"));
                }
            }
        }
    }
}

#[test]
fn requests_secrets_and_stores_show_no_secret() {
    for key in keys() {
        let secret = SecretString::from(key.value.clone());
        assert_hidden(&secret, &key, "SecretString");
        let json = SecretString::from(sound("arize", "https://a.example", &key.value));
        assert_hidden(&Secret { json, version: "1".to_owned(), is_cached: false }, &key, "Secret");
        let base = client().base_url("https://a.example", Access::Credential).unwrap();
        let get = || Request::get(&base, &["v1"], &[]).unwrap();
        for request in
            [get().with_bearer(&secret), get().with_basic("pk", &secret), get().with_key("x-api-key", &secret)]
        {
            assert_hidden(&request, &key, "Request");
        }
        let settings = TraceStoreSettings {
            url: "http://127.0.0.1:8123".to_owned(),
            database: "default".to_owned(),
            table: "otel_traces".to_owned(),
            user: "importer".to_owned(),
            password: secret,
            organization_attribute: "coval.organization_id".to_owned(),
            simulation_attribute: "coval.simulation_output_id".to_owned(),
        };
        assert_hidden(&settings, &key, "TraceStoreSettings");
        in_virtual_time(async { assert_hidden(&ClickHouse::new(&settings).unwrap(), &key, "ClickHouse") });
        let url = format!("https://user:{}@a.example", key.value);
        let error = ClickHouse::new(&TraceStoreSettings { url, ..settings }).unwrap_err();
        assert_hidden(&(&error, error.to_string()), &key, "SettingsError");
    }
}

#[test]
fn the_environment_shows_no_secret() {
    for key in keys() {
        let names = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CLICKHOUSE_PASSWORD"];
        let variables = Variables::new(names.map(|name| (name.to_owned(), key.value.clone())));
        assert_hidden(&variables, &key, "Variables");
    }
}
