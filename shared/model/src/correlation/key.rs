use crate::canonical_text;
use crate::json::readable;

/// A name under which people put a simulation's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `simulation_output_id`
    SimulationOutputId,
    /// `coval_simulation_output_id`
    CovalSimulationOutputId,
    /// `session_id`
    SessionId,
    /// `session.id`, as in OpenInference.
    SessionDotId,
    /// `sessionId`
    SessionIdCamel,
}

impl Key {
    /// Every key, the more telling first.
    pub const ALL: [Self; 5] = [
        Self::SimulationOutputId,
        Self::CovalSimulationOutputId,
        Self::SessionId,
        Self::SessionDotId,
        Self::SessionIdCamel,
    ];

    /// The key as people write it; also the method that the stored span names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SimulationOutputId => "simulation_output_id",
            Self::CovalSimulationOutputId => "coval_simulation_output_id",
            Self::SessionId => "session_id",
            Self::SessionDotId => "session.id",
            Self::SessionIdCamel => "sessionId",
        }
    }

    /// The key of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }

    /// Does it name a simulation and nothing else? A session key may as well hold an id of the agent's own.
    #[must_use]
    pub const fn is_specific(self) -> bool {
        matches!(self, Self::SimulationOutputId | Self::CovalSimulationOutputId)
    }
}

/// A correlation key on a span, with its value as canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub(super) key: Key,
    pub(super) value: String,
}

impl Label {
    /// The value is trimmed. `None` when it is blank: that is no value.
    #[must_use]
    pub fn new(key: Key, value: impl Into<String>) -> Option<Self> {
        let mut value = value.into();
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return None;
        }
        if trimmed.len() < value.len() {
            value = trimmed.to_owned();
        }
        Some(Self { key, value })
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The bytes that labels take, about.
#[must_use]
pub fn size_of_labels(labels: &[Label]) -> usize {
    labels.iter().map(|label| size_of::<Label>() + label.value.len()).sum()
}

/// A JSON scalar as a label's value: canonical text, trimmed, and cut where no hint is as long. `None` for null, lists and
/// objects.
#[must_use]
pub fn scalar_text(json: &str) -> Option<String> {
    let is_whole_number = json.bytes().skip(usize::from(json.starts_with('-'))).all(|byte| byte.is_ascii_digit());
    let text = match json.as_bytes().first()? {
        // Not as a number: it may have more digits than one can hold.
        b'-' | b'0'..=b'9' if is_whole_number => json.to_owned(),
        b'[' | b'{' => return None,
        _ => canonical_text(&serde_json::from_str(&readable(json)).ok()?)?,
    };
    let text = text.trim();
    Some(text.get(..text.floor_char_boundary(LONGEST_VALUE)).unwrap_or(text).to_owned())
}

/// No hint is longer, so that a longer value is another's whatever its end is.
const LONGEST_VALUE: usize = 1_024;

/// May a text that cannot be read hold a tag? True where one of the keys' names stands in it, also as the members
/// `session` and `id`, or where escapes could hide one.
#[must_use]
pub fn may_hold_a_tag(text: &str) -> bool {
    let has_session = || {
        text.match_indices("session").any(|(at, name)| {
            let behind = text.get(at + name.len()..).unwrap_or_default();
            ["_id", ".id", "Id", "\"", "\\"].iter().any(|end| behind.starts_with(end))
        })
    };
    text.contains("simulation_output_id") || has_session() || text.contains("\\u00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_a_text_whatever_it_was() {
        for (json, text) in [
            (r#"" id ""#, Some("id")),
            (r#""\ud83d""#, Some("\u{FFFD}")),
            ("12345678901234567890123", Some("12345678901234567890123")),
            ("-7", Some("-7")),
            ("1.50", Some("1.5")),
            ("true", Some("true")),
            ("null", None),
            ("[1]", None),
            (r#"{"a": 1}"#, None),
        ] {
            assert_eq!(scalar_text(json).as_deref(), text, "{json}");
        }
        assert_eq!(scalar_text(&format!("\"{}\"", "x".repeat(2_000))).unwrap().len(), LONGEST_VALUE);
    }

    #[test]
    fn a_name_is_found_in_every_way_of_writing_it() {
        for text in [
            r#"{"simulation_output_id": 1e400}"#,
            r#"{"coval_simulation_output_id""#,
            r#"{\"session_id\": "#,
            "session.id",
            "sessionId",
            r#"{"session": {"id": "#,
            r#"{\"session\": {"#,
            r#"{"session\u005fid": "#,
        ] {
            assert!(may_hold_a_tag(text), "{text}");
        }
        for text in ["", r#"{"input": "the session is over, id 7", "n": 1e400}"#, "simulation", "sessions_id"] {
            assert!(!may_hold_a_tag(text), "{text}");
        }
    }
}
