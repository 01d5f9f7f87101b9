//! What kinds of worlds there are, by how an agent's traces hold calls.

use std::time::Duration;

use super::draft::{At, Draft, seconds};
use super::ids;
use super::tags::Kind;
use crate::world::{Provider, Shape, begin};

/// Makes one kind of world.
pub(crate) type Family = fn(&mut Draft);

/// Every kind, with its name.
const FAMILIES: &[(&str, Family)] = &[
    ("concurrent", concurrent),
    ("worker", worker),
    ("turns", turns),
    ("inner_tag", inner_tag),
    ("sub_sessions", super::sessions::sub_sessions),
    ("own_session", super::sessions::own_session),
    ("session_worker", super::sessions::session_worker),
    ("attempts", super::attempts::attempts),
    ("shared_by_attempts", super::attempts::shared_by_attempts),
    ("old_ancestors", old_ancestors),
    ("old_worker", old_worker),
    ("cycles", cycles),
    ("begun", begun),
    ("shapes", shapes),
    ("large_metadata", large_metadata),
    ("rootless", rootless),
    ("handed_over", handed_over),
];

/// Kinds that Langfuse alone has.
const OF_LANGFUSE: &[(&str, Family)] =
    &[("tagged_traces", super::untagged::tagged_traces), ("untagged", super::untagged::untagged)];

/// The kinds of worlds that a platform can hold.
pub(crate) fn families(provider: Provider) -> Vec<(&'static str, Family)> {
    let own = if provider == Provider::Langfuse { OF_LANGFUSE } else { &[] };
    FAMILIES.iter().chain(own).copied().collect()
}

/// Calls at the same time, each with traces of its own whose roots are tagged.
fn concurrent(draft: &mut Draft) {
    let others = draft.rng.usize(1..=3);
    draft.calls(others);
    for call in 0..draft.world.calls.len() {
        for _ in 0..draft.rng.usize(1..=3) {
            let root = draft.root_of(call);
            draft.tag_with_call(root, call, Kind::Any);
            let count = draft.rng.usize(1..=6);
            draft.below(root, count);
        }
    }
}

/// A worker whose trace holds several calls: an untagged root, a tagged child a call, and what is nobody's.
fn worker(draft: &mut Draft) {
    let others = draft.rng.usize(1..=2);
    draft.calls(others);
    let (from, to) = draft.window(0);
    let root = draft.root(from.minus(seconds(30)), to.plus(seconds(4)));
    let above = fill_worker(draft, root, Kind::Specific);
    if draft.once_in(2) {
        // A trace of our call beside it.
        let root = draft.root_of(0);
        draft.tag_with_call(root, 0, Kind::Any);
        draft.below(root, 2);
    }
    let count = draft.rng.usize(1..=3);
    draft.below(above, count);
}

/// A tagged child for each call below a worker's root, or below one that stands between. The span that holds them.
pub(crate) fn fill_worker(draft: &mut Draft, root: At, kind: Kind) -> At {
    let above = if draft.once_in(3) {
        let (from, to) = (draft.world.spans[root].started_at, begin());
        draft.child_at(root, from.plus(seconds(1)), to)
    } else {
        root
    };
    for call in 0..draft.world.calls.len() {
        let child = draft.child_of_call(above, call);
        draft.tag_with_call(child, call, kind);
        let count = draft.rng.usize(1..=5);
        draft.below(child, count);
    }
    above
}

/// A trace a turn.
fn turns(draft: &mut Draft) {
    let others = draft.rng.usize(0..=2);
    draft.calls(others);
    for call in 0..draft.world.calls.len() {
        let (from, to) = draft.window(call);
        let turns = draft.rng.u64(3..=12);
        let length = u64::try_from(to.since(from).as_millis()).unwrap_or(0) / turns;
        for turn in 0..turns {
            let begins = from.plus(Duration::from_millis(turn * length));
            let root = draft.root(begins, begins.plus(Duration::from_millis(length)));
            draft.tag_with_call(root, call, Kind::Any);
            let count = draft.rng.usize(0..=3);
            draft.below(root, count);
        }
    }
}

/// Traces with one tag, on any span but the root: it brings the whole trace.
fn inner_tag(draft: &mut Draft) {
    let others = draft.rng.usize(0..=2);
    draft.calls(others);
    for call in 0..draft.world.calls.len() {
        let root = draft.root_of(call);
        let count = draft.rng.usize(2..=8);
        let below = draft.below(root, count);
        let tagged = below[draft.rng.usize(..below.len())];
        if draft.once_in(3) {
            // A session of the agent's own above it.
            let session = ids::own_session(&mut draft.rng);
            draft.tag(root, &session, Kind::Session);
            draft.tag_with_call(tagged, call, Kind::Specific);
        } else {
            draft.tag_with_call(tagged, call, Kind::Any);
        }
    }
}

