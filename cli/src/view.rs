//! How things are to look: colours, width, and the time that "in 4 min" counts from.

use spanlift_model::Timestamp;

/// How things are to look.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Colours, for a terminal whose user has not said `NO_COLOR`.
    pub is_coloured: bool,
    /// The terminal's columns; `None` where lines may be as long as they are.
    pub columns: Option<usize>,
    /// Now.
    pub now: Timestamp,
}

/// What a piece of text is to be taken as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Waiting,
    Bad,
}

impl View {
    /// The text in the colour of its tone.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Waiting => "33",
            Tone::Bad => "31",
            Tone::Plain => "",
        };
        if self.is_coloured && !code.is_empty() && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
