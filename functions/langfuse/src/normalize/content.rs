//! What Coval's metrics read of tools, speech and time (docs/REFERENCE.md#attributes; docs/platforms/langfuse.md#85-contents).

use serde_json::{Map, Value};
use spanlift_conventions::{
    ToolCall, is_first_byte, measured_first_byte, seconds_text, stated_first_byte, stated_transcript,
};
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, canonical_text};

use super::json::parsed;
use super::role;
use crate::labels::at_path;
use crate::record::Observation;

/// Coval's own names, which people write into metadata where an SDK lets them set no attributes.
const KNOWN: [&str; 8] = [
    names::METRICS_TTFB,
    names::FUNCTION_NAME,
    names::FUNCTION_ARGUMENTS,
    names::TOOL_CALL_ID,
    names::TOOL_RESULT,
    names::TRANSCRIPT,
    names::LLM_FINISH_REASON,
    "stt.confidence",
];

/// Derives Coval's names from metadata entries of the same name.
pub(super) fn derive_known_metadata(metadata: &Map<String, Value>, attributes: &mut Attributes) {
    for name in KNOWN {
        let value = at_path(metadata, name).and_then(canonical_text).filter(|text| !text.trim().is_empty());
        attributes.derive_some(name, value);
    }
}

/// Derives the time to the first byte, in seconds: as the SDK states it, else from the moment at which the answer began, else
/// as Langfuse says it.
pub(super) fn derive_first_byte(observation: &Observation, attributes: &mut Attributes) {
    let measured = || measured_first_byte(observation.started_at, observation.completion_started_at?);
    let seconds = stated_first_byte(&role::view(observation, &role::Sent(attributes)))
        .or_else(measured)
        .or(observation.time_to_first_token)
        .filter(|seconds| is_first_byte(*seconds))
        .map(seconds_text);
    attributes.derive_some(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, seconds.clone());
    attributes.derive_some(names::METRICS_TTFB, seconds);
}

/// Derives name, id, arguments and result of a tool call.
pub(super) fn derive_tool_call(role: Role, observation: &Observation, attributes: &mut Attributes) {
    let text = |content: &Option<String>| content.clone().map(Value::from);
    let (input, output) = (text(&observation.input), text(&observation.output));
    let call = ToolCall::of(&role::view(observation, &role::Sent(attributes)), [], input.as_ref(), output.as_ref());
    call.derive(role, attributes);
}

/// Derives what was heard: what is stated as such, else the output of a recogniser, as text or in an object that says so.
pub(super) fn derive_transcript(role: Role, observation: &Observation, attributes: &mut Attributes) {
    attributes.derive_some(names::TRANSCRIPT, stated_transcript(&*attributes));
    let heard = (role == Role::SpeechToText).then_some(observation).and_then(|observation| {
        let output = observation.output.as_deref()?;
        match parsed(output) {
            None => Some(output.to_owned()),
            Some(json) => ["transcript", "text"].iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned)),
        }
    });
    let heard = heard.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    attributes.derive_some(names::TRANSCRIPT, heard);
}

/// Derives what a retriever was asked: the input, as text or in an object that says so.
pub(super) fn derive_query(observation: &Observation, attributes: &mut Attributes) {
    let query = observation.input.as_deref().and_then(|input| match parsed(input) {
        None => Some(input.to_owned()),
        Some(json) => json.get("query")?.as_str().map(str::to_owned),
    });
    attributes.derive_some(gen_ai::RETRIEVAL_QUERY_TEXT, query);
}

/// Derives why the model stopped, in Coval's words and in the conventions'.
pub(super) fn derive_finish_reason(observation: &Observation, attributes: &mut Attributes) {
    let list = attributes.get(gen_ai::RESPONSE_FINISH_REASONS).and_then(parsed);
    let of_list = list.as_ref().and_then(|list| list.get(0)?.as_str());
    let output = observation.output.as_deref().and_then(parsed);
    let of_output = output.as_ref().and_then(|output| {
        let choice = output.pointer("/choices/0").unwrap_or(output);
        ["finish_reason", "finishReason", "stop_reason"].iter().find_map(|name| choice.get(name)?.as_str())
    });
    let reason = of_list.or(of_output).filter(|reason| !reason.trim().is_empty());
    attributes.derive_some(names::LLM_FINISH_REASON, reason);
    let list = attributes.get(names::LLM_FINISH_REASON).map(|reason| Value::from(vec![reason]).to_string());
    attributes.derive_some(gen_ai::RESPONSE_FINISH_REASONS, list);
}
