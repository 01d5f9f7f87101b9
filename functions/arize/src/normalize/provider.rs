//! Who serves the model, in the words of the GenAI conventions (docs/platforms/phoenix.md#72-models-and-providers).

use spanlift_model::Attributes;
use spanlift_model::names::{gen_ai, model_provider};

/// Provider and system as OpenInference writes them, and the conventions' name. `*` is anything, nothing is nothing. A
/// provider that is neither here nor known everywhere keeps its name.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("azure", "openai", "azure.ai.openai"),
    ("azure", "*", "azure.ai.inference"),
    ("aws", "*", "aws.bedrock"),
    ("google", "vertexai", "gcp.vertex_ai"),
    ("google", "*", "gcp.gen_ai"),
    ("moonshot", "*", "moonshot_ai"),
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
    let own = PROVIDERS.iter().find(|(its_provider, its_system, _)| {
        *its_provider == provider && (*its_system == "*" || *its_system == system)
    });
    let known = own.map(|(_, _, name)| *name).or_else(|| model_provider(&provider));
    attributes.derive(gen_ai::PROVIDER_NAME, known.map_or(provider, str::to_owned));
}
