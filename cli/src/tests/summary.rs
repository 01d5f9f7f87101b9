use std::collections::BTreeMap;

use spanlift_aws::ImportEntry;
use spanlift_model::Status;

use super::made_up::{because, entries, fanout, import, imported, next, view};
use crate::status::AttemptStatus;
use crate::summary::{explanations, imports_table};
use crate::view::View;

fn standing(sent_to: &[&str], not_connected: &[&str], imports: &[ImportEntry]) -> AttemptStatus {
    AttemptStatus::new(entries(Some(fanout(sent_to, not_connected)), imports), 1)
}

fn told(attempt_status: &AttemptStatus) -> String {
    format!("{}\n{}", imports_table(attempt_status, &view()), explanations(attempt_status, &view()))
}

#[test]
fn an_import_that_went_well_beside_two_that_are_not_connected() {
    let arize = next(imported("arize"), 3, "15:14:10");

    insta::assert_snapshot!(told(&standing(&["arize"], &["langfuse", "langsmith"], &[arize])));
}

#[test]
fn what_is_cut_incomplete_or_went_wrong_later_is_said() {
    let arize = ImportEntry {
        matched_spans: Some(50),
        truncated: Some("budget".to_owned()),
        incomplete: Some(true),
        rejected: BTreeMap::from([("no_id".to_owned(), 2), ("bad_time".to_owned(), 1)]),
        last_error: Some("the platform did not answer in time".to_owned()),
        ..next(imported("arize"), 1, "15:09:57")
    };

    insta::assert_snapshot!(told(&standing(&["arize"], &[], &[arize])));
}

#[test]
fn what_came_too_late_for_its_call_is_not_left_out() {
    let rejected = BTreeMap::from([("late_in_call".to_owned(), 2)]);
    let told = explanations(&standing(&["arize"], &[], &[ImportEntry { rejected, ..imported("arize") }]), &view());
    assert!(told.contains("under their own names: 2") && !told.contains("left out"), "{told}");
}

#[test]
fn how_the_traces_were_looked_for_is_said_where_not_all_was_seen() {
    let looked = |how: &str| {
        let entry = ImportEntry { discovery: Some(how.to_owned()), ..imported("arize") };
        explanations(&standing(&["arize"], &[], &[entry]), &view())
    };
    for (how, expected) in [
        ("searched", "arize discovery: searched: The traces were found by a search"),
        ("unfinished", "arize discovery: unfinished: A part of the call's window could not be read"),
    ] {
        assert!(looked(how).contains(expected), "{}", looked(how));
    }
}

#[test]
fn every_way_to_stand() {
    let lease = ImportEntry { pass: Some(1), ..next(import("b-reading", Status::InProgress), 1, "15:09:59") };
    let failed = ImportEntry {
        last_error: Some("Phoenix does not know the API key".to_owned()),
        ..because(import("d-failed", Status::Failed), "unauthorized")
    };
    let imports = [
        because(next(import("a-deferred", Status::Deferred), 2, "15:10:40"), "empty"),
        lease,
        because(next(import("c-retrying", Status::Retrying), 0, "15:09:58"), "unreachable"),
        failed,
        because(import("e-empty", Status::Empty), "untagged"),
        import("f-native", Status::SkippedNative),
    ];

    insta::assert_snapshot!(told(&standing(&["g-queued"], &[], &imports)));
}

#[test]
fn equal_words_are_explained_once() {
    let imports = [import("arize", Status::SkippedNative), import("langfuse", Status::SkippedNative)];

    let told = explanations(&standing(&["arize", "langfuse"], &[], &imports), &view());

    assert!(told.starts_with("arize, langfuse skipped_native: "), "{told}");
    assert_eq!(told.lines().count(), 1);
}

#[test]
fn colours_do_not_move_columns() {
    let attempt_status = standing(&["arize"], &["langfuse"], &[imported("arize")]);
    let coloured = imports_table(&attempt_status, &View { is_coloured: true, ..view() });

    let mut plain = coloured;
    for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"] {
        plain = plain.replace(code, "");
    }

    assert_eq!(plain, imports_table(&attempt_status, &view()));
}
