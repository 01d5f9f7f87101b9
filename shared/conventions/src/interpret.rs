//! What spans mean: canonical names and attributes (docs/REFERENCE.md#attributes).
//!
//! Everything that the SDK sent and the platform says stays under its own name. What the GenAI conventions and Coval's metrics
//! call it is added, and never replaces a name that the source set itself.

use std::borrow::Cow;
use std::sync::Arc;

use spanlift_model::json::text_of;
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, Span, SpanEvent};

use crate::calls::{Part, parts};
use crate::derived::{Additions, Derived};
use crate::outcome::{Outcome, hands_over};
use crate::parameters::Parameters;
use crate::payload::{BothSides, derive_input_and_output, value_of_side};
use crate::said::derive_said;
use crate::sent::{SentEvent, SentSpan, Side};
use crate::vocabularies::coval;
use crate::{SpanView, ToolCall, Usage, completes_text, first_byte, model, parameters, plain, seconds_text, usage};

/// What of a call may stand on a span around the one that stands for it, or inside it, beside its parameters.
const GATHERED: &[&str] = &[
    gen_ai::REQUEST_MODEL,
    gen_ai::RESPONSE_MODEL,
    gen_ai::PROVIDER_NAME,
    gen_ai::USAGE_INPUT_TOKENS,
    gen_ai::USAGE_OUTPUT_TOKENS,
    gen_ai::USAGE_TOTAL_TOKENS,
    gen_ai::USAGE_CACHE_READ_INPUT_TOKENS,
    gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS,
    gen_ai::USAGE_REASONING_OUTPUT_TOKENS,
    names::METRICS_TTFB,
    gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK,
    gen_ai::INPUT_MESSAGES,
    gen_ai::OUTPUT_MESSAGES,
    names::INPUT,
    names::OUTPUT,
    names::LLM_FINISH_REASON,
    gen_ai::RESPONSE_FINISH_REASONS,
    gen_ai::TOOL_DEFINITIONS,
];

/// The canonical spans of a group of one call, or of one span, in their order; without their resource, which the engine sets.
#[must_use]
pub fn interpret(members: Vec<SentSpan>) -> Vec<Span> {
    let parts = parts(&members);
    let mut derived: Vec<Derived<'_>> =
        members.iter().zip(&parts).map(|(member, part)| derive(part.role(), member)).collect();
    gather(&members, &parts, &mut derived);
    let additions: Vec<Additions> = derived.into_iter().map(Derived::end).collect();
    spans(members, &parts, additions)
}

/// The canonical spans of members that come when something of their group is stored already: a stored row is never
/// rewritten, so that they keep their names and say nothing of the call.
#[must_use]
pub fn interpret_late(members: Vec<SentSpan>) -> Vec<Span> {
    let late = |part| match part {
        Part::Canonical(role) => Part::Wrapper(role),
        part => part,
    };
    let parts: Vec<Part> = parts(&members).into_iter().map(late).collect();
    let additions: Vec<Additions> =
        members.iter().zip(&parts).map(|(member, part)| derive(part.role(), member).end()).collect();
    spans(members, &parts, additions)
}

/// What is stored of a span of this role: what was sent, and what that means in canonical names.
#[must_use]
pub fn attributes(role: Role, sent: SentSpan) -> Attributes {
    let additions = derive(role, &sent).end();
    additions.beside(sent.attributes, sent.prefix, sent.platform.stored)
}

fn derive(role: Role, sent: &SentSpan) -> Derived<'_> {
    let mut derived = Derived::of(sent);
    derive_from_metadata(sent, &mut derived);
    derived.derive_some(gen_ai::OPERATION_NAME, operation(role, sent));
    let (parameters, sides) = (Parameters::of(sent), BothSides::of(sent));
    if role.calls_a_model() {
        match Usage::of_call(sent, &sides) {
            Some(usage) => usage::derive(&usage, &mut derived),
            None => usage::leave_out_zeros(sent, &mut derived),
        }
    }
    model::derive(role, sent, &parameters, &sides, &mut derived);
    parameters::derive(role, sent, &parameters, &mut derived);
    if role.streams() {
        derive_first_byte(sent, &mut derived);
    }
    if matches!(role, Role::ToolCall | Role::ToolResult) {
        derive_tool_call(role, sent, &mut derived);
    }
    derive_said(role, sent, &parameters, &sides, &mut derived);
    plain::derive(role, sent, &mut derived);
    derive_input_and_output(role, sent, &mut derived);
    derived.derive_some(names::ERROR_TYPE, Outcome::of(role, sent).error_type);
    derived
}

