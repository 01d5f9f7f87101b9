//! Speech that was made: two spans for one call, of which one is told later than the other.

use std::time::Duration;

use super::draft::{Draft, seconds};
use super::tags::Kind;
use crate::world::begin;

/// The names of the two spans of one synthesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synthesis {
    /// The one that stands for it.
    pub outer: &'static str,
    /// The one inside it.
    pub inner: &'static str,
}

/// As `LiveKit` names them.
pub const SYNTHESIS: Synthesis = Synthesis { outer: "tts_node", inner: "tts_request" };

/// A trace of the first call with one synthesis in it. Its later span is there before the second pass, and before anybody
/// may take it that nothing more comes.
pub(crate) fn spoken(draft: &mut Draft) {
    let root = draft.root_of(0);
    draft.tag_with_call(root, 0, Kind::Specific);
    let before = |millis: u64| begin().minus(Duration::from_millis(millis));
    let outer = draft.child_at(root, before(9_000), before(6_000));
    let inner = draft.child_at(outer, before(8_500), before(6_200));
    for (at, name) in [(outer, SYNTHESIS.outer), (inner, SYNTHESIS.inner)] {
        let span = &mut draft.world.spans[at];
        (span.name, span.says) = (name.to_owned(), vec![("lk.tts.label", "voice")]);
    }
    let later = if draft.once_in(2) { outer } else { inner };
    let arrives = seconds(draft.rng.u64(1..=18));
    let span = &mut draft.world.spans[later];
    (span.arrives, span.end_arrives) = (arrives, arrives);
}
