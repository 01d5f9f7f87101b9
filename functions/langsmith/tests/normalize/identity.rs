//! Ids and times.

use langsmith::Row;
use serde_json::{Value, json};
use spanlift_model::SourceSpan as _;

use crate::{json_of, run_with, span_with};

#[test]
fn ids_are_the_random_half_of_a_run_and_all_of_a_trace() {
    for (id, trace, span_id, trace_id) in [
        (
            "01A1F979-51CA-704C-BA8A-203B508D8A39",
            "01a1f978-c908-76fc-9b60-756606158581",
            "ba8a203b508d8a39",
            "01a1f978c90876fc9b60756606158581",
        ),
        // Over OTLP: the original span id, right-aligned.
        (
            "00000000-0000-0000-b7ad-6b7169203331",
            "00000000-0000-0000-9f3c-1b7a2d4e6f80",
            "b7ad6b7169203331",
            "00000000000000009f3c1b7a2d4e6f80",
        ),
    ] {
        let span = span_with(json!({"id": id, "trace_id": trace, "parent_run_id": trace}));
        assert_eq!((span.span_id.to_string(), span.trace_id.to_string()), (span_id.to_owned(), trace_id.to_owned()));
        let parent = trace.replace('-', "");
        assert_eq!(span.parent_span_id.unwrap().to_string(), parent.split_at(16).1);
    }
    // What is no UUID, or zero, is hashed.
    for id in ["7", "ba8a203b508d8a39", "01a1f979-51ca-704c-0000-000000000000", "é"] {
        let span = span_with(json!({"id": id}));
        assert_eq!(span.span_id, span_with(json!({"id": id})).span_id);
        assert_ne!(span.span_id.to_string(), "0000000000000000");
    }
}

#[test]
fn parents_from_wherever_they_stand() {
    let parent = "4210f1c5-c9b0-4cce-9edb-650f2149832e";
    let order = format!(
        "20261120T150120000000Zd91b55d6-bfa7-46fd-acb6-eabd13ea497a.20261120T150122000000Z{parent}.20261120T150122500000Zf3103e4d-fe5f-434a-87a7-fab257370f7e"
    );
    for fields in [
        json!({"parent_run_id": parent.to_uppercase(), "parent_run_ids": []}),
        json!({"parent_run_ids": ["d91b55d6-bfa7-46fd-acb6-eabd13ea497a", parent]}),
        json!({"parent_run_ids": null, "dotted_order": order}),
        json!({"parent_run_ids": [], "dotted_order": order}),
    ] {
        assert_eq!(run_with(fields.clone()).parent_id.as_deref(), Some(parent), "{fields}");
    }
    for fields in [
        json!({"parent_run_ids": []}),
        json!({"parent_run_ids": null, "dotted_order": "20261120T150120000000Zx"}),
        json!({"parent_run_ids": null, "dotted_order": "..Z."}),
        // The root of its trace has none, whatever it says; nor has who names itself.
        json!({"id": "a", "trace_id": "A", "parent_run_id": "b"}),
        json!({"id": "a", "parent_run_id": "A"}),
    ] {
        assert_eq!(run_with(fields.clone()).parent_id, None, "{fields}");
    }
    // One that is told in a way that can't be read is not none.
    for fields in [
        json!({"parent_run_id": 7, "parent_run_ids": []}),
        json!({"parent_run_ids": "x"}),
        json!({"parent_run_ids": [7]}),
    ] {
        assert_eq!(Row::read(&json_of(fields.clone()).to_string()).err(), Some("malformed"), "{fields}");
    }
}

#[test]
fn times_without_a_zone_are_utc() {
    for (text, nanos) in [
        ("2026-11-20T15:00:40", 0),
        ("2026-11-20T15:00:40.068924", 68_924_000),
        ("2026-11-20T15:00:40.068924Z", 68_924_000),
        ("2026-11-20T16:00:40.5+01:00", 500_000_000),
    ] {
        let run = run_with(json!({"start_time": text}));
        assert_eq!(run.started_at.nanos() % 1_000_000_000, nanos, "{text}");
        assert_eq!(run.started_at.seconds(), run_with(json!({})).started_at.seconds(), "{text}");
    }
}

#[test]
fn what_makes_a_run_a_run() {
    for (field, value, cause) in [
        ("id", json!(null), "no_id"),
        ("id", json!(""), "no_id"),
        ("trace_id", json!(7), "no_id"),
        ("start_time", json!("2026"), "no_start"),
        ("start_time", json!(null), "no_start"),
    ] {
        let mut row = json_of(json!({}));
        row[field] = value;
        assert_eq!(Row::read(&row.to_string()).err(), Some(cause), "{row}");
    }
    for (text, cause) in [("[]", "no_id"), ("null", "no_id"), ("{", "malformed"), ("", "malformed")] {
        assert_eq!(Row::read(text).err(), Some(cause), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for unsound in [deep.as_str(), r#""\ud800""#, "1e400"] {
        let read = |fields| Row::read(&json_of(fields).to_string().replace("null", unsound)).unwrap();
        assert!(!read(json!({"inputs": Value::Null})).run().unwrap().inputs.is_null(), "{unsound}");
        let tagged = read(json!({"metadata": {"simulation_output_id": "sim", "note": Value::Null}}));
        assert_eq!((tagged.labels()[0].value(), tagged.is_tag_unknown()), ("sim", false), "{unsound}");
    }
}
