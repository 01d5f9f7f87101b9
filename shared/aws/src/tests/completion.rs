use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use spanlift_importer::ports::Ledger;
use spanlift_importer::{Conclusion, Discovery, Outcome, PortError};
use spanlift_model::{Counts, ServerVersion, Status, Truncation};

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
        ("recent_key", text(format!("2026-11-20#{SHARD}"))),
        ("recent_at", number(noon().plus(Duration::from_secs(7)).millis())),
    ]);
    let outcome = set.remove("outcome").unwrap();
    let outcome: Outcome = serde_json::from_str(outcome.as_s().unwrap()).unwrap();
    assert_eq!((outcome.status.as_str(), outcome.stored, outcome.is_final), ("imported", Some(8), false));
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
