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
