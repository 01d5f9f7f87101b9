use spanlift_model::{EventStatus, ImportJob, Refusal, SimulationCompleted};

const DETAIL: &str = r#"{"version": "1", "organization_id": "caf26438", "run_id": "8EktrIgaVxn2LcxkMN1uTp",
 "simulation_output_id": "3zfmuDbVQsi4GaseDtiVcS", "status": "COMPLETED", "attempt": 1,
 "started_at": "2026-11-20T15:00:00.000Z", "ended_at": "2026-11-20T15:04:41.250Z", "hints": []}"#;

/// The good event with `field` set to `value`; taken out when that is empty.
fn with(field: &str, value: &str) -> String {
    let mut detail: serde_json::Map<String, serde_json::Value> = serde_json::from_str(DETAIL).unwrap();
    match value {
        "" => drop(detail.remove(field)),
        value => drop(detail.insert(field.to_owned(), serde_json::from_str(value).unwrap())),
    }
    serde_json::to_string(&detail).unwrap()
}

#[test]
fn the_event_is_read_bare_and_in_its_envelope() {
    let bare = SimulationCompleted::parse(DETAIL).unwrap();
    assert_eq!(bare.status, EventStatus::Completed);
    assert_eq!(bare.hints().len(), 1);
    assert_eq!(bare.window().to.to_string(), "2026-11-20T15:04:41.25Z");
    let envelope = format!(
        r#"{{"version":"0","id":"1","source":"coval.simulations","detail-type":"Simulation Completed","detail":{DETAIL}}}"#
    );
    assert_eq!(SimulationCompleted::parse(&envelope).unwrap(), bare);
    for other in [envelope.replace("coval.simulations", "aws.s3"), envelope.replace("Simulation Completed", "Else")] {
        assert_eq!(SimulationCompleted::parse(&other), Err(Refusal::OtherEvent));
    }
    let text = envelope.replace(DETAIL, "\"text\"");
    assert!(matches!(SimulationCompleted::parse(&text), Err(Refusal::BadField { field: "detail", .. })));
}

#[test]
fn what_may_be_absent_has_its_default() {
    for field in ["run_id", "attempt", "hints"] {
        for value in ["", "null"] {
            let event = SimulationCompleted::parse(&with(field, value)).unwrap();
            assert_eq!(event.attempt, 1, "{field}");
        }
    }
    // Fields that are not known are not ours to judge.
    assert!(SimulationCompleted::parse(&with("more", "{}")).is_ok());
}

#[test]
fn every_broken_rule_is_refused_by_its_name() {
    let nine = serde_json::to_string(&(0..9).map(|n| n.to_string()).collect::<Vec<_>>()).unwrap();
    let long = format!("\"{}\"", "x".repeat(201));
    let cases = [
        ("version", "\"2\"", "unknown_version"),
        ("version", "1", "unknown_version"),
        ("version", "", "unknown_version"),
        ("status", "\"CANCELLED\"", "ignored_status"),
        ("status", "\"IN PROGRESS\"", "ignored_status"),
        ("status", "7", "bad_field"),
        ("organization_id", "", "bad_field"),
        ("organization_id", "\"a/b\"", "bad_field"),
        ("organization_id", "\"\"", "bad_field"),
        ("organization_id", "\"é\"", "bad_field"),
        ("simulation_output_id", "\"  \"", "bad_field"),
        ("simulation_output_id", "\"a\\u0007b\"", "bad_field"),
        ("simulation_output_id", &long, "bad_field"),
        ("simulation_output_id", "123", "bad_field"),
        ("run_id", "\"\"", "bad_field"),
        ("attempt", "0", "bad_field"),
        ("attempt", "-1", "bad_field"),
        ("attempt", "1.5", "bad_field"),
        ("hints", "[\"\"]", "bad_field"),
        ("hints", "\"one\"", "bad_field"),
        ("hints", &nine, "bad_field"),
        ("started_at", "\"2026-11-20T15:00:00\"", "bad_field"),
        ("started_at", "\"yesterday\"", "bad_field"),
        ("started_at", "\"1970-01-01T00:00:00Z\"", "window_too_long"),
        ("ended_at", "\"2026-11-20T14:59:59Z\"", "ends_before_start"),
        ("ended_at", "\"2026-11-21T15:00:01Z\"", "window_too_long"),
        ("ended_at", "\"9999-01-01T00:00:00Z\"", "bad_field"),
        ("ended_at", "1795327221", "bad_field"),
    ];
    for (field, value, reason) in cases {
        let refusal = SimulationCompleted::parse(&with(field, value)).unwrap_err();
        assert_eq!(refusal.reason(), reason, "{field} = {value}");
        if let Refusal::BadField { field: named, .. } = &refusal {
            assert_eq!(*named, field);
        }
    }
    for body in ["", "{", "[]", "null", "\"text\"", "{\"version\": \"1\"} trailing"] {
        assert_eq!(SimulationCompleted::parse(body), Err(Refusal::BadJson), "{body}");
    }
    let old = with("started_at", "\"1970-01-01T00:00:00Z\"").replace("2026-11-20T15:04", "1970-01-01T15:04");
    assert_eq!(SimulationCompleted::parse(&old).unwrap_err().reason(), "bad_field");
}

/// Found by `make fuzz`: the sentence quoted the whole value, into the log.
#[test]
fn a_refusal_quotes_little_of_what_it_refuses() {
    let long = format!("\"{}\"", "ü".repeat(9_000));
    for field in
        ["status", "attempt", "started_at", "hints", "organization_id", "provider", "pass", "not_before", "force"]
    {
        let detail = with(field, &long);
        let body = if field == "provider" { detail } else { detail.replacen('{', "{\"provider\": \"arize\",", 1) };
        if let Err(refusal) = ImportJob::parse(&body) {
            assert!(refusal.to_string().len() < 400, "{field}: {} bytes", refusal.to_string().len());
        }
    }
}

#[test]
fn a_window_of_no_length_and_one_of_a_day_are_windows() {
    for end in ["2026-11-20T15:00:00Z", "2026-11-21T15:00:00Z", "2026-11-20T16:00:00+01:00"] {
        assert!(SimulationCompleted::parse(&with("ended_at", &format!("\"{end}\""))).is_ok(), "{end}");
    }
}

#[test]
fn a_job_survives_the_queue() {
    let first = ImportJob::first(SimulationCompleted::parse(DETAIL).unwrap(), "arize".parse().unwrap());
    let later = first.later(3, first.event.ended_at);
    for job in [first, later] {
        let body = serde_json::to_string(&job).unwrap();
        assert_eq!(ImportJob::parse(&body).unwrap(), job);
    }
    assert_eq!(ImportJob::parse(DETAIL).unwrap_err().reason(), "bad_field");
    assert_eq!(ImportJob::parse(&with("version", "\"9\"")).unwrap_err().reason(), "unknown_version");
}