/// Puts onto the one span that stands for the call what only a wrapper has.
fn gather(members: &[SentSpan], parts: &[Part], derived: &mut [Derived<'_>]) {
    let mut calls = parts.iter().zip(derived).filter_map(|(part, derived)| match part {
        Part::Canonical(role) => Some((*role, derived)),
        Part::Wrapper(_) | Part::Alone(_) => None,
    });
    let (Some((role, call)), None) = (calls.next(), calls.next()) else { return };
    let wrappers = members.iter().zip(parts).filter(|(_, part)| matches!(part, Part::Wrapper(_)));
    for (wrapper, _) in wrappers {
        let meant = derive(role, wrapper);
        for name in GATHERED.iter().copied().chain(parameters::PARAMETERS.iter().map(|row| row.target)) {
            call.derive_some(name, meant.get(name));
        }
    }
}

fn spans(members: Vec<SentSpan>, parts: &[Part], additions: Vec<Additions>) -> Vec<Span> {
    let of_member = members.into_iter().zip(parts).zip(additions);
    of_member.map(|((member, part), additions)| span(member, part.role(), additions)).collect()
}

fn span(sent: SentSpan, role: Role, mut additions: Additions) -> Span {
    let Outcome { status, message, .. } = Outcome::of(role, &sent);
    let status_message = message.to_owned();
    let name = role.span_name().unwrap_or(&sent.name).to_owned();
    additions.set(names::IMPORT_SOURCE_NAME, sent.name);
    additions.set(names::IMPORT_SOURCE_TRACE_ID, sent.source_trace_id);
    additions.set(names::IMPORT_SOURCE_SPAN_ID, sent.source_span_id);
    Span {
        trace_id: sent.trace_id,
        span_id: sent.span_id,
        parent_span_id: sent.parent_span_id.filter(|parent| *parent != sent.span_id),
        name,
        kind: sent.kind,
        started_at: sent.started_at,
        ended_at: sent.ended_at,
        status,
        status_message,
        events: sent.events.into_iter().filter(|event| !hands_over(event)).map(event).collect(),
        attributes: additions.beside(sent.attributes, sent.prefix, sent.platform.stored),
        resource: Arc::default(),
    }
}

fn event(sent: SentEvent) -> SpanEvent {
    SpanEvent { name: sent.name, at: sent.at, attributes: sent.attributes }
}

fn operation(role: Role, sent: &SentSpan) -> Option<&'static str> {
    let completes = role == Role::ModelCall && completes_text(&sent.attributes);
    if completes { Some("text_completion") } else { role.operation() }
}

/// Derives Coval's own names from metadata of the same name.
fn derive_from_metadata(sent: &SentSpan, derived: &mut Derived<'_>) {
    if sent.is_inherited {
        // It may be that of a span above.
        return;
    }
    for (name, in_metadata) in coval::IN_METADATA {
        let value = in_metadata.iter().find_map(|name| sent.attributes.get(name));
        derived.derive_some(name, value.filter(|value| !value.trim().is_empty()));
    }
}

fn derive_first_byte(sent: &SentSpan, derived: &mut Derived<'_>) {
    // What is handed down may be the time of a span above: only the platform knows whose it is.
    let stated =
        || if sent.is_inherited { None } else { first_byte(&sent.view(), sent.started_at, sent.event_views()) };
    let seconds = stated().or(sent.platform.first_byte).map(seconds_text);
    derived.derive_some(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, seconds.clone());
    derived.derive_some(names::METRICS_TTFB, seconds);
}

fn derive_tool_call(role: Role, sent: &SentSpan, derived: &mut Derived<'_>) {
    let [input, output] = [Side::Input, Side::Output].map(|side| value_of_side(sent, side));
    let parameter = |name: &str| sent.platform.parameters.get(name).and_then(text_of);
    let name = parameter("tool_name").unwrap_or_default();
    let view = SpanView { name: if name.is_empty() { &sent.name } else { &name }, ..sent.view() };
    let mut call = ToolCall::of(&view, sent.event_views(), input.as_ref(), output.as_ref());
    call.id = call.id.or_else(|| parameter("tool_call_id").map(Cow::into_owned));
    call.arguments = call.arguments.or_else(|| parameter("tool_arguments").map(Cow::into_owned));
    call.derive(role, derived);
}
