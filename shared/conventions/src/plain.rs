//! What means the same under another name, whatever the span stands for.

use spanlift_model::Role;
use spanlift_model::names::gen_ai;

use crate::derived::Derived;
use crate::sent::SentSpan;

/// Attributes, what the conventions call them, and who writes them. The first that is there counts.
pub const ALIASES: &[(&str, &str, &str)] = &[
    ("session.id", gen_ai::CONVERSATION_ID, "OpenInference, Langfuse, Strands"),
    ("conversation.id", gen_ai::CONVERSATION_ID, "Pipecat"),
    ("agent.name", gen_ai::AGENT_NAME, "OpenInference"),
    ("tool.description", gen_ai::TOOL_DESCRIPTION, "OpenInference"),
];

/// What stands before an agent's name in that of its span.
const AGENT_PREFIX: &str = "invoke_agent ";

/// Derives conversation and names. What is handed down may be of a span above.
pub(crate) fn derive(role: Role, sent: &SentSpan, derived: &mut Derived<'_>) {
    derived.derive_some(gen_ai::CONVERSATION_ID, sent.platform.conversation_id.as_deref());
    for (name, target, _) in ALIASES.iter().filter(|_| !sent.is_inherited) {
        let value = sent.attributes.get(name).filter(|value| !value.trim().is_empty());
        derived.derive_some(target, value);
    }
    let name = sent.name.strip_prefix(AGENT_PREFIX).unwrap_or(&sent.name).trim();
    let name = Some(name).filter(|name| !name.is_empty());
    match role {
        Role::Agent => derived.derive_some(gen_ai::AGENT_NAME, name),
        Role::Workflow => derived.derive_some(gen_ai::WORKFLOW_NAME, name),
        _ => {}
    }
}