/// Ancestors that began long before the call, tagged ours, another's, or not.
fn old_ancestors(draft: &mut Draft) {
    draft.calls(1);
    let (from, to) = draft.window(0);
    let ago = [seconds(30 * 60), seconds(2 * 3_600), seconds(20 * 3_600)][draft.rng.usize(..3)];
    let root = draft.root(from.minus(ago), to.plus(seconds(2)));
    let above = draft.child_at(root, from.minus(ago).plus(seconds(60)), to.plus(seconds(1)));
    // Whose the old ones are.
    for (at, odds) in [(root, 4), (above, 2)] {
        if draft.once_in(odds) {
            let call = draft.rng.usize(..2);
            draft.tag_with_call(at, call, Kind::Any);
        }
    }
    let ours = draft.child_of_call(root, 0);
    draft.tag_with_call(ours, 0, Kind::Any);
    draft.below(ours, 2);
    let inside = draft.child_of_call(above, 0);
    draft.below(inside, 2);
    let loose = draft.child_of_call(root, 0);
    draft.below(loose, 1);
}

/// A worker that began hours ago, with calls of before and of now.
fn old_worker(draft: &mut Draft) {
    draft.calls(1);
    let before = draft.call(2 * 3_600, 200);
    let (from, _) = draft.window(before);
    let root = draft.root(from.minus(seconds(10)), begin());
    fill_worker(draft, root, Kind::Any);
    if draft.once_in(2) {
        draft.world.spans[root].ended_at = None;
    }
}

/// Spans whose parents lead back to themselves, above, beside or below a tag.
fn cycles(draft: &mut Draft) {
    draft.calls(1);
    let root = draft.root_of(0);
    let count = draft.rng.usize(3..=6);
    let mut below = draft.below(root, count);
    let tagged = below[draft.rng.usize(..below.len())];
    draft.tag_with_call(tagged, 0, Kind::Any);
    if draft.once_in(3) {
        let other = draft.child(root);
        draft.tag_with_call(other, 1, Kind::Specific);
        draft.below(other, 2);
    }
    // Two to four spans in a ring, and spans that hang on it.
    let length = draft.rng.usize(2..=4);
    let first = draft.child(root);
    let mut ring = vec![first];
    for _ in 1..length {
        let last = ring[ring.len() - 1];
        ring.push(draft.child_at_same_time(last));
    }
    let last = draft.world.spans[ring[length - 1]].id.clone();
    draft.world.spans[first].parent = Some(last);
    below.append(&mut draft.below(ring[0], 2));
    if draft.once_in(3) {
        draft.tag_with_call(ring[length - 1], 0, Kind::Any);
    }
}

/// Spans that are told when they begin; the end of some never comes.
fn begun(draft: &mut Draft) {
    let others = draft.rng.usize(1..=2);
    draft.calls(others);
    let (from, to) = draft.window(0);
    let root = draft.root(from.minus(seconds(20)), to.plus(seconds(4)));
    fill_worker(draft, root, Kind::Any);
    draft.below(root, 2);
    for at in 0..draft.world.spans.len() {
        if draft.once_in(8) {
            draft.world.spans[at].ended_at = None;
        }
    }
}

/// Traces of one call, each tagged in a way of its own.
fn shapes(draft: &mut Draft) {
    draft.calls(1);
    for _ in 0..draft.rng.usize(4..=8) {
        let root = draft.root_of(0);
        draft.tag_with_call(root, 0, Kind::Any);
        let count = draft.rng.usize(0..=2);
        draft.below(root, count);
    }
    let root = draft.root_of(1);
    draft.tag_with_call(root, 1, Kind::Any);
    draft.below(root, 3);
}

/// A tag behind much other content.
fn large_metadata(draft: &mut Draft) {
    draft.calls(1);
    let (from, to) = draft.window(0);
    let root = draft.root(from.minus(seconds(3)), to.plus(seconds(3)));
    let above = fill_worker(draft, root, Kind::Specific);
    draft.below(above, 2);
    let tagged: Vec<At> = (0..draft.world.spans.len()).filter(|at| !draft.world.spans[*at].tags.is_empty()).collect();
    for at in tagged {
        if draft.rng.u8(..3) > 0 {
            let size = [70_000, 90_000, 300_000][draft.rng.usize(..3)];
            for tag in &mut draft.world.spans[at].tags {
                (tag.behind, tag.shape) = (size, Shape::Text);
            }
        }
    }
}

/// A tagged root, below it parts that are tagged another's, and below those perhaps one of ours again.
fn handed_over(draft: &mut Draft) {
    draft.calls(1);
    for call in 0..2 {
        let root = draft.root_of(call);
        draft.tag_with_call(root, call, Kind::Any);
        draft.below(root, 2);
        let other = draft.child(root);
        draft.tag_with_call(other, 1 - call, Kind::Specific);
        let below = draft.below(other, 3);
        if draft.once_in(2) {
            draft.tag_with_call(below[0], call, Kind::Specific);
            draft.below(below[0], 1);
        }
    }
}

/// Traces whose root never comes: an agent's caller keeps it in a project of its own.
fn rootless(draft: &mut Draft) {
    draft.calls(1);
    for call in 0..2 {
        let root = draft.root_of(call);
        draft.untold.push(root);
        let top = draft.child(root);
        let count = draft.rng.usize(2..=5);
        let mut below = draft.below(top, count);
        below.push(top);
        let tagged = below[draft.rng.usize(..below.len())];
        draft.tag_with_call(tagged, call, Kind::Any);
        let second = draft.child(top);
        if draft.once_in(2) {
            // A second way up that breaks.
            draft.orphan(second);
        }
        draft.below(second, 1);
    }
}
