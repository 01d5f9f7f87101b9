//! What is said while waiting.

use std::io::{self, Write};

use crate::text::cut;

/// Says how far it is: one line that changes on a terminal, a line a change elsewhere.
#[derive(Debug)]
pub struct Progress<W> {
    writer: W,
    /// The terminal's columns; `None` when it is none.
    columns: Option<usize>,
    last: String,
}

impl<W: Write> Progress<W> {
    /// `columns` are the terminal's, if `writer` is one.
    pub fn new(writer: W, columns: Option<usize>) -> Self {
        Self { writer, columns, last: String::new() }
    }

    /// Says it, with the seconds that have passed where the line is written over and over.
    pub(crate) fn tell(&mut self, seconds: u64, text: &str) -> io::Result<()> {
        if let Some(columns) = self.columns {
            let line = cut(&format!("{seconds} s  {text}"), columns.saturating_sub(1));
            write!(self.writer, "\r\u{1b}[2K{line}")?;
        } else if self.last != text {
            writeln!(self.writer, "{text}")?;
        }
        text.clone_into(&mut self.last);
        self.writer.flush()
    }

    /// Leaves nothing behind on a terminal.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.columns.is_some() && !self.last.is_empty() {
            write!(self.writer, "\r\u{1b}[2K")?;
        }
        self.last.clear();
        self.writer.flush()
    }
}
