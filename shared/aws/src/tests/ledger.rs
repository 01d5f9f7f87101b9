use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use spanlift_importer::Conclusion;
use spanlift_importer::ports::{Claim, Claimed, Ledger, PortError, Record};
use spanlift_model::{Counts, ImportJob, Status, Truncation};

use super::{job, noon};
use crate::ledger_item::{Item, number, text};
use crate::{DynamoLedger, Entries};

const LIFETIME: Duration = Duration::from_hours(90 * 24);

fn ledger(rules: &[&Rule]) -> DynamoLedger {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules);
    DynamoLedger::with_client(client, "ledger", LIFETIME)
}

fn claim(job: &ImportJob) -> Claim<'_> {
    Claim {
        job,
        owner: "me",
        now: noon(),
        lease_until: noon().plus(Duration::from_mins(1)),
    }
}

fn conclusion(status: Status) -> Conclusion {
    Conclusion {
        status,
        reason: None,
        next: None,
        counts: None,
        truncated: None,
        incomplete: false,
        matched_by: BTreeSet::new(),
        server_version: None,
        last_error: None,
        at: noon().plus(Duration::from_secs(7)),
    }
}

fn item(attributes: &[(&str, AttributeValue)]) -> Item {
    attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// Refuses an update with the item that is there.
fn refuses(item: Item) -> Rule {
    mock!(Client::update_item).then_error(move || {
        let refused = ConditionalCheckFailedException::builder()
            .set_item(Some(item.clone()))
            .build();
        UpdateItemError::ConditionalCheckFailedException(refused)
    })
}

/// Takes an update and remembers it.
fn takes(before: Option<Item>) -> (Rule, Arc<Mutex<Option<UpdateItemInput>>>) {
    let seen = Arc::new(Mutex::new(None));
    let sees = Arc::clone(&seen);
    let rule = mock!(Client::update_item).then_compute_output(move |request| {
        *sees.lock().unwrap() = Some(request.clone());
        UpdateItemOutput::builder().set_attributes(before.clone()).build()
    });
    (rule, seen)
}

#[tokio::test]
async fn a_claim_is_one_conditional_write() {
    let (rule, seen) = takes(None);
    let job = job();
    let first = Record {
        first_claimed_at: noon(),
        status: None,
        next: None,
    };
    assert_eq!(ledger(&[&rule]).claim(claim(&job)).await.unwrap(), Claimed::Ours(first));

    let request = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        request.key().unwrap(),
        &item(&[("PK", text("org-1#sim-1")), ("SK", text("1#langfuse"))])
    );
    assert_eq!(
        request.condition_expression().unwrap(),
        "attribute_not_exists(PK) OR (#expires_at > :now_seconds AND \
         (attribute_not_exists(#lease_until) OR #lease_until <= :now) AND (#next_pass <= :pass))"
    );
    let values = request.expression_attribute_values().unwrap();
    assert_eq!(values[":lease_until"], number(noon().millis() + 60_000));
    assert_eq!(values[":expires_at"], number(noon().seconds() + 90 * 86_400));
    assert_eq!(values[":status"], text("in_progress"));
    assert!(
        request
            .update_expression()
            .unwrap()
            .contains("#passes_from = if_not_exists(#passes_from, :passes_from)")
    );
    assert!(
        !request.update_expression().unwrap().contains("last_status"),
        "the earlier status stays known"
    );
}

#[tokio::test]
async fn a_later_claim_knows_what_was() {
    let before = item(&[
        ("status", text("in_progress")),
        ("last_status", text("imported")),
        ("passes_from", number(noon().millis() - 5000)),
        ("next_pass", number(2)),
        ("next_at", number(noon().millis())),
    ]);
    let (rule, _) = takes(Some(before));
    let job = job().later(2, noon());
    let record = Record {
        first_claimed_at: noon().minus(Duration::from_secs(5)),
        status: Some(Status::Imported),
        next: Some((2, noon())),
    };
    assert_eq!(
        ledger(&[&rule]).claim(claim(&job)).await.unwrap(),
        Claimed::Ours(record)
    );
}

#[tokio::test]
async fn force_takes_a_final_import_and_starts_over() {
    let first_claimed_at = ("first_claimed_at", text(noon().minus(Duration::from_hours(1))));
    let before = item(&[
        ("status", text("imported")),
        ("last_status", text("imported")),
        first_claimed_at,
    ]);
    let (rule, seen) = takes(Some(before));
    let job = ImportJob { force: true, ..job() };
    let record = Record {
        first_claimed_at: noon(),
        status: Some(Status::Imported),
        next: None,
    };
    assert_eq!(
        ledger(&[&rule]).claim(claim(&job)).await.unwrap(),
        Claimed::Ours(record)
    );
    let request = seen.lock().unwrap().take().unwrap();
    let condition = request.condition_expression().unwrap().to_owned();
    assert!(
        condition.ends_with("(#next_pass <= :pass OR attribute_not_exists(#next_pass)))"),
        "{condition}"
    );
}

