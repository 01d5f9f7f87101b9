//! Who serves a model, in the words of the GenAI conventions (schema 1.42.0, `gen_ai.provider.name`).

use std::borrow::Cow;

use spanlift_model::Attributes;
use spanlift_model::names::gen_ai;

/// A name of a provider.
#[derive(Clone, Copy, Debug)]
pub struct ProviderRow {
    /// The name, in lower case, letters and digits alone: names are compared so.
    pub name: &'static str,
    /// Only beside this system in OpenInference's `llm.system`; `*` is any or none.
    pub system: Option<&'static str>,
    /// The conventions' name.
    pub is: &'static str,
    /// Who writes it.
    pub seen: &'static str,
}

/// All, the first that fits counts. Any other provider keeps its name.
pub const PROVIDERS: &[ProviderRow] = &[
    pair("azure", "openai", "azure.ai.openai"),
    pair("azure", "*", "azure.ai.inference"),
    pair("aws", "*", "aws.bedrock"),
    pair("google", "vertexai", "gcp.vertex_ai"),
    row("openai", "openai", "everybody"),
    row("openaichat", "openai", "LangChain, `_type`"),
    row("openairesponses", "openai", "people's own"),
    row("anthropic", "anthropic", "everybody"),
    row("anthropicchat", "anthropic", "LangChain, `_type`"),
    row("azure", "azure.ai.openai", "LangChain, AI SDK, Langfuse"),
    row("azureopenai", "azure.ai.openai", "AI SDK, LiveKit"),
    row("azureopenaichat", "azure.ai.openai", "LangChain, `_type`"),
    row("azaiopenai", "azure.ai.openai", "older OpenTelemetry GenAI"),
    row("azureaiopenai", "azure.ai.openai", "OpenTelemetry GenAI"),
    row("azaiinference", "azure.ai.inference", "older OpenTelemetry GenAI"),
    row("azureaiinference", "azure.ai.inference", "OpenTelemetry GenAI"),
    row("bedrock", "aws.bedrock", "LangChain, LiteLLM"),
    row("awsbedrock", "aws.bedrock", "OpenTelemetry GenAI, LiveKit"),
    row("amazonbedrock", "aws.bedrock", "AI SDK, LangChain"),
    row("amazonbedrockconverse", "aws.bedrock", "LangChain"),
    row("amazonbedrockchat", "aws.bedrock", "LangChain, `_type`"),
    row("bedrockconverse", "aws.bedrock", "LiteLLM"),
    row("google", "gcp.gen_ai", "OpenInference, LangChain"),
    row("gcpgenai", "gcp.gen_ai", "OpenTelemetry GenAI"),
    row("googlegenai", "gcp.gemini", "LangChain"),
    row("chatgooglegenerativeai", "gcp.gemini", "LangChain, `_type`"),
    row("googlegenerativeai", "gcp.gemini", "AI SDK"),
    row("gemini", "gcp.gemini", "older OpenTelemetry GenAI, LiteLLM"),
    row("gcpgemini", "gcp.gemini", "OpenTelemetry GenAI"),
    row("vertexai", "gcp.vertex_ai", "older OpenTelemetry GenAI, OpenInference, LiteLLM"),
    row("gcpvertexai", "gcp.vertex_ai", "OpenTelemetry GenAI"),
    row("googlevertexai", "gcp.vertex_ai", "LangChain"),
    row("googlevertex", "gcp.vertex_ai", "AI SDK"),
    row("vertexanthropic", "gcp.vertex_ai", "AI SDK"),
    row("gcpvertexagent", "gcp.vertex_ai", "Google ADK"),
    row("mistral", "mistral_ai", "LangChain, AI SDK"),
    row("mistralai", "mistral_ai", "OpenTelemetry GenAI, OpenInference"),
    row("xai", "x_ai", "OpenTelemetry GenAI, OpenInference, AI SDK"),
    row("groq", "groq", "OpenTelemetry GenAI"),
    row("groqchat", "groq", "LangChain, `_type`"),
    row("cohere", "cohere", "OpenTelemetry GenAI"),
    row("deepseek", "deepseek", "OpenTelemetry GenAI"),
    row("perplexity", "perplexity", "OpenTelemetry GenAI"),
    row("moonshot", "moonshot_ai", "OpenInference"),
    row("moonshotai", "moonshot_ai", "OpenTelemetry GenAI"),
    row("ibm", "ibm.watsonx.ai", "LangChain"),
    row("watsonx", "ibm.watsonx.ai", "LiteLLM"),
    row("ibmwatsonxai", "ibm.watsonx.ai", "OpenTelemetry GenAI"),
];

