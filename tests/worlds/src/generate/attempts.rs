//! Worlds in which a simulation is run again in place.

use std::time::Duration;

use super::draft::{Draft, seconds};
use super::tags::Kind;
use crate::world::{Call, begin};

/// Each attempt has traces of its own.
pub(crate) fn attempts(draft: &mut Draft) {
    run_again(draft);
    for call in 0..draft.world.calls.len() {
        for _ in 0..draft.rng.usize(1..=2) {
            let root = draft.root_of(call);
            let count = draft.rng.usize(1..=4);
            let below = draft.below(root, count);
            let at = if draft.once_in(3) { below[0] } else { root };
            draft.tag_with_call(at, call, Kind::Any);
        }
    }
}

/// One trace holds all attempts, each under a span of its own or not.
pub(crate) fn shared_by_attempts(draft: &mut Draft) {
    run_again(draft);
    let (from, _) = draft.window(0);
    let last = draft.world.calls.iter().map(|call| call.ended_at).max().unwrap_or(begin());
    let root = draft.root(from.minus(seconds(30)), last.plus(seconds(3)));
    if draft.once_in(3) {
        // Its start decides for all.
        draft.tag_with_call(root, 0, Kind::Any);
    }
    for call in 0..draft.world.calls.len() {
        let child = draft.child_of_call(root, call);
        draft.tag_with_call(child, call, Kind::Any);
        let count = draft.rng.usize(1..=4);
        draft.below(child, count);
        // Goes by its own start.
        let loose = draft.child_of_call(root, call);
        draft.below(loose, 1);
    }
}

/// A second attempt and perhaps a third, after the one before it or begun while that still ran.
fn run_again(draft: &mut Draft) {
    draft.calls(0);
    let mut before = draft.world.calls[0].clone();
    for attempt in 2..=draft.rng.u32(2..=3) {
        let gap = draft.rng.u64(5..400);
        let started_at = if draft.once_in(3) {
            before.ended_at.minus(seconds(draft.rng.u64(1..30)))
        } else {
            before.ended_at.plus(seconds(gap))
        };
        let ended_at = started_at.plus(seconds(draft.rng.u64(60..200)));
        // At a moment at which no pass of another attempt is due.
        let event = Some(ended_at.since(begin()) + Duration::from_secs(5) + Duration::from_millis(100) * attempt);
        before = Call { attempt, started_at, ended_at, event, ..before };
        draft.world.calls.push(before.clone());
    }
}
