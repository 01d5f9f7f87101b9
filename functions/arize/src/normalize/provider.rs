//! Who serves the model, in the words of the GenAI conventions (contract phoenix §6.1, `llm.provider`).

use spanlift_model::Attributes;
use spanlift_model::names::gen_ai;

/// Provider and system as OpenInference or the older `gen_ai.system` write them, and the conventions' name. `*` is
/// anything, nothing is nothing. A provider that is not here keeps its name.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("azure", "openai", "azure.ai.openai"),
    ("azure", "*", "azure.ai.inference"),
    ("aws", "*", "aws.bedrock"),
    ("google", "vertexai", "gcp.vertex_ai"),
    ("google", "*", "gcp.gen_ai"),
    ("mistralai", "*", "mistral_ai"),
    ("xai", "*", "x_ai"),
    ("moonshot", "*", "moonshot_ai"),
    ("vertexai", "*", "gcp.vertex_ai"),
    ("vertex_ai", "*", "gcp.vertex_ai"),
    ("gemini", "*", "gcp.gemini"),
    ("az.ai.openai", "*", "azure.ai.openai"),
    ("az.ai.inference", "*", "azure.ai.inference"),
];

/// Derives `gen_ai.provider.name` from `llm.provider`, else from the system alone.
pub(super) fn derive(attributes: &mut Attributes) {
    let lower = |name| {
        let text = attributes.get(name).map(|text| text.trim().to_lowercase());
        text.filter(|text| !text.is_empty())
    };
    let system = lower("llm.system");
    let Some(provider) = lower("llm.provider").or_else(|| system.clone()).or_else(|| lower("gen_ai.system")) else {
        return;
    };
    let system = system.unwrap_or_default();
    let known = PROVIDERS.iter().find(|(its_provider, its_system, _)| {
        *its_provider == provider && (*its_system == "*" || *its_system == system)
    });
    let name = known.map_or(provider, |(_, _, name)| (*name).to_owned());
    attributes.derive(gen_ai::PROVIDER_NAME, name);
}
