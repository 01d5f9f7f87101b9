use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_smithy_mocks::{Rule, mock};
use spanlift_model::{Status, Timestamp};

use super::ledger::{item, ledger};
use super::noon;
use crate::RecentEntry;
use crate::ledger::{Item, number, text};

/// An import that was touched so long before noon.
fn import(simulation: &str, before: Duration, status: Status) -> Item {
    let at = noon().minus(before);
    item(&[
        ("organization_id", text("org-1")),
        ("simulation_output_id", text(simulation)),
        ("attempt", number(1)),
        ("provider", text("arize")),
        ("status", text(status)),
        ("recent_at", number(at.millis())),
        ("expires_at", number(at.plus(Duration::from_hours(48)).seconds())),
    ])
}

/// The index, by key; and which keys were asked for.
fn index(shards: Vec<(&'static str, Vec<Item>)>) -> (Rule, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keys = Arc::clone(&asked);
    let rule = mock!(Client::query).then_compute_output(move |request| {
        assert_eq!((request.index_name(), request.scan_index_forward()), (Some("recent"), Some(false)));
        let key = request.expression_attribute_values().unwrap()[":key"].as_s().unwrap().clone();
        let found = shards.iter().find(|(shard, _)| *shard == key).map(|(_, items)| items.clone());
        keys.lock().unwrap().push(key);
        QueryOutput::builder().set_items(Some(found.unwrap_or_default())).build()
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

/// The simulations that are found, and the days that were looked at.
async fn recent(since: Duration, limit: usize, is_wanted: impl Fn(&RecentEntry) -> bool) -> (Vec<String>, Vec<String>) {
    let (rule, asked) = index(shards());
    let from: Timestamp = noon().minus(since);
    let found = ledger(&[&rule]).recent(from, noon(), limit, is_wanted).await.unwrap();
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
