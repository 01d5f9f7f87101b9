//! Messages of the queues.

use spanlift_model::{ImportJob, SimulationCompleted};

/// Bytes of the sentence that says why a message is refused.
const LONGEST_REFUSAL: usize = 400;

/// An event, bare or in its envelope: it keeps every rule, and means the same when it is written and read again.
pub fn event(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match SimulationCompleted::parse(text) {
        Ok(event) => {
            check(&event);
            let written = serde_json::to_string(&event).unwrap();
            assert_eq!(SimulationCompleted::parse(&written).as_ref(), Ok(&event), "{written}");
        }
        Err(refusal) => check_refusal(refusal.reason(), &refusal.to_string()),
    }
}

/// The same for an import job.
pub fn job(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match ImportJob::parse(text) {
        Ok(job) => {
            check(&job.event);
            assert_eq!(
                job.import_id(),
                ImportJob { pass: 7, force: true, ..job.clone() }.import_id(),
                "passes are of one import"
            );
            let written = serde_json::to_string(&job).unwrap();
            assert_eq!(ImportJob::parse(&written).as_ref(), Ok(&job), "{written}");
        }
        Err(refusal) => check_refusal(refusal.reason(), &refusal.to_string()),
    }
}

fn check(event: &SimulationCompleted) {
    let organization = event.organization_id.as_str();
    assert!((1..=64).contains(&organization.len()), "{organization}");
    assert!(
        organization.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')),
        "{organization}"
    );
    let hints = event.hints();
    assert!((1..=9).contains(&hints.len()), "{} hints", hints.len());
    for hint in hints.iter().map(|hint| hint.as_str()) {
        assert!((1..=200).contains(&hint.chars().count()) && !hint.trim().is_empty(), "{hint:?}");
        assert!(!hint.chars().any(char::is_control), "{hint:?}");
    }
    let window = event.window();
    assert!(window.from <= window.to && window.to.since(window.from).as_secs() <= 24 * 3600, "{window:?}");
    assert!(event.attempt >= 1);
}

fn check_refusal(reason: &str, sentence: &str) {
    assert!(reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{reason}");
    assert!(sentence.len() <= LONGEST_REFUSAL, "a refusal of {} bytes", sentence.len());
}
