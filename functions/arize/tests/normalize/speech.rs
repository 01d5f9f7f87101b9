//! Speech, and times to the first byte.

use serde_json::json;

use crate::assert_attributes;

#[test]
fn first_bytes_and_transcripts() {
    let first_token =
        json!([{"name": "First Token Stream Event", "timestamp": "2026-11-22T06:00:21.25+00:00", "attributes": {}}]);
    let before =
        json!([{"name": "First Token Stream Event", "timestamp": "2026-11-22T06:00:20+00:00", "attributes": {}}]);
    let untimed = json!([{"name": "First Token Stream Event", "attributes": {}}]);
    for (fields, expected) in [
        (json!({"span_kind": "LLM", "attributes": {"service.ttfb_seconds": 0.43}}), json!({"metrics.ttfb": "0.43"})),
        (json!({"name": "tts", "attributes": {"tts.ttfb_ms": 302}}), json!({"metrics.ttfb": "0.302"})),
        (
            json!({"name": "tts", "attributes": {"metrics.ttfb": 0.2, "tts.ttfb_ms": 302}}),
            json!({"metrics.ttfb": "0.2"}),
        ),
        (json!({"name": "tts", "attributes": {"tts.ttfb_ms": -1}}), json!({"metrics.ttfb": null})),
        (json!({"name": "tts", "attributes": {"tts.ttfb": 302}}), json!({"metrics.ttfb": null})),
        (json!({"name": "turn", "attributes": {"ttfb_ms": 302}}), json!({"metrics.ttfb": null})),
        (json!({"span_kind": "LLM", "events": first_token}), json!({"metrics.ttfb": "0.25"})),
        (json!({"span_kind": "LLM", "events": untimed}), json!({"metrics.ttfb": null})),
        (json!({"span_kind": "LLM", "events": before}), json!({"metrics.ttfb": null})),
        (json!({"span_kind": "AGENT", "events": first_token}), json!({"metrics.ttfb": null})),
        (
            json!({"name": "stt", "attributes": {"output.value": " hello "}}),
            json!({"transcript": "hello", "output": " hello "}),
        ),
        (
            json!({"name": "stt", "attributes": {"stt.transcription": "a", "output.value": "b"}}),
            json!({"transcript": "a"}),
        ),
        (json!({"name": "stt", "attributes": {"transcript": "a", "output.value": "b"}}), json!({"transcript": "a"})),
        (
            json!({"name": "stt", "attributes": {"output.value": "{}", "output.mime_type": "application/json"}}),
            json!({"transcript": null}),
        ),
        (json!({"name": "stt", "attributes": {"input.value": "call-17.wav"}}), json!({"transcript": null})),
        (
            json!({"name": "pipecat.stt", "span_kind": "LLM", "attributes": {"input.value": "hello "}}),
            json!({"transcript": "hello"}),
        ),
        (
            json!({"name": "tts", "attributes": {"output.value": "b", "text": "a"}}),
            json!({"transcript": null, "input": "a"}),
        ),
    ] {
        assert_attributes(fields, expected);
    }
}

#[test]
fn every_unit_is_seconds() {
    let event = |name: &str, attributes: serde_json::Value| json!([{"name": name, "timestamp": "2026-11-22T06:00:21.25+00:00", "attributes": attributes}]);
    let strands = json!({"gen_ai.server.time_to_first_token": 873, "gen_ai.system": "strands-agents"});
    let none = json!([]);
    for (attributes, events, seconds) in [
        (json!({"lk.response.ttft": 0.41}), none.clone(), Some("0.41")),
        (json!({"lk.llm_metrics": r#"{"ttft": 0.4, "total_tokens": 320}"#}), none.clone(), Some("0.4")),
        (json!({"lk.llm_metrics": r#"{"ttft": -1}"#}), none.clone(), None),
        (json!({"gen_ai.response.time_to_first_chunk": "0.4"}), none.clone(), Some("0.4")),
        (json!({"time_to_first_token_ms": 412}), none.clone(), Some("0.412")),
        (json!({"ai.response.msToFirstChunk": 187.5}), none.clone(), Some("0.1875")),
        (json!({"metadata.ai.response.msToFirstChunk": 187.5}), none.clone(), Some("0.1875")),
        (strands, none.clone(), Some("0.873")),
        (json!({"gen_ai.server.time_to_first_token": 0.5}), none.clone(), Some("0.5")),
        (json!({"ttft_ms": 0}), none, None),
        (json!({}), event("ai.stream.firstChunk", json!({"ai.response.msToFirstChunk": 100})), Some("0.1")),
        (json!({}), event("ai.stream.firstChunk", json!({})), Some("0.25")),
        (json!({}), event("ai.stream.finish", json!({"ai.response.msToFinish": 100})), None),
    ] {
        let fields = json!({"span_kind": "UNKNOWN", "name": "llm", "attributes": attributes, "events": events});
        assert_attributes(fields, json!({"metrics.ttfb": seconds}));
    }
}

#[test]
fn a_turn_of_the_caller_has_a_transcript_and_no_first_byte() {
    for name in ["lk.pii.user_transcript", "lk.user_transcript"] {
        assert_attributes(
            json!({"span_kind": "LLM", "name": "user_turn", "attributes": {name: " Cancel my order ", "lk.response.ttfb": 1.0}}),
            json!({"transcript": "Cancel my order", "metrics.ttfb": null}),
        );
    }
}
