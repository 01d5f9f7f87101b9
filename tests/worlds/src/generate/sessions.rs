//! Worlds of agents that have sessions of their own.

use super::draft::{At, Draft, seconds};
use super::families::fill_worker;
use super::ids;
use super::tags::Kind;

/// Our id as the session of the root; below it sub-agents with sessions of their own.
pub(crate) fn sub_sessions(draft: &mut Draft) {
    draft.calls(1);
    for call in 0..2 {
        let root = draft.root_of(call);
        draft.tag_with_call(root, call, Kind::Session);
        let count = draft.rng.usize(3..=6);
        let below = draft.below(root, count);
        for _ in 0..draft.rng.usize(1..=3) {
            let at = below[draft.rng.usize(..below.len())];
            let session = ids::own_session(&mut draft.rng);
            draft.tag(at, &session, Kind::Session);
        }
        if draft.once_in(3) {
            // A sub-agent that serves another call: its session has the form of an id.
            let at = below[draft.rng.usize(..below.len())];
            draft.tag_with_call(at, 1 - call, Kind::Session);
        }
        if draft.once_in(3) {
            let at = below[draft.rng.usize(..below.len())];
            draft.tag_with_call(at, call, Kind::Specific);
        }
    }
}

/// A session of the agent's own on every span, and our tag on one of them, or above all.
pub(crate) fn own_session(draft: &mut Draft) {
    draft.calls(1);
    for call in 0..2 {
        let session = ids::own_session(&mut draft.rng);
        let root = draft.root_of(call);
        let count = draft.rng.usize(3..=7);
        let mut all: Vec<At> = draft.below(root, count);
        all.push(root);
        for at in &all {
            // Under one key, wherever it stands.
            draft.tag(*at, &session, Kind::Session);
        }
        let tagged = all[draft.rng.usize(..all.len())];
        draft.tag_with_call(tagged, call, Kind::Specific);
        if draft.once_in(2) {
            // Somebody's, who is neither.
            let at = draft.child(root);
            let other = ids::own_session(&mut draft.rng);
            draft.tag(at, &other, Kind::Session);
            draft.below(at, 1);
        }
    }
}

/// A worker whose calls are told apart by sessions.
pub(crate) fn session_worker(draft: &mut Draft) {
    let others = draft.rng.usize(1..=2);
    draft.calls(others);
    let (from, to) = draft.window(0);
    let root = draft.root(from.minus(seconds(30)), to.plus(seconds(4)));
    if draft.once_in(2) {
        let session = ids::own_session(&mut draft.rng);
        draft.tag(root, &session, Kind::Session);
    }
    let kind = if draft.once_in(3) { Kind::Any } else { Kind::Session };
    let above = fill_worker(draft, root, kind);
    draft.below(above, 2);
}
