//! OpenAI Agents, by LangSmith's processor (langsmith 0.4 to 0.15).

use crate::view::Words;

/// Is it a guardrail? The processor calls it a tool, and says only whether it was triggered, beside the ids that every span has.
pub(crate) fn is_guardrail(words: &dyn Words) -> bool {
    let is_triggered = words.word("triggered").is_some_and(|word| matches!(&*word, "true" | "false"));
    is_triggered && words.word("openai_span_id").is_some()
}
