//! Ids: those of simulations, of agents' own sessions, and of traces and spans as each platform has them.

use fastrand::Rng;

use crate::world::Provider;

const BASE_57: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The form of simulations' ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// 22 to 27 characters.
    Base57,
    /// With dashes.
    Uuid,
    /// Digits, no zero before them.
    Number,
    /// 22 characters in quotes that are part of the id.
    Quoted,
}

pub(crate) fn form(rng: &mut Rng) -> Form {
    match rng.u8(0..20) {
        0..=10 => Form::Base57,
        11..=14 => Form::Uuid,
        15..=18 => Form::Number,
        _ => Form::Quoted,
    }
}

pub(crate) fn simulation(rng: &mut Rng, form: Form) -> String {
    match form {
        Form::Base57 => {
            let length = rng.usize(22..=27);
            base57(rng, length)
        }
        Form::Uuid => uuid(rng),
        Form::Number => number(rng),
        Form::Quoted => format!("\"{}\"", base57(rng, 22)),
    }
}

/// At least one capital letter and one small one.
fn base57(rng: &mut Rng, length: usize) -> String {
    let mut text: String = (2..length).map(|_| char::from(BASE_57[rng.usize(..BASE_57.len())])).collect();
    text.push(char::from(b'a' + rng.u8(..8)));
    text.push(char::from(b'A' + rng.u8(..8)));
    text
}

/// 5 to 18 digits: fewer would meet another id, more would be no 64-bit number.
fn number(rng: &mut Rng) -> String {
    let digits = rng.u32(5..=18);
    rng.u64(10_u64.pow(digits - 1)..10_u64.pow(digits)).to_string()
}

/// A random UUID of version 4, with a letter in it.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let digits = format!("{:032x}", rng.u128(..));
    let variant = ["8", "9", "a", "b"][rng.usize(..4)];
    format!(
        "{}-{}-4{}-{variant}{}-{}a",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..31]
    )
}

/// An agent's own session, in a form that agents use. None has the form of a base-57 id.
pub(crate) fn own_session(rng: &mut Rng) -> String {
    match rng.u8(0..4) {
        0 => format!("thread-{}", rng.u8(..)),
        1 => uuid(rng),
        2 => format!("user-{}/chat", rng.u16(..)),
        _ => "default".to_owned(),
    }
}

/// The id of a trace. `LangSmith`'s is that of its root.
pub(crate) fn trace(rng: &mut Rng, provider: Provider, root: &str) -> String {
    match provider {
        Provider::Langsmith => root.to_owned(),
        Provider::Langfuse if rng.u8(..8) == 0 => uuid(rng),
        Provider::Langfuse if rng.u8(..12) == 0 => format!("session {}", rng.u32(..)),
        Provider::Arize | Provider::Langfuse => format!("{:032x}", rng.u128(1..)),
    }
}

pub(crate) fn span(rng: &mut Rng, provider: Provider) -> String {
    match provider {
        Provider::Langsmith => uuid(rng),
        Provider::Langfuse if rng.u8(..16) == 0 => format!("turn-{}", rng.u32(..)),
        Provider::Arize | Provider::Langfuse => format!("{:016x}", rng.u64(1..)),
    }
}