/// What the AI SDK puts behind a provider's name: `openai.chat`.
const KINDS_OF_API: &[&str] = &["chat", "completion", "responses", "messages", "embedding", "textembedding"];

/// Names of frameworks where a provider should stand: they say nothing of who serves the model.
pub const NO_PROVIDERS: &[(&str, &str)] = &[
    ("strandsagents", "Strands"),
    ("langchain", "OpenLLMetry, LangSmith's exporter for OpenTelemetry"),
    ("crewai", "OpenLLMetry"),
    ("unknown", "LiveKit"),
];

/// Attributes that name the provider, in the order in which they count, and who writes them.
pub const PROVIDER_ATTRIBUTES: &[(&str, &str)] = &[
    (PROVIDER, "OpenInference"),
    (SYSTEM, "OpenInference"),
    ("ls_provider", "LangChain"),
    ("langsmith.metadata.ls_provider", "LangSmith's exporter for OpenTelemetry"),
    ("langfuse.observation.metadata.ls_provider", "Langfuse's handler for LangChain"),
    (gen_ai::PROVIDER_NAME, "OpenTelemetry GenAI, as metadata"),
    ("gen_ai.system", "older OpenTelemetry GenAI"),
    ("ai.model.provider", "AI SDK"),
];

const PROVIDER: &str = "llm.provider";
const SYSTEM: &str = "llm.system";

const fn row(name: &'static str, is: &'static str, seen: &'static str) -> ProviderRow {
    ProviderRow { name, system: None, is, seen }
}

const fn pair(name: &'static str, system: &'static str, is: &'static str) -> ProviderRow {
    ProviderRow { name, system: Some(system), is, seen: "OpenInference" }
}

/// The conventions' name of who serves a model, where the table knows it.
#[must_use]
pub fn model_provider(name: &str) -> Option<&'static str> {
    known(name, None)
}

/// The provider that attributes name; in lower case where the table does not know it.
pub(super) fn of_attributes(attributes: &Attributes) -> Option<Cow<'_, str>> {
    // Langfuse's SDK writes texts among the metadata as JSON.
    let stated =
        |name: &str| attributes.get(name).map(|text| text.trim().trim_matches('"')).filter(|text| !text.is_empty());
    let system = stated(SYSTEM);
    PROVIDER_ATTRIBUTES.iter().find_map(|(name, _)| {
        let provider = stated(name)?;
        if NO_PROVIDERS.iter().any(|(framework, _)| *framework == letters(provider)) {
            return None;
        }
        let beside = (*name == PROVIDER).then(|| system.map(letters).unwrap_or_default());
        Some(known(provider, beside.as_deref()).map_or_else(|| Cow::Owned(provider.to_lowercase()), Cow::Borrowed))
    })
}

/// `system`: what stands beside it, where the name is one of OpenInference's pairs.
fn known(name: &str, system: Option<&str>) -> Option<&'static str> {
    let found = |name: &str| {
        let name = letters(name);
        let fits = |row: &&ProviderRow| {
            let is_system = row.system.is_none_or(|own| system.is_some_and(|system| own == "*" || own == system));
            row.name == name && is_system
        };
        PROVIDERS.iter().find(fits).map(|row| row.is)
    };
    let name = name.trim();
    let before_api = name.rsplit_once('.').filter(|(_, api)| KINDS_OF_API.contains(&letters(api).as_str()));
    found(name).or_else(|| found(before_api?.0))
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
