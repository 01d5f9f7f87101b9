//! What spans stand for, by the names that mean the same on every platform.

use spanlift_model::Role;

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
