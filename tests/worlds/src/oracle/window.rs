//! Langfuse alone: what is a call's by time alone, where nothing in the window bears a tag.

use std::collections::BTreeSet;
use std::time::Duration;

use super::rows::is_in_discovery;
use crate::world::{Call, Place, Provider, Span, World};

/// A trace without a root is taken only when nothing of it began or ended so recently.
const RECENT: Duration = Duration::from_mins(5);

/// May this world's connection fall back to the window?
pub(super) fn may_fall_back(world: &World) -> bool {
    world.provider == Provider::Langfuse && world.correlation != "strict"
}

/// The spans that are imported by time alone at a moment.
///
/// Only when no trace in the window carries a key (a platform's own session does not count) and every trace has its root:
/// then every trace whose earliest span starts in the window itself, unpadded. Where a connection has not shown yet what it
/// is, only on the last pass. On that pass a trace without a root is taken only where the connection is set to `window`,
/// and only if nothing of it began or ended in the last five minutes; else nothing is imported.
///
/// The rules leave open whether a trace without a root that began before the window holds up the others; it is never the
/// call's itself. `early_ones_block`: it does.
pub(super) fn by_window(
    world: &World,
    call: &Call,
    now: Duration,
    is_last_pass: bool,
    early_ones_block: bool,
) -> BTreeSet<usize> {
    if !may_fall_back(world) || (world.correlation == "auto" && !is_last_pass) {
        return BTreeSet::new();
    }
    let there: Vec<(usize, &Span)> = world.spans.iter().enumerate().filter(|(_, span)| span.is_there(now)).collect();
    let in_window = |(_, span): &&(usize, &Span)| is_in_discovery(call, span.started_at);
    let is_key = |span: &Span| span.tags.iter().any(|tag| tag.place != Place::Session);
    if there.iter().filter(in_window).any(|(_, span)| is_key(span)) {
        return BTreeSet::new();
    }
    let traces: BTreeSet<&str> = there.iter().filter(in_window).map(|(_, span)| span.trace.as_str()).collect();
    let members = |trace: &str| there.iter().filter(|(_, span)| span.trace == trace).copied().collect::<Vec<_>>();
    let moment = crate::world::begin().plus(now);
    let is_over = |span: &Span| {
        let last = span.ended_at.filter(|_| span.has_ended(now)).unwrap_or(span.started_at).max(span.started_at);
        moment.since(last) > RECENT
    };
    let starts_before = |members: &[(usize, &Span)]| members.iter().any(|(_, span)| span.started_at < call.started_at);
    let is_taken = |trace: &str| {
        let members = members(trace);
        if !early_ones_block && starts_before(&members) {
            return true;
        }
        let is_rooted = members.iter().any(|(_, span)| span.parent.is_none());
        is_rooted || (is_last_pass && world.correlation == "window" && members.iter().all(|(_, span)| is_over(span)))
    };
    if !traces.iter().all(|trace| is_taken(trace)) {
        return BTreeSet::new();
    }
    let starts_inside = |trace: &&str| {
        let earliest = members(trace).iter().map(|(_, span)| span.started_at).min();
        earliest.is_some_and(|start| call.started_at <= start && start <= call.ended_at)
    };
    traces
        .iter()
        .filter(|trace| starts_inside(trace))
        .flat_map(|trace| members(trace))
        .map(|(place, _)| place)
        .collect()
}
