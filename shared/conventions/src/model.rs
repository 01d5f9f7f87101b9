//! Which model was asked and which answered, and who serves it.

mod provider;

use std::borrow::Cow;

use spanlift_model::json::Value;
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, Role};

pub use self::provider::{NO_PROVIDERS, PROVIDER_ATTRIBUTES, PROVIDERS, ProviderRow, model_provider};
use crate::derived::Derived;
use crate::parameters::{self, Parameters};
use crate::payload::{BothSides, Carried};
use crate::sent::{SentSpan, Side, json_of};
use crate::usage::at;

/// Attributes that name the model that was asked, in the order in which they count, and who writes them.
pub const REQUEST_MODELS: &[(&str, &str)] = &[
    ("llm.request.model_name", "OpenInference 0.1.42"),
    ("llm.request.model", "older OpenLLMetry"),
    ("ai.model.id", "AI SDK"),
];

/// The same, where neither parameters nor input name one: LangSmith makes `ls_model_name` of whatever names a model.
pub const LATE_REQUEST_MODELS: &[(&str, &str)] = &[
    ("ls_model_name", "LangChain"),
    ("langsmith.metadata.ls_model_name", "LangSmith's exporter for OpenTelemetry"),
    ("model_name", "LangChain"),
    (gen_ai::REQUEST_MODEL, "OpenTelemetry GenAI, as metadata"),
];

/// Attributes that name the model that was asked, and, once an answer is there, the one that answered: most instrumentors write
/// the answer's model over the request's. Where the request itself names another model, they name the one that answered.
pub const MODELS: &[(&str, &str)] = &[
    ("llm.model_name", "OpenInference"),
    ("embedding.model_name", "OpenInference"),
    ("reranker.model_name", "OpenInference"),
];

/// The same of the model that answered.
pub const RESPONSE_MODELS: &[(&str, &str)] = &[
    ("llm.response.model_name", "OpenInference 0.1.42"),
    ("llm.response.model", "older OpenLLMetry"),
    ("ai.response.model", "AI SDK"),
    (gen_ai::RESPONSE_MODEL, "OpenTelemetry GenAI, as metadata"),
];

/// Attributes whose JSON names the model, where the SDK does it nowhere else, the member, and who writes it.
pub const MODELS_IN_JSON: &[(&str, &str, &str)] = &[("lk.tts_metrics", "metadata.model_name", "LiveKit before 1.4")];

/// The same of the provider.
pub const PROVIDERS_IN_JSON: &[(&str, &str, &str)] =
    &[("lk.tts_metrics", "metadata.model_provider", "LiveKit before 1.4")];

/// Where a model is named in the parameters of a request, or in what went in.
pub const MODEL_PARAMETERS: &[&str] = &["model", "model_name", "model_id"];

/// Where what came out of a call names the model that answered. `[]` is the items of a list or of lists in it.
pub const OUTPUT_MODELS: &[(&str, &str)] = &[
    ("model", "OpenAI, Anthropic"),
    ("generations.[].message.kwargs.response_metadata.model_name", "LangChain"),
    ("generations.[].message.kwargs.response_metadata.model", "LangChain with Anthropic, Ollama"),
    ("generations.[].generation_info.model_name", "LangChain"),
    ("llm_output.model_name", "LangChain"),
    ("llm_output.model", "LangChain with Anthropic"),
    ("response_metadata.model_name", "LangChain's messages"),
    ("kwargs.response_metadata.model_name", "LangChain's messages"),
    ("*.kwargs.response_metadata.model_name", "a message returned as it is"),
    ("model_version", "Gemini"),
    ("response.model_id", "AI SDK"),
];

/// What stands beside the model in an API's request, and in its answer. Without any of it `model` may be what a model was asked about: a car's.
const IN_REQUESTS: &[&str] = &["messages", "input", "contents", "prompt", "max_tokens", "temperature", "stream"];
const IN_ANSWERS: &[&str] = &["choices", "content", "output", "usage", "id", "object", "data"];

/// Where Google's ADK has the whole answer.
const ADK_ANSWER: &str = "gcp.vertex.agent.llm_response";

