//! The outcome message against its JSON Schema. `tests/documents/test_schemas.py` holds the schema against the same file.

use std::collections::BTreeSet;

use serde_json::{Map, Value, from_value, json};
use spanlift_importer::{Conclusion, Outcome};
use spanlift_model::{Counts, DeferReason, ImportJob, Status, Timestamp, Truncation};

const SCHEMA: &str = include_str!("../../../../docs/schemas/outcome.schema.json");
const OUTCOMES: &str = include_str!("../outcomes.json");

fn outcome(name: &str) -> Map<String, Value> {
    let outcomes: Map<String, Value> = serde_json::from_str(OUTCOMES).unwrap();
    outcomes[name].as_object().unwrap().clone()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn job(run_id: Option<&str>, pass: u32) -> ImportJob {
    let job = json!({
        "version": "1", "organization_id": "caf26438", "simulation_output_id": "3zfmuDbVQsi4GaseDtiVcS", "status": "COMPLETED",
        "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:41.25Z", "run_id": run_id, "provider": "arize", "pass": pass,
    });
    ImportJob::parse(&job.to_string()).unwrap()
}

fn conclusion(status: Status, at: Timestamp) -> Conclusion {
    Conclusion::new(status, at)
}

#[test]
fn a_pass_with_everything_to_say_and_one_with_nothing() {
    let began = at("2026-11-20T15:04:42Z");
    let bare = Outcome::new(&job(None, 0), &conclusion(Status::NotConnected, began), began);
    let whole = Conclusion {
        reason: Some(DeferReason::RateLimited.as_str()),
        next: Some((3, at("2026-11-20T15:05:12Z"))),
        counts: Some(Counts {
            stored: 12,
            inserted: 5,
            matched_traces: 1,
            matched_spans: 13,
            requests: 2,
            ..Counts::default()
        }),
        truncated: Some(Truncation::Budget),
        incomplete: true,
        matched_by: BTreeSet::from(["simulation_output_id", "session.id"]),
        last_error: Some("The platform limits its rate.".to_owned()),
        ..conclusion(Status::Deferred, at("2026-11-20T15:04:42.161Z"))
    };
    let whole = Outcome::new(&job(Some("8EktrIgaVxn2LcxkMN1uTp"), 2), &whole, began);
    for (name, said) in [("bare", bare), ("whole", whole)] {
        assert_eq!(serde_json::to_value(&said).unwrap(), Value::Object(outcome(name)), "{name}");
    }
}

#[test]
fn the_schema_describes_every_member_and_requires_those_that_are_always_there() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let described: BTreeSet<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let required: BTreeSet<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let (whole, bare) = (outcome("whole"), outcome("bare"));
    assert_eq!(whole.keys().collect::<BTreeSet<_>>(), described);
    assert_eq!(bare.keys().map(String::as_str).collect::<BTreeSet<_>>(), required);
}

#[test]
fn what_the_schema_requires_or_types_the_type_does_too() {
    let whole = outcome("whole");
    assert!(from_value::<Outcome>(Value::Object(whole.clone())).is_ok());
    for member in outcome("bare").keys() {
        let mut without = whole.clone();
        without.remove(member);
        assert!(from_value::<Outcome>(Value::Object(without)).is_err(), "without {member}");
    }
    for member in whole.keys() {
        let mut wrong = whole.clone();
        wrong.insert(member.clone(), json!({"no": "such"}));
        assert!(from_value::<Outcome>(Value::Object(wrong)).is_err(), "{member}");
    }
}
