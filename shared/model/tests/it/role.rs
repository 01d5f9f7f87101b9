//! What spans stand for, by the names that mean the same on every platform.

use spanlift_model::{Role, names};

const ALL: [Role; 11] = [
    Role::ModelCall,
    Role::ToolCall,
    Role::ToolResult,
    Role::SpeechToText,
    Role::TextToSpeech,
    Role::Speech,
    Role::Embedding,
    Role::Retrieval,
    Role::Agent,
    Role::Workflow,
    Role::Other,
];

#[test]
fn a_canonical_name_stands_for_the_role_that_has_it() {
    for role in ALL {
        if let Some(name) = role.span_name() {
            assert_eq!(Role::of_name(name), Some(role), "{name}");
        }
    }
    let named = ALL.into_iter().filter_map(Role::span_name).collect::<Vec<_>>();
    assert_eq!(named, ["llm", "llm_tool_call", "stt", "tts"]);
    for name in ["LLM", "llm ", "", "llm_call"] {
        assert_eq!(Role::of_name(name), None, "{name}");
    }
}

#[test]
fn an_operation_stands_for_the_role_that_has_it() {
    for role in ALL {
        if let Some(operation) = role.operation() {
            assert_eq!(Role::of_operation(operation), Some(role), "{operation}");
        }
    }
    assert_eq!(Role::of_operation("text_completion"), Some(Role::ModelCall));
    assert_eq!(Role::of_operation("stt"), Some(Role::SpeechToText));
    assert_eq!(Role::of_operation("CHAT"), None);
}

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
