//! What spans stand for, by the names that mean the same on every platform.

use spanlift_model::{Role, names};

#[test]
fn speech_is_told_by_the_last_segment_of_a_name() {
    for (name, role) in [
        ("deepgram.stt", Some(Role::SpeechToText)),
        ("voice/TTS", Some(Role::TextToSpeech)),
        ("tts", Some(Role::TextToSpeech)),
        ("voice:tts.", None),
        ("tts_review", None),
        ("voice.llm", None),
        ("", None),
    ] {
        assert_eq!(Role::of_last_segment(name), role, "{name}");
    }
}

#[test]
fn model_providers_have_the_conventions_names() {
    for (name, convention) in [("vertexai", Some("gcp.vertex_ai")), ("xai", Some("x_ai")), ("openai", None), ("", None)]
    {
        assert_eq!(names::model_provider(name), convention, "{name}");
    }
}
