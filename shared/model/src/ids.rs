use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::digest;

/// Why a text is not the id it was given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// An organization id is 1 to 64 of `A-Z a-z 0-9 _ -`.
    #[error("an organization id is 1 to 64 letters, digits, '_' or '-'")]
    Organization,
    /// A simulation output id, or a hint, is opaque but bounded.
    #[error("an id is 1 to 200 characters, not blank and without control characters")]
    Opaque,
    /// A provider's name is the name of its function and a part of queue and secret names.
    #[error("a provider is 1 to 32 lower-case letters, digits or '-', and begins with a letter")]
    Provider,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $error:ident, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(&text) { Ok(Self(text)) } else { Err(IdError::$error) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The tenant. Safe in queue, secret and key names: it matches `^[A-Za-z0-9_-]{1,64}$`.
    OrganizationId, Organization, |text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    }
);

text_id!(
    /// One simulated call: opaque, not blank, 1 to 200 characters, no control characters.
    SimulationOutputId, Opaque, is_opaque_id
);

text_id!(
    /// A value that marks a trace as one simulation's. The same rules as [`SimulationOutputId`].
    Hint, Opaque, is_opaque_id
);

text_id!(
    /// A platform that traces are imported from: its function's name and the stored `service.name`.
    Provider, Provider, |text| {
        text.len() <= 32
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }
);

fn is_opaque_id(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control)
}

impl From<&SimulationOutputId> for Hint {
    fn from(id: &SimulationOutputId) -> Self {
        Self(id.0.clone())
    }
}

/// One provider's pull for one simulation attempt: the hash of (organization, simulation, attempt, provider).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImportId([u8; 16]);

impl ImportId {
    /// The import of `provider` for one attempt at a simulation.
    #[must_use]
    pub fn new(
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        attempt: u32,
        provider: &Provider,
    ) -> Self {
        let attempt = attempt.to_string();
        let parts = [organization_id.as_str(), simulation_output_id.as_str(), &attempt, provider.as_str()];
        Self(first(digest(&parts.map(str::as_bytes))))
    }
}

/// What a connection reads from, as a hash: what was learned of one source is not true of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceId([u8; 8]);

impl SourceId {
    /// That of a source's name: its host, and its project or public key.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(first(digest(&[name.as_bytes()])))
    }
}

/// An OpenTelemetry trace id: 16 bytes, not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// From a platform's own trace id: 32 hex digits and UUIDs are kept, anything else is hashed (docs/ARCHITECTURE.md#ids-names-and-times).
    #[must_use]
    pub fn from_source(raw: &str) -> Self {
        let kept = decode(raw).or_else(|| is_uuid(raw).then(|| decode(&raw.replace('-', ""))).flatten());
        Self(kept.unwrap_or_else(|| first(digest(&[raw.as_bytes()]))))
    }

    /// The same id as a UUID, lower case, with its dashes.
    #[must_use]
    pub fn to_uuid(&self) -> String {
        let mut text = self.to_string();
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        text
    }
}

/// An OpenTelemetry span id: 8 bytes, not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

impl SpanId {
    /// From a platform's own span id: 16 hex digits are kept, anything else is hashed within its trace (docs/ARCHITECTURE.md#ids-names-and-times).
    #[must_use]
    pub fn from_source(raw_trace_id: &str, raw: &str) -> Self {
        Self(decode(raw).unwrap_or_else(|| first(digest(&[raw_trace_id.as_bytes(), raw.as_bytes()]))))
    }
}

macro_rules! hex_text {
    ($name:ident, $size:literal) => {
        /// Lower-case hex.
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; 2 * $size];
                hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
                formatter.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        /// Reads what `Display` writes; anything else, and all zeros, is `None`.
        impl $name {
            /// From its own hex text.
            #[must_use]
            pub fn from_hex(text: &str) -> Option<Self> {
                decode::<$size>(text).map(Self)
            }
        }
    };
}

hex_text!(ImportId, 16);
hex_text!(SourceId, 8);
hex_text!(TraceId, 16);
hex_text!(SpanId, 8);

/// `N` bytes of hex that are not all zero.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (bytes != [0; N]).then_some(bytes)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23))
}

fn first<const N: usize>(digest: [u8; 32]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
    bytes
}
