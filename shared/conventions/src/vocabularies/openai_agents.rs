//! OpenAI Agents, by LangSmith's processor.

use crate::row::{NameRow, Vocabulary};

/// The vocabulary. The processor calls a guardrail a tool: it has no inputs and no outputs, only whether it was triggered.
pub const VOCABULARY: Vocabulary = Vocabulary {
    prefixes: &["openai_span_id"],
    names: &[NameRow::wrapper("*", "langsmith 0.15, a guardrail").only_with("triggered")],
    ..Vocabulary::named("OpenAI Agents")
};
