use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use spanlift_importer::ports::{Claim, Claimed, Ledger};
use spanlift_importer::{Conclusion, Record};
use spanlift_model::{ImportJob, Status};

use super::{job, noon};
use crate::ledger::{Item, number, text};
use crate::{DynamoLedger, Entries};

const LIFETIME: Duration = Duration::from_hours(90 * 24);

pub(super) fn ledger(rules: &[&Rule]) -> DynamoLedger {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules);
    DynamoLedger::with_client(client, "ledger", LIFETIME)
}

pub(super) fn claim(job: &ImportJob) -> Claim<'_> {
    Claim { job, owner: "me", now: noon(), lease_until: noon().plus(Duration::from_mins(1)) }
}

pub(super) fn conclusion(status: Status) -> Conclusion {
    Conclusion::new(status, noon().plus(Duration::from_secs(7)))
}

pub(super) fn item(attributes: &[(&str, AttributeValue)]) -> Item {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Refuses an update with the item that is there.
pub(super) fn refuses(item: Item) -> Rule {
    mock!(Client::update_item).then_error(move || {
        let refused = ConditionalCheckFailedException::builder().set_item(Some(item.clone())).build();
        UpdateItemError::ConditionalCheckFailedException(refused)
    })
}

/// Takes an update and remembers it.
pub(super) fn takes(before: Option<Item>) -> (Rule, Arc<Mutex<Option<UpdateItemInput>>>) {
    let seen = Arc::new(Mutex::new(None));
    let request_seen = Arc::clone(&seen);
    let rule = mock!(Client::update_item).then_compute_output(move |request| {
        *request_seen.lock().unwrap() = Some(request.clone());
        UpdateItemOutput::builder().set_attributes(before.clone()).build()
    });
    (rule, seen)
}

#[tokio::test]
async fn a_claim_is_one_conditional_write() {
    let (rule, seen) = takes(None);
    let job = job();
    assert_eq!(ledger(&[&rule]).claim(claim(&job)).await.unwrap(), Claimed::Ours(Record::first(noon())));

    let request = seen.lock().unwrap().take().unwrap();
    assert_eq!(request.key().unwrap(), &item(&[("PK", text("org-1#sim-1")), ("SK", text("1#langfuse"))]));
    assert_eq!(
        request.condition_expression().unwrap(),
        "attribute_not_exists(PK) OR (#expires_at > :now_seconds AND \
         (attribute_not_exists(#lease_until) OR #lease_until <= :now) AND #next_pass <= :pass AND #next_at <= :now)"
    );
    let values = request.expression_attribute_values().unwrap();
    assert_eq!(values[":lease_until"], number(noon().millis() + 60_000));
    assert_eq!(values[":expires_at"], number(noon().seconds() + 90 * 86_400));
    assert_eq!(values[":status"], text("in_progress"));
    assert!(request.update_expression().unwrap().contains("#passes_from = if_not_exists(#passes_from, :passes_from)"));
    assert!(!request.update_expression().unwrap().contains("last_status"), "the earlier status stays known");
    assert!(request.update_expression().unwrap().ends_with("ADD #tries :tries"));
    assert_eq!(values[":tries"], number(1));
}

#[tokio::test]
async fn a_later_claim_knows_what_was() {
    let before = item(&[
        ("status", text("in_progress")),
        ("last_status", text("imported")),
        ("passes_from", number(noon().millis() - 5000)),
        ("next_pass", number(2)),
        ("next_at", number(noon().millis())),
        ("inserted_bytes", number(70)),
        ("due_since", number(noon().millis() - 3000)),
        ("tries", number(3)),
    ]);
    let (rule, _) = takes(Some(before));
    let job = job().later(2, noon());
    let record = Record {
        first_claimed_at: noon().minus(Duration::from_secs(5)),
        due_since: noon().minus(Duration::from_secs(3)),
        status: Some(Status::Imported),
        next: Some((2, noon())),
        tries: 4,
        inserted_bytes: 70,
        ..Record::first(noon())
    };
    assert_eq!(ledger(&[&rule]).claim(claim(&job)).await.unwrap(), Claimed::Ours(record));
}

#[tokio::test]
async fn force_takes_a_final_import_and_starts_over() {
    let first_claimed_at = ("first_claimed_at", text(noon().minus(Duration::from_hours(1))));
    let before = item(&[("status", text("imported")), ("last_status", text("imported")), first_claimed_at]);
    let (rule, seen) = takes(Some(before));
    let job = ImportJob { force: true, ..job() };
    let record = Record { status: Some(Status::Imported), ..Record::first(noon()) };
    assert_eq!(ledger(&[&rule]).claim(claim(&job)).await.unwrap(), Claimed::Ours(record));
    let request = seen.lock().unwrap().take().unwrap();
    let condition = request.condition_expression().unwrap().to_owned();
    assert!(
        condition.ends_with("(#next_pass <= :pass AND #next_at <= :now OR attribute_not_exists(#next_pass)))"),
        "{condition}"
    );
}

#[tokio::test]
async fn a_claim_that_is_refused_says_why() {
    let job = job();
    let live = number(noon().millis() + 1000);
    let next = [("next_pass", number(1)), ("next_at", number(noon().millis() + 9000))];
    let ours = Claimed::Ours(Record { status: Some(Status::InProgress), tries: 0, ..Record::first(noon()) });
    let done = |status, next| Claimed::Done(Record { status: Some(status), next, tries: 0, ..Record::first(noon()) });
    let first_claimed_at = ("first_claimed_at", text(noon()));
    for (in_the_way, expected) in [
        (vec![("status", text("in_progress")), ("owner", text("me")), ("lease_until", live.clone())], ours),
        (
            vec![("status", text("in_progress")), ("owner", text("you")), ("lease_until", live)],
            Claimed::Leased(noon().plus(Duration::from_secs(1))),
        ),
        (
            [vec![("status", text("deferred")), first_claimed_at.clone()], next.to_vec()].concat(),
            done(Status::Deferred, Some((1, noon().plus(Duration::from_secs(9))))),
        ),
        (vec![("status", text("empty")), first_claimed_at], done(Status::Empty, None)),
    ] {
        let claimed = ledger(&[&refuses(item(&in_the_way))]).claim(claim(&job)).await.unwrap();
        assert_eq!(claimed, expected, "{in_the_way:?}");
    }
}

#[tokio::test]
async fn an_item_whose_time_is_over_is_no_item() {
    let refuse = refuses(item(&[("status", text("failed")), ("expires_at", number(noon().seconds()))]));
    let put = mock!(aws_sdk_dynamodb::Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            item["passes_from"] == number(noon().millis()) && !item.contains_key("last_status")
        })
        .then_output(|| PutItemOutput::builder().build());
    let claimed = ledger(&[&refuse, &put]).claim(claim(&job())).await.unwrap();
    assert_eq!(claimed, Claimed::Ours(Record::first(noon())));
}

#[test]
fn entries_pass_over_what_is_not_ours() {
    let until = ("expires_at", number(noon().seconds() + 1));
    let hints = ("hints", AttributeValue::L(vec![text("call-17")]));
    let import = [("SK", text("1#arize")), ("attempt", number(1)), ("provider", text("arize"))];
    let entries = Entries::new(
        &[
            item(&[import.to_vec(), vec![("status", text("empty")), hints, until.clone()]].concat()),
            item(&[import.to_vec(), vec![("status", text("empty")), ("expires_at", number(1))]].concat()),
            item(&[import.to_vec(), vec![("status", text("a word of the future")), until.clone()]].concat()),
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
    assert_eq!(entries.imports[0].hints, ["call-17"]);
    assert_eq!(entries.fanouts[0].sent_to, ["arize"]);
    assert_eq!(serde_json::to_value(&entries).unwrap()["imports"][0]["status"], "empty");
}
