//! OpenInference.

use spanlift_model::Role;

use crate::row::{KindTable, Vocabulary};

const SEEN: &str = "openinference-semantic-conventions 0.1.42";
const REALTIME: &str = "openinference-instrumentation-openai-agents 2.6";

/// `openinference.span.kind`. `CHAIN` and `UNKNOWN` are not here: they say nothing.
pub const KINDS: KindTable = KindTable {
    attribute: "openinference.span.kind",
    rows: &[
        ("LLM", Role::ModelCall, SEEN),
        ("TOOL", Role::ToolCall, SEEN),
        ("EMBEDDING", Role::Embedding, SEEN),
        ("RETRIEVER", Role::Retrieval, SEEN),
        ("AGENT", Role::Agent, SEEN),
        ("RERANKER", Role::Other, SEEN),
        ("GUARDRAIL", Role::Other, SEEN),
        ("EVALUATOR", Role::Other, SEEN),
        ("PROMPT", Role::Other, SEEN),
        ("DECISION", Role::Other, SEEN),
        // A turn of a realtime model names the model, and is no call of it; the caller's span lasts as long as the turn.
        ("AUDIO", Role::Other, REALTIME),
        ("USER", Role::Speech, REALTIME),
    ],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary { kinds: &[KINDS], ..Vocabulary::named("OpenInference") };

/// What begins the name of a span by which one agent hands over to another. The instrumentor of OpenAI Agents calls it a tool, and tells both
/// agents' names but no tool's, no arguments and no result (docs/adr/0042-a-hand-over-is-no-tool-call.md). No tool's name has a blank.
pub(crate) const HAND_OVER: &str = "handoff to ";

/// What stands in place of content that was not to be sent.
pub(crate) const HIDDEN: &str = "__REDACTED__";

/// What a kind stands for, in whatever case.
#[must_use]
pub fn role_of_kind(kind: &str) -> Option<Role> {
    let kind = kind.trim();
    KINDS.rows.iter().find(|(known, ..)| known.eq_ignore_ascii_case(kind)).map(|(_, role, _)| *role)
}
