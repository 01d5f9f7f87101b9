//! The fan-out against fakes of everything outside it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use fanout::{Connections, Fanned, Fanout, FanoutLedger, ImportQueues};
use spanlift_importer::{Delivery, Disposition, PortError};
use spanlift_model::{Clock, ImportJob, OrganizationId, Provider, SimulationCompleted, Timestamp};
use spanlift_runtime::{Handler as _, Message, Verdict};

const EVENT: &str = r#"{"version": "1", "organization_id": "org", "simulation_output_id": "sim", "status": "COMPLETED",
    "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:41Z"}"#;

struct Secrets(BTreeSet<&'static str>);

impl Connections for Secrets {
    async fn is_connected(&self, organization: &OrganizationId, provider: &Provider) -> Result<bool, PortError> {
        Ok(self.0.contains(format!("{organization}/{provider}").as_str()))
    }
}

#[derive(Default)]
struct Queues {
    sent: Mutex<Vec<ImportJob>>,
    is_down: bool,
}

impl ImportQueues for Queues {
    fn providers(&self) -> Vec<Provider> {
        ["arize", "langfuse", "langsmith"].map(|name| name.parse().unwrap()).to_vec()
    }

    async fn send(&self, job: &ImportJob) -> Result<(), PortError> {
        if self.is_down {
            return Err(PortError::Unavailable { port: "queue", detail: "down".to_owned() });
        }
        self.sent.lock().unwrap().push(job.clone());
        Ok(())
    }
}

type Sent = (Vec<Provider>, Vec<Provider>);

#[derive(Default)]
struct Items(Mutex<BTreeMap<String, Sent>>);

impl FanoutLedger for Items {
    async fn record(
        &self,
        event: &SimulationCompleted,
        sent_to: &[Provider],
        not_connected: &[Provider],
        _: Timestamp,
    ) -> Result<(), PortError> {
        let key = event.simulation_output_id.to_string();
        self.0.lock().unwrap().insert(key, (sent_to.to_vec(), not_connected.to_vec()));
        Ok(())
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
    }
}

fn fanout(connected: &[&'static str]) -> Fanout<Secrets, Queues, Items, Noon> {
    Fanout {
        connections: Secrets(connected.iter().copied().collect()),
        queues: Queues::default(),
        ledger: Items::default(),
        clock: Noon,
        retry_base: Duration::from_secs(10),
    }
}

fn message(body: &str) -> Message<'_> {
    received(body, 1)
}

fn received(body: &str, receive_count: u32) -> Message<'_> {
    let delivery = Delivery {
        invocation_id: "request".to_owned(),
        message_id: "message".to_owned(),
        receive_count,
        deadline: Noon.now(),
    };
    Message { body, delivery }
}

fn names(providers: &[Provider]) -> Vec<&str> {
    providers.iter().map(Provider::as_str).collect()
}

#[tokio::test]
async fn every_connected_provider_gets_a_job_and_the_ledger_names_the_others() {
    let fanout = fanout(&["org/arize", "org/langsmith", "else/langfuse"]);
    let event = SimulationCompleted::parse(EVENT).unwrap();
    let Fanned { sent_to, not_connected } = fanout.fan_out(&event).await.unwrap();
    assert_eq!((names(&sent_to), names(&not_connected)), (vec!["arize", "langsmith"], vec!["langfuse"]));
    let jobs = fanout.queues.sent.lock().unwrap().clone();
    let expected: Vec<_> = sent_to.iter().map(|provider| ImportJob::first(event.clone(), provider.clone())).collect();
    assert_eq!(jobs, expected);
    assert_eq!(fanout.ledger.0.lock().unwrap()["sim"], (sent_to, not_connected));
}

#[tokio::test]
async fn an_organization_without_connections_leaves_a_trace_all_the_same() {
    let fanout = fanout(&[]);
    assert_eq!(fanout.handle(&message(EVENT)).await, Verdict::Handled(Disposition::Acknowledge));
    assert!(fanout.queues.sent.lock().unwrap().is_empty());
    assert_eq!(names(&fanout.ledger.0.lock().unwrap()["sim"].1), ["arize", "langfuse", "langsmith"]);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_what_is_not_imported_is_ignored() {
    let fanout = fanout(&["org/arize"]);
    let ignored = EVENT.replace("COMPLETED", "CANCELLED");
    assert_eq!(fanout.handle(&message(&ignored)).await, Verdict::Handled(Disposition::Acknowledge));
    for (body, reason) in [("{", "bad_json"), (&EVENT.replace("\"1\"", "\"2\""), "unknown_version")] {
        let Verdict::Refused(refusal) = fanout.handle(&message(body)).await else { panic!("{body} must be refused") };
        assert_eq!(refusal.reason(), reason);
    }
    assert!(fanout.queues.sent.lock().unwrap().is_empty());
    assert!(fanout.ledger.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_failure_sends_the_message_back_for_a_while_that_may_be_longer_each_time() {
    let mut fanout = fanout(&["org/arize"]);
    fanout.queues.is_down = true;
    for (receive_count, longest) in [(1, 10), (3, 40)] {
        let verdict = fanout.handle(&received(EVENT, receive_count)).await;
        let Verdict::Handled(Disposition::Return(delay)) = verdict else { panic!("{verdict:?}") };
        assert!((Duration::from_secs(1)..=Duration::from_secs(longest)).contains(&delay), "{delay:?}");
    }
}
