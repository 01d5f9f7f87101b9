//! The adapters against an AWS emulator, where conditions, indexes and secrets are real.
//!
//! `AWS_ENDPOINT_URL=http://127.0.0.1:4566 cargo test -p spanlift-aws -- --ignored`, with `AWS_REGION`,
//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_EC2_METADATA_DISABLED=true` as for everything local. Tables,
//! queues and secrets get names of their own and are deleted.

#[cfg(test)]
mod support;

use std::time::Duration;

use secrecy::ExposeSecret;
use spanlift_aws::{Connections, DeadLetters, Queues};
use spanlift_contracts::ledger::LIFETIME;
use spanlift_contracts::samples::{conclusion, forced};
use spanlift_importer::ports::{Claim, Claimed, Credentials, Freshness, Ledger, Queue};
use spanlift_importer::{Conclusion, Discovery, Record};
use spanlift_model::{Attempt, Counts, ImportJob, Status, Timestamp};

use support::{Noon, Table, aws, job, noon, with_queue, with_secret};

/// The ledger keeps the contracts that its fake keeps.
mod ledger {
    use spanlift_aws::DynamoLedger;

    use super::support::Table;

    async fn on_a_table(contract: impl AsyncFn(&DynamoLedger)) {
        let table = Table::make().await;
        contract(&table.ledger().await).await;
        table.delete().await;
    }

    spanlift_contracts::ledger! { on_a_table, #[tokio::test] #[ignore = "needs AWS_ENDPOINT_URL; run by make test"] }
}

/// The queues keep the contracts that their fake keeps.
mod queue {
    use super::support::ThreeQueues;

    async fn on_queues(contract: impl AsyncFn(&ThreeQueues)) {
        let queues = ThreeQueues::make().await;
        contract(&queues).await;
        queues.delete().await;
    }

    spanlift_contracts::queue! { on_queues, #[tokio::test] #[ignore = "needs AWS_ENDPOINT_URL; run by make test"] }
}

fn seconds(seconds: u64) -> Timestamp {
    noon().plus(Duration::from_secs(seconds))
}

/// Beside what a claim is told, an item says to people what was counted, and that one of them is needed.
#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn an_entry_says_what_was_counted_and_who_is_needed() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let (organization, simulation) = (&job.event.organization_id, &job.event.simulation_output_id);
    let entry = async |at| ledger.entries(organization, simulation, at).await.unwrap().imports.remove(0);
    let pass = async |job: &ImportJob, owner: &str, now: Timestamp, conclusion: Conclusion| {
        let claim = Claim { job, owner, now, lease_until: now.plus(Duration::from_mins(1)) };
        assert!(matches!(ledger.claim(claim).await, Ok(Claimed::Ours(_))));
        ledger.complete(claim, &conclusion).await.unwrap();
    };
    let counts = Counts { requests: 2, stored: 5, rejected: [("no_id", 1)].into(), ..Counts::default() };
    let imported = Conclusion {
        counts: Some(counts),
        discovery: Discovery::Searched,
        ..conclusion(Status::Imported, Some((2, seconds(300))), seconds(5))
    };
    pass(&job, "1", noon(), imported).await;
    assert_eq!(table.attention("org-1#2026-11-20").await, 0);

    let failed = Conclusion {
        last_error: Some("the platform did not answer in time".to_owned()),
        ..conclusion(Status::Imported, None, seconds(401))
    };
    pass(&job.later(2, seconds(300)), "2", seconds(400), failed).await;
    let told = entry(seconds(500)).await;
    assert_eq!((told.stored, told.requests_total, &told.rejected["no_id"]), (Some(5), Some(2), &1));
    assert_eq!((told.first_claimed_at, told.discovery.as_deref()), (Some(noon()), Some("searched")));
    assert_eq!(table.attention("org-1#2026-11-20").await, 1);

    pass(&forced(&job), "3", seconds(600), conclusion(Status::Imported, None, seconds(601))).await;
    assert_eq!(table.attention("org-1#2026-11-20").await, 0);

