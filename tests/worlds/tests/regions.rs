//! A key that a region of a cloud refuses: verify and an import name the other regions, and ask none of them. No test calls a
//! cloud: a function of this process answers under its name.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::Response;
use langfuse::Langfuse;
use langsmith::LangSmith;
use serde_json::{Value, json};
use spanlift_fakes::{VirtualClock, World};
use spanlift_importer::direct::VerifyRequest;
use spanlift_importer::ports::Platform;
use spanlift_model::{Clock as _, ImportJob, MatchedCap, Passes, SimulationCompleted, Timestamp};
use spanlift_platform_client::{AllowList, PlatformClient};

/// docs/platforms/langfuse.md#11-hosts
const LANGFUSE: [&str; 4] =
    ["us.cloud.langfuse.com", "cloud.langfuse.com", "jp.cloud.langfuse.com", "hipaa.cloud.langfuse.com"];
/// docs/platforms/langsmith.md#11-hosts
const LANGSMITH: [&str; 4] = [
    "api.smith.langchain.com",
    "eu.api.smith.langchain.com",
    "apac.api.smith.langchain.com",
    "aws.api.smith.langchain.com",
];
const EVENT: &str = r#"{"version": "1", "organization_id": "org", "simulation_output_id": "sim", "status": "COMPLETED",
    "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:00Z"}"#;

type Hosts = Arc<Mutex<BTreeSet<String>>>;

/// Every address knows no key. It keeps which hosts were asked.
fn knows_no_key(asked: &Hosts) -> PlatformClient {
    let asked = Arc::clone(asked);
    PlatformClient::in_process(AllowList::default(), move |request| {
        let host = request.uri().host().unwrap_or_default().to_owned();
        asked.lock().unwrap().insert(host);
        async move {
            let refused = Response::builder().status(401).header("content-type", "application/json");
            Ok(refused.body(r#"{"message": "Unauthorized", "detail": "Unauthorized"}"#).unwrap())
        }
    })
}

/// What verify and an import say of a connection that is refused: the same.
async fn refused<P: Platform>(platform: P, clock: VirtualClock, connection: Value) -> String {
    let passes = Passes::new(vec![Duration::from_secs(20)], Duration::from_secs(20));
    let world = World::of(platform, connection, clock, passes, MatchedCap::Spans(500));
    let request = VerifyRequest { organization_id: "org".parse().unwrap(), version: None, learn: false };
    let verified = world.importer.verify(&request, clock.now().plus(Duration::from_secs(45))).await.unwrap_err();
    assert_eq!(verified.reason, "unauthorized");
    let job = ImportJob::first(SimulationCompleted::parse(EVENT).unwrap(), P::PROVIDER.parse().unwrap());
    world.send(job.clone()).await;
    world.run().await;
    let imported = world.conclusion_on(&job);
    assert_eq!((imported.reason, imported.last_error.as_ref()), (Some("unauthorized"), Some(&verified.advice)));
    verified.advice
}

async fn assert_names_the_others<P: Platform>(
    regions: [&str; 4],
    connection: Value,
    platform: impl Fn(PlatformClient, VirtualClock) -> P,
) {
    for here in regions {
        for written in [here.to_owned(), here.to_uppercase()] {
            let asked = Hosts::default();
            let said = said_at(&written, &connection, &asked, &platform).await;
            let (_, others) = said.split_once("The other regions are ").unwrap();
            for region in regions {
                assert_eq!(others.contains(&format!("https://{region}")), region != here, "{region}: {said}");
            }
            assert_eq!(*asked.lock().unwrap(), [here.to_owned()].into(), "the key is sent to no other host");
        }
    }
    let said = said_at("traces.example", &connection, &Hosts::default(), &platform).await;
    assert!(!said.contains("://"), "a server of one's own has no other regions: {said}");
}

async fn said_at<P: Platform>(
    host: &str,
    connection: &Value,
    asked: &Hosts,
    platform: &impl Fn(PlatformClient, VirtualClock) -> P,
) -> String {
    let clock = VirtualClock::starting_at(Timestamp::parse("2026-11-20T15:05:00Z").unwrap());
    let mut connection = connection.clone();
    connection["host"] = json!(format!("https://{host}"));
    refused(platform(knows_no_key(asked), clock), clock, connection).await
}

#[tokio::test(start_paused = true)]
async fn langfuse() {
    let keys = json!({"public_key": "pk-lf-1", "secret_key": "sk-lf-1", "correlation": "strict"});
    Box::pin(assert_names_the_others(LANGFUSE, keys, Langfuse::new)).await;
}

#[tokio::test(start_paused = true)]
async fn langsmith() {
    let keys = json!({"api_key": "lsv2_pt_1", "project_name": "voice", "correlation": "strict"});
    Box::pin(assert_names_the_others(LANGSMITH, keys, LangSmith::new)).await;
}
