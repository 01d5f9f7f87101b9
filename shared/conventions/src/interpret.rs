//! What spans mean: canonical names and attributes (docs/REFERENCE.md#attributes).
//!
//! Everything that the SDK sent and the platform says stays under its own name. What the GenAI conventions and Coval's metrics
//! call it is added, and never replaces a name that the source set itself.

use std::sync::Arc;

use serde_json::Value;
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, Span, SpanEvent};

use crate::calls::{Part, parts};
use crate::outcome::{Outcome, hands_over};
use crate::payload::value_of_side;
use crate::sent::{SentEvent, SentSpan, Side};
use crate::vocabularies::coval;
use crate::{
    SpanView, ToolCall, Usage, completes_text, derive_input_and_output, derive_said, first_byte, model, parameters,
    plain, seconds_text, usage,
};

/// What of a call may stand on a span around the one that made it.
const GATHERED: &[&str] = &[
    names::METRICS_TTFB,
    gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK,
    gen_ai::INPUT_MESSAGES,
    gen_ai::OUTPUT_MESSAGES,
    names::INPUT,
    names::OUTPUT,
    names::LLM_FINISH_REASON,
    gen_ai::RESPONSE_FINISH_REASONS,
];

/// The canonical spans of a group of one call, or of one span, in their order; without their resource, which the engine sets.
#[must_use]
pub fn interpret(members: &[SentSpan]) -> Vec<Span> {
    let parts = parts(members);
    let mut spans: Vec<Span> = members.iter().zip(&parts).map(|(member, part)| span(member, *part)).collect();
    gather(members, &parts, &mut spans);
    spans
}

/// The canonical spans of members that come when something of their group is stored already: a stored row is never
/// rewritten, so that they keep their names and say nothing of the call.
#[must_use]
pub fn interpret_late(members: &[SentSpan]) -> Vec<Span> {
    let late = |(member, part)| match part {
        Part::Canonical(role) | Part::Wrapper(role) => span(member, Part::Wrapper(role)),
        Part::Alone(_) => span(member, part),
    };
    members.iter().zip(parts(members)).map(late).collect()
}

/// Puts onto the one span that stands for the call what only a wrapper has.
fn gather(members: &[SentSpan], parts: &[Part], spans: &mut [Span]) {
    let mut calls = parts.iter().zip(&mut *spans).filter_map(|(part, span)| match part {
        Part::Canonical(role) => Some((*role, span)),
        Part::Wrapper(_) | Part::Alone(_) => None,
    });
    let (Some((role, call)), None) = (calls.next(), calls.next()) else { return };
    let wrappers = members.iter().zip(parts).filter(|(_, part)| matches!(part, Part::Wrapper(_)));
    for (wrapper, _) in wrappers {
        let meant = attributes(role, wrapper);
        for name in GATHERED {
            call.attributes.derive_some(name, meant.get(name));
        }
    }
}

fn span(sent: &SentSpan, part: Part) -> Span {
    let role = match part {
        Part::Canonical(role) | Part::Alone(role) => role,
        Part::Wrapper(_) => Role::Other,
    };
    let outcome = Outcome::of(role, sent);
    let mut attributes = attributes(role, sent);
    attributes.derive_some(names::ERROR_TYPE, outcome.error_type);
    attributes.set(names::IMPORT_SOURCE_NAME, sent.name.as_str());
    attributes.set(names::IMPORT_SOURCE_TRACE_ID, sent.source_trace_id.as_str());
    attributes.set(names::IMPORT_SOURCE_SPAN_ID, sent.source_span_id.as_str());
    Span {
        trace_id: sent.trace_id,
        span_id: sent.span_id,
        parent_span_id: sent.parent_span_id.filter(|parent| *parent != sent.span_id),
        name: role.span_name().unwrap_or(&sent.name).to_owned(),
        kind: sent.kind,
        started_at: sent.started_at,
        ended_at: sent.ended_at,
        status: outcome.status,
        status_message: outcome.message.to_owned(),
        attributes,
        events: sent.events.iter().filter(|event| !hands_over(event)).map(event).collect(),
        resource: Arc::default(),
    }
}

fn event(sent: &SentEvent) -> SpanEvent {
    SpanEvent { name: sent.name.clone(), at: sent.at, attributes: sent.attributes.clone() }
}

/// What the source wrote, and what it means for a span of this role.
fn attributes(role: Role, sent: &SentSpan) -> Attributes {
    let mut attributes = originals(sent);
    derive_from_metadata(sent, &mut attributes);
    attributes.derive_some(gen_ai::OPERATION_NAME, operation(role, sent));
    if role.calls_a_model()
        && let Some(usage) = Usage::of(sent)
    {
        usage::derive(&usage, &mut attributes);
    }
    model::derive(role, sent, &mut attributes);
    parameters::derive(role, sent, &mut attributes);
    if role.streams() {
        derive_first_byte(sent, &mut attributes);
    }
    if matches!(role, Role::ToolCall | Role::ToolResult) {
        derive_tool_call(role, sent, &mut attributes);
    }
    derive_said(role, sent, &mut attributes);
    plain::derive(role, sent, &mut attributes);
    derive_input_and_output(role, sent, &mut attributes);
    attributes
}

fn operation(role: Role, sent: &SentSpan) -> Option<&'static str> {
    let completes = role == Role::ModelCall && completes_text(&sent.attributes);
    if completes { Some("text_completion") } else { role.operation() }
}

fn originals(sent: &SentSpan) -> Attributes {
    let behind = |(name, value): (&str, &str)| (format!("{}{name}", sent.prefix), value.to_owned());
    let mut attributes: Attributes =
        if sent.prefix.is_empty() { sent.attributes.clone() } else { sent.attributes.iter().map(behind).collect() };
    for (name, value) in sent.platform.stored.iter() {
        attributes.set(name.to_owned(), value);
    }
    attributes
}

/// Derives Coval's own names from metadata of the same name.
fn derive_from_metadata(sent: &SentSpan, attributes: &mut Attributes) {
    if sent.is_inherited {
        // It may be that of a span above.
        return;
    }
    for (name, in_metadata) in coval::IN_METADATA {
        let value = in_metadata.iter().find_map(|name| sent.attributes.get(name));
        attributes.derive_some(name, value.filter(|value| !value.trim().is_empty()));
    }
}

fn derive_first_byte(sent: &SentSpan, attributes: &mut Attributes) {
    // What is handed down may be the time of a span above: only the platform knows whose it is.
    let stated =
        || if sent.is_inherited { None } else { first_byte(&sent.view(), sent.started_at, sent.event_views()) };
    let seconds = stated().or(sent.platform.first_byte).map(seconds_text);
    attributes.derive_some(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, seconds.clone());
    attributes.derive_some(names::METRICS_TTFB, seconds);
}

fn derive_tool_call(role: Role, sent: &SentSpan, attributes: &mut Attributes) {
    let [input, output] = [Side::Input, Side::Output].map(|side| value_of_side(sent, side));
    let parameter = sent.platform.parameters.get("tool_name").and_then(Value::as_str);
    let view = SpanView { name: parameter.unwrap_or(&sent.name), ..sent.view() };
    ToolCall::of(&view, sent.event_views(), input.as_ref(), output.as_ref()).derive(role, attributes);
}
