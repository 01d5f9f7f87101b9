//! Where each platform keeps tags, and how they may be written there.

use fastrand::Rng;

use crate::world::{Key, Place, Provider, Shape, Tag, World};

/// Which keys a tag may stand under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that names a simulation and nothing else.
    Specific,
    /// A session's.
    Session,
    /// Any.
    Any,
}

/// A value under a key of a kind, in any place and shape that the platform has for it.
pub(crate) fn tag(rng: &mut Rng, world: &World, value: &str, kind: Kind) -> Tag {
    let key = key(rng, kind);
    let places = places(world, key);
    let place = places[rng.usize(..places.len())];
    let shape = shape(rng, value, place);
    Tag { key, value: value.to_owned(), place, shape, behind: 0 }
}

fn key(rng: &mut Rng, kind: Kind) -> Key {
    let specific = [Key::SimulationOutputId, Key::SimulationOutputId, Key::CovalSimulationOutputId];
    let session = [Key::SessionDotted, Key::SessionSnake, Key::SessionCamel];
    match kind {
        Kind::Specific => specific[rng.usize(..3)],
        Kind::Session => session[rng.usize(..3)],
        Kind::Any => (if rng.u8(..3) == 0 { session } else { specific })[rng.usize(..3)],
    }
}

/// The places of a key on a platform.
pub(crate) fn places(world: &World, key: Key) -> Vec<Place> {
    match world.provider {
        // An attribute is kept under its name, metadata as attributes `metadata.…`; a text that holds JSON stays one.
        Provider::Arize if key == Key::SessionDotted => {
            vec![Place::Attribute, Place::Attribute, Place::Metadata, Place::Nested, Place::MetadataText]
        }
        Provider::Arize => vec![Place::Attribute, Place::Metadata, Place::MetadataText],
        // The bare attribute `session.id` becomes the platform's own session. Of v1 each trace has one session, and a
        // dot is no step.
        Provider::Langfuse => match (key, is_langfuse_v1(world)) {
            (Key::SessionDotted, false) => vec![Place::Session, Place::Session, Place::Metadata, Place::Nested],
            (Key::SessionDotted, true) => vec![Place::Metadata],
            _ => vec![Place::Metadata, Place::Attribute, Place::MetadataText],
        },
        Provider::Langsmith => vec![Place::Metadata],
    }
}

/// Is only the old interface of Langfuse there?
pub(crate) fn is_langfuse_v1(world: &World) -> bool {
    world.provider == Provider::Langfuse && world.server.edition == 2
}

/// Mostly plain text, or a number where the value is one: that is what agents write. A platform's own session is text.
fn shape(rng: &mut Rng, value: &str, place: Place) -> Shape {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    match rng.u8(..12) {
        _ if place == Place::Session => Shape::Text,
        0 => Shape::Padded,
        1 => Shape::LineEnd,
        2..=6 if is_number => Shape::Number,
        _ => Shape::Text,
    }
}
