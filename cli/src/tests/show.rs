use std::collections::BTreeMap;

use spanlift_model::Status;
use spanlift_trace_store::StoredSpan;

use super::made_up::{Deployment, call, entries, fanout, import, imported, span, view};
use crate::arguments::ShowArguments;
use crate::show::{ShowError, show};

fn asked() -> ShowArguments {
    ShowArguments {
        organization: "org-1".parse().unwrap(),
        simulation: "sim-1".parse().unwrap(),
        attempt: None,
        provider: None,
        svg: None,
        json: false,
    }
}

fn deployment() -> Deployment {
    let mut deployment =
        Deployment::new(vec![(0, entries(Some(fanout(&["arize"], &["langfuse"])), &[imported("arize")]))]);
    deployment.spans = call();
    deployment
}

async fn shown(deployment: &Deployment, asked: &ShowArguments) -> Result<String, ShowError> {
    let mut out = Vec::new();
    show(deployment, deployment, asked, &view(), &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_simulation_with_imported_and_native_spans() {
    insta::assert_snapshot!(shown(&deployment(), &asked()).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn one_provider_alone() {
    let asked = ShowArguments { provider: Some("arize".parse().unwrap()), ..asked() };

    let shown = shown(&deployment(), &asked).await.unwrap();

    assert!(!shown.contains("langfuse") && !shown.contains("native"), "{shown}");
    assert!(shown.contains("6 spans in 1 trace"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn the_highest_attempt_unless_another_is_asked_for() {
    let mut second = imported("arize");
    (second.attempt, second.import_id) = (2, Some("second".to_owned()));
    let mut deployment = Deployment::new(vec![(0, entries(None, &[import("arize", Status::Superseded), second]))]);
    let of_attempt = |attempt: &str, import_id: &str| StoredSpan {
        resource: vec![
            ("coval.attempt".to_owned(), attempt.to_owned()),
            ("import.id".to_owned(), import_id.to_owned()),
        ],
        ..span("a", "", &format!("span of attempt {attempt}"), 0, 1)
    };
    deployment.spans = vec![of_attempt("1", "arize-import"), of_attempt("2", "second")];

    let highest = shown(&deployment, &asked()).await.unwrap();
    let first = shown(&deployment, &ShowArguments { attempt: Some(1), ..asked() }).await.unwrap();
    let third = shown(&deployment, &ShowArguments { attempt: Some(3), ..asked() }).await.unwrap_err();

    assert!(highest.contains("span of attempt 2") && !highest.contains("span of attempt 1"), "{highest}");
    assert!(first.contains("span of attempt 1") && first.contains("superseded"), "{first}");
    assert_eq!(third.to_string(), "there is no attempt 3; the ledger knows of 1, 2");
}

#[tokio::test(start_paused = true)]
async fn what_the_ledger_forgot_or_never_knew() {
    let unknown = shown(&Deployment::new(vec![]), &asked()).await.unwrap_err();
    assert!(unknown.to_string().starts_with("the ledger knows nothing of simulation sim-1 of organization org-1"));

    let mut forgotten = Deployment::new(vec![(0, entries(Some(fanout(&[], &["arize"])), &[]))]);
    forgotten.spans = vec![span("a", "", "root", 0, 1)];
    let shown = shown(&forgotten, &asked()).await.unwrap();
    assert!(
        shown.contains("arize, import arize-import, of which the ledger knows nothing: 1 span in 1 trace"),
        "{shown}"
    );
}

#[tokio::test(start_paused = true)]
async fn json_is_one_document_with_entries_and_spans() {
    let shown = shown(&deployment(), &ShowArguments { json: true, ..asked() }).await.unwrap();

    let document: serde_json::Value = serde_json::from_str(&shown).unwrap();

    assert_eq!(document["attempt"], 1);
    assert_eq!(document["fanout"]["not_connected"][0], "langfuse");
    assert_eq!(document["imports"][0]["status"], "imported");
    assert_eq!(document["spans"].as_array().unwrap().len(), 7);
    assert_eq!(document["spans"][6]["is_native"], true);
    // Another crate of the same build may have serde_json keep the members' order: here they are sorted.
    let span: BTreeMap<String, serde_json::Value> = serde_json::from_value(document["spans"][3].clone()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&span).unwrap());
}
