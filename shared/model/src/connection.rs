use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// The settings that every provider's connection has beside its credentials (docs/CONNECT.md).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// False drops what was said before anything is stored: only what is known to be no content is kept.
    pub capture_content: bool,
    /// Attributes that are kept without content too, by their exact names.
    #[serde(deserialize_with = "keep_attributes")]
    pub keep_attributes: Vec<String>,
    /// What to do when no trace in the window carries a key. Only Langfuse ever falls back to the window.
    pub correlation: CorrelationMode,
}

impl Default for Settings {
    fn default() -> Self {
        Self { capture_content: true, keep_attributes: Vec::new(), correlation: CorrelationMode::Auto }
    }
}

/// What is wrong with a connection whose `keep_attributes` breaks a rule. It says nothing of what stands there.
pub const BAD_KEEP_ATTRIBUTES: &str =
    "has a field \"keep_attributes\" that is no list of at most 50 names of attributes, each of 1 to 256 characters";
const MOST_KEPT_ATTRIBUTES: usize = 50;
const LONGEST_KEPT_ATTRIBUTE: usize = 256;

/// A null counts as absent.
fn keep_attributes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let is_name = |name: &String| !name.trim().is_empty() && name.chars().nth(LONGEST_KEPT_ATTRIBUTE).is_none();
    let names = match Value::deserialize(deserializer)? {
        Value::Null => Some(Vec::new()),
        Value::Array(names) if names.len() <= MOST_KEPT_ATTRIBUTES => {
            let name = |name: Value| serde_json::from_value(name).ok().filter(is_name);
            names.into_iter().map(name).collect::<Option<Vec<String>>>()
        }
        _ => None,
    };
    names.ok_or_else(|| D::Error::custom(BAD_KEEP_ATTRIBUTES))
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
