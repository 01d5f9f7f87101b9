//! What a run stands for (docs/platforms/langsmith.md#71-types-and-speech).

use serde_json::Value;
use spanlift_conventions::{SpanView, Told, role_of, speech_of_name};
use spanlift_model::Role;

use crate::record::LangSmithRun;

/// The view of a run. Its metadata is where attributes of OpenTelemetry end up, and is handed down to the runs below.
pub(crate) fn view(run: &LangSmithRun) -> SpanView<'_> {
    SpanView {
        name: &run.name,
        scope: None,
        words: &run.metadata,
        words_are_inherited: true,
        told: told(run),
        has_counts: run.own.has_usage,
    }
}

pub(super) fn role(run: &LangSmithRun) -> Role {
    role_of(&view(run))
}

/// Is it speech by its name, whatever it counts?
pub(crate) fn is_named_as_speech(run: &LangSmithRun) -> bool {
    run.run_type == "llm" && speech_of_name(&run.name).is_some()
}

/// SDKs set the type of every run; `chain` is what they set where there is nothing to say.
fn told(run: &LangSmithRun) -> Told {
    match run.run_type.as_str() {
        "llm" if is_hidden(run) && !run.own.has_usage => Told::BySdk(Role::Speech),
        "llm" => Told::BySdk(Role::ModelCall),
        "tool" => Told::BySdk(Role::ToolCall),
        "embedding" => Told::BySdk(Role::Embedding),
        "retriever" => Told::BySdk(Role::Retrieval),
        _ => Told::ByAgent(Role::Other),
    }
}

/// The flag means no more than "not among the messages", and is inherited: a model call below a flagged run has it
/// too, and has counts.
fn is_hidden(run: &LangSmithRun) -> bool {
    run.metadata.get("ls_message_view_exclude") == Some(&Value::Bool(true))
}