/// Derives the models and the provider.
///
/// What came out tells only of a span that calls a model. Where attributes may be those of a span above, so do they, and of
/// speech they are said of the model that answers.
pub(crate) fn derive(
    role: Role,
    span: &SentSpan,
    parameters: &Parameters<'_>,
    sides: &BothSides<'_>,
    derived: &mut Derived<'_>,
) {
    if span.is_inherited && !role.calls_a_model() {
        return;
    }
    let own = (!(span.is_inherited && role.is_speech())).then_some(&span.attributes);
    let carried = |side| if role.calls_a_model() { sides.carried(side) } else { None };
    let named = first_of(own, MODELS);
    let in_request = first_of(own, REQUEST_MODELS)
        .or_else(|| MODEL_PARAMETERS.iter().find_map(|name| parameters.text(name)))
        .or_else(|| asked_in(carried(Side::Input)?, |json| has_any(json, IN_REQUESTS)))
        .or_else(|| first_of(own, LATE_REQUEST_MODELS));
    let in_answer = || {
        // What may be any JSON is no answer of a model's API.
        let told = || answered(carried(Side::Output).filter(|output| output.is_marked)?.json()?);
        told().or_else(|| {
            own?.get(ADK_ANSWER).filter(|_| role.calls_a_model()).and_then(json_of).as_ref().and_then(answered)
        })
    };
    let answered = first_of(own, RESPONSE_MODELS).or_else(in_answer).or_else(|| {
        let is_other = |named: &String| in_request.as_ref().is_some_and(|asked| !is_same_model(asked, named));
        named.clone().filter(is_other)
    });
    let asked = in_request
        .or(named)
        .or_else(|| span.platform.model.clone().filter(|model| !model.trim().is_empty()))
        .or_else(|| asked_in(carried(Side::Input)?, is_alone))
        .or_else(|| answered.clone())
        .or_else(|| in_json(own, MODELS_IN_JSON));
    derived.derive_some(gen_ai::REQUEST_MODEL, asked);
    derived.derive_some(gen_ai::RESPONSE_MODEL, answered);
    let provider = own.and_then(provider::of_attributes).map(Cow::into_owned);
    let of_type = || model_provider(&parameters.text(parameters::TYPE)?).map(str::to_owned);
    let in_metrics = || {
        let name = in_json(own, PROVIDERS_IN_JSON)?;
        model_provider(&name).map(str::to_owned).or(Some(name))
    };
    derived.derive_some(gen_ai::PROVIDER_NAME, provider.or_else(of_type).or_else(in_metrics));
}

fn first_of(attributes: Option<&Attributes>, names: &[(&str, &str)]) -> Option<String> {
    let text = names.iter().find_map(|(name, _)| attributes?.get(name).filter(|text| !text.trim().is_empty()))?;
    Some(text.to_owned())
}

fn in_json(attributes: Option<&Attributes>, rows: &[(&str, &str, &str)]) -> Option<String> {
    rows.iter().find_map(|(name, member, _)| {
        let json = json_of(attributes?.get(name)?)?;
        at(&json, member).into_iter().find_map(said)
    })
}

/// Does one name the other, with the provider or a place in front: `openai/gpt-4.1-mini`, `models/gemini-2.5-flash`?
fn is_same_model(one: &str, other: &str) -> bool {
    let ends_with = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with(['/', '.', ':']))
    };
    ends_with(one, other) || ends_with(other, one)
}

fn asked_in(input: &Carried<'_>, is_request: impl Fn(&Value) -> bool) -> Option<String> {
    let request = input.json().filter(|json| is_request(json))?;
    MODEL_PARAMETERS.iter().find_map(|name| said(request.get(name)?))
}

fn is_alone(json: &Value) -> bool {
    json.as_object().is_some_and(|members| members.len() == 1)
}

fn has_any(json: &Value, names: &[&str]) -> bool {
    names.iter().any(|name| json.get(name).is_some())
}

fn answered(outputs: &Value) -> Option<String> {
    let is_named = |path: &&(&str, &str)| path.0 != "model" || is_alone(outputs) || has_any(outputs, IN_ANSWERS);
    OUTPUT_MODELS.iter().filter(is_named).find_map(|(path, _)| at(outputs, path).into_iter().find_map(said))
}

fn said(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}
