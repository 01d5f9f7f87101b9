use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Conclusion, Discovery, Ending, Outcome, PortError};
use spanlift_model::{Counts, ImportJob, ServerVersion, Status, Truncation};

use super::ledger::{claim, conclusion, item, ledger, refuses, takes};
use super::{job, noon};
use crate::ledger::{Item, number, text};

/// That of the job's import, out of eight.
const SHARD: u8 = 2;

#[tokio::test]
async fn a_completion_is_fenced() {
    let job = job();
    let conclusion = conclusion(Status::Empty);
    let mine = refuses(item(&[("status", text("empty")), ("completed_by", text("me"))]));
    ledger(&[&mine]).complete(claim(&job), &conclusion).await.unwrap();
    for other in [item(&[("status", text("in_progress")), ("owner", text("you"))]), Item::new()] {
        let error = ledger(&[&refuses(other)]).complete(claim(&job), &conclusion).await.unwrap_err();
        assert!(matches!(error, PortError::Fenced), "{error}");
    }
}

/// (what is set, what is removed, what is added to) by a completion.
async fn completed(conclusion: &Conclusion) -> (Item, Vec<String>, Vec<String>) {
    let (rule, seen) = takes(None);
    ledger(&[&rule]).complete(claim(&job()), conclusion).await.unwrap();
    let request = seen.lock().unwrap().take().unwrap();
    assert_eq!(request.condition_expression(), Some("#owner = :claimed_by AND #status = :in_progress"));
    let expression = request.update_expression().unwrap();
    let (rest, added) = expression.split_once(" ADD ").unwrap_or((expression, ""));
    let (sets, removed) = rest.split_once(" REMOVE ").unwrap();
    let names = |list: &str| {
        let parts = list.split(", ").filter_map(|part| part.strip_prefix('#'));
        let mut names: Vec<_> = parts.map(|part| part.split(' ').next().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let values = request.expression_attribute_values().unwrap();
    let set = names(sets.strip_prefix("SET ").unwrap())
        .into_iter()
        .map(|name| (name.clone(), values[&format!(":{name}")].clone()));
    (set.collect(), names(removed), names(added))
}

#[tokio::test]
async fn a_completion_writes_what_the_pass_came_to() {
    let next_at = noon().plus(Duration::from_secs(20));
    let counts = Counts {
        requests: 3,
        matched_traces: 1,
        matched_spans: 9,
        stored: 8,
        inserted: 2,
        inserted_bytes: 70,
        rejected: [("no_id", 1)].into(),
    };
    let (mut set, removed, added) = completed(&Conclusion {
        next: Some((1, next_at)),
        counts: Some(counts),
        truncated: Some(Truncation::Budget),
        incomplete: true,
        matched_by: BTreeSet::from(["session_id"]),
        server_version: Some(ServerVersion { api: None, release: Some([3, 1, 0]) }),
        due_since: Some(next_at),
        discovery: Discovery::Searched,
        lost: Some(2),
        ..conclusion(Status::Imported)
    })
    .await;
    let at = noon().plus(Duration::from_secs(7));
    let expected = item(&[
        ("status", text("imported")),
        ("last_status", text("imported")),
        ("completed_by", text("me")),
        ("next_pass", number(1)),
        ("next_at", number(next_at.millis())),
        ("updated_at", text(at)),
        ("duration_ms", number(7000)),
        ("expires_at", number(at.seconds() + 90 * 86_400)),
        ("stored", number(8)),
        ("matched_traces", number(1)),
        ("matched_spans", number(9)),
        ("rejected", AttributeValue::M(item(&[("no_id", number(1))]))),
        ("requests", number(3)),
        ("truncated", text("budget")),
        ("incomplete", AttributeValue::Bool(true)),
        ("matched_by", AttributeValue::L(vec![text("session_id")])),
        ("server_version", text("3.1.0")),
        ("due_since", number(next_at.millis())),
        ("tries", number(0)),
        ("discovery", text("searched")),
        ("lost", number(2)),
    ]);
    let outcome = set.remove("outcome").unwrap();
    let outcome: serde_json::Value = serde_json::from_str(outcome.as_s().unwrap()).unwrap();
    let expected_outcome = serde_json::json!({"version": "1", "pass": 0, "final": false, "inserted": 2});
    assert_eq!(outcome, expected_outcome, "the rest stands in the item already");
    assert_eq!(set, expected);
    assert_eq!(
        removed,
        [
            "attention_at",
            "attention_key",
            "beside",
            "exhausted",
            "last_error",
            "lease_until",
            "owner",
            "progress",
            "reason"
        ]
    );
    assert_eq!(added, ["inserted_bytes", "requests_total"]);
}

/// What a claim and completions of `job` leave of an item that was not there, as far as attributes are set.
async fn item_after(job: &ImportJob, owner: &str, conclusions: &[Conclusion]) -> Item {
    let mut after = Item::new();
    for conclusion in conclusions {
        let ((first, claimed), (second, completed)) = (takes(None), takes(None));
        let claim = Claim { owner, ..claim(job) };
        ledger(&[&first]).claim(claim).await.unwrap();
        ledger(&[&second]).complete(claim, conclusion).await.unwrap();
        for update in [claimed, completed] {
            let update = update.lock().unwrap().take().unwrap();
            after.extend(update.key().unwrap().clone());
            let names = update.expression_attribute_names().unwrap().values();
            let values = update.expression_attribute_values().unwrap();
            after.extend(names.filter_map(|name| Some((name.clone(), values.get(&format!(":{name}"))?.clone()))));
        }
    }
    after.retain(|name, _| name != "owner" && name != "lease_until");
    after
}

fn counted(status: Status) -> Conclusion {
    let counts = Counts {
        requests: 3,
        matched_traces: 1,
        matched_spans: 61,
        stored: 60,
        inserted: 60,
        inserted_bytes: 71_200,
        rejected: [("no_id", 1)].into(),
    };
    let matched_by = BTreeSet::from(["coval.simulation_output_id", "session_id"]);
    Conclusion { counts: Some(counts), matched_by, incomplete: true, ..conclusion(status) }
}

#[tokio::test]
async fn what_was_announced_is_known_again() {
    let error = || Some("no answer".to_owned());
    let last = [
        counted(Status::Imported),
        Conclusion { reason: Some("untagged"), truncated: Some(Truncation::Budget), ..counted(Status::Empty) },
        Conclusion { reason: Some("not_connected"), ..conclusion(Status::NotConnected) },
        Conclusion { last_error: error(), ..conclusion(Status::Retrying) },
        Conclusion { last_error: error(), ending: Ending::ErrorOnly, ..counted(Status::Imported) },
    ];
    for (last, run_id) in last.iter().zip([None, Some("run-7")].into_iter().cycle()) {
        let mut job = job();
        job.event.run_id = run_id.map(|run_id| run_id.parse().unwrap());
        // An earlier pass counted something else: nothing of it may be announced again.
        let earlier = Conclusion { matched_by: BTreeSet::new(), ..counted(Status::Deferred) };
        let item = item_after(&job, "me", &[earlier, last.clone()]).await;
        let Claimed::Done(record) = ledger(&[&refuses(item)]).claim(claim(&job)).await.unwrap() else {
            panic!("it is done");
        };
        assert_eq!(record.completed.unwrap().outcome, Outcome::new(&job, last, noon()));
    }
}

/// Bytes of an item as `DynamoDB` counts them.
fn bytes(item: &Item) -> usize {
    fn of(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(number) => number.len().div_ceil(2) + 1,
            AttributeValue::Bool(_) => 1,
            AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + of(value)).sum::<usize>(),
            AttributeValue::M(values) => 3 + bytes(values) + values.len(),
            other => panic!("{other:?}"),
        }
    }
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

#[tokio::test]
async fn the_item_of_an_import_costs_one_write_unit() {
    let uuid = "3f2a8c1e-7b1d-4c55-9a67-0d5b8f1f2c3e";
    let mut job = job();
    job.event.organization_id = "org_2f8KQx1mZb7Yc0LrTnWe".parse().unwrap();
    job.event.simulation_output_id = uuid.parse().unwrap();
    job.event.run_id = Some(uuid.parse().unwrap());
    // A request and a message, as Lambda and SQS name them.
    let owner = format!("{uuid}/{uuid}");
    let next = Some((1, noon().plus(Duration::from_secs(20))));
    let conclusion = Conclusion { next, due_since: Some(noon()), ..counted(Status::Imported) };
    let mut item = item_after(&job, &owner, &[conclusion]).await;
    // A write is charged by what was there or by what is there, whichever is larger: the lease counts, too.
    item.extend([("owner".to_owned(), text(owner)), ("lease_until".to_owned(), number(noon().millis()))]);
    assert!(bytes(&item) <= 1024, "{} bytes: {item:#?}", bytes(&item));
}

#[tokio::test]
async fn an_import_is_found_by_the_time_of_the_completion_that_no_pass_follows() {
    let keys = |set: &Item| ["recent_key", "recent_at"].map(|name| set.get(name).cloned());
    let (last, ..) = completed(&conclusion(Status::Empty)).await;
    let at = noon().plus(Duration::from_secs(7)).millis();
    assert_eq!(keys(&last), [Some(text(format!("2026-11-20#{SHARD}"))), Some(number(at))]);
    let next = Some((1, noon().plus(Duration::from_secs(20))));
    let (earlier, ..) = completed(&Conclusion { next, ..conclusion(Status::Empty) }).await;
    assert_eq!(keys(&earlier), [None, None], "an entry that moves costs two write units");
}

#[tokio::test]
async fn a_completion_asks_for_a_person_only_where_one_is_needed() {
    let error = || Some("the key is not known".to_owned());
    let next = Some((1, noon()));
    for (conclusion, expected) in [
        (Conclusion { reason: Some("unauthorized"), last_error: error(), ..conclusion(Status::Failed) }, true),
        (Conclusion { last_error: error(), ..conclusion(Status::Imported) }, true),
        (Conclusion { last_error: error(), next, ..conclusion(Status::Imported) }, false),
        (Conclusion { last_error: error(), next, ..conclusion(Status::Retrying) }, false),
        (conclusion(Status::Imported), false),
    ] {
        let (set, removed, added) = completed(&conclusion).await;
        assert_eq!(set.get("attention_key").cloned(), expected.then(|| text("org-1#2026-11-20")), "{conclusion:?}");
        assert_eq!(removed.contains(&"attention_key".to_owned()), !expected);
        assert!(!set.contains_key("stored") && !removed.contains(&"matched_by".to_owned()), "counts are left alone");
        for name in ["passes_from", "progress", "lost"] {
            assert_eq!(removed.contains(&name.to_owned()), conclusion.next.is_none(), "{name}");
        }
        assert!(added.is_empty());
    }
}
