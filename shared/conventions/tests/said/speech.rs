//! What was heard.

use serde_json::json;
use spanlift_model::Role;

use crate::assert_derived;

#[test]
fn what_a_recogniser_heard() {
    for (fields, transcript) in [
        (json!({"attributes": {"output.value": " hello "}}), json!("hello")),
        (json!({"attributes": {"stt.transcription": "a", "output.value": "b"}}), json!("a")),
        (json!({"attributes": {"transcript": "a", "output.value": "b"}}), json!("a")),
        (json!({"attributes": {"output.value": "{}", "output.mime_type": "application/json"}}), json!(null)),
        (json!({"attributes": {"output.value": "hi", "output.mime_type": "audio/wav"}}), json!(null)),
        (json!({"attributes": {"input.value": "call-17.wav"}}), json!(null)),
        (json!({"name": "pipecat.stt", "attributes": {"input.value": "hello "}}), json!("hello")),
        (json!({"output": "where is my order"}), json!("where is my order")),
        (json!({"output": "{\"text\":\"hi\"}"}), json!("hi")),
        (json!({"output": "{\"x\":1}"}), json!(null)),
        (json!({"output": {"transcript": " a ", "text": "b"}}), json!("a")),
        (json!({"input": {"transcript": "a"}, "output": {"text": "b"}}), json!("a")),
        (json!({"output": {"messages": [{"role": "user", "content": "c"}], "output": "d"}}), json!("c")),
        (json!({"output": {"outputs": "d"}}), json!("d")),
        // What is handed down comes after one's own.
        (
            json!({"inherited": true, "attributes": {"lk_pii_user_transcript": "up"}, "output": {"transcript": "own"}}),
            json!("own"),
        ),
        (json!({"inherited": true, "attributes": {"lk_pii_user_transcript": "up"}}), json!("up")),
    ] {
        assert_derived(Role::SpeechToText, &fields, &json!({"transcript": transcript}));
    }
}

#[test]
fn what_somebody_said() {
    for name in ["lk.pii.user_transcript", "lk.user_transcript", "lk_pii_user_transcript"] {
        let fields = json!({"name": "user_turn", "attributes": {name: " Cancel my order "}});
        assert_derived(Role::Speech, &fields, &json!({"transcript": "Cancel my order"}));
    }
    assert_derived(Role::Speech, &json!({"output": "hi"}), &json!({"transcript": null}));
    assert_derived(Role::TextToSpeech, &json!({"attributes": {"output.value": "b"}}), &json!({"transcript": null}));
}

#[test]
fn what_a_realtime_model_heard() {
    let fields = json!({"attributes": {"input.audio.transcript": "hi", "output.audio.transcript": "ho"}});
    assert_derived(Role::ModelCall, &fields, &json!({"transcript": "hi"}));
    assert_derived(Role::ModelCall, &json!({"output": "ho"}), &json!({"transcript": null}));
}