    // Nothing is left of it for an import that begins when its time is over.
    let later = seconds(602).plus(LIFETIME);
    let claim = Claim { job: &job, owner: "4", now: later, lease_until: later.plus(Duration::from_mins(1)) };
    assert_eq!(ledger.claim(claim).await.unwrap(), Claimed::Ours(Record::first(later)));
    assert_eq!((entry(later).await.last_status, entry(later).await.stored), (None, None));
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn fanout_leaves_a_trace() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let event = job().event;
    let (sent_to, not_connected) = (["arize".parse().unwrap()], ["langfuse".parse().unwrap()]);
    for _ in 0..2 {
        ledger.record_fanout(&event, &sent_to, &not_connected, noon()).await.unwrap();
    }
    let entries = ledger.entries(&event.organization_id, &event.simulation_output_id, noon()).await.unwrap();
    assert_eq!((entries.fanouts.len(), entries.imports.len()), (1, 0));
    let attempt = Attempt { number: 1, started_at: event.started_at, ended_at: event.ended_at };
    assert_eq!(ledger.attempts(&job(), noon()).await.unwrap(), [attempt]);
    let fanout = &entries.fanouts[0];
    assert_eq!(
        (fanout.sent_to.as_slice(), fanout.not_connected.as_slice()),
        (&["arize".to_owned()][..], &["langfuse".to_owned()][..])
    );
    assert_eq!((fanout.started_at, fanout.ended_at), (Some(event.started_at), Some(event.ended_at)));
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn a_connection_is_there_until_it_is_deleted() {
    let event = job().event;
    let provider = "langfuse".parse().unwrap();
    with_secret(&event.organization_id, &provider, async |prefix, secrets| {
        let connections = Connections::new(&aws().await, prefix, Noon);
        let secret = async |freshness| connections.secret(&event.organization_id, &provider, freshness).await.unwrap();
        assert!(connections.is_connected(&event.organization_id, &provider).await.unwrap());
        let first = secret(Freshness::Cached).await.unwrap();
        assert_eq!((first.json.expose_secret(), first.is_cached), ("{}", false));

        secrets.replace(r#"{"host": "h"}"#).await;
        assert!(secret(Freshness::Cached).await.unwrap().is_cached);
        assert_eq!(secret(Freshness::Fresh).await.unwrap().json.expose_secret(), r#"{"host": "h"}"#);

        secrets.delete_later().await;
        assert!(secret(Freshness::Fresh).await.is_none());
        let connections = Connections::new(&aws().await, prefix, Noon);
        assert!(!connections.is_connected(&event.organization_id, &provider).await.unwrap());
        let other = "arize".parse().unwrap();
        assert!(!connections.is_connected(&event.organization_id, &other).await.unwrap());
        assert!(connections.secret(&event.organization_id, &other, Freshness::Cached).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn messages_arrive_with_group_and_attributes() {
    with_queue(async |urls, queue| {
        let queues = Queues::new(&aws().await, urls);
        let job = job().later(1, noon());
        queues.send(&job, Duration::ZERO).await.unwrap();
        let message = queue.receive().await.unwrap();
        assert_eq!(ImportJob::parse(&message.body).unwrap(), job);
        assert_eq!(message.group, "org-1");

        queues.set_visibility(&message.receipt_handle, Duration::ZERO).await.unwrap();
        let message = queue.receive().await.unwrap();
        queues.set_visibility(&message.receipt_handle, Duration::from_hours(20)).await.unwrap();
        assert!(queue.receive().await.is_none());

        queues.refuse("no job\0", "bad_json", "the message is not a JSON object").await.unwrap();
        let message = queue.receive().await.unwrap();
        assert_eq!((message.body.as_str(), message.attribute("reason")), ("no job\u{FFFD}", "bad_json"));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn dead_letters_are_taken_sent_back_and_deleted() {
    with_queue(async |urls, queue| {
        let dead_letters = DeadLetters::new(&aws().await);
        Queues::new(&aws().await, urls.clone()).refuse("no job", "bad_json", "not JSON").await.unwrap();
        assert_eq!(dead_letters.count(&urls.own).await.unwrap(), 1);
        let [letter] = dead_letters.take(&urls.own, 10).await.unwrap().try_into().unwrap();
        assert_eq!((letter.body.as_str(), letter.reason.as_deref()), ("no job", Some("bad_json")));
        assert!(dead_letters.take(&urls.own, 10).await.unwrap().is_empty(), "it is hidden");

        dead_letters.put_back(&urls.own, &letter).await.unwrap();
        let [letter] = dead_letters.take(&urls.own, 10).await.unwrap().try_into().unwrap();
        dead_letters.send(&urls.own, &letter, "another".to_owned()).await.unwrap();
        dead_letters.delete(&urls.own, &letter).await.unwrap();
        let message = queue.receive().await.unwrap();
        assert_eq!((message.body.as_str(), message.attribute("reason")), ("another", "bad_json"));
    })
    .await;
}
