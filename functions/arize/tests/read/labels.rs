//! Where a simulation's id is found, and in what shape.

use serde_json::{Value, json};
use stand_in_phoenix::Span;

use crate::phoenix::{Describe as _, of_version, start};
use crate::plans::crowd;
use crate::reader::{Reader, names, owned_by};
use crate::spans::{Build as _, span};

/// Reads with a window that fits into a page and with one that does not, from old servers and new ones.
async fn found(hint: &str, tagged: Span) -> Vec<bool> {
    let mut found = Vec::new();
    for (major, minor) in [(12, 0), (20, 26)] {
        for page_rows in [1_000, 2] {
            let server = of_version(major, minor).with_pages_of(page_rows);
            let server = server.holding([tagged.clone()].into_iter().chain(crowd(4)));
            let phoenix = start(server).await;
            let reading = Reader::of(&phoenix).hints(&["no-such", hint]).read().await.unwrap();
            let owned = owned_by(&reading, &["no-such", hint]);
            assert!(owned.is_empty() || owned == names(["1/1"]));
            found.push(!owned.is_empty());
        }
    }
    found
}

#[tokio::test]
async fn finds_every_key_in_every_place() {
    for key in ["simulation_output_id", "coval_simulation_output_id", "session_id", "session.id", "sessionId"] {
        for tagged in [
            span(1, 1).with(key, "sim-1"),
            span(1, 1).with(&format!("metadata.{key}"), "sim-1"),
            span(1, 1).with("metadata", json!({key: "sim-1", "other": {"deep": [1]}}).to_string()),
        ] {
            assert_eq!(found("sim-1", tagged).await, [true; 4], "{key}");
        }
    }
    for elsewhere in
        ["input.value", "tag.simulation_output_id", "metadata.caller.session_id", "Session_Id", "session.id.x"]
    {
        assert_eq!(found("sim-1", span(1, 1).with(elsewhere, "sim-1")).await, [false; 4], "{elsewhere}");
    }
}

#[tokio::test]
async fn finds_every_shape_of_a_value() {
    let long = "x".repeat(200);
    let hard = "a\"b\\c/d:e&f=g#h?i%2Fj +k";
    for (hint, value) in [
        ("12345", json!(12345)),
        ("12345", json!("12345")),
        ("12345", json!(12345.0)),
        ("-7", json!(-7)),
        ("1.5", json!(1.5)),
        ("9223372036854775807", json!(i64::MAX)),
        ("007", json!("007")),
        ("1e5", json!("1e5")),
        ("12345678901234567890123", json!("12345678901234567890123")),
        ("true", json!(true)),
        ("true", json!("true")),
        ("null", json!("null")),
        ("[1]", json!("[1]")),
        (" padded ", json!(" padded ")),
        ("sim", json!("sim ")),
        (hard, json!(hard)),
        (&long, json!(long)),
        ("señal-☎", json!("señal-☎")),
        ("\u{1f600}", json!("\u{1f600}")),
    ] {
        assert_eq!(found(hint, span(1, 1).with("session.id", value.clone())).await, [true; 4], "{hint} {value}");
    }
    // A whole number of more than 64 bits is its digits.
    let number = "12345678901234567890123";
    assert_eq!(found(number, in_metadata(&format!("{{\"session.id\": {number}}}"))).await, [true; 4]);
    for (hint, value) in [
        ("12345", json!(123_456)),
        ("007", json!(7)),
        ("1e5", json!(100_000)),
        ("sim", json!("SIM")),
        ("true", json!(1)),
        ("null", Value::Null),
    ] {
        assert_eq!(found(hint, span(1, 1).with("session.id", value.clone())).await, [false; 4], "{hint} {value}");
    }
}

/// What is found in one shape does not keep the search from the others.
#[tokio::test]
async fn finds_all_shapes_side_by_side() {
    let hints = ["4711", "true", "señal"];
    let values = [json!("4711"), json!(4711), json!(4711.0), json!("true"), json!(true), json!("señal")];
    let spans = values.into_iter().zip(1..).map(|(value, trace)| span(trace, 1).with("session.id", value));
    for (major, minor) in [(12, 0), (14, 9), (20, 26)] {
        // A hint that no search finds makes a walk of it all.
        for hints in [&hints[..2], &hints] {
            let server = of_version(major, minor).with_pages_of(2).holding(spans.clone());
            let phoenix = start(server).await;
            let reading = Reader::of(&phoenix).hints(hints).read().await.unwrap();
            assert_eq!(owned_by(&reading, hints).len(), hints.len() + 3, "{major}.{minor} {hints:?}");
        }
    }
}

/// Phoenix tells such a text only if it was no JSON when it came; old rows may be otherwise.
#[tokio::test]
async fn looks_into_a_metadata_that_is_text() {
    let text = json!({"session": {"id": "sim-1"}, "n": 1}).to_string();
    assert_eq!(found("sim-1", in_metadata(&text)).await, [true; 4]);
}

/// A root with this text as its metadata.
fn in_metadata(text: &str) -> Span {
    let row = json!({
        "id": "U3Bhbjox", "name": "turn", "span_kind": "CHAIN", "parent_id": null,
        "context": {"trace_id": format!("{:032x}", 1), "span_id": format!("{:016x}", (1_u64 << 32) + 1)},
        "start_time": "2026-11-20T15:01:00+00:00", "end_time": "2026-11-20T15:02:00+00:00",
        "status_code": "OK", "status_message": "", "events": [], "attributes": {"metadata": text},
    });
    span(1, 1).raw(&row.to_string())
}

#[tokio::test]
async fn tells_a_simulation_from_a_session_of_the_agents_own() {
    let spans = [
        // Our tag with the agent's own session beside it.
        span(1, 1).with("simulation_output_id", "sim-1").with("session.id", "own"),
        span(1, 2).under(1),
        // Another simulation's tag beats a session that equals ours.
        span(2, 1).with("simulation_output_id", "sim-2").with("session.id", "sim-1"),
        // A worker's trace that two calls share.
        span(3, 1),
        span(3, 2).under(1).with("session.id", "sim-1"),
        span(3, 3).under(2),
        span(3, 4).under(1).with("session.id", "sim-2"),
        span(3, 5).under(4),
        // A blank tag is none.
        span(4, 1).with("simulation_output_id", " ").with("session.id", "sim-1"),
    ];
    for (major, minor) in [(12, 0), (13, 9), (14, 9), (20, 26)] {
        for page_rows in [1_000, 2] {
            let server = of_version(major, minor).with_pages_of(page_rows);
            let server = server.holding(spans.clone().into_iter().chain(crowd(4)));
            let phoenix = start(server).await;
            let reading = Reader::of(&phoenix).hints(&["sim-1"]).read().await.unwrap();
            assert_eq!(owned_by(&reading, &["sim-1"]), names(["1/1", "1/2", "3/2", "3/3", "4/1"]));
        }
    }
}
