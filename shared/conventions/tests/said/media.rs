//! Of sound, images, video and files: what they are, never their bytes.

use serde_json::{Value, json};
use spanlift_model::Role;

use crate::{assert_derived, assert_messages, derived};

/// The part that stands for it is `placeholder`.
#[track_caller]
fn assert_placed(part: &Value, placeholder: &Value) {
    assert_messages(&json!([{"role": "user", "content": [part]}]), &json!([{"role": "user", "parts": [placeholder]}]));
}

#[test]
fn data_is_told_by_type_and_size() {
    let image = json!({"type": "blob", "modality": "image", "mime_type": "image/png", "size": 3});
    for part in [
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}),
        json!({"type": "input_image", "image_url": "data:image/png;base64,AAAA"}),
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}),
        json!({"type": "image", "data": "AAAA", "mimeType": "image/png"}),
        json!({"type": "image", "image": "AAAA", "mediaType": "image/png"}),
        json!({"type": "file", "data": "AAAA", "mediaType": "image/png"}),
        json!({"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"}),
        json!({"type": "uri", "modality": "image", "uri": "data:image/png;base64,AAAA"}),
        json!({"kind": "binary", "media_type": "image/png", "data": "AAAA"}),
        json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        json!({"inline_data": {"mime_type": "image/png", "data": "AAAA"}}),
        json!({"type": "image", "source": {"media_type": "image/png", "data": [1, 2, 3]}}),
    ] {
        assert_placed(&part, &image);
    }
    assert_placed(
        &json!({"type": "input_audio", "input_audio": {"data": "AAAAAA==", "format": "wav"}}),
        &json!({"type": "blob", "modality": "audio", "size": 4}),
    );
    assert_placed(
        &json!({"image": {"format": "png", "source": {"bytes": "AAAA"}}}),
        &json!({"type": "blob", "modality": "image", "size": 3}),
    );
    assert_placed(
        &json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}}),
        &json!({"type": "blob", "mime_type": "application/pdf", "size": 3}),
    );
}

#[test]
fn addresses_and_ids_stay() {
    assert_placed(
        &json!({"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}),
        &json!({"type": "uri", "modality": "image", "uri": "https://x.example/a.png"}),
    );
    assert_placed(
        &json!({"fileData": {"mimeType": "video/mp4", "fileUri": "gs://bucket/a.mp4"}}),
        &json!({"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "gs://bucket/a.mp4"}),
    );
    assert_placed(
        &json!({"type": "file", "file": {"file_id": "file-1"}}),
        &json!({"type": "file", "file_id": "file-1"}),
    );
    // What somebody said is text.
    assert_placed(&json!({"type": "audio_content", "transcript": "hi"}), &json!({"type": "text", "content": "hi"}));
    // Nothing says where it is: it stays what it is.
    assert_placed(&json!({"type": "image"}), &json!({"type": "image"}));
    let media = "@@@langfuseMedia:type=audio/wav|id=5f3c|source=bytes@@@";
    assert_placed(&json!({"type": "text", "text": media}), &json!({"type": "text", "content": media}));
}

#[test]
fn data_inside_of_texts_goes() {
    assert_placed(
        &json!({"type": "text", "text": "see ![a](data:image/png;base64,AAAA) and data:x"}),
        &json!({"type": "text", "content": "see ![a]([image/png, 3 bytes]) and data:x"}),
    );
    let long = "QUJD".repeat(200);
    assert_placed(
        &json!({"type": "custom", "deep": [{"raw": long}]}),
        &json!({"deep": [{"raw": "[data, 600 bytes]"}], "type": "custom"}),
    );
    let result = format!(r#"{{"content": [{{"type": "image", "data": "{long}"}}]}}"#);
    assert_messages(
        &json!([{"role": "tool", "tool_call_id": "c1", "content": result}]),
        &json!([{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1",
            "response": {"content": [{"data": "[data, 600 bytes]", "type": "image"}]}}]}]),
    );
}

#[test]
fn messages_of_parts_lose_nothing_else() {
    let parts = r#"[{"role": "user", "parts": [{"type": "text", "content": "hi"}, {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AAAA"}]}]"#;
    let without = r#"[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]"#;
    assert_derived(Role::ModelCall, &json!({"input": without}), &json!({"gen_ai.input.messages": without}));
    let attributes = derived(Role::ModelCall, &json!({"input": parts}));
    assert_eq!(
        attributes.get("gen_ai.input.messages"),
        Some(
            r#"[{"role":"user","parts":[{"type":"text","content":"hi"},{"type":"blob","modality":"audio","mime_type":"audio/wav","size":3}]}]"#
        )
    );
}

#[test]
fn parts_of_openinference() {
    let part = "llm.input_messages.0.message.contents.0.message_content";
    let attributes = json!({"llm.input_messages.0.message.role": "user", format!("{part}.type"): "image",
        format!("{part}.image.image.url"): "data:image/png;base64,AAAA"});
    assert_derived(
        Role::ModelCall,
        &json!({"attributes": attributes}),
        &json!({"gen_ai.input.messages":
            r#"[{"role":"user","parts":[{"type":"blob","modality":"image","mime_type":"image/png","size":3}]}]"#}),
    );
}
