use std::cell::RefCell;
use std::collections::BTreeSet;

use clap::Parser as _;
use serde_json::{Value, json};
use spanlift_aws::{FanoutEntry, ImportEntry};
use spanlift_importer::PortError;
use spanlift_importer::direct::{PreviewAnswer, Refused, VerifyAnswer, VerifyRequest};
use spanlift_model::{DeferReason, EmptyReason, FailureReason, Provider, Status, Truncation};

use super::made_up::{Deployment, entries, fanout, import, view};
use crate::arguments::{Arguments, Command};
use crate::connections::ports::Functions;
use crate::explain::{explain, explain_truncation};
use crate::explain_simulation;

/// A provider's function that keeps the events which it is asked about, and says no unless it is given an answer.
#[derive(Default)]
struct Asked(RefCell<Vec<Value>>, Option<Value>);

impl Functions for Asked {
    fn providers(&self) -> Vec<Provider> {
        vec!["arize".parse().unwrap()]
    }

    async fn verify(&self, _: &Provider, _: VerifyRequest) -> Result<VerifyAnswer, PortError> {
        unimplemented!("not asked here")
    }

    async fn preview(&self, _: &Provider, event: Value) -> Result<PreviewAnswer, PortError> {
        self.0.borrow_mut().push(event);
        if let Some(answer) = &self.1 {
            return Ok(serde_json::from_value(answer.clone()).unwrap());
        }
        let (reason, advice) = ("unreachable".to_owned(), "No connection could be made.".to_owned());
        Ok(PreviewAnswer::Refused(Refused { ok: false, reason, advice }))
    }
}

#[tokio::test]
async fn a_preview_knows_the_hints_of_an_import_that_went_past_fanout() {
    let hints = |name: &str| vec![name.to_owned()];
    let replayed = ImportEntry { hints: hints("of the job"), ..import("arize", Status::Empty) };
    let of_event = FanoutEntry { hints: hints("of the event"), ..fanout(&["arize"], &[]) };
    for (fanout, imports, expected) in [
        (None, vec![replayed.clone()], json!(["of the job"])),
        (Some(of_event), vec![replayed], json!(["of the event"])),
        (Some(fanout(&["arize"], &[])), vec![import("arize", Status::Empty)], json!([])),
    ] {
        let ledger = Deployment::new(vec![(0, entries(fanout, &imports))]);
        let functions = Asked::default();
        let arguments = Arguments::try_parse_from(["spanlift", "explain", "org-1", "sim-1", "--ask"]).unwrap();
        let Command::Explain(arguments) = arguments.command else { panic!("explain") };
        let mut out = Vec::new();

        explain_simulation::explain(&ledger, &functions, &arguments, &view(), &mut out).await.unwrap();

        assert_eq!(functions.0.borrow()[0]["hints"], expected);
        for hint in expected.as_array().unwrap() {
            assert!(String::from_utf8_lossy(&out).contains(hint.as_str().unwrap()), "{hint}");
        }
    }
}

#[tokio::test]
async fn a_preview_says_what_its_words_mean() {
    let size = explain_truncation(Truncation::Size);
    for (said, expected) in [
        (json!({"status": "empty", "reason": "untagged"}), vec![explain(Status::Empty, Some("untagged"))]),
        (json!({"status": "skipped_native"}), vec![explain(Status::SkippedNative, None)]),
        (json!({"status": "imported", "truncated": "size"}), vec![size]),
        (json!({"status": "imported", "incomplete": true}), vec!["a part of a trace is missing"]),
        (json!({"status": "failed", "reason": "timeout", "error": "It was slow."}), vec!["It was slow."]),
        (json!({"status": "imported"}), vec!["imported; 0 stored now, 7 would be added"]),
    ] {
        let mut answer = json!({
            "ok": true, "provider": "arize", "stored": 0, "would_insert": 7, "matched_traces": 1, "matched_spans": 7,
            "rejected": {}, "matched_by": [], "incomplete": false, "traces": [], "traces_not_listed": 0, "requests": 2,
            "duration_ms": 12,
        });
        answer.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let imports = [import("arize", Status::InProgress)];
        let ledger = Deployment::new(vec![(0, entries(Some(fanout(&["arize"], &[])), &imports))]);
        let functions = Asked(RefCell::default(), Some(answer));
        let arguments = Arguments::try_parse_from(["spanlift", "explain", "org-1", "sim-1", "--ask"]).unwrap();
        let Command::Explain(arguments) = arguments.command else { panic!("explain") };
        let mut out = Vec::new();

        explain_simulation::explain(&ledger, &functions, &arguments, &view(), &mut out).await.unwrap();

        let out = String::from_utf8(out).unwrap();
        for sentence in &expected {
            assert!(out.contains(sentence), "{said}: {out}");
        }
        let imported = explain(Status::Imported, None);
        assert!(!out.contains(imported), "nothing is said to be stored that is not: {out}");
    }
}

fn is_a_sentence(text: &str) -> bool {
    text.ends_with('.') && text.starts_with(char::is_uppercase) && text.len() > 30
}

#[test]
fn every_word_of_the_ledger_has_a_sentence_of_its_own() {
    let failures = FailureReason::ALL.iter().map(|reason| explain(Status::Failed, Some(reason.as_str())));
    let deferrals = DeferReason::ALL.iter().map(|reason| explain(Status::Deferred, Some(reason.as_str())));
    let emptiness = EmptyReason::ALL.iter().map(|reason| explain(Status::Empty, Some(reason.as_str())));
    let truncations = Truncation::ALL.iter().map(|truncation| explain_truncation(*truncation));
    // Those of failed, deferred and empty without a reason are what is said of an unknown one.
    let statuses = Status::ALL.iter().map(|status| explain(*status, None));

    let all: Vec<_> = failures.chain(deferrals).chain(emptiness).chain(truncations).chain(statuses).collect();

    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "one sentence stands for two words");
    for text in all {
        assert!(is_a_sentence(text), "{text}");
    }
}

#[test]
fn a_word_that_is_not_known_is_said_to_be_so() {
    for status in [Status::Failed, Status::Deferred, Status::Empty] {
        assert!(explain(status, Some("phase_of_the_moon")).contains("does not know"));
    }
}

#[test]
fn what_is_final_and_can_be_mended_names_force() {
    for reason in FailureReason::ALL {
        assert!(explain(Status::Failed, Some(reason.as_str())).contains("--force"), "{reason}");
    }
}
