//! How a model ended its answer, and the answer's id.

use spanlift_model::canonical_text;
use spanlift_model::json::{Map, Value, text_of, to_text};
use spanlift_model::names::{self, gen_ai};

use crate::derived::Derived;
use crate::messages::{REASON_MEMBERS, answers, finish_reason, text};
use crate::payload::Carried;
use crate::sent::{SentSpan, json_of};

/// Attributes that say why the model stopped, as one word or a list, and who writes them.
pub const REASONS: &[(&str, &str)] = &[
    (names::LLM_FINISH_REASON, "Coval, OpenInference"),
    (gen_ai::RESPONSE_FINISH_REASONS, "OpenTelemetry GenAI"),
    ("gen_ai.response.finish_reason", "OpenLLMetry"),
    ("ai.response.finishReason", "AI SDK 5, 6"),
    ("anthropic.message.stop_reason", "Anthropic's client"),
];

/// Attributes that hold the answer's id, and who writes them.
pub const RESPONSE_IDS: &[(&str, &str)] = &[
    (gen_ai::RESPONSE_ID, "OpenTelemetry GenAI"),
    ("ai.response.id", "AI SDK 5, 6"),
    ("response.id", "Pipecat, OpenAI Realtime"),
];

/// Where an answer of a list says why it ended, and where the whole output does.
const OF_ANSWER: &[&[&str]] =
    &[&["generation_info"], &["message", "kwargs", "response_metadata"], &["message", "response_metadata"]];
const OF_OUTPUT: &[&[&str]] = &[
    &[],
    &["output", "kwargs", "response_metadata"],
    &["output", "response_metadata"],
    &["response_metadata"],
    &["kwargs", "response_metadata"],
    &["llm_output"],
    &["message"],
];
/// Where an output has the answer's id.
const OF_ID: &[&[&str]] = &[&[], &["llm_output"]];
/// The lists in which an output has several answers.
const LISTS: &[&str] = &["choices", "generations", "candidates"];

/// Why a model stopped, as attributes and the output say it, answer by answer.
pub(crate) fn stated_reasons(span: &SentSpan) -> Vec<String> {
    let read = |(name, _): &(&str, &str)| Some(listed(span.attributes.get(name)?)).filter(|texts| !texts.is_empty());
    let own = || REASONS.iter().find_map(read);
    if span.is_inherited { Vec::new() } else { own().unwrap_or_default() }
}

/// As the output has it.
pub(crate) fn reasons_in(output: &Value) -> Vec<String> {
    let members = |value: &Value| value.as_object().and_then(reason);
    let of_answer =
        |answer: &Value| members(answer).or_else(|| OF_ANSWER.iter().find_map(|path| members(at(answer, path)?)));
    let list = LISTS.iter().find_map(|name| output.get(name));
    let reasons: Vec<String> = list.into_iter().flat_map(answers).filter_map(of_answer).collect();
    if reasons.is_empty() {
        OF_OUTPUT.iter().find_map(|path| members(at(output, path)?)).into_iter().collect()
    } else {
        reasons
    }
}

/// Derives finish reasons: the first as the source has it, the list in the conventions' words.
pub(crate) fn derive_reasons(reasons: &[String], derived: &mut Derived<'_>) {
    if let Some(first) = reasons.first() {
        derived.derive(names::LLM_FINISH_REASON, first.as_str());
        let words: Vec<String> = reasons.iter().map(|reason| finish_reason(reason)).collect();
        derived.derive(gen_ai::RESPONSE_FINISH_REASONS, to_text(&words));
    }
}

/// Derives the answer's id.
pub(crate) fn derive_answer(span: &SentSpan, output: Option<&Carried<'_>>, derived: &mut Derived<'_>) {
    let stated = RESPONSE_IDS.iter().filter(|_| !span.is_inherited);
    let stated = stated.filter_map(|(name, _)| span.attributes.get(name)).find(|id| !id.trim().is_empty());
    derived.derive_some(gen_ai::RESPONSE_ID, stated);
    // What may be any JSON is no answer of a model's API.
    let Some(output) = output.filter(|output| output.is_marked).and_then(Carried::json) else { return };
    let said = |value: &Value| canonical_text(value).filter(|text| !text.trim().is_empty());
    let of_output = || OF_ID.iter().find_map(|path| said(at(output, path)?.get("id")?));
    let of_answer = || {
        let mut answers = output.get("generations").into_iter().flat_map(answers);
        answers.find_map(|answer| said(at(answer, &["message", "kwargs", "response_metadata"])?.get("id")?))
    };
    derived.derive_some(gen_ai::RESPONSE_ID, of_output().or_else(of_answer));
}

fn reason(members: &Map) -> Option<String> {
    REASON_MEMBERS.iter().find_map(|name| text(members, name)).map(str::to_owned)
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// A text, or JSON of a list of texts.
fn listed(text: &str) -> Vec<String> {
    match json_of(text) {
        Some(Value::Array(items)) => {
            let texts = items.iter().filter_map(text_of).filter(|text| !text.trim().is_empty());
            texts.map(std::borrow::Cow::into_owned).collect()
        }
        _ => Some(text).filter(|text| !text.trim().is_empty()).map(str::to_owned).into_iter().collect(),
    }
}
