//! Worlds that only Langfuse has: traces that are tagged as such, and projects without any tag.

use super::draft::{Draft, seconds};
use crate::world::{Key, Place, Shape, Tag};

/// The trace bears the tag, not a span: the SDK's `update_trace`, or the session of a whole trace.
pub(crate) fn tagged_traces(draft: &mut Draft) {
    // Only where traces are more than their spans.
    draft.world.server.edition = draft.rng.u32(1..=2);
    let others = draft.rng.usize(1..=2);
    draft.calls(others);
    for call in 0..draft.world.calls.len() {
        for _ in 0..draft.rng.usize(1..=2) {
            let root = draft.root_of(call);
            let count = draft.rng.usize(1..=5);
            let mut all = draft.below(root, count);
            all.push(root);
            let key = if draft.once_in(3) { Key::SessionDotted } else { Key::SimulationOutputId };
            let value = draft.world.calls[call].simulation.clone();
            for at in all {
                let tag = Tag { key, value: value.clone(), place: Place::Trace, shape: Shape::Text, behind: 0 };
                draft.put(at, tag);
            }
        }
    }
}

/// Nothing bears a tag: by time alone, if the connection is set so, or has never shown a tag.
pub(crate) fn untagged(draft: &mut Draft) {
    draft.world.correlation = if draft.rng.bool() { "auto" } else { "window" };
    draft.calls(0);
    draft.world.calls[0].hints.clear();
    let (from, to) = draft.window(0);
    for _ in 0..draft.rng.usize(2..=5) {
        let early = draft.once_in(4);
        let begins = if early { from.minus(seconds(draft.rng.u64(1..200))) } else { from.plus(seconds(2)) };
        let root = draft.root(begins, to.minus(seconds(1)));
        let count = draft.rng.usize(0..=4);
        draft.below(root, count);
        if draft.once_in(6) {
            draft.untold.push(root);
        }
        if draft.once_in(4) {
            let value = super::ids::own_session(&mut draft.rng);
            draft.put(
                root,
                Tag { key: Key::SessionDotted, value, place: Place::Session, shape: Shape::Text, behind: 0 },
            );
        }
    }
    if draft.once_in(6) {
        // One tag of another's is enough.
        let call = draft.call(20, 100);
        let root = draft.root_of(call);
        draft.tag_with_call(root, call, super::tags::Kind::Specific);
    }
}
