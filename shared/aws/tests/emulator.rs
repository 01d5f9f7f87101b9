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
use spanlift_importer::ports::{Claim, Claimed, Credentials, Freshness, Ledger, Queue};
use spanlift_importer::{Completed, Conclusion, Discovery, Ending, Mark, Outcome, PortError, Progress, Record};
use spanlift_model::{Attempt, Counts, Habit, ImportJob, SourceId, Status, Timestamp};

use support::{LIFETIME, Noon, Table, aws, conclusion, done, job, noon, ours, with_queue, with_secret};

const LEASE: Duration = Duration::from_mins(1);

fn claim<'a>(job: &'a ImportJob, owner: &'a str, now: Timestamp) -> Claim<'a> {
    Claim { job, owner, now, lease_until: now.plus(LEASE) }
}

fn seconds(seconds: u64) -> Timestamp {
    noon().plus(Duration::from_secs(seconds))
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn a_lease_keeps_others_away_and_is_fenced() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let mine = claim(&job, "me", noon());

    assert_eq!(ledger.claim(mine).await.unwrap(), Claimed::Ours(Record::first(noon())));
    assert_eq!(ours(ledger.claim(mine).await.unwrap()).first_claimed_at, noon(), "a lost answer");
    let yours = claim(&job, "you", seconds(59));
    assert_eq!(ledger.claim(yours).await.unwrap(), Claimed::Leased(seconds(60)));
    let forced = ImportJob { force: true, ..job.clone() };
    assert_eq!(ledger.claim(claim(&forced, "you", seconds(59))).await.unwrap(), Claimed::Leased(seconds(60)));

    // The lease is over: the same pass may be claimed again, and the first owner has nothing more to say.
    let yours = claim(&job, "you", seconds(60));
    let record = ours(ledger.claim(yours).await.unwrap());
    assert_eq!((record.first_claimed_at, record.status), (noon(), Some(Status::InProgress)));
    let empty = conclusion(Status::Empty, None, seconds(61));
    assert!(matches!(ledger.complete(mine, &empty).await, Err(PortError::Fenced)));
    ledger.complete(yours, &empty).await.unwrap();
    ledger.complete(yours, &empty).await.unwrap();
    assert!(matches!(ledger.complete(mine, &empty).await, Err(PortError::Fenced)));
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn passes_are_claimed_when_due_and_what_was_stored_is_never_forgotten() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let counts = Counts { requests: 2, stored: 5, rejected: [("no_id", 1)].into(), ..Counts::default() };
    let mut imported = conclusion(Status::Imported, Some((2, seconds(300))), seconds(5));
    imported.counts = Some(counts);
    let first = claim(&job, "1", noon());
    ours(ledger.claim(first).await.unwrap());
    ledger.complete(first, &imported).await.unwrap();

    let outcome =
        |conclusion| Some(Completed { owner: "1".to_owned(), outcome: Outcome::new(&job, conclusion, noon()) });
    let record = Record {
        due_since: seconds(300),
        status: Some(Status::Imported),
        next: Some((2, seconds(300))),
        tries: 0,
        completed: outcome(&imported),
        lost: Some(0),
        ..Record::first(noon())
    };
    for early in [job.clone(), job.later(1, noon())] {
        let claimed = ledger.claim(claim(&early, "2", seconds(10))).await.unwrap();
        assert_eq!(done(claimed), record, "{early:?}");
    }

    // The pass that is due dies, and is claimed again. Before its time it is not.
    let due = job.later(2, seconds(300));
    assert_eq!(done(ledger.claim(claim(&due, "3", seconds(299))).await.unwrap()), record);
    let first_try = Record { tries: 1, ..record.clone() };
    assert_eq!(ours(ledger.claim(claim(&due, "3", seconds(301))).await.unwrap()), first_try);
    let again = claim(&due, "4", seconds(400));
    let record = ours(ledger.claim(again).await.unwrap());
    assert_eq!((record.status, record.tries, record.due_since), (Some(Status::Imported), 2, seconds(300)));
    let mut failed = conclusion(Status::Imported, None, seconds(401));
    failed.last_error = Some("the platform did not answer in time".to_owned());
    ledger.complete(again, &failed).await.unwrap();

    for late in [job.clone(), due.clone(), job.later(3, noon())] {
        let record = done(ledger.claim(claim(&late, "5", seconds(500))).await.unwrap());
        assert_eq!((record.status, record.next), (Some(Status::Imported), None));
        assert_eq!(record.completed.unwrap().owner, "4");
    }
    let entries =
        ledger.entries(&job.event.organization_id, &job.event.simulation_output_id, seconds(500)).await.unwrap();
    let entry = &entries.imports[0];
    assert_eq!((entry.stored, entry.requests_total, &entry.rejected["no_id"]), (Some(5), Some(2), &1));
    assert_eq!(entry.first_claimed_at, Some(noon()));
    assert_eq!(table.attention("org-1#2026-11-20").await, 1);

    // By force it starts over, and knows that spans are stored.
    let forced = ImportJob { force: true, ..job.clone() };
    let mine = claim(&forced, "6", seconds(600));
    let record = ours(ledger.claim(mine).await.unwrap());
    assert_eq!((record.first_claimed_at, record.status, record.next), (seconds(600), Some(Status::Imported), None));
    assert_eq!(ours(ledger.claim(mine).await.unwrap()).first_claimed_at, seconds(600), "a lost answer");
    ledger.complete(mine, &conclusion(Status::Imported, None, seconds(601))).await.unwrap();
    assert_eq!(table.attention("org-1#2026-11-20").await, 0);
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn a_forced_look_leaves_the_pass_that_is_due_as_it_is() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let first = claim(&job, "1", noon());
    ours(ledger.claim(first).await.unwrap());
    let next = Some((2, seconds(300)));
    let due = |status, at| Conclusion { due_since: Some(seconds(300)), ..conclusion(status, next, at) };
    ledger.complete(first, &due(Status::Deferred, seconds(5))).await.unwrap();

    let forced = ImportJob { force: true, ..job.clone() };
    let beside = claim(&forced, "2", seconds(10));
    let record = ours(ledger.claim(beside).await.unwrap());
    assert_eq!((record.is_beside, record.next, record.status), (true, next, Some(Status::Deferred)));
    assert!(ours(ledger.claim(beside).await.unwrap()).is_beside, "a lost answer");
    let failed = Conclusion {
        ending: Ending::ErrorOnly,
        last_error: Some("the platform did not answer in time".to_owned()),
        ..due(Status::Deferred, seconds(11))
    };
    ledger.complete(beside, &failed).await.unwrap();
    let record = done(ledger.claim(claim(&job, "3", seconds(12))).await.unwrap());
    assert_eq!((record.is_beside, record.next, record.status), (false, next, Some(Status::Deferred)));

    // One that dies leaves its lease, and the pass is claimed when it is due.
    ours(ledger.claim(claim(&forced, "4", seconds(100))).await.unwrap());
    let record = ours(ledger.claim(claim(&job.later(2, seconds(300)), "5", seconds(301))).await.unwrap());
    assert_eq!((record.is_beside, record.tries, record.due_since), (false, 2, seconds(300)));
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn progress_and_losses_of_a_pass_are_there_for_the_next() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let mark = Mark { api: "v2".to_owned(), seen_from: noon().minus(Duration::from_nanos(7)) };
    let progress = Some(Progress { mark, secret_version: "version-1".to_owned() });
    let cut = Conclusion {
        counts: Some(Counts::default()),
        discovery: Discovery::Searched,
        lost: Some(3),
        progress: progress.clone(),
        ..conclusion(Status::Deferred, Some((1, seconds(20))), seconds(5))
    };
    let first = claim(&job, "1", noon());
    ours(ledger.claim(first).await.unwrap());
    ledger.complete(first, &cut).await.unwrap();
    let again = claim(&job, "2", seconds(20));
    let record = done(ledger.claim(again).await.unwrap());
    assert_eq!((record.progress, record.lost), (progress, Some(3)));
    let entries =
        ledger.entries(&job.event.organization_id, &job.event.simulation_output_id, seconds(20)).await.unwrap();
    assert_eq!(entries.imports[0].discovery.as_deref(), Some("searched"));

    // By force the import starts over, and nothing of it is left for the new schedule, whichever of its claims asks.
    let next = job.later(1, seconds(20));
    let due = claim(&next, "2", seconds(20));
    ours(ledger.claim(due).await.unwrap());
    ledger.complete(due, &Conclusion { next: None, at: seconds(21), ..cut }).await.unwrap();
    let forced = ImportJob { force: true, ..job.clone() };
    for (owner, at) in [("3", 600), ("4", 700)] {
        let record = ours(ledger.claim(claim(&forced, owner, seconds(at))).await.unwrap());
        assert_eq!((record.progress, record.lost.filter(|lost| *lost > 0)), (None, None), "{owner}");
    }
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn an_import_whose_time_is_over_is_a_new_one() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let old = claim(&job, "1", noon().minus(LIFETIME * 2));
    ours(ledger.claim(old).await.unwrap());
    ledger.complete(old, &conclusion(Status::Failed, None, old.now)).await.unwrap();

    assert_eq!(ledger.claim(claim(&job, "2", noon())).await.unwrap(), Claimed::Ours(Record::first(noon())));
    assert!(matches!(ledger.claim(claim(&job, "3", noon())).await.unwrap(), Claimed::Leased(_)));
    let entries = ledger.entries(&job.event.organization_id, &job.event.simulation_output_id, noon()).await.unwrap();
    assert_eq!(entries.imports[0].last_status, None, "nothing is left of the old one");
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn what_a_source_has_shown_itself_to_be_is_remembered() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let (source, other) = (SourceId::new("https://a.example pk"), SourceId::new("https://b.example pk"));
    assert_eq!(ledger.habit(&job(), source).await.unwrap(), None);
    // Once it is tagged it stays so.
    for (learned, expected) in
        [(Habit::Untagged, Habit::Untagged), (Habit::Tagged, Habit::Tagged), (Habit::Untagged, Habit::Tagged)]
    {
        ledger.learn(&job(), source, learned).await.unwrap();
        assert_eq!(ledger.habit(&job(), source).await.unwrap(), Some(expected));
        assert_eq!(ledger.habit(&job(), other).await.unwrap(), None);
    }
    table.delete().await;
}

#[tokio::test]
#[ignore = "needs AWS_ENDPOINT_URL; run by make test"]
async fn one_of_many_gets_the_lease() {
    let table = Table::make().await;
    let ledger = table.ledger().await;
    let job = job();
    let owners: Vec<_> = (0..8).map(|owner| owner.to_string()).collect();
    let claims: Vec<_> = owners
        .iter()
        .map(|owner| {
            let (ledger, job, owner) = (ledger.clone(), job.clone(), owner.clone());
            tokio::spawn(async move { ledger.claim(claim(&job, &owner, noon())).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for claimed in claims {
        won += usize::from(matches!(claimed.await.unwrap(), Claimed::Ours(_)));
    }
    assert_eq!(won, 1);
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
    let much_later = noon().plus(Duration::from_hours(24 * 365));
    assert_eq!(ledger.attempts(&job(), much_later).await.unwrap(), [], "deletion is lazy");
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
        assert_eq!((message.body.as_str(), message.reason.as_str()), ("no job\u{FFFD}", "bad_json"));
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
        assert_eq!((message.body.as_str(), message.reason.as_str()), ("another", "bad_json"));
    })
    .await;
}
