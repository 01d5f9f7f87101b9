//! What a run says of itself, what went in and came out, and what Coval's speech and latency metrics read of it
//! (docs/platforms/langsmith.md#7-meaning; docs/REFERENCE.md#attributes).

use serde_json::Value;
use spanlift_conventions::{measured_first_byte, seconds_text, stated_transcript};
use spanlift_model::correlation::Key;
use spanlift_model::json::{text_of, to_text};
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, canonical_text};

use super::json::{json_of, said};
use crate::record::LangSmithRun;
use crate::usage::at;

/// What the source says, under names that nobody else uses.
pub(super) fn originals(run: &LangSmithRun) -> Attributes {
    let mut attributes = Attributes::default();
    for (key, value) in &run.metadata {
        if let Some(text) = text_of(value) {
            attributes.set(format!("langsmith.metadata.{key}"), text);
        }
    }
    for key in Key::ALL {
        let value = run.metadata.get(key.as_str()).and_then(canonical_text);
        attributes.derive_some(key.as_str(), value.filter(|value| !value.trim().is_empty()));
    }
    if !run.tags.is_empty() {
        attributes.set("langsmith.tags", to_text(&run.tags));
    }
    let own = [
        ("langsmith.run_id", Some(run.id.as_str())),
        ("langsmith.trace_id", Some(&run.trace_id)),
        ("langsmith.parent_run_id", run.parent_id.as_deref()),
        ("langsmith.session_id", run.project_id.as_deref()),
        ("langsmith.dotted_order", Some(&run.dotted_order)),
        ("langsmith.run_type", Some(&run.run_type)),
        ("langsmith.run_name", Some(&run.name)),
        ("langsmith.status", Some(&run.status)),
        ("langsmith.app_path", run.app_path.as_deref()),
    ];
    for (name, value) in own {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            attributes.set(name, value);
        }
    }
    attributes.set(names::IMPORT_SOURCE_NAME, run.name.as_str());
    attributes.set(names::IMPORT_SOURCE_TRACE_ID, run.trace_id.as_str());
    attributes.set(names::IMPORT_SOURCE_SPAN_ID, run.id.as_str());
    attributes
}

/// Derives `input` and `output`, or says that they were left where they are.
pub(super) fn derive_payloads(run: &LangSmithRun, attributes: &mut Attributes) {
    attributes.derive_some(names::INPUT, json_of(&run.inputs));
    attributes.derive_some(names::OUTPUT, json_of(&run.outputs));
    let left = [
        ("langsmith.inputs_offloaded", &run.offloaded.inputs),
        ("langsmith.outputs_offloaded", &run.offloaded.outputs),
    ];
    for (name, address) in left {
        if address.is_some() {
            attributes.set(name, "true");
        }
    }
}

/// Derives `metrics.ttfb`, in seconds: what is stated, else the time to the first token of the run's own answer.
pub(super) fn derive_first_byte(run: &LangSmithRun, attributes: &mut Attributes) {
    let first_token_at = run.first_token_at.filter(|_| run.own.has_first_token);
    let measured = first_token_at.and_then(|at| measured_first_byte(run.started_at, at));
    let seconds = run.own.stated_first_byte.or(measured).map(seconds_text);
    attributes.derive_some(names::METRICS_TTFB, seconds);
}

/// Derives `transcript`: what is stated as such, else the text that came out.
pub(super) fn derive_transcript(role: Role, run: &LangSmithRun, attributes: &mut Attributes) {
    let stated = [&run.outputs, &run.inputs].into_iter().find_map(|payload| payload.get("transcript").and_then(said));
    let stated = stated.map(|text| text.trim().to_owned()).or_else(|| stated_transcript(&run.metadata));
    attributes.derive_some(names::TRANSCRIPT, stated);
    if role != Role::SpeechToText {
        return;
    }
    let messages = run.outputs.get("messages").and_then(Value::as_array);
    let message = messages.and_then(|messages| messages.last()?.get("content").and_then(said));
    let plain = ["text", "output", "outputs"].iter().find_map(|name| run.outputs.get(name).and_then(said));
    attributes.derive_some(names::TRANSCRIPT, message.or(plain).map(str::trim));
}

/// Derives what a retriever was asked and what it found.
pub(super) fn derive_retrieval(run: &LangSmithRun, attributes: &mut Attributes) {
    let asked = ["query", "input"].iter().find_map(|name| run.inputs.get(name).and_then(said));
    attributes.derive_some(gen_ai::RETRIEVAL_QUERY_TEXT, asked);
    let found = ["documents", "output", "outputs"]
        .iter()
        .find_map(|name| at(&run.outputs, &[name]).filter(|found| found.is_array()));
    attributes.derive_some(gen_ai::RETRIEVAL_DOCUMENTS, found.and_then(json_of));
}
