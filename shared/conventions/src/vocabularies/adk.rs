//! Google's ADK.
//!
//! One model call is `call_llm`; in newer versions with `generate_content …` inside. `call_llm` has counts, request and response in
//! all of them, so that it is the one that stands for the call.

use spanlift_model::Role;

use crate::row::{NameRow, Vocabulary};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["gcp.vertex.agent"],
    prefixes: &["gcp.vertex.agent."],
    names: NAMES,
    ..Vocabulary::named("Google ADK")
};

const NAMES: &[NameRow] = &[
    NameRow::new("call_llm", Role::ModelCall, "google-adk 2.13"),
    NameRow::wrapper("generate_content*", "google-adk 2.13"),
    // Parallel calls once more, all in one.
    NameRow::wrapper("execute_tool (merged)", "google-adk 2.13"),
    NameRow::new("execute_tool *", Role::ToolCall, "google-adk 2.13"),
    NameRow::new("agent_run*", Role::Agent, "older versions, not in 2.13"),
    NameRow::new("invoke_agent *", Role::Agent, "google-adk 2.13"),
    NameRow::wrapper("invocation", "google-adk 2.13"),
];
