//! The generator: world N of a provider is always the same.

mod attempts;
mod draft;
mod families;
mod ids;
mod sessions;
mod tags;
mod trouble;
mod untagged;

use std::time::Duration;

use self::draft::Draft;
use self::families::families;
use crate::world::{Provider, World};

/// Later than any pass.
const NEVER: Duration = Duration::from_hours(1_000);

/// World `number` of a provider. The kinds of worlds come in turn.
#[must_use]
pub fn world(provider: Provider, number: u64) -> World {
    let mut draft = Draft::new(provider, number);
    let families = families(provider);
    let count = u64::try_from(families.len()).unwrap_or(1);
    let (name, family) = families[usize::try_from(number % count).unwrap_or(0)];
    family(&mut draft);
    // By time alone nothing is imported where something is not known: that is said of complete readings only.
    let by_time = name == "untagged";
    let mut kinds = vec![name];
    if draft.rng.bool() && !by_time {
        trouble::noise(&mut draft);
        kinds.push("noise");
    }
    if provider == Provider::Langsmith && draft.once_in(3) {
        trouble::inherit(&mut draft);
        kinds.push("inherited");
    }
    let is_late = draft.rng.u8(..3) > 0;
    trouble::arrivals(&mut draft, is_late);
    for at in std::mem::take(&mut draft.untold) {
        let span = &mut draft.world.spans[at];
        (span.arrives, span.end_arrives) = (NEVER, NEVER);
    }
    if is_late {
        kinds.push("late");
    }
    match draft.rng.u8(..10) {
        _ if by_time => {}
        0..=2 => {
            trouble::unreadable(&mut draft);
            kinds.push("unreadable");
        }
        3..=4 => {
            trouble::lost(&mut draft);
            kinds.push("lost");
        }
        5 if trouble::tells_twice(provider) => {
            trouble::duplicates(&mut draft);
            kinds.push("twice");
        }
        6 => {
            trouble::deletions(&mut draft);
            kinds.push("deleted");
        }
        _ => {}
    }
    let mut world = draft.world;
    world.family = kinds.join("+");
    world
}
