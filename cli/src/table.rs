use crate::text::width;
use crate::view::{Tone, View};

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    /// A dash where there is nothing to say.
    pub(crate) fn some(value: Option<impl ToString>) -> Self {
        value.map_or_else(|| Self::new("–").toned(Tone::Faint), |value| Self::new(value.to_string()))
    }

    pub(crate) fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// A column's heading, and whether it holds numbers.
pub(crate) type Column = (&'static str, bool);

/// Aligned columns, a line a row: numbers to the right, words to the left.
pub(crate) fn table<const N: usize>(columns: [Column; N], rows: &[[Cell; N]], view: &View) -> String {
    let mut widths = columns.map(|(heading, _)| width(heading));
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(&cell.text));
        }
    }
    let headings = columns.map(|(heading, _)| Cell::new(heading).toned(Tone::Strong));
    let rules = widths.map(|columns| Cell::new("─".repeat(columns)).toned(Tone::Faint));
    let line = |row: &[Cell; N]| {
        let cells = row.iter().zip(columns).zip(widths).map(|((cell, (_, is_number)), columns)| {
            let padding = " ".repeat(columns.saturating_sub(width(&cell.text)));
            let text = view.paint(cell.tone, &cell.text);
            if is_number { padding + &text } else { text + &padding }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    [headings, rules].iter().chain(rows).map(line).collect()
}
