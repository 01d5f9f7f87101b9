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
