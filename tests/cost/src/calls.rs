//! The calls that are imported: each one trace, told in full before its event comes.

use std::time::Duration;

use worlds::world::{Call, Key, Place, Provider, Row, Server, Shape, Span, Tag, World, begin};

/// Spans of a call as most are.
pub const SPANS: u64 = 60;
/// How long after its end a call's event comes.
const EVENT_AFTER: Duration = Duration::from_secs(10);
const LENGTH: Duration = Duration::from_mins(3);

/// Do the agent's traces say whose they are?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tags {
    /// Each root bears the simulation's id.
    Tagged,
    /// No span bears any key.
    Untagged,
}

/// So many calls of so many spans that end at the same moment, on the newest API of the provider or, with edition 2, the oldest.
#[must_use]
pub fn world(provider: Provider, edition: u32, tags: Tags, calls: u64, spans: u64) -> World {
    World {
        provider,
        number: 0,
        family: "cost".to_owned(),
        server: Server { page_rows: 10_000, edition },
        correlation: "auto",
        calls: (0..calls).map(call).collect(),
        spans: (0..calls).flat_map(|call| (0..spans).map(move |span| self::span(call, span, tags))).collect(),
    }
}

fn call(number: u64) -> Call {
    let ended_at = begin().minus(EVENT_AFTER);
    Call {
        simulation: simulation(number),
        attempt: 1,
        started_at: ended_at.minus(LENGTH),
        ended_at,
        hints: Vec::new(),
        event: Some(Duration::ZERO),
    }
}

fn simulation(number: u64) -> String {
    format!("sim-{number:08}")
}

/// A root, and turns of it, one behind the other.
fn span(call: u64, number: u64, tags: Tags) -> Span {
    let id = |number: u64| format!("00000000-0000-4000-8000-{:06x}{number:06x}", call + 1);
    let began = begin().minus(EVENT_AFTER + LENGTH);
    let at = |second: u64| began.plus(Duration::from_secs(second));
    let is_root = number == 0;
    let tag = Tag {
        key: Key::SimulationOutputId,
        value: simulation(call),
        place: Place::Metadata,
        shape: Shape::Text,
        behind: 0,
    };
    Span {
        name: if is_root { "call".to_owned() } else { format!("turn {number}") },
        trace: id(0),
        id: id(number),
        parent: (!is_root).then(|| id(0)),
        started_at: at(1 + number * 2),
        ended_at: Some(at(if is_root { 170 } else { 2 + number * 2 })),
        tags: (is_root && tags == Tags::Tagged).then_some(tag).into_iter().collect(),
        says: Vec::new(),
        arrives: Duration::ZERO,
        end_arrives: Duration::ZERO,
        deleted: None,
        row: Row::Sound,
        copies: 1,
    }
}
