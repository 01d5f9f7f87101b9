//! Anthropic's client, which writes spans of its own where a tracer provider is global or given to it
//! (docs/adr/0051-a-clients-own-span.md).

use spanlift_model::Role;

use crate::row::{CallTable, Vocabulary};

/// The vocabulary.
pub const VOCABULARY: Vocabulary =
    Vocabulary { scopes: &["com.anthropic.sdk"], prefixes: &["anthropic."], ..Vocabulary::named("Anthropic's client") };

/// A request, inside the span that an instrumentor or a framework writes of the same call. Which of them tell counts differs; the client itself measures.
pub const MODEL_CALL: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &[
        "ChatAnthropic",
        "ChatAnthropic.chat",
        "chat claude*",
        "chat",
        "llm",
        "anthropic.chat",
        "messages.create",
        "messages.stream",
        "messages.parse",
        "beta.messages.create",
        "beta.messages.stream",
        "beta.messages.parse",
    ],
    again: &[],
    named: REQUEST,
    alone: None,
    asks: None,
    waits: false,
    seen: "anthropic 2.14, inside LangChain, OpenTelemetry GenAI, Strands, Pipecat, OpenLLMetry and OpenInference",
};

/// The client's span of a request ([`super::REQUESTS_OF_CLIENTS`]).
pub(crate) const REQUEST: &str = "anthropic.messages.create";
