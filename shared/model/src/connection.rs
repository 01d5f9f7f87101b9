use serde::Deserialize;

/// The settings that every provider's connection has beside its credentials (docs/CONNECT.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// False drops inputs, outputs and messages before anything is stored.
    pub capture_content: bool,
    /// What to do when no trace in the window carries a key. Only Langfuse ever falls back to the window.
    pub correlation: CorrelationMode,
}

impl Default for Settings {
    fn default() -> Self {
        Self { capture_content: true, correlation: CorrelationMode::Auto }
    }
}

/// When an import may fall back to everything in the window (docs/ARCHITECTURE.md#whose-a-span-is).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorrelationMode {
    /// As the connection has shown itself so far: tagged, untagged, or nothing yet.
    #[default]
    Auto,
    /// Never.
    Strict,
    /// At once.
    Window,
}

/// What a connection has shown itself to be, over all its simulations (docs/ARCHITECTURE.md#whose-a-span-is).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// A key was seen once: it never falls back again.
    Tagged,
    /// A whole schedule passed without a key: it falls back at once.
    Untagged,
}

impl Habit {
    /// As it is written in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tagged => "tagged",
            Self::Untagged => "untagged",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Tagged, Self::Untagged].into_iter().find(|habit| habit.as_str() == text)
    }
}

impl CorrelationMode {
    /// Where nothing is tagged, may a trace be taken on the last pass whose root never came? Only where it is known that
    /// nobody tags: the tag may be on the root.
    #[must_use]
    pub const fn takes_rootless(self, habit: Option<Habit>) -> bool {
        matches!((self, habit), (Self::Window, _) | (Self::Auto, Some(Habit::Untagged)))
    }

    /// May an import of a connection with this habit fall back to the window now?
    #[must_use]
    pub const fn may_fall_back(self, habit: Option<Habit>, is_last_pass: bool) -> bool {
        match (self, habit) {
            (Self::Strict, _) | (Self::Auto, Some(Habit::Tagged)) => false,
            (Self::Window, _) | (Self::Auto, Some(Habit::Untagged)) => true,
            (Self::Auto, None) => is_last_pass,
        }
    }
}
