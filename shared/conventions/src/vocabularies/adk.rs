//! Google's ADK.
//!
//! One model call is `call_llm`; in newer versions with `generate_content …` inside, which has the same counts.

use spanlift_model::Role;

use crate::row::{CallTable, NameRow, Vocabulary};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["gcp.vertex.agent"],
    prefixes: &["gcp.vertex.agent."],
    names: NAMES,
    ..Vocabulary::named("Google ADK")
};

/// A call of a model.
pub const MODEL_CALL: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &["call_llm", "generate_content*"],
    again: &[],
    named: "call_llm",
    alone: None,
    asks: None,
    waits: true,
    seen: "google-adk 2.13",
};

const NAMES: &[NameRow] = &[
    // Parallel calls once more, all in one.
    NameRow::wrapper("execute_tool (merged)", "google-adk 2.13"),
    NameRow::new("execute_tool *", Role::ToolCall, "google-adk 2.13"),
    // In 1.0 a call was two spans.
    NameRow::new("tool_call [*", Role::ToolCall, "google-adk 1.0"),
    NameRow::new("tool_response [*", Role::ToolResult, "google-adk 1.0"),
    NameRow::new("agent_run*", Role::Agent, "older versions, not in 2.13"),
    NameRow::new("invoke_agent *", Role::Agent, "google-adk 2.13"),
    NameRow::wrapper("invocation", "google-adk 2.13"),
];
