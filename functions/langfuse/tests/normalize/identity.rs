//! Ids, times, levels, and what goes back under its own name.

use langfuse::record::Observation;
use serde_json::json;
use spanlift_model::{SpanKind, StatusCode};

use crate::{assert_attributes, row, span_with};

#[test]
fn keeps_ids_that_fit_and_scopes_the_others() {
    let uuid = "9c1d2c6e-5a0b-4a55-9d3f-0d6a3c1f7b21";
    let span = span_with(json!({"traceId": uuid, "id": "gen-turn-1", "parentObservationId": "00F067AA0BA902B7"}));
    assert_eq!(span.trace_id.to_string(), "9c1d2c6e5a0b4a559d3f0d6a3c1f7b21");
    assert_eq!(span.parent_span_id.unwrap().to_string(), "00f067aa0ba902b7");
    let elsewhere = span_with(json!({"traceId": "other", "id": "gen-turn-1"}));
    assert_ne!(span.span_id, elsewhere.span_id);
    assert_eq!(span.attributes.get("import.source_span_id"), Some("gen-turn-1"));
    assert_eq!(span.attributes.get("langfuse.observation.parent_id"), Some("00F067AA0BA902B7"));
    let own_parent = span_with(json!({"id": "a", "parentObservationId": "a"}));
    assert_eq!(own_parent.parent_span_id, None);
    assert_eq!(span_with(json!({"parentObservationId": ""})).parent_span_id, None);
}

#[test]
fn an_event_is_its_start() {
    let span = span_with(json!({"type": "EVENT", "endTime": null}));
    assert_eq!(span.ended_at, Some(span.started_at));
    assert_eq!(span_with(json!({"endTime": null})).ended_at, None);
}

#[test]
fn levels_and_kinds() {
    for (level, status, error) in [
        ("ERROR", StatusCode::Error, Some("openai.APITimeoutError")),
        ("WARNING", StatusCode::Unset, None),
        ("DEBUG", StatusCode::Unset, None),
        ("DEFAULT", StatusCode::Unset, None),
    ] {
        let span = span_with(json!({"level": level, "statusMessage": "openai.APITimeoutError: Request timed out."}));
        assert_eq!((span.status, span.attributes.get("error.type")), (status, error));
        // OpenTelemetry has a message beside an error alone.
        assert_eq!(span.status_message.is_empty(), error.is_none());
        assert!(span.attributes.get("langfuse.observation.status_message").is_some());
        assert_eq!(span.attributes.get("langfuse.observation.level"), Some(level));
    }
    for (message, error) in [
        (json!("Traceback (most recent call last): ... KeyError: 'card'"), "KeyError"),
        (json!("it broke"), "_OTHER"),
        (json!(null), "_OTHER"),
        (json!("Error"), "_OTHER"),
    ] {
        assert_attributes(json!({"level": "ERROR", "statusMessage": message}), json!({"error.type": error}));
    }
    for (kind, expected) in
        [("GENERATION", SpanKind::Client), ("EMBEDDING", SpanKind::Client), ("TOOL", SpanKind::Internal)]
    {
        assert_eq!(span_with(json!({"type": kind})).kind, expected);
    }
}

#[test]
fn puts_attributes_back_under_their_own_names() {
    let flat = json!({"attributes.lk.room": "r", "attributes.a": {"b": 1}, "resourceAttributes.service.name": "livekit-worker", "own": {"x": [1]}});
    let nested = json!({"attributes": {"lk.room": "r", "a": {"b": 1}}, "resourceAttributes": {"service.name": "livekit-worker"}, "own": {"x": [1]}});
    for metadata in [flat, nested] {
        assert_attributes(
            json!({"metadata": metadata}),
            json!({
                "lk.room": "r", "a": r#"{"b":1}"#, "langfuse.observation.metadata.resourceAttributes.service.name": "livekit-worker",
                "langfuse.observation.metadata.own.x": "[1]", "service.name": null,
            }),
        );
    }
    let key = json!({"metadata": {"scope.attributes.public_key": "pk-lf-1", "scope.name": "langfuse-sdk"}});
    assert_attributes(
        key,
        json!({"langfuse.observation.metadata.scope.name": "langfuse-sdk", "langfuse.observation.metadata.scope.attributes.public_key": null}),
    );
}

#[test]
fn rows_that_are_none_are_told_by_their_cause() {
    for (fields, cause) in [
        (json!({"traceId": null}), "no_trace"),
        (json!({"id": ""}), "no_id"),
        (json!({"startTime": "soon"}), "no_start"),
        (json!({"startTime": "99999-01-01T00:00:00Z"}), "no_start"),
    ] {
        assert_eq!(Observation::from_json(&row(fields).to_string()).unwrap_err(), cause);
    }
    assert_eq!(Observation::from_json("7").unwrap_err(), "malformed");
}

#[test]
fn the_control_flow_of_a_framework_is_no_error() {
    for (message, status, stored) in [
        ("GraphInterrupt: (Interrupt(value='approve?', id='1'),)", StatusCode::Unset, ""),
        ("langgraph.errors.ParentCommand: Command(goto='travel')", StatusCode::Unset, ""),
        ("NodeInterrupt('approve?')", StatusCode::Unset, ""),
        ("ValueError: approve?", StatusCode::Error, "ValueError: approve?"),
        (
            "TypeError: no\n    at find (/app/tools.js:3:9)\n    at new OtherError (/app/e.js:1:1)",
            StatusCode::Error,
            "no",
        ),
    ] {
        let span = span_with(json!({"level": "ERROR", "statusMessage": message}));
        assert_eq!((span.status, span.status_message.as_str()), (status, stored), "{message}");
        let kind = message.split(':').next().filter(|_| status == StatusCode::Error);
        assert_eq!(span.attributes.get("error.type"), kind, "{message}");
        let is_kept = span.attributes.get("langfuse.observation.status_message").is_some();
        assert_eq!(is_kept, status == StatusCode::Error, "{message}");
    }
    for (failed, status) in [(true, StatusCode::Error), (false, StatusCode::Unset)] {
        let attributes = json!({"lk.function_tool.is_error": failed, "lk.pii.function_tool.output": "no"});
        let span = span_with(json!({"type": "TOOL", "name": "function_tool", "metadata": {"attributes": attributes}}));
        assert_eq!((span.status, span.status_message.as_str()), (status, ""));
        assert_eq!(span.attributes.get("error.type"), failed.then_some("_OTHER"));
    }
}
