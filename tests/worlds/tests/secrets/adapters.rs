//! The trace store and AWS, where whoever answers echoes what it was asked.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use spanlift_aws::{Connections, DynamoLedger, QueueUrls, Queues, read_secret};
use spanlift_importer::Outcome;
use spanlift_importer::ports::{Claim, Credentials as _, Freshness, Ledger as _, Queue as _, TraceStore as _};
use spanlift_model::{Attempts, Clock as _, Span, SpanKind, StatusCode};
use spanlift_trace_store::{ClickHouse, TraceStoreSettings};

use crate::connections::{began, clock, in_virtual_time, job, keys};
use crate::hostile::{Behaviour, Hostile};
use crate::marks::{Mark, found};
use crate::said::Log;
use crate::virtual_time::ticking;

#[test]
fn a_store_that_echoes_its_password_does_not_get_it_out() {
    // What is sent as a header in itself.
    let key = &keys()[0];
    for behaviour in Behaviour::all() {
        let (said, asked) = in_virtual_time(async {
            let hostile = Hostile::start(behaviour, String::new()).await;
            let log = Log::default();
            let _logging = log.start("arize");
            let store = ClickHouse::new(&TraceStoreSettings {
                url: format!("http://{}", hostile.authority),
                database: "default".to_owned(),
                table: "otel_traces".to_owned(),
                user: "importer".to_owned(),
                password: key.value.clone().into(),
                organization_attribute: "coval.organization_id".to_owned(),
                simulation_attribute: "coval.simulation_output_id".to_owned(),
            })
            .unwrap();
            let job = job("arize", "acme", "sim-1");
            let attempts = Attempts::new(job.event.this_attempt(), []);
            let looked_up = Box::pin(ticking(store.look_up(&job, &attempts))).await;
            let inserted = Box::pin(ticking(store.insert(&job, began(), &[span()]))).await;
            let counted = Box::pin(ticking(store.count(&job))).await;
            let errors = [looked_up.err(), inserted.err(), counted.err()];
            let errors = errors.map(|error| error.map(|error| format!("{error:?} {error}")).unwrap_or_default());
            (format!("{}\n{}\n{store:?}", errors.join("\n"), log.text()), hostile.asked())
        });
        assert!(asked.join("\n").contains(&key.value), "{behaviour:?}: the password was sent");
        assert_silent(&said, key, &format!("{behaviour:?}"));
    }
}

#[test]
fn aws_credentials_stay_where_they_are() {
    let marks = [
        Mark::new("the secret key", "{}", "Jw3VnX8rKt6LqZ5mBc9YdH2s"),
        Mark::new("the session token", "IQoJb3Jp{}//////////wE=", "Rf7PzG4hTx9NvC2kWb6QyM5a"),
    ];
    // An error of AWS itself quotes headers only where it refuses a signature.
    for behaviour in Behaviour::all().filter(|behaviour| !matches!(behaviour, Behaviour::JsonStatus(_))) {
        let (said, asked) = in_virtual_time(async {
            let hostile = Hostile::start(behaviour, String::new()).await;
            let log = Log::default();
            let _logging = log.start("arize");
            let said = Box::pin(ask_aws(&aws(&hostile.authority, &marks))).await;
            (said + &log.text(), hostile.asked())
        });
        assert!(asked.join("\n").contains(&marks[1].value), "{behaviour:?}: the token was sent");
        for mark in &marks {
            assert_silent(&said, mark, &format!("{behaviour:?}"));
        }
    }
}

/// Every adapter's way to fail.
async fn ask_aws(aws: &SdkConfig) -> String {
    let job = job("arize", "acme", "sim-1");
    let now = clock().now();
    let claim = Claim { job: &job, owner: "me", now, lease_until: now.plus(Duration::from_mins(1)) };
    let ledger = DynamoLedger::new(aws, "ledger", Duration::from_hours(1));
    let connections = Connections::new(aws, "spanlift", clock());
    let url = |name: &str| format!("https://sqs.eu-west-1.amazonaws.com/1/{name}");
    let urls = QueueUrls { own: url("own"), dead_letter: url("dead"), outcomes: Some(url("outcomes")) };
    let queues = Queues::new(aws, urls);
    let conclusion = spanlift_importer::Conclusion::new(spanlift_model::Status::Imported, now);
    let outcome = Outcome::new(&job, &conclusion, now);
    let errors = [
        ticking(read_secret(aws, "spanlift/clickhouse")).await.err(),
        ticking(connections.secret(&job.event.organization_id, &job.provider, Freshness::Fresh)).await.err(),
        ticking(ledger.claim(claim)).await.err(),
        ticking(ledger.complete(claim, &conclusion)).await.err(),
        ticking(ledger.attempts(&job, now)).await.err(),
        ticking(queues.send(&job, Duration::ZERO)).await.err(),
        ticking(queues.dead_letter(&job, "unauthorized", "a sentence")).await.err(),
        ticking(queues.announce(&outcome)).await.err(),
    ];
    let errors = errors.map(|error| error.map(|error| format!("{error:?} {error}")).unwrap_or_default());
    format!("{}\n{aws:?}\n{ledger:?}\n{queues:?}\n", errors.join("\n"))
}

fn aws(authority: &str, marks: &[Mark]) -> SdkConfig {
    let token = Some(marks[1].value.clone());
    let credentials = Credentials::new("ASIAXMARKEDACCESSKEY", marks[0].value.clone(), token, None, "Environment");
    SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(format!("http://{authority}"))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn span() -> Span {
    let sent = spanlift_conventions::SentSpan::new("trace", "span", None, "root", began());
    let mut span = spanlift_conventions::interpret(vec![sent]).remove(0);
    (span.kind, span.status) = (SpanKind::Internal, StatusCode::Unset);
    span
}

fn assert_silent(said: &str, mark: &Mark, what: &str) {
    let found = found(said, std::slice::from_ref(mark));
    assert!(found.is_empty(), "{what}: {found:#?}");
}
