use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_smithy_mocks::{Rule, mock};
use spanlift_model::{Status, Timestamp};

use super::ledger::{item, ledger};
use super::noon;
use crate::RecentEntry;
use crate::ledger::{Item, number, text};

/// The table's item of an import that began or ended so long before noon.
fn import(simulation: &str, before: Duration, status: Status) -> Item {
    let at = noon().minus(before);
    let (organization, _) = simulation.split_once('/').unwrap_or(("org-1", ""));
    item(&[
        ("PK", text(format!("{organization}#{simulation}"))),
        ("SK", text("1#arize")),
        ("organization_id", text(organization)),
        ("simulation_output_id", text(simulation)),
        ("attempt", number(1)),
        ("provider", text("arize")),
        ("status", text(status)),
        ("recent_at", number(at.millis())),
        ("expires_at", number(at.plus(Duration::from_hours(48)).seconds())),
    ])
}

/// Its entry in the index: keys, and nothing else.
fn keys_of(import: &Item) -> Item {
    let mut keys = import.clone();
    keys.retain(|name, _| ["PK", "SK", "recent_at"].contains(&name.as_str()));
    keys
}

type Asked = Arc<Mutex<Vec<String>>>;

/// The index, by key; and which keys were asked for.
fn index(shards: Vec<(&'static str, Vec<Item>)>) -> (Rule, Asked) {
    let asked = Asked::default();
    let keys = Arc::clone(&asked);
    let rule = mock!(Client::query).then_compute_output(move |request| {
        assert_eq!((request.index_name(), request.scan_index_forward()), (Some("recent"), Some(false)));
        let key = request.expression_attribute_values().unwrap()[":key"].as_s().unwrap().clone();
        let found =
            shards.iter().find(|(shard, _)| *shard == key).map(|(_, items)| items.iter().map(keys_of).collect());
        keys.lock().unwrap().push(key);
        QueryOutput::builder().set_items(Some(found.unwrap_or_default())).build()
    });
    (rule, asked)
}

/// The table, which gives `at_once` items of those that it is asked for; and whose it was asked for.
fn table(items: Vec<Item>, at_once: usize) -> (Rule, Asked) {
    let asked = Asked::default();
    let partitions = Arc::clone(&asked);
    let rule = mock!(Client::batch_get_item).then_compute_output(move |request| {
        let keys = request.request_items().unwrap()["ledger"].keys();
        assert!(keys.iter().all(|key| key.len() == 2), "PK and SK");
        assert!(keys.len() <= 100, "more is refused");
        partitions.lock().unwrap().extend(keys.iter().map(|key| key["PK"].as_s().unwrap().clone()));
        let (now, later) = keys.split_at(at_once.min(keys.len()));
        let found = items.iter().filter(|item| now.iter().any(|key| key["PK"] == item["PK"])).cloned().collect();
        let left = KeysAndAttributes::builder().set_keys(Some(later.to_vec())).build().unwrap();
        let left = (!later.is_empty()).then(|| HashMap::from([("ledger".to_owned(), left)]));
        BatchGetItemOutput::builder().responses("ledger", found).set_unprocessed_keys(left).build()
    });
    (rule, asked)
}

fn shards() -> Vec<(&'static str, Vec<Item>)> {
    let minutes = Duration::from_mins;
    vec![
        ("2026-11-20#3", vec![import("b", minutes(2), Status::Failed), import("d", minutes(9), Status::Imported)]),
        ("2026-11-20#7", vec![import("a", minutes(1), Status::Imported), import("c", minutes(5), Status::Imported)]),
        ("2026-11-19#0", vec![import("e", minutes(800), Status::Imported)]),
        // Its time is over, though it is there yet.
        ("2026-11-18#1", vec![import("gone", minutes(48 * 60 + 1), Status::Imported)]),
    ]
}

fn items() -> Vec<Item> {
    shards().into_iter().flat_map(|(_, items)| items).collect()
}

/// The simulations that are found, and the days that were looked at.
async fn recent(since: Duration, limit: usize, is_wanted: impl Fn(&RecentEntry) -> bool) -> (Vec<String>, Vec<String>) {
    let ((index, asked), (table, _)) = (index(shards()), table(items(), 1));
    let from: Timestamp = noon().minus(since);
    let found = ledger(&[&index, &table]).recent(None, from, noon(), limit, is_wanted).await.unwrap();
    let mut days: Vec<String> =
        asked.lock().unwrap().iter().map(|key| key.split('#').next().unwrap().to_owned()).collect();
    assert_eq!(days.len() % 8, 0, "every shard of a day");
    days.dedup();
    (found.into_iter().map(|entry| entry.simulation_output_id).collect(), days)
}

#[tokio::test]
async fn imports_come_newest_first_over_all_shards_and_days() {
    let week = Duration::from_hours(7 * 24);
    let (found, days) = recent(Duration::from_hours(72), 10, |_| true).await;
    assert_eq!(found, ["a", "b", "c", "d", "e"]);
    assert_eq!(days, ["2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17"]);
    // No day more is looked at than is needed, and none before what was asked for.
    assert_eq!(recent(week, 3, |_| true).await, (vec!["a".into(), "b".into(), "c".into()], vec!["2026-11-20".into()]));
    let (found, days) = recent(Duration::from_hours(1), 10, |_| true).await;
    assert_eq!((found.len(), days), (4, vec!["2026-11-20".to_owned()]));
    // What is not wanted counts for nothing.
    let (found, days) = recent(Duration::from_hours(24), 1, |entry| entry.import.status == Status::Failed).await;
    assert_eq!((found, days.len()), (vec!["b".to_owned()], 1));
    let (found, _) = recent(Duration::from_hours(24), 9, |entry| entry.import.provider == "langfuse").await;
    assert!(found.is_empty());
}

#[tokio::test]
async fn of_one_organization_the_others_items_are_not_read() {
    let minute = Duration::from_mins(1);
    let imports = vec![import("x", minute, Status::Empty), import("org-2/y", minute * 2, Status::Empty)];
    let ((index, _), (table, read)) = (index(vec![("2026-11-20#3", imports.clone())]), table(imports, 100));
    let organization = "org-2".parse().unwrap();
    let from = noon().minus(Duration::from_hours(1));
    let found = ledger(&[&index, &table]).recent(Some(&organization), from, noon(), 9, |_| true).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.simulation_output_id.as_str()).collect::<Vec<_>>(), ["org-2/y"]);
    assert_eq!(*read.lock().unwrap(), ["org-2#org-2/y"]);
}

#[tokio::test]
async fn a_table_that_gives_nothing_is_asked_once() {
    let ((index, _), (table, read)) = (index(shards()), table(items(), 0));
    let error = ledger(&[&index, &table]).recent(None, noon(), noon(), 9, |_| true).await.unwrap_err();
    assert!(error.to_string().contains("none of the items"), "{error}");
    assert_eq!(read.lock().unwrap().len(), 2, "one batch");
}

#[tokio::test]
async fn an_import_that_moves_in_the_index_is_one_import() {
    let import = import("a", Duration::from_mins(1), Status::Imported);
    let entries = vec![("2026-11-20#3", vec![import.clone()]), ("2026-11-19#3", vec![import.clone()])];
    let ((index, _), (table, _)) = (index(entries), table(vec![import], 100));
    let from = noon().minus(Duration::from_hours(24));
    let found = ledger(&[&index, &table]).recent(None, from, noon(), 9, |_| true).await.unwrap();
    assert_eq!(found.len(), 1);
}
