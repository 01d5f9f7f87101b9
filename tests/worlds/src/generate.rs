//! The generator: world N of a provider is always the same.

mod attempts;
mod draft;
mod families;
mod ids;
mod sessions;
mod spoken;
mod tags;
mod trouble;
mod untagged;

use std::time::Duration;

use self::draft::Draft;
use self::families::families;
pub use self::spoken::{SYNTHESIS, Synthesis};
use crate::world::{Provider, World};

/// Later than any pass.
const NEVER: Duration = Duration::from_hours(1_000);

/// World `number` of a provider. The kinds of worlds come in turn.
#[must_use]
pub fn world(provider: Provider, number: u64) -> World {
    let (mut draft, mut kinds) = draft(provider, number);
    // By time alone nothing is imported where something is not known: that is said of complete readings only.
    if kinds[0] != "untagged" {
        kinds.extend(trouble(&mut draft));
    }
    World { family: kinds.join("+"), ..draft.world }
}

/// The same world with a synthesis beside it, two spans for one call, where it holds a call that tags are looked for of.
#[must_use]
pub fn spoken_world(provider: Provider, number: u64) -> World {
    let (mut draft, mut kinds) = draft(provider, number);
    if kinds[0] != "untagged" {
        kinds.extend(trouble(&mut draft));
        spoken::spoken(&mut draft);
        kinds.push("spoken");
    }
    World { family: kinds.join("+"), ..draft.world }
}

/// The same world of Phoenix without what a real server does not do on demand.
#[must_use]
pub fn world_of_phoenix(number: u64) -> World {
    let (mut draft, mut kinds) = draft(Provider::Arize, number);
    if kinds[0] == "shapes" {
        trouble::crowd(&mut draft);
        kinds.push("crowd");
    }
    World { family: kinds.join("+"), ..draft.world }
}

/// A world with everything told sooner or later, and what kinds it is of.
fn draft(provider: Provider, number: u64) -> (Draft, Vec<&'static str>) {
    let mut draft = Draft::new(provider, number);
    let families = families(provider);
    let count = u64::try_from(families.len()).unwrap_or(1);
    let (name, family) = families[usize::try_from(number % count).unwrap_or(0)];
    family(&mut draft);
    let mut kinds = vec![name];
    if draft.rng.bool() && name != "untagged" {
        trouble::noise(&mut draft);
        kinds.push("noise");
    }
    if provider == Provider::Langsmith && draft.once_in(3) {
        trouble::inherit(&mut draft);
        kinds.push("inherited");
    }
    let is_late = draft.rng.u8(..3) > 0;
    trouble::arrivals(&mut draft, is_late);
    if is_late {
        kinds.push("late");
    }
    for at in std::mem::take(&mut draft.untold) {
        let span = &mut draft.world.spans[at];
        (span.arrives, span.end_arrives) = (NEVER, NEVER);
    }
    (draft, kinds)
}

/// Rows that can't be read, that are lost, told twice or deleted; mostly none.
fn trouble(draft: &mut Draft) -> Option<&'static str> {
    match draft.rng.u8(..10) {
        0..=2 => {
            trouble::unreadable(draft);
            Some("unreadable")
        }
        3..=4 => {
            trouble::lost(draft);
            Some("lost")
        }
        5 if trouble::tells_twice(draft.world.provider) => {
            trouble::duplicates(draft);
            Some("twice")
        }
        6 => {
            trouble::deletions(draft);
            Some("deleted")
        }
        _ => None,
    }
}
