use std::collections::BTreeSet;

use spanlift_model::{DeferReason, EmptyReason, FailureReason, Status, Truncation};

use crate::explain::{explain, explain_truncation};

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
