use serde::Deserialize;

/// The settings that every provider's connection has beside its credentials (design §4.3).
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
        Self {
            capture_content: true,
            correlation: CorrelationMode::Auto,
        }
    }
}

/// When an import may fall back to everything in the window (design §5, "Correlation").
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
