//! Which model, and who serves it (docs/platforms/langsmith.md#72-model-and-provider).

use serde_json::Value;
use spanlift_model::names::{gen_ai, model_provider};
use spanlift_model::{Attributes, Role, look_up};

use super::json::said;
use crate::record::LangSmithRun;
use crate::usage::{at, generations};

/// Providers as LangSmith's integrations write them (`ls_provider`, or a `_type` of parameters), and the conventions'
/// names, beside those that are known everywhere. Any other provider keeps its name; any other `_type` is none.
const PROVIDERS: &[(&str, &str)] = &[
    ("openai", "openai"),
    ("openai-chat", "openai"),
    ("anthropic", "anthropic"),
    ("anthropic-chat", "anthropic"),
    ("azure", "azure.ai.openai"),
    ("azure-openai-chat", "azure.ai.openai"),
    ("amazon_bedrock", "aws.bedrock"),
    ("amazon_bedrock_converse", "aws.bedrock"),
    ("amazon_bedrock_chat", "aws.bedrock"),
    ("bedrock", "aws.bedrock"),
    ("google", "gcp.gen_ai"),
    ("google_genai", "gcp.gemini"),
    ("chat-google-generative-ai", "gcp.gemini"),
    ("google_vertexai", "gcp.vertex_ai"),
    ("mistral", "mistral_ai"),
    ("groq", "groq"),
    ("groq-chat", "groq"),
    ("cohere", "cohere"),
    ("deepseek", "deepseek"),
    ("perplexity", "perplexity"),
    ("ibm", "ibm.watsonx.ai"),
];

/// Derives the models that were asked for and that answered, and the provider.
///
/// Metadata is inherited from above: of speech, what it says of models is said of the model that answers.
pub(super) fn derive(role: Role, run: &LangSmithRun, attributes: &mut Attributes) {
    let metadata = |name: &str| run.metadata.get(name).and_then(said).filter(|_| !role.is_speech());
    let answered = response_model(&run.outputs);
    let asked = metadata("ls_model_name")
        .or_else(|| parameter(run, "model").or_else(|| parameter(run, "model_name")))
        .or_else(|| metadata("model_name"))
        .or_else(|| metadata(gen_ai::REQUEST_MODEL))
        .or_else(|| ["model", "model_name"].iter().find_map(|name| run.inputs.get(name).and_then(said)));
    attributes.derive_some(gen_ai::REQUEST_MODEL, asked.or(answered));
    attributes.derive_some(gen_ai::RESPONSE_MODEL, answered);
    let provider = metadata("ls_provider")
        .or_else(|| metadata(gen_ai::PROVIDER_NAME))
        .or_else(|| metadata("gen_ai.system"))
        .map(str::to_lowercase)
        .map(|name| known(&name).map_or(name, str::to_owned));
    let provider = provider.or_else(|| known(&parameter(run, "_type")?.to_lowercase()).map(str::to_owned));
    attributes.derive_some(gen_ai::PROVIDER_NAME, provider);
}

fn parameter<'a>(run: &'a LangSmithRun, name: &str) -> Option<&'a str> {
    run.invocation_params().find_map(|parameters| parameters.get(name).and_then(said))
}

fn response_model(outputs: &Value) -> Option<&str> {
    let of_generation = |generation| {
        let response: &[&[&str]] = &[
            &["message", "kwargs", "response_metadata", "model_name"],
            &["message", "kwargs", "response_metadata", "model"],
            &["generation_info", "model_name"],
        ];
        response.iter().find_map(|path| at(generation, path).and_then(said))
    };
    let top = outputs.get("model").and_then(said);
    top.or_else(|| generations(outputs).find_map(of_generation)).or_else(|| {
        let of_output: &[&[&str]] = &[&["llm_output", "model_name"], &["llm_output", "model"]];
        of_output.iter().find_map(|path| at(outputs, path).and_then(said))
    })
}

fn known(name: &str) -> Option<&'static str> {
    look_up(PROVIDERS, name).or_else(|| model_provider(name))
}
