//! What a run stands for (docs/platforms/langsmith.md#71-types-and-speech).

use serde_json::Value;
use spanlift_model::{Role, look_up};

use crate::record::LangSmithRun;

/// Runs of type `llm` that are speech, by name: Pipecat's and LiveKit's.
const SPEECH: &[(&str, Role)] = &[
    ("stt", Role::SpeechToText),
    ("stt_request", Role::SpeechToText),
    ("tts", Role::TextToSpeech),
    ("tts_request", Role::TextToSpeech),
    ("user_turn", Role::Speech),
    ("user_speaking", Role::Speech),
];

/// The type decides; where it says nothing, the name does.
pub(super) fn role_of(run: &LangSmithRun) -> Role {
    match run.run_type.as_str() {
        "llm" => of_model_run(run),
        // Pipecat tells the end of a tool call as a run of its own.
        "tool" if run.name == "llm_tool_result" => Role::ToolResult,
        "tool" => Role::ToolCall,
        "embedding" => Role::Embedding,
        "retriever" => Role::Retrieval,
        _ => Role::of_name(&run.name).unwrap_or(Role::Other),
    }
}

/// The flag means no more than "not among the messages", and is inherited: a model call below a flagged run has it
/// too, and has counts.
fn of_model_run(run: &LangSmithRun) -> Role {
    let is_hidden = run.metadata.get("ls_message_view_exclude") == Some(&Value::Bool(true));
    look_up(SPEECH, &run.name.to_lowercase())
        .or_else(|| (is_hidden && !run.own.has_usage).then_some(Role::Speech))
        .unwrap_or(Role::ModelCall)
}

/// Is it speech by its name, whatever it counts?
pub(crate) fn is_named_as_speech(run: &LangSmithRun) -> bool {
    run.run_type == "llm" && look_up(SPEECH, &run.name.to_lowercase()).is_some()
}