#[tokio::test]
async fn a_claim_that_is_refused_says_why() {
    let job = job();
    let live = number(noon().millis() + 1000);
    let next = [("next_pass", number(1)), ("next_at", number(noon().millis() + 9000))];
    let ours = Claimed::Ours(Record {
        first_claimed_at: noon(),
        status: Some(Status::InProgress),
        next: None,
    });
    let done = |status, next| {
        Claimed::Done(Record {
            first_claimed_at: noon(),
            status: Some(status),
            next,
        })
    };
    let first_claimed_at = ("first_claimed_at", text(noon()));
    for (in_the_way, expected) in [
        (
            vec![
                ("status", text("in_progress")),
                ("owner", text("me")),
                ("lease_until", live.clone()),
            ],
            ours,
        ),
        (
            vec![
                ("status", text("in_progress")),
                ("owner", text("you")),
                ("lease_until", live),
            ],
            Claimed::Leased(noon().plus(Duration::from_secs(1))),
        ),
        (
            [
                vec![("status", text("deferred")), first_claimed_at.clone()],
                next.to_vec(),
            ]
            .concat(),
            done(Status::Deferred, Some((1, noon().plus(Duration::from_secs(9))))),
        ),
        (
            vec![("status", text("empty")), first_claimed_at],
            done(Status::Empty, None),
        ),
    ] {
        let claimed = ledger(&[&refuses(item(&in_the_way))]).claim(claim(&job)).await.unwrap();
        assert_eq!(claimed, expected, "{in_the_way:?}");
    }
}

#[tokio::test]
async fn an_item_whose_time_is_over_is_no_item() {
    let refuse = refuses(item(&[
        ("status", text("failed")),
        ("expires_at", number(noon().seconds())),
    ]));
    let put = mock!(aws_sdk_dynamodb::Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            item["passes_from"] == number(noon().millis()) && !item.contains_key("last_status")
        })
        .then_output(|| PutItemOutput::builder().build());
    let first = Record {
        first_claimed_at: noon(),
        status: None,
        next: None,
    };
    assert_eq!(
        ledger(&[&refuse, &put]).claim(claim(&job())).await.unwrap(),
        Claimed::Ours(first)
    );
}

#[tokio::test]
async fn a_completion_is_fenced() {
    let job = job();
    let conclusion = conclusion(Status::Empty);
    let mine = refuses(item(&[("status", text("empty")), ("completed_by", text("me"))]));
    ledger(&[&mine]).complete(claim(&job), &conclusion).await.unwrap();
    for other in [
        item(&[("status", text("in_progress")), ("owner", text("you"))]),
        Item::new(),
    ] {
        let error = ledger(&[&refuses(other)])
            .complete(claim(&job), &conclusion)
            .await
            .unwrap_err();
        assert!(matches!(error, PortError::Fenced), "{error}");
    }
}

/// (what is set, what is removed, what is added to) by a completion.
async fn completed(conclusion: &Conclusion) -> (Item, Vec<String>, Vec<String>) {
    let (rule, seen) = takes(None);
    ledger(&[&rule]).complete(claim(&job()), conclusion).await.unwrap();
    let request = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        request.condition_expression(),
        Some("#owner = :claimed_by AND #status = :in_progress")
    );
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
        rejected: BTreeMap::from([("no_id", 1)]),
    };
    let (set, removed, added) = completed(&Conclusion {
        next: Some((1, next_at)),
        counts: Some(counts),
        truncated: Some(Truncation::Budget),
        incomplete: true,
        matched_by: BTreeSet::from(["session_id"]),
        server_version: Some("3.1".to_owned()),
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
        ("server_version", text("3.1")),
    ]);
    assert_eq!(set, expected);
    assert_eq!(
        removed,
        [
            "attention_at",
            "attention_key",
            "last_error",
            "lease_until",
            "owner",
            "reason"
        ]
    );
    assert_eq!(added, ["requests_total"]);
}

#[tokio::test]
async fn a_completion_asks_for_a_person_only_where_one_is_needed() {
    let error = || Some("the key is not known".to_owned());
    let next = Some((1, noon()));
    for (conclusion, expected) in [
        (
            Conclusion {
                reason: Some("unauthorized"),
                last_error: error(),
                ..conclusion(Status::Failed)
            },
            true,
        ),
        (
            Conclusion {
                last_error: error(),
                ..conclusion(Status::Imported)
            },
            true,
        ),
        (
            Conclusion {
                last_error: error(),
                next,
                ..conclusion(Status::Imported)
            },
            false,
        ),
        (
            Conclusion {
                last_error: error(),
                next,
                ..conclusion(Status::Retrying)
            },
            false,
        ),
        (conclusion(Status::Imported), false),
    ] {
        let (set, removed, added) = completed(&conclusion).await;
        assert_eq!(
            set.get("attention_key").cloned(),
            expected.then(|| text("org-1#2026-11-20")),
            "{conclusion:?}"
        );
        assert_eq!(removed.contains(&"attention_key".to_owned()), !expected);
        assert!(
            !set.contains_key("stored") && !removed.contains(&"matched_by".to_owned()),
            "counts are left alone"
        );
        assert_eq!(removed.contains(&"passes_from".to_owned()), conclusion.next.is_none());
        assert!(added.is_empty());
    }
}

#[test]
fn entries_pass_over_what_is_not_ours() {
    let until = ("expires_at", number(noon().seconds() + 1));
    let import = [
        ("SK", text("1#arize")),
        ("attempt", number(1)),
        ("provider", text("arize")),
    ];
    let entries = Entries::new(
        &[
            item(&[import.to_vec(), vec![("status", text("empty")), until.clone()]].concat()),
            item(
                &[
                    import.to_vec(),
                    vec![("status", text("empty")), ("expires_at", number(1))],
                ]
                .concat(),
            ),
            item(
                &[
                    import.to_vec(),
                    vec![("status", text("a word of the future")), until.clone()],
                ]
                .concat(),
            ),
            item(&[
                ("SK", text("1#fanout")),
                ("attempt", number(1)),
                ("sent_to", AttributeValue::L(vec![text("arize")])),
                until,
            ]),
            Item::new(),
        ],
        noon(),
    );
    assert_eq!(entries.imports.len(), 1);
    assert_eq!(entries.fanouts[0].sent_to, ["arize"]);
    assert_eq!(serde_json::to_value(&entries).unwrap()["imports"][0]["status"], "empty");
}
