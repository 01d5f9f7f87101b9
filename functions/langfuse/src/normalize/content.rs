//! What Coval's metrics read of tools, speech and time (docs/REFERENCE.md#attributes; docs/platforms/langfuse.md#85-contents).

use serde_json::{Map, Value};
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, canonical_text};

use super::json::parsed;
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
/// Names of observations that say "a tool call" and not which tool's.
const NAMELESS: [&str; 5] = ["", names::span::TOOL_CALL, "tool_call", "function_tool", "execute_tool"];
/// No call is longer: what claims to be was measured in something else.
const LONGEST: f64 = 86_400.0;

/// Derives Coval's names from metadata entries of the same name.
pub(super) fn derive_known_metadata(metadata: &Map<String, Value>, attributes: &mut Attributes) {
    for name in KNOWN {
        let value = at_path(metadata, name).and_then(canonical_text).filter(|text| !text.trim().is_empty());
        attributes.derive_some(name, value);
    }
}

/// Derives the time to the first byte, in seconds: as Langfuse says it, else from the moment at which the answer began.
pub(super) fn derive_first_byte(observation: &Observation, attributes: &mut Attributes) {
    let measured = || {
        let began = observation.completion_started_at?;
        (began > observation.started_at).then(|| began.since(observation.started_at).as_secs_f64())
    };
    let told = observation.time_to_first_token.filter(|seconds| *seconds > 0.0);
    let seconds = measured().or(told).filter(|seconds| (0.0..=LONGEST).contains(seconds));
    let text = seconds.map(|seconds| ((seconds * 1e9).round() / 1e9).to_string());
    attributes.derive_some(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, text);
    let chunk = attributes.get(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK).map(str::to_owned);
    attributes.derive_some(names::METRICS_TTFB, chunk);
}

/// Derives name, id, arguments and result of a tool call, in Coval's words and in the conventions'.
pub(super) fn derive_tool_call(observation: &Observation, attributes: &mut Attributes) {
    let own_name = observation.name.strip_prefix("execute_tool ").unwrap_or(&observation.name).trim();
    let own_name = Some(own_name).filter(|name| !NAMELESS.contains(name));
    let mut both = |coval: &'static str, convention: &'static str, derived: Option<&str>| {
        let value = [coval, convention].iter().find_map(|name| attributes.get(name).map(str::to_owned));
        let value = value.or_else(|| derived.map(str::to_owned)).filter(|text| !text.trim().is_empty());
        attributes.derive_some(coval, value.clone());
        attributes.derive_some(convention, value);
    };
    both(names::FUNCTION_NAME, gen_ai::TOOL_NAME, own_name);
    both(names::TOOL_CALL_ID, gen_ai::TOOL_CALL_ID, None);
    both(names::FUNCTION_ARGUMENTS, gen_ai::TOOL_CALL_ARGUMENTS, observation.input.as_deref());
    both(names::TOOL_RESULT, gen_ai::TOOL_CALL_RESULT, observation.output.as_deref());
    if attributes.get(gen_ai::TOOL_NAME).is_some() {
        attributes.derive(gen_ai::TOOL_TYPE, "function");
    }
}

/// Derives what was heard: the output, as text or in an object that says so.
pub(super) fn derive_transcript(observation: &Observation, attributes: &mut Attributes) {
    let stated =
        ["stt.transcription", "lk.user_transcript"].iter().find_map(|name| attributes.get(name).map(str::to_owned));
    let heard = stated.or_else(|| {
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
