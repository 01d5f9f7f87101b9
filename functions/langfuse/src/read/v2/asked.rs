//! What came of asking for traces by their ids.

use crate::fields::Nameless;

use super::walk::End;

/// What came of asking for traces.
pub(super) struct Asked {
    /// `None` where there was no room for all.
    pub(super) end: Option<End>,
    /// Rows without ids.
    pub(super) nameless: Vec<Nameless>,
}

impl Asked {
    pub(super) const fn new() -> Self {
        Self { end: None, nameless: Vec::new() }
    }

    pub(super) const fn nothing() -> Self {
        Self { end: Some(End::Whole), nameless: Vec::new() }
    }

    /// Did everything come, and is nothing of it in doubt?
    pub(super) fn is_whole(&self) -> bool {
        self.end == Some(End::Whole) && self.is_sound()
    }

    /// Is the trace of every row known?
    pub(super) fn is_sound(&self) -> bool {
        self.nameless.iter().all(|row| row.trace_id.is_some())
    }
}

pub(super) fn texts(traces: &[String]) -> Vec<&str> {
    traces.iter().map(String::as_str).collect()
}
